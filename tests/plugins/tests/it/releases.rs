//! One file for every daemon from 5.8 on, and a clear word to collectd 6.

use collectd_test_host::{Release, Session};

use crate::support::{assert_nothing_left, running, so, texts};

#[test]
fn one_file_serves_all_releases() {
    for release in [Release::V5_8, Release::V5_10, Release::V5_12] {
        let mut session = running(Session::builder(release), "producer", "Lists 3\nMeta 10");
        session.load(&so("consumer"));
        session.config("<Plugin consumer>\nRates true\nMeta text\n</Plugin>");
        session.run("init");
        session.run("writers 1");
        let mut events = session.run("read producer");
        events.extend(session.run("wait"));
        let wrote = texts(&events).into_iter().filter(|text| text.contains("meta 10 of 2")).count();
        assert_eq!(wrote, 3, "{release:?}: {events:#?}");
        session.run("shutdown");
        assert_nothing_left(&mut session);
        assert_eq!(session.finish().status.code(), Some(0), "{release:?}");
    }
}

#[test]
fn collectd_6_gets_one_line_and_no_callback() {
    for plugin in ["sentinel", "configured"] {
        let mut session = Session::start(Release::V6_0);
        let events = session.load(&so(plugin));
        let logged = texts(&events);
        assert_eq!(logged.len(), 1, "{logged:?}");
        assert!(logged[0].starts_with(&format!("{plugin} plugin: this is a collectd 6")), "{logged:?}");
        assert!(!events.iter().any(|event| event.kind() == "register"), "{events:#?}");
        session.run("shutdown");
    }
}
