//! What an author leaves out is filled in, on every thread; and what the daemon leaves out does no harm.

use std::fs;
use std::time::Duration;

use collectd_test_daemon::Daemon;
use collectd_test_host::{Release, Session};

use crate::support::{running, session, so, with};

#[test]
fn a_callback_leaves_the_rest_to_the_daemon() {
    let mut session = session("worker", "");
    let events = session.run("read worker");
    let dispatched = events.iter().find(|event| event.is("dispatch", &[("type_instance", "read")])).expect("a value");
    assert!(dispatched.is("dispatch", &[("host", ""), ("plugin", "worker"), ("time", "0"), ("interval", "0")]));
}

/// One that does not keep its context is among those of `contexts`.
#[test]
fn a_thread_that_keeps_its_context_leaves_it_to_the_daemon_too() {
    for release in [Release::V5_8, Release::V5_10, Release::V5_12] {
        let mut session = running(Session::builder(release), "worker", "");
        let events = session.wait_for(|event| event.is("dispatch", &[("type_instance", "beat")]));
        let dispatched = events.last().expect("it was waited for");
        let context = if release == Release::V5_8 { "-" } else { "worker" };
        let expected = [("host", ""), ("plugin", "worker"), ("time", "0"), ("interval", "0"), ("context", context)];
        assert!(dispatched.is("dispatch", &expected), "{dispatched:?}");
        session.run("shutdown");
        assert_eq!(session.finish().status.code(), Some(0));
    }
}

#[test]
fn the_real_daemon_completes_both_without_a_complaint() {
    let mut daemon = Daemon::builder()
        .load_so(so("worker"), "worker")
        .load("csv")
        .load_so(so("consumer"), "consumer")
        .hostname("here")
        .start();
    let _ = daemon.wait_rows("here/worker/gauge-read", 2);
    let _ = daemon.wait_rows("here/worker/gauge-beat", 5);
    assert!(daemon.stop().success());
    for instance in ["read", "beat"] {
        let line = with(&daemon.log(), &format!("here/worker/gauge/{instance}")).swap_remove(0);
        assert!(line.ends_with(" interval 1.000000000 s"), "{line}");
        assert!(!line.contains("time 0 "), "{line}");
    }
    let log = daemon.log().to_lowercase();
    assert!(!log.contains("unable to determine") && !log.contains("[error]"), "{log}");
}

/// `Values.write` of collectd-python goes to a writer as it is, without defaults.
#[test]
fn a_value_without_time_and_interval_reaches_a_writer() {
    let scripts = tempfile::tempdir().expect("a temporary directory");
    let script = "import collectd\n\
                  def read():\n    \
                      collectd.Values(type='gauge', plugin='py', host='h', values=[1]).write(destination='consumer')\n\
                  collectd.register_read(read)\n";
    fs::write(scripts.path().join("without_time.py"), script).expect("a temporary directory is writable");
    let python = format!(
        "<Plugin python>\nModulePath \"{}\"\nLogTraces true\nImport \"without_time\"\n</Plugin>",
        scripts.path().display()
    );
    let mut daemon = Daemon::builder()
        .load_so(so("consumer"), "consumer")
        .conf("<Plugin consumer>\nRates true\nMeta text\n</Plugin>")
        .load_with("python", "Globals true")
        .conf(&python)
        .start();
    let line = daemon.wait_log("h/py/gauge", Duration::from_secs(60));
    assert!(line.contains("wrote [0] h/py/gauge [(1, 1.0)] time 0 interval 0.000000000 s rates None"), "{line}");
    assert!(daemon.stop().success());
}
