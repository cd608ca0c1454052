//! Names that cannot be, and names that are taken.

use collectd_test_daemon::Daemon;
use collectd_test_host::{Release, Session};

use crate::support::{lines, so, texts};

#[test]
fn a_name_that_is_empty_or_has_a_nul_leaves_the_others_in_service() {
    let mut session = Session::start(Release::V5_12);
    let logged = texts(&session.load(&so("misnamed")));
    assert_eq!(logged.len(), 2, "{logged:#?}");
    assert!(logged[0].ends_with("misnamed plugin: \"\" cannot be the name of a plugin"), "{logged:?}");
    assert!(logged[1].ends_with(r#""mis\0named" cannot be the name of a plugin"#), "{logged:?}");
    session.run("init");
    let events = session.run("read");
    assert!(events.iter().any(|event| event.is("dispatch", &[("plugin", "misnamed")])), "{events:#?}");

    let mut daemon = Daemon::builder().load_so(so("misnamed"), "misnamed").load("csv").start();
    let _ = daemon.wait_rows("testhost/misnamed/gauge", 1);
    assert!(daemon.stop().success());
}

#[test]
fn the_second_plugin_of_a_name_is_refused_with_an_error() {
    let mut session = Session::start(Release::V5_12);
    let logged = lines(&session.load(&so("twins")));
    let line = "without the second one: plugin \"Twins\" is there already";
    assert!(logged.len() == 1 && logged[0].0 == 4 && logged[0].1.ends_with(line), "{logged:?}");
    session.run("init");
    let dispatched: Vec<_> = session.run("read").into_iter().filter(|event| event.kind() == "dispatch").collect();
    assert!(dispatched.len() == 1 && dispatched[0].is("dispatch", &[("type_instance", "first")]), "{dispatched:?}");
}

#[test]
fn a_setup_that_fails_registers_nothing_and_says_why() {
    let mut session = Session::builder(Release::V5_12).env("INSIST", "1").start();
    let events = session.load(&so("twins"));
    assert_eq!(texts(&events), ["twins plugin: module_register: plugin \"Twins\" is there already"]);
    assert!(!events.iter().any(|event| event.kind() == "register"), "{events:#?}");
}
