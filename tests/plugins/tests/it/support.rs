//! What the tests share.

use std::path::{Path, PathBuf};
use std::process::Command;

use collectd_test_daemon::cargo_build;
use collectd_test_host::{Event, Release, Session, SessionBuilder};

/// The file of a sample plugin.
pub(crate) fn so(name: &str) -> PathBuf {
    cargo_build::example(env!("CARGO_PKG_NAME"), name)
}

/// Compiles `tests/c/NAME.c` against the headers that the framework is built with, too, and puts it into a directory.
pub(crate) fn c_plugin(name: &str, directory: &Path) -> PathBuf {
    let so = directory.join(format!("{name}.so"));
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-DHAVE_CONFIG_H"]);
    for include in ["collectd/core/daemon", "collectd/core", "collectd"] {
        cc.arg("-I").arg(Path::new("/usr/include").join(include));
    }
    cc.arg("-o").arg(&so).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/c/{name}.c")));
    let output = cc.output().unwrap_or_else(|error| panic!("cannot run {cc:?}: {error}"));
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{cc:?}: is collectd-dev installed?\n{messages}");
    so
}

/// A fake daemon that has loaded a sample plugin, configured and initialised it.
pub(crate) fn session(plugin: &str, config: &str) -> Session {
    running(Session::builder(Release::V5_12), plugin, config)
}

/// The same with a fake daemon of one's own.
pub(crate) fn running(builder: SessionBuilder, plugin: &str, config: &str) -> Session {
    let mut session = loaded(builder, plugin, config);
    session.run("init");
    session
}

/// Up to the configuration.
pub(crate) fn loaded(builder: SessionBuilder, plugin: &str, config: &str) -> Session {
    let mut session = builder.start();
    session.load(&so(plugin));
    if !config.is_empty() {
        session.config(&block(plugin, config));
    }
    session
}

pub(crate) fn block(plugin: &str, config: &str) -> String {
    format!("<Plugin {plugin}>\n{config}\n</Plugin>")
}

/// Severity and text of what plugins logged, daemon excluded.
pub(crate) fn lines(events: &[Event]) -> Vec<(u8, String)> {
    let logged = events.iter().filter(|event| event.is("log", &[("origin", "plugin")]));
    logged.map(|event| (event.number("severity"), event.text("text").to_owned())).collect()
}

/// The same without severities.
pub(crate) fn texts(events: &[Event]) -> Vec<String> {
    lines(events).into_iter().map(|(_, text)| text).collect()
}

/// The only event of its kind.
#[track_caller]
pub(crate) fn only<'a>(events: &'a [Event], kind: &str) -> &'a Event {
    let found: Vec<_> = events.iter().filter(|event| event.kind() == kind).collect();
    assert_eq!(found.len(), 1, "{kind} in {events:#?}");
    found[0]
}

/// What the callbacks of a kind returned to the daemon.
pub(crate) fn statuses(events: &[Event], callback: &str) -> Vec<i32> {
    let returned = events.iter().filter(|event| event.is("returned", &[("callback", callback)]));
    returned.map(|event| event.number("status")).collect()
}

/// Fails if user data is still with the daemon, or memory of the daemon's with a plugin.
#[track_caller]
pub(crate) fn assert_nothing_left(session: &mut Session) {
    let events = session.run("stats");
    let stats = only(&events, "stats");
    assert_eq!(stats.unfreed(), [], "{stats:?}");
    for kind in ["strings", "tocs", "rates", "names"] {
        let (out, back) = (format!("{kind}_out"), format!("{kind}_back"));
        assert_eq!(stats.number::<u64>(&out), stats.number::<u64>(&back), "{stats:?}");
    }
    assert_eq!(stats.number::<u64>("meta_created"), stats.number::<u64>("meta_destroyed"), "{stats:?}");
}

/// Errors in a real daemon's log.
pub(crate) fn errors(log: &str) -> Vec<String> {
    with(log, "[error]")
}

/// Reads a file that may not be there yet.
pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Lines of a real daemon's log that contain a text.
pub(crate) fn with(log: &str, needle: &str) -> Vec<String> {
    log.lines().filter(|line| line.contains(needle)).map(str::to_owned).collect()
}
