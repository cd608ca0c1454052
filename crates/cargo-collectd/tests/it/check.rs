//! `check`: mistakes of all kinds, and nothing that is touched.

use std::fs;

use crate::place::Place;

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
