//! `install`: the file under its right name, and nothing of anybody else's touched.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use collectd_test_daemon::{Daemon, run_once, stock_plugin_dir};

use crate::place::{Done, Place, target_dir};

/// A plugin that is built, and an empty directory `plugins`.
pub(crate) fn built(place: &Place, name: &str, kind: &str) -> String {
    place.new_plugin(name, kind);
    let done = place.finish(place.cargo(name, &["build", "--lib"]));
    assert_eq!(done.code, Some(0), "{}", done.text());
    fs::create_dir(place.path("plugins")).expect("a directory");
    target_dir().join(format!("debug/lib{name}.so")).display().to_string()
}

pub(crate) fn install(place: &Place, args: &[&str]) -> Done {
    place.run("", &[&["install"], args].concat())
}

/// The names in a directory: nothing else may be left there.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("it is there").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().display().to_string()).collect();
    names.sort();
    names
}

fn without_size(text: &str) -> String {
    let line = |line: &str| match line.split_once(" (") {
        Some((before, after)) if after.ends_with(" bytes)") => format!("{before} (SIZE bytes)\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn the_crate_is_built_with_optimisations_and_its_lines_are_told() {
    let place = Place::new();
    place.new_plugin("i_built", "full");
    fs::create_dir(place.path("plugins")).expect("a directory");
    place.write("i_built/types.db", "x value:GAUGE:U:U\n");
    let done = place.run("i_built", &["install", "--plugin-dir", "../plugins"]);
    let said: Vec<&str> = done
        .stderr
        .lines()
        .filter(|line| !["Compiling", "Finished", "Blocking"].iter().any(|word| line.contains(word)))
        .collect();
    let stdout = done.stdout.replace(&stock_plugin_dir().display().to_string(), "STOCK");
    let text = format!("{stdout}---- standard error\n{}", without_size(&said.join("\n")));
    insta::assert_snapshot!("install_built", text);
    assert_eq!(done.code, Some(0), "{}", done.text());
    let file = place.path("plugins/i_built.so");
    assert_eq!(names(&place.path("plugins")), ["i_built.so"]);
    let data = fs::symlink_metadata(&file).expect("it is there");
    assert!(data.is_file());
    assert_eq!(data.permissions().mode() & 0o7777, 0o644);
    assert_eq!(fs::read(&file).ok(), fs::read(target_dir().join("release/libi_built.so")).ok());

    // With the lines that were told, the daemon has it, and finds its own.
    let told = format!(
        "BaseDir \"@DIR@\"\nPIDFile \"@DIR@/pid\"\n{}LoadPlugin load\n",
        done.stdout.replace("HERE/", &place.path("").display().to_string())
    );
    let outcome = run_once(&told);
    assert!(outcome.status.success(), "{told}{}", outcome.output);

    // From the root directory a file of another crate has no configuration that is known.
    let json = install(&place, &["--plugin-dir", "plugins", "--message-format", "json", "plugins/i_built.so"]);
    let line = json.stdout.trim_end();
    let config = r#"\nLoadPlugin i_built\nPluginDir \"/"#;
    assert!(line.contains(config) && !line.contains("<Plugin"), "{}", json.text());
    assert!(line.contains(r#""file":"HERE/plugins/i_built.so","from":"plugins/i_built.so""#), "{}", json.text());
    assert!(line.contains(r#""name":"i_built","reason":"installed","replaced":true,"size":"#), "{}", json.text());
}

/// Its file is replaced, and the one that it has mapped stays.
#[test]
fn a_daemon_that_runs_goes_on_with_the_old_file() {
    let place = Place::new();
    let so = built(&place, "i_runs", "full");
    let dir = place.path("plugins");
    assert_eq!(install(&place, &["--plugin-dir", "plugins", &so]).code, Some(0));
    fs::copy(stock_plugin_dir().join("logfile.so"), dir.join("logfile.so")).expect("a copy");
    let conf = format!(
        "BaseDir \"@DIR@\"\nPIDFile \"@DIR@/pid\"\nPluginDir \"{}\"\nInterval 0.2\nLoadPlugin logfile\n<Plugin logfile>\nFile \"@DIR@/log\"\n\
         LogLevel info\n</Plugin>\nLoadPlugin i_runs\n",
        dir.display()
    );
    let mut daemon = Daemon::start_with(&conf);
    let maps = || fs::read_to_string(format!("/proc/{}/maps", daemon.pid())).expect("it runs");
    assert!(maps().contains("/plugins/i_runs.so\n"), "{}", maps());
    for _ in 0..20 {
        let done = install(&place, &["--plugin-dir", "plugins", &so]);
        assert_eq!(done.code, Some(0), "{}", done.text());
        assert!(done.stderr.starts_with("    Replaced HERE/plugins/i_runs.so ("), "{}", done.text());
    }
    assert!(maps().contains("/plugins/i_runs.so (deleted)\n"), "{}", maps());
    sleep(Duration::from_millis(500));
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(daemon.log().contains(" value lists in all"), "{}", daemon.log());
    assert_eq!(names(&dir), ["i_runs.so", "logfile.so"]);
}

#[test]
fn what_is_there_and_not_the_same_plugin_takes_force() {
    let place = Place::new();
    let so = built(&place, "i_other", "notify");
    let dir = place.path("plugins");
    let install = |more: &[&str]| install(&place, &[&["--plugin-dir", "plugins", so.as_str()], more].concat());
    let file = dir.join("i_other.so");
    let mut text = String::new();
    let refused = |what: &str, text: &mut String| {
        let done = install(&[]);
        assert_eq!((done.code, done.stdout.as_str()), (Some(1), ""), "{what}: {}", done.text());
        *text += &format!("==== {what}\n{}", done.stderr);
    };

    fs::copy(stock_plugin_dir().join("load.so"), &file).expect("a copy");
    let before = fs::read(&file).ok();
    refused("a plugin in C", &mut text);
    assert_eq!(fs::read(&file).ok(), before);
    fs::write(&file, "text").expect("it is writable");
    refused("no plugin", &mut text);
    assert_eq!(install(&["--force"]).code, Some(0));

    // One of that name, of another package.
    place.change("i_other/Cargo.toml", "name = \"i_other\"", "name = \"i_others\"");
    let done = place.finish(place.cargo("i_other", &["build", "--lib"]));
    assert_eq!(done.code, Some(0), "{}", done.text());
    fs::copy(target_dir().join("debug/libi_others.so"), &file).expect("a copy");
    refused("another package", &mut text);
    assert_eq!(install(&["--force"]).code, Some(0));
    fs::rename(&file, dir.join("I_Other.so")).expect("the same directory");
    refused("another spelling", &mut text);
    fs::remove_file(dir.join("I_Other.so")).expect("it is there");
    fs::create_dir(&file).expect("a directory");
    refused("a directory", &mut text);
    assert_eq!(install(&["--force"]).code, Some(1));
    assert_eq!(names(&dir), ["i_other.so"]);
    insta::assert_snapshot!("install_refused", text);
}

#[test]
fn a_link_is_replaced_and_not_followed() {
    let place = Place::new();
    let so = built(&place, "i_link", "notify");
    let link = place.path("plugins/i_link.so");
    let kept = place.path("kept.so");
    fs::copy(&so, &kept).expect("a copy");
    fs::write(place.path("text"), "not a plugin").expect("it is writable");
    for (target, args) in
        [(&kept, &[][..]), (&place.path("text"), &["--force"]), (&place.path("nowhere"), &["--force"])]
    {
        let _ = fs::remove_file(&link);
        symlink(target, &link).expect("a link");
        let before = fs::read(target).ok();
        if !args.is_empty() {
            assert_eq!(install(&place, &["--plugin-dir", "plugins", &so]).code, Some(1));
        }
        let done = install(&place, &[&["--plugin-dir", "plugins", so.as_str()], args].concat());
        assert_eq!(done.code, Some(0), "{}", done.text());
        assert!(fs::symlink_metadata(&link).expect("it is there").is_file());
        assert_eq!(fs::read(&link).ok(), fs::read(&so).ok());
        assert_eq!(fs::read(target).ok(), before);
    }
    assert_eq!(names(&place.path("plugins")), ["i_link.so"]);
}

#[test]
fn a_directory_that_is_not_there_or_not_writable_is_an_error() {
    let place = Place::new();
    let so = built(&place, "i_dir", "notify");
    let done = install(&place, &["--plugin-dir", "nowhere", &so]);
    assert_eq!(
        (done.code, done.stderr.as_str()),
        (
            Some(1),
            "error: the directory of plugins HERE/nowhere: if it is the right one, make it (mkdir -p): No such file or directory (os error 2)\n"
        )
    );
    let done = install(&place, &["--root", "nowhere", &so]);
    assert_eq!(
        (done.code, done.stderr.as_str()),
        (Some(1), "error: --root nowhere: No such file or directory (os error 2)\n")
    );
    place.write("file", "");
    let done = install(&place, &["--plugin-dir", "file", &so]);
    assert!(done.code == Some(1) && done.stderr.contains("it is not a directory"), "{}", done.text());

    let dir = place.path("plugins");
    fs::set_permissions(&dir, Permissions::from_mode(0o555)).expect("it is ours");
    let without_rights = |below: &str, args: &[&str]| {
        let mut command = place.command(below, args);
        // Root may write all the same, unless it lacks the right to pass over modes.
        if fs::write(dir.join("probe"), "").is_ok() {
            fs::remove_file(dir.join("probe")).expect("it is there");
            let mut without = Command::new("setpriv");
            without.args(["--bounding-set=-dac_override", "--inh-caps=-dac_override", "--"]);
            without.arg(command.get_program()).args(command.get_args()).current_dir(place.path(below));
            without.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
            command = without;
        }
        place.finish(command)
    };
    let built = without_rights("", &["install", "--plugin-dir", "plugins", "--force", &so]);
    let to_build = without_rights("i_dir", &["install", "--plugin-dir", "../plugins"]);
    fs::set_permissions(&dir, Permissions::from_mode(0o755)).expect("it is ours");
    let program = env!("CARGO_BIN_EXE_cargo-collectd").replace(&target_dir().display().to_string(), "TARGET");
    for (done, typed) in [
        (built, format!("sudo {program} install --plugin-dir plugins --force TARGET/debug/libi_dir.so")),
        (
            to_build,
            format!(
                "cargo build --release && sudo {program} install --plugin-dir ../plugins TARGET/release/libi_dir.so"
            ),
        ),
    ] {
        let why = "cannot write to HERE/plugins: permission denied. With root's rights, which the build does not need";
        // Where the workspace itself is called otherwise, its programs are, too.
        let said =
            done.stderr.replace("CHECKOUT", env!("CARGO_MANIFEST_DIR").trim_end_matches("/crates/cargo-collectd"));
        assert_eq!((done.code, said), (Some(1), format!("error: {why}: {typed}\n")));
    }
    assert_eq!(names(&dir), [""; 0]);
}

#[test]
fn a_root_is_a_system_of_its_own() {
    let place = Place::new();
    let so = built(&place, "i_root", "notify");
    let inside = stock_plugin_dir();
    let inside = inside.strip_prefix("/").expect("it is absolute");
    let dir = place.path("root").join(inside);
    fs::create_dir_all(&dir).expect("a directory");
    let done = install(&place, &["--root", "root", &so]);
    assert_eq!(done.code, Some(0), "{}", done.text());
    assert_eq!(names(&dir), ["i_root.so"]);
    // A link inside the system is one to a place inside, whatever it says.
    fs::create_dir_all(place.path("root/usr/lib/other")).expect("a directory");
    symlink("lib/other", place.path("root/usr/relative")).expect("a link");
    let done = install(&place, &["--root", "root", "--plugin-dir", "/usr/relative", &so]);
    assert_eq!(done.code, Some(0), "{}", done.text());
    assert_eq!(names(&place.path("root/usr/lib/other")), ["i_root.so"]);
    symlink(place.path("plugins"), place.path("root/out")).expect("a link");
    let done = install(&place, &["--root", "root", "--plugin-dir", "/out", &so]);
    assert_eq!(
        (done.code, done.stderr.as_str()),
        (Some(1), "error: HERE/root/out leads out of HERE/root, to HERE/plugins\n")
    );
    let done = install(&place, &["--root", "root", "--plugin-dir", "../plugins", &so]);
    assert!(done.code == Some(1) && done.stderr.contains(".. has no meaning below --root"), "{}", done.text());
    assert_eq!(names(&place.path("plugins")), [""; 0]);
}

#[test]
fn what_is_no_plugin_is_not_installed() {
    let place = Place::new();
    fs::create_dir(place.path("plugins")).expect("a directory");
    place.write("text.so", "text");
    let done = install(&place, &["--plugin-dir", "plugins", "text.so"]);
    assert_eq!(
        (done.code, done.stderr.as_str()),
        (Some(1), "error: cannot read text.so: it is not a shared object (ELF)\n")
    );
    let done = install(&place, &["--plugin-dir", "plugins"]);
    assert!(done.code == Some(1) && done.stderr.starts_with("error: could not find `Cargo.toml`"), "{}", done.text());
    assert_eq!(names(&place.path("plugins")), [""; 0]);
}
