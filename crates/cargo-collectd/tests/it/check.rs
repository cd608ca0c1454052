//! `check`: mistakes of all kinds, and nothing that is touched.

use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::place::{PATIENCE, Place, Running, wait_line};

#[test]
fn every_mistake_has_its_line() {
    let place = Place::new();
    place.write(
        "part.conf",
        "# included\nLoadPlugin cpu\n<Plugin cpu>\n    ValuesPercentage true\n    Nope 1\n</Plugin>\n",
    );
    place.write(
        "collectd.conf",
        "Hostname \"h\"\n\
         Nonsense 3\n\
         LoadPlugin load\n\
         LoadPlugin no_such_plugin\n\
         <Plugin load>\n\
         \x20   Foo 1\n\
         </Plugin>\n\
         <Plugin csv>\n\
         \x20   DataDir \"x\"\n\
         </Plugin>\n\
         Include \"part.conf\"\n\
         <Elsewhere>\n\
         </Elsewhere>\n\
         LoadPlugin network\n\
         <Plugin network>\n\
         \x20   Listen \"192.0.2.7\" \"25826\"\n\
         \x20   Server 1\n\
         </Plugin>\n\
         <Chain \"PreCache\">\n\
         \x20   <Rule \"r\">\n\
         \x20       <Match \"no_such_match\">\n\
         \x20       </Match>\n\
         \x20       Target \"stop\"\n\
         \x20   </Rule>\n\
         </Chain>\n",
    );
    let done = place.run("", &["check", "collectd.conf"]);
    insta::assert_snapshot!("check_mistakes", done.text());
    let json = place.run("", &["check", "collectd.conf", "--message-format", "json"]);
    assert!(json.stdout.contains(r#""reason":"finding""#), "{}", json.text());
    assert!(place.left_behind().is_empty(), "{:?}", place.left_behind());
}

#[test]
fn a_file_that_cannot_be_parsed_has_the_line_where() {
    let place = Place::new();
    place.write("main.conf", "# 1\n# 2\n# 3\nLoadPlugin load\nInclude \"broken.conf\"\n");
    let mut text = String::new();
    for broken in [
        "LoadPlugin cpu\n\n<Plugin cpu>\n    X 1\n</Plugin\n",
        "LoadPlugin cpu\n<Plugin cpu>\n    X 1\n</Plugins>\n\n\n",
        "LoadPlugin cpu\nBaseDir /tmp/x\nLoadPlugin load\n",
        "LoadPlugin cpu\n<Plugin cpu>\n",
        "LoadPlugin cpu\nHostname \"abc\nLoadPlugin load\n",
        "LoadPlugin cpu\n<Plugin cpu>\n    ReportByCpu\n</Plugin>\n",
    ] {
        place.write("broken.conf", broken);
        for file in ["broken.conf", "main.conf"] {
            let done = place.run("", &["check", file]);
            text += &format!("==== {file} with {broken:?}\n{}\n", done.text());
        }
    }
    insta::assert_snapshot!("check_parse_errors", text);
}

/// What `-T` would do: sockets, files, a pid file.
#[test]
fn nothing_is_touched() {
    let place = Place::new();
    let name = |name: &str| place.path(name).display().to_string();
    let conf = format!(
        "BaseDir \"{}\"\nPIDFile \"{}\"\nLoadPlugin logfile\n<Plugin logfile>\nFile \"{}\"\n</Plugin>\nLoadPlugin syslog\n\
         LoadPlugin unixsock\n<Plugin unixsock>\nSocketFile \"{}\"\n</Plugin>\nLoadPlugin csv\n<Plugin csv>\nDataDir \"{}\"\n\
         </Plugin>\nLoadPlugin load\n",
        name("base"),
        name("pid"),
        name("log"),
        name("socket"),
        name("csv"),
    );
    let file = place.write("collectd.conf", &conf);
    let done = place.run("", &["check", "collectd.conf"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""), "{}", done.text());
    let entries = fs::read_dir(place.path("")).expect("it is there").flatten().map(|entry| entry.path());
    assert_eq!(entries.collect::<Vec<_>>(), [file]);
    assert!(place.left_behind().is_empty());
}

#[test]
fn the_plugin_of_this_crate_is_built_and_asked() {
    let place = Place::new();
    place.new_plugin("c_full", "full");
    let done = place.run("c_full", &["check", "collectd.conf"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""), "{}", done.text());
    place.change("c_full/collectd.conf", "NotifyAt 3", "NotifyAt 0");
    let done = place.run("c_full", &["check", "collectd.conf"]);
    assert_eq!(
        done.stdout,
        "collectd.conf:7: error: c_full plugin: config: NotifyAt must be at least 1\n",
        "{}",
        done.text()
    );
    assert_eq!(done.code, Some(1));
    // From elsewhere it is the one that the file belongs to.
    let done = place.run("", &["check", "c_full/collectd.conf"]);
    assert!(done.stdout.starts_with("c_full/collectd.conf:7: error: c_full plugin: config: "), "{}", done.text());
    // Whatever its package is called.
    place.change("c_full/Cargo.toml", "name = \"c_full\"", "name = \"plugin-c\"");
    let done = place.run("c_full", &["check", "collectd.conf"]);
    assert!(done.stdout.starts_with("collectd.conf:7: error: c_full plugin: config: "), "{}", done.text());
    place.write("c_full/collectd.conf", "LoadPlugin c_ful\n");
    let done = place.run("c_full", &["check", "collectd.conf"]);
    assert!(done.stdout.starts_with("collectd.conf:1: error: plugin_load: Could not find"), "{}", done.text());
    let note = "note: the plugin that is made here is loaded with `LoadPlugin c_full`\n";
    assert!(done.stderr.ends_with(note), "{}", done.text());

    // A match, in its chain.
    place.new_plugin("c_match", "match");
    place.change("c_match/collectd.conf", "Above 1000", "Below 1000");
    let done = place.run("c_match", &["check", "collectd.conf"]);
    assert!(done.stdout.starts_with("collectd.conf:8: error: c_match"), "{}", done.text());
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let place = Place::new();
    let done = place.run("", &["check", "nowhere.conf"]);
    assert_eq!(done.code, Some(1));
    assert_eq!(done.stderr, "error: cannot read nowhere.conf: No such file or directory (os error 2)\n");
}

/// As one of Debian's of which the library is not installed.
#[test]
fn a_plugin_that_cannot_be_loaded_is_named_with_the_reason() {
    let place = Place::new();
    fs::create_dir(place.path("plugins")).expect("a directory");
    place.write(
        "plugins/broken.so",
        "this is not a shared object, whatever it is called, and it is long enough to be one",
    );
    place.write("collectd.conf", "LoadPlugin load\nLoadPlugin broken\n");
    let done = place.run("", &["check", "--plugin-dir", "plugins", "collectd.conf"]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    let [line] = &done.stdout.lines().collect::<Vec<_>>()[..] else { panic!("{}", done.text()) };
    assert!(line.starts_with("collectd.conf:2: error: dlopen(\"") && line.contains("invalid ELF header"), "{line}");
}

/// A plugin in C that does this when it is loaded.
fn c_plugin(place: &Place, statements: &str) {
    let includes = "#include <stdio.h>\n#include <unistd.h>\n";
    let source = place.write("loaded.c", &format!("{includes}void module_register(void) {{ {statements} }}\n"));
    fs::create_dir_all(place.path("plugins")).expect("a directory");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-o"]).args([&place.path("plugins/loaded.so"), &source]);
    let cc = cc.status();
    assert!(cc.expect("cc runs").success());
    place.write("collectd.conf", "LoadPlugin load\nLoadPlugin loaded\nNonsense 1\n");
}

const CHECK: [&str; 4] = ["check", "--plugin-dir", "plugins", "collectd.conf"];

#[test]
fn ctrl_c_leaves_nothing() {
    let place = Place::new();
    c_plugin(&place, "fprintf(fopen(\"pid\", \"w\"), \"%d\\n\", getpid()); fflush(NULL); for (;;) sleep(1);");
    let mut running = Running::start(place.command("", &CHECK));
    let pid = written(&place, "pid");
    running.signal("INT");
    wait_line(&running.stderr, "error: interrupted");
    assert_eq!(running.wait().code(), Some(1));
    assert!(!fs::exists(format!("/proc/{pid}")).expect("it can be asked"));
    assert!(place.left_behind().is_empty(), "{:?}", place.left_behind());
}

/// As a script that a plugin starts when it is configured.
#[test]
fn what_a_plugin_has_started_is_not_waited_for() {
    let place = Place::new();
    let child = "FILE *f = fopen(\"pid\", \"w\"); fprintf(f, \"%d\\n\", getpid()); fclose(f); sleep(3000); _exit(0);";
    c_plugin(&place, &format!("if (fork() == 0) {{ {child} }}"));
    let done = place.run("", &CHECK);
    let pid = written(&place, "pid");
    assert!(Command::new("kill").arg(pid).status().expect("kill runs").success(), "it has ended");
    let wanted = "collectd.conf:3: warning: collectd knows no option `Nonsense' here, and passes over it\n";
    assert_eq!((done.code, done.stdout.as_str()), (Some(1), wanted), "{}", done.text());
}

/// The daemon complains of a thread that ended before it got its name, as it may on a busy machine.
#[test]
fn a_thread_without_a_name_is_no_mistake() {
    let place = Place::new();
    let complaint = |of: &str| format!("plugin_log(3, \"%s\", \"{of}(\\\"writer#0\\\"): No such file or directory\");");
    let declared = "void plugin_log(int, const char *, ...);";
    c_plugin(&place, &format!("{declared} {} {}", complaint("set_thread_name"), complaint("another")));
    let done = place.run("", &CHECK);
    assert_eq!(done.code, Some(1), "{}", done.text());
    assert!(!done.text().contains("set_thread_name"), "{}", done.text());
    assert!(done.stdout.contains("error: another(\"writer#0\"): No such file or directory\n"), "{}", done.text());
}

/// A line that somebody writes.
fn written(place: &Place, name: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match fs::read_to_string(place.path(name)) {
            Ok(text) if text.ends_with('\n') => return text.trim_end().to_owned(),
            _ => assert!(Instant::now() < deadline, "no {name}"),
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// As Debian's collectd.conf includes what packages bring; the daemon does not read the rest.
#[test]
fn what_a_filter_leaves_out_is_not_judged() {
    let place = Place::new();
    fs::create_dir_all(place.path("parts/more")).expect("it is writable");
    place.write("parts/a.conf", "LoadPlugin load\n<Plugin load>\n    Foo 1\n</Plugin>\n");
    place.write("parts/a.conf.dpkg-old", "Old 1\n");
    place.write("parts/more/b.conf", "Nonsense 1\n");
    place.write("collectd.conf", "<Include \"parts\">\n    Filter \"*.conf\"\n</Include>\nAlso 1\n");
    let done = place.run("", &["check", "collectd.conf"]);
    let wanted = [
        "collectd.conf:4: warning: collectd knows no option `Also' here, and passes over it",
        "parts/a.conf:3: error: Plugin `load' did not register for value `Foo'.",
        "parts/more/b.conf:1: warning: collectd knows no option `Nonsense' here, and passes over it",
    ];
    let mut lines: Vec<&str> = done.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, wanted, "{}", done.text());
}
