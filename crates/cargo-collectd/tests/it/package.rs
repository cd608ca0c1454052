//! `package`: what is in it, and that Debian installs it, runs it and takes it away again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::debian::Root;
use crate::place::{Done, Place, target_dir};

const MAINTAINER: &str = "Jo Doe <jo@example.org>";

/// A crate as an author would have it, with all that a package can have.
fn author(place: &Place, name: &str) {
    place.new_plugin(name, "read");
    let manifest = format!("name = \"{name}\"\nversion = \"0.1.0\"\n");
    let more = "version = \"1.0.0-rc1\"\nauthors = [\"Jo Doe <jo@example.org>\"]\nlicense = \"MIT\"\n\
                description = \"Numbers from a file.\\n\\nOne for each word.\"\nhomepage = \"https://example.org/\"\n";
    place.change(&format!("{name}/Cargo.toml"), &manifest, &format!("name = \"{name}\"\n{more}"));
    place.change(&format!("{name}/src/lib.rs"), "Values::new(\"file_handles\")", "Values::new(\"answers\")");
    place.write(&format!("{name}/types.db"), "answers value:GAUGE:0:U\n");
    place.write(&format!("{name}/LICENSE"), "Do what you like.\n\nAs is.\n");
    place.write(&format!("{name}/CHANGELOG.md"), "# 1.0.0-rc1\n\nThe first.\n");
}

fn package(place: &Place, name: &str, args: &[&str]) -> Done {
    let mut command = place.command(name, &[&["package"], args].concat());
    command.env("SOURCE_DATE_EPOCH", "1764194400").env_remove("DEBEMAIL").env_remove("DEBFULLNAME");
    finish(place, command)
}

/// A release of the template's is built as a whole each time; the crates that it consists of are built once.
fn finish(place: &Place, mut command: Command) -> Done {
    command.env("CARGO_PROFILE_RELEASE_LTO", "false");
    place.finish(command)
}

/// The path that it says.
fn made(done: &Done) -> PathBuf {
    assert_eq!(done.code, Some(0), "{}", done.text());
    PathBuf::from(done.stdout.trim_end().replace("TARGET", &target_dir().display().to_string()))
}

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .env("TZ", "UTC0")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn what_is_in_it() {
    let place = Place::new();
    author(&place, "p_content");
    let done = package(&place, "p_content", &[]);
    let deb = made(&done);
    assert!(done.stderr.ends_with(": 7 files\n"), "{}", done.text());
    assert!(
        deb.ends_with("collectd/collectd-plugin-p-content_1.0.0~rc1_amd64.deb") || cfg!(not(target_arch = "x86_64"))
    );
    // By Debian's own tools.
    let control = output("dpkg-deb", &["--field", text(&deb)]);
    let lines: Vec<&str> = control.lines().filter(|line| !line.starts_with("Installed-Size: ")).collect();
    let lines = lines.join("\n").replace(&output("dpkg", &["--print-architecture"]).trim_end().to_owned(), "ARCH");
    // What this machine's C library has.
    let libc =
        lines.split("libc6 (>= ").nth(1).and_then(|rest| rest.split(')').next()).expect("it needs one").to_owned();
    let lines = lines.replace(&libc, "LIBC");
    let files = output("dpkg-deb", &["--contents", text(&deb)]);
    let files =
        files.lines().map(|line| line.split_whitespace().enumerate().filter(|(at, _)| *at != 2).map(|(_, word)| word));
    let files: Vec<String> = files.map(|words| words.collect::<Vec<_>>().join(" ")).collect();
    let unpacked = place.path("unpacked");
    output("dpkg-deb", &["--raw-extract", text(&deb), text(&unpacked)]);
    let read = |name: &str| fs::read_to_string(unpacked.join(name)).expect("it is there");
    let gzip = |name: &str| output("gzip", &["--decompress", "--stdout", text(&unpacked.join(name))]);
    let doc = "usr/share/doc/collectd-plugin-p-content";
    let copyright = read(&format!("{doc}/copyright"));
    let copyright = copyright.split(" collectd-rust ").next().unwrap_or_default();
    insta::assert_snapshot!(
        "package_content",
        [
            &lines,
            &files.join("\n"),
            copyright,
            &gzip(&format!("{doc}/changelog.gz")),
            &read(&format!("{doc}/examples/p_content.conf")),
            &gzip("usr/share/man/man5/collectd-p_content.5.gz"),
        ]
        .join("\n----\n")
    );
    let sums = Command::new("md5sum").args(["--check", "--quiet", "DEBIAN/md5sums"]).current_dir(&unpacked).output();
    let sums = sums.expect("md5sum runs");
    assert!(sums.status.success(), "{}", String::from_utf8_lossy(&sums.stdout));
    let sections = output("readelf", &["--sections", text(&unpacked.join("usr/lib/collectd/p_content.so"))]);
    assert!(
        sections.contains(".dynsym") && !sections.contains(".symtab") && !sections.contains(".debug_"),
        "{sections}"
    );
    check_same_bytes(&place, "p_content");
    check_arguments(&place, "p_content");
}

/// Two times the same; and the archive is the same files.
fn check_same_bytes(place: &Place, name: &str) {
    let mut made_bytes = Vec::new();
    for format in ["deb", "tar"] {
        for _ in 0..2 {
            let path = made(&package(place, name, &["--format", format]));
            made_bytes.push(fs::read(&path).expect("it was made"));
            fs::remove_file(&path).expect("it is ours");
        }
    }
    assert!(made_bytes[0] == made_bytes[1] && made_bytes[2] == made_bytes[3]);
    // Another date is all that differs.
    let mut later = place.command(name, &["package"]);
    later.env("SOURCE_DATE_EPOCH", "1764194401");
    let path = made(&finish(place, later));
    assert!(fs::read(&path).expect("it was made") != made_bytes[0]);
    // The archive has the files of the package, but for Debian's list of changes.
    let tar = made(&package(place, name, &["--format", "tar"]));
    let [tar, deb] =
        [output("tar", &["--list", "--file", text(&tar)]), output("dpkg-deb", &["--contents", text(&path)])];
    let of_deb: Vec<&str> = deb.lines().filter_map(|line| line.split_whitespace().last()).collect();
    let of_deb: Vec<&str> = of_deb.into_iter().filter(|name| !name.ends_with("changelog.gz")).collect();
    assert_eq!(tar.lines().collect::<Vec<_>>(), of_deb);
}

/// For other directories, with other dependencies, with a program as reader.
fn check_arguments(place: &Place, name: &str) {
    let args =
        ["package", "--depends", "libpq5 (>= 15)", "--plugin-dir", "/opt/collectd/lib", "--message-format", "json"];
    let mut command = place.command(name, &args);
    command.env("DEBFULLNAME", "Jo Debian").env("DEBEMAIL", "jo@example.org");
    let done = finish(place, command);
    assert_eq!(done.code, Some(0), "{}", done.text());
    assert!(
        done.stdout.contains("\"/opt/collectd/lib/p_content.so\"") && done.stdout.contains("\"reason\":\"package\"")
    );
    assert_eq!(done.stdout.lines().count(), 1, "{}", done.text());
    let deb = done.stdout.split("\"path\":\"TARGET").nth(1).and_then(|rest| rest.split('"').next()).expect("its path");
    let deb = format!("{}{deb}", target_dir().display());
    assert_eq!(output("dpkg-deb", &["--field", &deb, "Maintainer"]), "Jo Debian <jo@example.org>\n");
    let depends = output("dpkg-deb", &["--field", &deb, "Depends"]);
    assert!(depends.starts_with("collectd-core (>= 5.8), collectd-core (<< 6~), libc6 (>= 2."), "{depends}");
    assert!(depends.ends_with(", libgcc-s1, libpq5 (>= 15)\n"), "{depends}");
}

#[test]
fn without_its_cargo_toml_saying_so() {
    let place = Place::new();
    place.new_plugin("p_args", "read");
    let done = package(&place, "p_args", &[]);
    assert_eq!(done.code, Some(1));
    insta::assert_snapshot!("package_no_maintainer", done.text());
    let done = package(&place, "p_args", &["--maintainer", "Jo"]);
    assert_eq!(done.stderr, "error: the maintainer \"Jo\" is not of the form NAME <ADDRESS>\n");
    let done = package(&place, "p_args", &["--maintainer", "Jo <a@b>\nDepends: evil <a@b>"]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    let done = package(&place, "p_args", &["--maintainer", MAINTAINER, "--depends", "evil\nDepends: x"]);
    assert!(done.stderr.starts_with("error: \"evil\\nDepends: x\" is no dependency: "), "{}", done.text());
    for dir in ["lib", "/", "/usr/../etc", "/a//b"] {
        assert_eq!(package(&place, "p_args", &["--plugin-dir", dir]).code, Some(2), "{dir}");
    }
}

#[test]
fn what_is_wrong_in_a_file_has_its_line() {
    let place = Place::new();
    author(&place, "p_wrong");
    place.write("p_wrong/types.db", "# types\nanswers value:GAUGE:0:U\nquestions value:GAGE:0:U\n");
    let done = package(&place, "p_wrong", &[]);
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.contains("error: HERE/p_wrong/types.db: line 3: data source 1 "), "{}", done.text());
    let manifest = fs::read_to_string(place.path("p_wrong/Cargo.toml")).expect("it was made");
    place.write("p_wrong/Cargo.toml", &(manifest.clone() + "[package.metadata.collectd]\nconf = \"none.conf\"\n"));
    let done = package(&place, "p_wrong", &[]);
    assert_eq!(
        done.stderr,
        "error: package.metadata.collectd.conf in HERE/p_wrong/Cargo.toml: there is no file HERE/p_wrong/none.conf\n"
    );
    place.write("p_wrong/Cargo.toml", &(manifest + "[package.metadata.collectd]\ndepends = \"x\"\n"));
    let done = package(&place, "p_wrong", &[]);
    assert_eq!(
        done.stderr,
        "error: package.metadata.collectd.depends in HERE/p_wrong/Cargo.toml is not a list of texts\n"
    );
}

/// The order of versions is dpkg's.
#[test]
fn a_release_candidate_is_older_than_its_release() {
    for (older, newer) in [("1.0.0~rc1", "1.0.0"), ("1.0.0~alpha.2", "1.0.0~rc.1"), ("1.0.0", "1.0.0+git.5")] {
        output("dpkg", &["--compare-versions", older, "lt", newer]);
    }
}

/// In a system of its own: installed with its dependencies checked, loaded by Debian's daemon, purged without a trace.
#[test]
fn debian_installs_loads_and_purges_it() {
    let place = Place::new();
    author(&place, "p_debian");
    place.write("p_debian/debian.conf", "# What the package brings for the daemon.\n");
    let manifest = fs::read_to_string(place.path("p_debian/Cargo.toml")).expect("it was made");
    place.write("p_debian/Cargo.toml", &(manifest + "[package.metadata.collectd]\nconf = \"debian.conf\"\n"));
    let deb = made(&package(&place, "p_debian", &[]));

    let root = Root::new();
    let before = root.files();
    root.copy_in(&deb, "/tmp/plugin.deb");
    root.run(&["dpkg", "--install", "/tmp/plugin.deb"]);
    let status = root.run(&["dpkg", "--status", "collectd-plugin-p-debian"]);
    assert!(
        status.contains("Status: install ok installed")
            && status.contains("/etc/collectd/collectd.conf.d/p_debian.conf ")
    );
    assert_eq!(root.run(&["dpkg", "--verify", "collectd-plugin-p-debian"]), "");

    // As the administrator does it: the example to where the daemon looks, and the `#` away.
    root.write("/etc/answers", "7 8 9\n");
    root.write("/etc/collectd/main.conf", MAIN_CONF);
    let example = "/usr/share/doc/collectd-plugin-p-debian/examples/p_debian.conf";
    let script = format!(
        "sed 's/^#//; s,/proc/sys/fs/file-nr,/etc/answers,' {example} >/etc/collectd/collectd.conf.d/p_debian.conf"
    );
    root.run(&["sh", "-c", &script]);
    let rows = root.daemon_writes("/etc/collectd/main.conf", "/var/tmp/csv/testhost/p_debian/answers-used");
    assert!(rows.lines().nth(1).is_some_and(|row| row.ends_with(",7.000000")), "{rows}");

    root.run(&["dpkg", "--purge", "collectd-plugin-p-debian"]);
    root.run(&["rm", "-r", "/tmp/plugin.deb", "/etc/answers", "/etc/collectd/main.conf", "/var/tmp/csv"]);
    assert_eq!(root.files(), before);

    // Without the daemon it cannot be installed.
    root.run(&["dpkg", "--purge", "collectd-core"]);
    root.copy_in(&deb, "/tmp/plugin.deb");
    let refused = root.refuses(&["dpkg", "--install", "/tmp/plugin.deb"]);
    assert!(refused.contains("collectd-plugin-p-debian depends on collectd-core (>= 5.8)"), "{refused}");
}

const MAIN_CONF: &str = "\
Hostname \"testhost\"
FQDNLookup false
Interval 0.2
BaseDir \"/var/tmp\"
PIDFile \"/var/tmp/collectd.pid\"
LoadPlugin logfile
<Plugin logfile>
    File stderr
</Plugin>
LoadPlugin csv
<Plugin csv>
    DataDir \"/var/tmp/csv\"
</Plugin>
Include \"/etc/collectd/collectd.conf.d/*.conf\"
";
