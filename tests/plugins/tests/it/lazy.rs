//! Of a value list a writer pays for what it looks at.

use collectd_test_host::{Outcome, Release, Session};

use crate::support::{assert_nothing_left, only, running, texts};

/// Has a writer look at lists of which valgrind knows all but the plugin name to be undefined.
fn look(at: &str) -> (Vec<String>, Outcome) {
    let builder = Session::builder(Release::V5_12).valgrind(true);
    let mut session = running(builder, "looker", &format!("Look {at}"));
    session.run("write h/p-i/load-x 5 10 1.5,1.5,1.5 meta:key=s:text repeat=3 veiled");
    let stats = session.run("stats");
    assert_eq!(only(&stats, "stats").number::<u64>("strings_out"), 0, "{stats:?}");
    let said = texts(&session.run("flush looker"));
    session.run("shutdown");
    assert_nothing_left(&mut session);
    (said, session.finish())
}

#[test]
fn a_writer_that_looks_at_the_plugin_name_touches_nothing_else() {
    let (said, outcome) = look("plugin");
    assert_eq!(said, ["looker plugin: found 3"]);
    assert!(outcome.status.success(), "{}", outcome.stderr);
}

#[test]
fn whoever_looks_at_more_is_seen() {
    for at in ["host", "time", "values"] {
        let (_, outcome) = look(at);
        assert!(!outcome.status.success(), "{at}");
        assert!(outcome.stderr.contains("uninitialised value"), "{at}: {}", outcome.stderr);
    }
}
