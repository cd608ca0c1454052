//! What plugins log arrives as it is: no format, no forged lines, with its plugin's name.

use std::time::Duration;

use collectd_test_daemon::Daemon;

use crate::support::{block, lines, session, so, texts};

const HOSTILE: [&str; 5] =
    ["80% discharging", "%s%s%s%s%s%s%s%s", "%n", "%p %1$s %*d %.*s %%", "caf\u{e9} \u{2026} {} {0}"];

fn hostile(line: impl Fn(&str) -> String) -> String {
    HOSTILE.map(|text| line(text) + "\n").concat()
}

#[test]
fn the_format_is_always_the_same() {
    let config = hostile(|text| format!("Say error \"{text}\"")) + "Fail \"%s%s%s\"";
    let mut session = session("chatter", &config);
    let mut events = session.run("read chatter");
    for (text, line) in HOSTILE.iter().zip(texts(&events)) {
        assert_eq!(line, format!("chatter plugin: {text}"));
    }
    events.extend(session.run("shutdown"));
    let formats = |origin| events.iter().filter(move |event| event.is("log", &[("origin", origin)]));
    assert_eq!(formats("plugin").count(), HOSTILE.len() + 1);
    assert!(formats("plugin").all(|event| event.text("format") == "%.*s"), "{events:#?}");
}

#[test]
fn text_arrives_verbatim_in_the_real_log() {
    for last in ["Fail", "Panic"] {
        let config = hostile(|text| format!("Say info \"{text}\"")) + last + " \"50% of %s%s%n<NUL>\"";
        let mut daemon = Daemon::builder().load_so(so("chatter"), "chatter").conf(&block("chatter", &config)).start();
        let end = daemon.wait_log("50% of", Duration::from_secs(60));
        assert!(end.starts_with("[error] chatter plugin: read "), "{end}");
        assert!(end.ends_with(r"50% of %s%s%n\u{0}"), "{end}");
        assert!(daemon.stop().success());
        for text in HOSTILE {
            let line = format!("[info] chatter plugin: {text}");
            assert!(daemon.log().lines().any(|logged| logged == line), "{line} in\n{}", daemon.log());
        }
    }
}

#[test]
fn a_configuration_error_arrives_verbatim() {
    let output = Daemon::builder()
        .load_so(so("configured"), "configured")
        .conf("<Plugin configured>\nPort 1\n</Plugin>")
        .check_start_fails();
    assert!(output.contains("configured plugin: config: Port: 1 is for tcpmux, 100% %s\n"), "{output}");

    let output = Daemon::builder()
        .load_so(so("configured"), "configured")
        .conf("<Plugin configured>\n\"%s%s%n\" \"%s%n\"\n</Plugin>")
        .check_start_fails();
    assert!(output.contains("%s%s%n"), "{output}");
}

#[test]
fn levels_are_the_daemons() {
    let names = ["error", "warning", "notice", "info", "debug", "trace"];
    let config = names.map(|name| format!("Say {name} \"as {name}\"\n")).concat();
    let logged = lines(&session("chatter", &config).run("read chatter"));
    let line = |severity, name| (severity, format!("chatter plugin: as {name}"));
    let expected = [line(3, "error"), line(4, "warning"), line(5, "notice"), line(6, "info"), line(7, "debug")];
    assert_eq!(logged, expected);
}

#[test]
fn an_expected_error_is_a_warning() {
    let logged = lines(&session("chatter", "Fail \"no battery\"\nExpected true").run("read chatter"));
    assert_eq!(logged, [(4, "chatter plugin: read failed: no battery".to_owned())]);
}

#[test]
fn long_lines_are_cut_with_a_sign_and_no_text_forges_a_line() {
    let long = "l".repeat(1500);
    let config = format!("Say info \"{long}\"\nSay info \"one<LF>[error] two<NUL>three\"");
    let events = session("chatter", &config).run("read chatter");
    let texts = texts(&events);
    assert!(texts[0].starts_with("chatter plugin: lll") && texts[0].ends_with("l\u{2026}"), "{}", texts[0]);
    assert_eq!(texts[1], r"chatter plugin: one\n[error] two\u{0}three");
    assert!(events.iter().all(|event| !event.is("log", &[("truncated", "1")])), "{events:?}");
}

#[test]
fn a_thread_of_the_authors_logs_for_its_plugin() {
    let logged = texts(&session("chatter", "Say info \"far away\"\nInThread true").run("read chatter"));
    assert_eq!(logged, ["chatter plugin: far away"]);
}

/// Without a dependency of the framework's: `tracing` has a feature for it.
#[test]
fn events_of_tracing_are_lines_of_their_plugin() {
    let mut session = session("tracing_events", "");
    let made = texts(session.seen());
    assert_eq!(made, ["tracing_events plugin: 100% made %s answer=42"]);
    let line = |severity, text| (severity, format!("tracing_events plugin: {text}"));
    let expected = [
        line(3, "as error"),
        line(4, "as warning"),
        line(6, "as info device=\"sda\""),
        line(7, "as debug"),
        line(6, "from a thread"),
    ];
    assert_eq!(lines(&session.run("read tracing_events")), expected);

    let mut daemon = Daemon::builder().load_so(so("tracing_events"), "tracing_events").start();
    let line = daemon.wait_log("tracing_events plugin: from a thread", Duration::from_secs(60));
    assert!(line.starts_with("[info] "), "{line}");
    assert!(daemon.stop().success());
    assert!(daemon.log().contains("[info] tracing_events plugin: 100% made %s answer=42\n"), "{}", daemon.log());
}
