//! The guide's "your first plugin", and the page about this program, typed as they stand.

use std::collections::BTreeSet;
use std::fs;

use collectd_test_daemon::stock_plugin_dir;

use crate::place::{Done, Place, target_dir};

const PAGE: &str = include_str!("../../../../src/guide/first_plugin.md");
const REFERENCE: &str = include_str!("../../../../docs/cargo-collectd.md");

/// The blocks of one kind, in the order of the page, as a reader sees them: lines that begin with a # are for its test.
fn blocks(page: &str, kind: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<(&str, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut block) {
            (Some(info), None) => block = Some((info, String::new())),
            (Some(_), Some(_)) => blocks.extend(block.take()),
            (None, Some((info, text))) if *info != "rust" || !line.starts_with("# ") => *text += &format!("{line}\n"),
            _ => {}
        }
    }
    blocks.into_iter().filter(|(info, _)| *info == kind).map(|(_, text)| text).collect()
}

/// Types what stands in a block.
fn type_in(place: &Place, below: &str, script: &str) -> Done {
    place.finish(place.shell(below, script))
}

/// The same as root of a system whose directory of plugins is this one, and everything else as it is here.
fn type_as_root(place: &Place, below: &str, plugins: &str, script: &str) -> Done {
    place.finish(place.with_dir_as(stock_plugin_dir(), plugins, &place.shell(below, script)))
}

/// What a page says of values, without what is that of another machine: time, host and number. Several threads write, in
/// any order.
fn names(text: &str) -> BTreeSet<String> {
    let names = text.lines().filter_map(|line| line.split_once('/')?.1.split_once(" [(1, "));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[track_caller]
fn assert_went_well(done: &Done, lines: &str) {
    assert_eq!(done.code, Some(0), "{}", done.text());
    for line in lines.lines() {
        assert!(done.stderr.contains(line), "{line}: {}", done.text());
    }
}

#[test]
fn the_first_plugin_works_as_it_is_told() {
    let place = Place::new();
    let [doctor, new, run, run_again, check, test, install, once, ..] = &blocks(PAGE, "sh")[..] else {
        panic!("eight commands")
    };
    let [first, second, tests] = &blocks(PAGE, "rust")[..] else { panic!("two versions of the plugin, and its test") };
    let [conf, plugin_block, ..] = &blocks(PAGE, "apache")[..] else { panic!("a configuration and a block") };
    let [values, refused, failing, tested, installed, loaded, ..] = &blocks(PAGE, "text")[..] else {
        panic!("what is said")
    };

    assert_went_well(&type_in(&place, "", doctor), "");
    assert_went_well(&type_in(&place, "", new), "");
    place.lock("handles");
    place.write("handles/src/lib.rs", first);
    place.write("handles/collectd.conf", conf);
    let done = type_in(&place, "handles", run);
    assert_went_well(&done, "");
    assert_eq!(names(values).len(), 3);
    assert_eq!(names(&done.stdout), names(values), "{}", done.text());

    place.write("handles/src/lib.rs", second);
    place.write("handles/collectd.conf", &(conf.clone() + plugin_block));
    // What takes five seconds has been seen.
    let [run, run_again] = [run, run_again].map(|run| run.replace("--for 5s", "--for 2s"));
    let done = type_in(&place, "handles", &run_again);
    assert_went_well(&done, "handles plugin: reading /proc/sys/fs/file-nr");
    assert_eq!(names(&done.stdout), names(values), "{}", done.text());

    place.change("handles/collectd.conf", "ReportMax ", "ReportMaxx ");
    let done = type_in(&place, "handles", check);
    assert_eq!(done.code, Some(1), "{}", done.text());
    let mistake = done.stdout.lines().find(|line| line.contains(refused.trim_end()));
    assert!(mistake.is_some_and(|line| line.starts_with("collectd.conf:3: error: ")), "{}", done.text());

    place.change("handles/collectd.conf", "ReportMaxx true", "ReportMax true\n    Path \"/nowhere\"");
    assert_went_well(&type_in(&place, "handles", &run), failing);
    place.change("handles/collectd.conf", "\n    Path \"/nowhere\"", "");

    place.write("handles/src/lib.rs", &format!("{second}\n{tests}"));
    let done = type_in(&place, "handles", test);
    assert_went_well(&done, tested);
    assert!(done.stdout.contains("test tests::max_is_told_if_it_is_wanted ... ok"), "{}", done.text());
    a_system_has_it(&place, [install, once], [installed, loaded]);
    assert!(place.left_behind().is_empty(), "{:?}", place.left_behind());
}

/// The end of the page: from the crate to the daemon of a system.
fn a_system_has_it(place: &Place, [install, once]: [&str; 2], [installed, loaded]: [&str; 2]) {
    fs::create_dir(place.path("plugins")).expect("a directory");
    let done = type_as_root(place, "handles", "plugins", install);
    assert_went_well(&done, installed);
    let file = stock_plugin_dir().join("handles.so");
    let wanted = format!("   Installed {} (", file.display());
    assert!(done.stderr.lines().any(|line| line.starts_with(&wanted)), "{}", done.text());
    let conf = fs::read_to_string(place.path("handles/collectd.conf")).expect("it is there");
    assert_eq!(done.stdout, conf, "the page says that these are its lines");
    assert!(place.path("plugins/handles.so").is_file() && !file.exists(), "only that system has it");
    assert_went_well(&type_as_root(place, "handles", "plugins", once), loaded);
}

#[test]
fn the_commands_of_the_reference_work() {
    let place = Place::new();
    // Its own name, as all tests have one target directory, which is not where cargo puts things by itself.
    let target = target_dir().display().to_string();
    let told = |command: String| {
        let command = command.replace("handles", "t_reference").replace("target/", &format!("{target}/"));
        command.replace("--for 5s", "--for 1s")
    };
    let commands: Vec<String> = blocks(REFERENCE, "sh").into_iter().map(told).collect();
    let [new, others @ ..] = &commands[..] else { panic!("commands") };
    assert!(others.len() >= 4, "{others:?}");
    let done = type_in(&place, "", new);
    assert_eq!(done.code, Some(0), "{}", done.text());
    place.lock("t_reference");
    for command in others {
        let done = type_in(&place, "t_reference", command);
        assert_eq!(done.code, Some(0), "{command}{}", done.text());
    }
}
