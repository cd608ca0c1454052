//! `csv_rs` beside `csv`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use collectd_test_daemon::{Builder, Daemon, wait_until};

use super::PATIENCE;
use crate::support::{so, with};

/// The files below a directory by their names from there, with what is in them; all of it as `escape_ascii` shows it.
type Files = BTreeMap<String, String>;

/// The files below this directory of the daemon's.
fn files(daemon: &Daemon, dir: &str) -> Files {
    fn add(files: &mut Files, dir: &Path, root: &Path) {
        for entry in fs::read_dir(dir).into_iter().flatten().map(|entry| entry.expect("an entry")) {
            let path = entry.path();
            if path.is_dir() {
                add(files, &path, root);
            } else {
                let name = path.strip_prefix(root).expect("it is below").as_os_str().as_encoded_bytes();
                let content = fs::read(&path).expect("a file").escape_ascii().to_string();
                files.insert(name.escape_ascii().to_string(), content);
            }
        }
    }
    let (root, mut files) = (daemon.dir().join(dir), Files::new());
    add(&mut files, &root, &root);
    files
}

/// The same of both writers.
fn both_files(daemon: &Daemon) -> [Files; 2] {
    ["theirs", "ours"].map(|dir| files(daemon, dir))
}

/// The owner, the group and all others may do the same with them.
fn assert_same_modes(daemon: &Daemon) {
    let modes = |dir: &str| {
        let dir = daemon.dir().join(dir).join("last/p");
        let file = fs::read_dir(&dir).expect("a directory").next().expect("a file").expect("an entry");
        [fs::metadata(&dir), file.metadata()].map(|metadata| metadata.expect("it is there").permissions().mode())
    };
    assert_eq!(modes("theirs"), modes("ours"));
}

/// A daemon with both writers, each with a directory of its own, and further lines of configuration for both.
fn both(config: &str) -> Builder {
    writers("@DIR@/theirs", "@DIR@/ours", config, config).load("unixsock").hostname("here").write_threads(1)
}

fn writers(theirs: &str, ours: &str, their_config: &str, our_config: &str) -> Builder {
    Daemon::builder().env("TZ", zones()[0].as_str()).load_so(so("csv_rs"), "csv_rs").conf(&format!(
        "LoadPlugin csv\n\
         <Plugin csv>\nDataDir \"{theirs}\"\n{their_config}\n</Plugin>\n\
         <Plugin csv_rs>\nDataDir \"{ours}\"\n{our_config}\n</Plugin>"
    ))
}

/// Value lists of all kinds, some of which the value cache has no or strange rates for.
fn put(daemon: &Daemon) {
    for (identifier, values) in [
        ("h/p/gauge-values", &["1749238000.0004:1.5", "1749238000.9996:U", "1749238010:-nan", "1749238011:1e300"][..]),
        ("h/p/counter-wraps", &["1749238000:4294967290", "1749238010:5", "1749238020:18446744073709551615"]),
        ("h/p/derive-falls", &["1749238000:100", "1749238010:250", "1749238020:50"]),
        ("h/p/derive-least", &["1749238000:-9223372036854775808", "1749238020:9223372036854775807"]),
        ("h/p/absolute-each", &["1749238000:100", "1749238010:7", "1749238010.5:18446744073709551615"]),
        ("h/p/if_octets-too_old", &["1749238000:1:2", "1749238003:5:1", "1749238002:8:9", "1749238004:8:9"]),
        ("h/p/load-several", &["1749238000:0.1:U:5000", "1749238001:-0:inf:-inf"]),
        ("h/p/mysql_qcache-mixed", &["1749238000:1:2:3:4:5.5", "1749238001:2:4:6:3:5.5"]),
        ("h q/p-i \"x\"/gauge-\\y", &["1749238000:7"]),
        (".h/p/gauge", &["1749238000:8"]),
        ("h/.p/gauge", &["1749238000:8"]),
        ("h/p/gauge-.i", &["1749238000:8"]),
        ("last/p/gauge", &["1749238000:9"]),
    ] {
        for value in values {
            daemon.putval(identifier, "interval=10", value);
        }
    }
}

/// Waits until both have written what came last.
fn wait_last(daemon: &Daemon) {
    wait_until("the last value list in both directories", PATIENCE, || {
        let is_there = |dir: &str| daemon.dir().join(dir).join("last/p").exists();
        (is_there("theirs") && is_there("ours")).then_some(())
    });
}

#[test]
fn files_are_the_same_byte_for_byte() {
    for (config, first, rate) in [
        ("", "1749238000.000,100\n1749238010.000,250", "1749238020.000,50"),
        ("StoreRates true", "1749238000.000,nan\n1749238010.000,15.000000", "1749238020.000,nan"),
    ] {
        let mut daemon = both(config).load_so(so("fixed_values"), "fixed_values").start();
        daemon.wait_log("read 1 is complete", PATIENCE);
        put(&daemon);
        wait_last(&daemon);
        assert!(daemon.stop().success(), "{}", daemon.log());
        let [theirs, ours] = both_files(&daemon);
        assert_eq!(theirs, ours, "{config}");
        assert_same_modes(&daemon);
        assert!(theirs.len() > 40, "{} files", theirs.len());
        let (_, text) = ours.iter().find(|(name, _)| name.starts_with("h/p/derive-falls-")).expect("a file");
        assert_eq!(*text, format!("epoch,value\n{first}\n{rate}\n").escape_default().to_string(), "{config}");
    }
}

#[test]
fn lines_on_standard_output_are_the_same_byte_for_byte() {
    for (theirs, ours) in [("stdout", "StdErr"), ("stderr", "STDOUT")] {
        for config in ["", "StoreRates true"] {
            let builder = writers(theirs, ours, config, config).load("unixsock").write_threads(1);
            let mut daemon = builder.load_so(so("fixed_values"), "fixed_values").start();
            daemon.wait_log("read 1 is complete", PATIENCE);
            put(&daemon);
            // The original's lines come when its buffer is full, or when the daemon ends.
            let ours = daemon.dir().join(ours.to_lowercase());
            wait_until("the last line", PATIENCE, || putvals(&ours).contains("PUTVAL last/p/gauge ").then_some(()));
            assert!(daemon.stop().success(), "{}", daemon.log());
            let theirs = putvals(&daemon.dir().join(theirs));
            assert_eq!(theirs, putvals(&ours));
            let quoted = r#"PUTVAL "h q/p-i \"x\"/gauge-\\y" interval=10.000 1749238000.000:7.000000"#;
            assert!(theirs.lines().count() > 50 && theirs.lines().any(|line| line == quoted), "{theirs}");
        }
    }
}

/// The daemon's own messages may be there too.
fn putvals(file: &Path) -> String {
    let text = fs::read(file).expect("a file");
    let text = String::from_utf8_lossy(&text);
    text.lines().filter(|line| line.starts_with("PUTVAL ")).map(|line| format!("{line}\n")).collect()
}

/// Two time zones where it is noon, of today and of another day: no date changes during a test.
fn zones() -> [String; 2] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let hour = i64::try_from(now.as_secs() / 3600 % 24).expect("an hour");
    let [today, other_day] = [12 - hour, if hour >= 12 { 36 - hour } else { -12 - hour }];
    // POSIX counts to the west.
    [today, other_day].map(|east| format!("XXX{:+}", -east))
}

#[test]
fn the_date_is_that_of_the_time_zone_and_can_be_left_out() {
    let mut names = Vec::new();
    for zone in zones() {
        let mut daemon = both("").env("TZ", zone.as_str()).start();
        put(&daemon);
        wait_last(&daemon);
        assert!(daemon.stop().success(), "{}", daemon.log());
        let [theirs, ours] = both_files(&daemon);
        assert_eq!(theirs, ours, "{zone}");
        names.push(ours.into_keys().find(|name| name.starts_with("last/p/gauge-")).expect("a file"));
    }
    assert_ne!(names[0], names[1]);

    // The original in Debian always writes the date.
    let builder = writers("@DIR@/theirs", "@DIR@/ours", "", "FileDate false").load("unixsock").write_threads(1);
    let mut daemon = builder.start();
    put(&daemon);
    wait_last(&daemon);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let [theirs, ours] = both_files(&daemon);
    let undated = |(mut name, content): (String, String)| {
        name.truncate(name.len() - "-2025-06-06".len());
        (name, content)
    };
    assert_eq!(theirs.into_iter().map(undated).collect::<Files>(), ours);
}

#[test]
fn a_directory_that_cannot_be_written_is_told_once_and_taken_again() {
    let mut daemon = writers("@DIR@/data/theirs", "@DIR@/data/ours", "", "").load("unixsock").write_threads(1).start();
    let data = daemon.dir().join("data");
    // Not even root can make a directory in a file.
    fs::write(&data, "").expect("the private directory is writable");
    for number in 0..20 {
        daemon.putval(&format!("h/p/gauge-{number}"), "interval=10", "1749238000:1");
    }
    let line = daemon.wait_log("csv_rs plugin: write failed: ", PATIENCE);
    assert!(line.contains("/data/ours/h/p/gauge-0-") && line.ends_with("Not a directory (os error 20)"), "{line}");
    // Written in turn, and the original's complaint comes with each.
    wait_until("the last failure", PATIENCE, || (daemon.log().matches("gauge-19").count() > 0).then_some(()));
    fs::remove_file(&data).expect("it is there");
    daemon.putval("last/p/gauge", "interval=10", "1749238000:1");
    let line = daemon.wait_log("csv_rs plugin: write works again", PATIENCE);
    assert_eq!(line, "[notice] csv_rs plugin: write works again");
    let is_there = |dir: &str| data.join(dir).join("last/p").exists();
    wait_until("both", PATIENCE, || (is_there("theirs") && is_there("ours")).then_some(()));
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert_eq!(with(&daemon.log(), "csv_rs plugin: ").len(), 2, "{}", daemon.log());
    assert_eq!(files(&daemon, "data/theirs"), files(&daemon, "data/ours"));
}

#[test]
fn no_name_leads_out_of_the_directory() {
    let mut daemon = both("").start();
    for name in ["../p/gauge", "h/../gauge", "../../gauge"] {
        daemon.putval(name, "interval=10", "1749238000:1");
    }
    daemon.putval("last/p/gauge", "interval=10", "1749238000:1");
    let line = daemon.wait_log("csv_rs plugin: write failed", PATIENCE);
    assert!(line.ends_with("/ours/../p/gauge is not within the directory"), "{line}");
    wait_last(&daemon);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let [theirs, ours] = both_files(&daemon);
    assert_eq!(theirs, ours);
    assert!(ours.len() == 1 && ours.keys().all(|name| name.starts_with("last/p/gauge-")), "{ours:?}");
    assert!(!daemon.dir().join("p").exists() && !daemon.dir().join("gauge").exists());
}

/// The original has room for 511 bytes.
#[test]
fn long_names_that_the_file_system_takes_are_written() {
    let mut daemon = both("").start();
    let [long, type_instance] = ["x".repeat(127), "y".repeat(127)];
    daemon.putval(&format!("{long}/{long}-{long}/gauge-{type_instance}"), "interval=10", "1749238000:1");
    daemon.putval("last/p/gauge", "interval=10", "1749238000:1");
    wait_last(&daemon);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let [theirs, ours] = both_files(&daemon);
    let long = ours.keys().find(|name| name.starts_with('x')).expect("a file");
    assert!(long.len() > 511 && !theirs.contains_key(long), "{theirs:?} {ours:?}");
    assert!(with(&daemon.log(), "csv_rs plugin: ").is_empty(), "{}", daemon.log());
}

/// Values of one metric come from five threads at once, while there is no file yet.
#[test]
fn each_file_has_one_heading_and_every_row() {
    const VALUES: usize = 20;
    let mut daemon = both("").write_threads(5).start();
    let values: Vec<_> = (1..=VALUES).map(|number| format!("{}:{number}", 1_749_238_000 + number)).collect();
    for number in 0..50 {
        daemon.putval(&format!("h/p/gauge-{number}"), "interval=10", &values.join(" "));
    }
    let lines = |content: &String| content.matches("\\n").count();
    wait_until("all rows", PATIENCE, || {
        (files(&daemon, "ours").values().map(lines).sum::<usize>() == 50 * (VALUES + 1)).then_some(())
    });
    assert!(daemon.stop().success(), "{}", daemon.log());
    let mut expected: Vec<_> =
        (1..=VALUES).map(|number| format!("{}.000,{number}.000000", 1_749_238_000 + number)).collect();
    expected.sort();
    for (name, content) in files(&daemon, "ours") {
        let mut rows: Vec<_> = content.split_terminator("\\n").collect();
        assert_eq!(rows.remove(0), "epoch,value", "{name}: {content}");
        rows.sort_unstable();
        assert_eq!(rows, expected, "{name}");
    }
}
