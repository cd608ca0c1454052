//! What a test can do with the daemon, one after the other.

use std::time::Duration;

use collectd::{Identifier, Name, Notification, Severity, Values};
use collectd_testing::{Callback, HOSTNAME, Happening, Host, Level, START, host};

use crate::plugins::{Diary, Follower, HEARD, Listener, Meter};

fn texts(host: &mut Host) -> Vec<String> {
    host.take_log().iter().map(ToString::to_string).collect()
}

#[test]
fn a_read_dispatches_completed_values() {
    let mut host = host!(Meter: Read).config("Interval 30\n<Plugin meter>\n  Value 2.5\n</Plugin>").start();
    host.read();
    let values = host.take_values();
    assert_eq!(values.len(), 1);
    assert_eq!(values[0].to_string(), format!("[1000000000] {HOSTNAME}/meter/gauge/value [(1, 2.5)]"));
    assert_eq!(values[0].times(), (START, collectd::Interval::from_secs(30)));
    assert_eq!(values[0].meta_data().value("NTH").map(|value| value.to_string()).as_deref(), Some("0"));
    assert!(host.take_values().is_empty(), "taken");
    assert_eq!(texts(&mut host), ["info: meter plugin: measures 2.5"]);
    host.shutdown();
}

#[test]
fn the_configuration_names_the_host_and_loads_with_options() {
    let text = "Hostname \"here\"\n<LoadPlugin meter>\n  Interval 0.5\n</LoadPlugin>\nLoadPlugin csv\n<Plugin csv>\n  A 1\n</Plugin>";
    let mut host = host!(Meter: Read).config(text).start();
    host.read();
    assert_eq!(host.take_values()[0].to_string(), "[1000000000] here/meter/gauge/value [(1, 0.0)]");
    let registered = host.registered();
    let read = registered.iter().find(|registered| registered.callback == Callback::Read).expect("a read");
    assert_eq!((read.name.as_str(), read.interval), ("meter", Some(collectd::Interval::from_raw(1 << 29))));
    let own = |happening: &Happening| matches!(happening, Happening::Log(line) if line.by_daemon && line.text.contains("csv"));
    assert_eq!(host.take().into_iter().filter(own).count(), 2, "the line and the block are ignored");
}

#[test]
fn other_plugins_values_reach_writers() {
    let mut host = host!(Diary: Write).start();
    let values = Values::new("if_octets").plugin_instance("e\"th 0").derives([1, -2]).meta("from", "a=b \u{e9}");
    host.dispatch(&values);
    host.dispatch(
        &Values::new("gauge").host("h").plugin("p-q").gauge(0.1).time(START).interval(Duration::from_secs(1)),
    );
    assert_eq!(
        texts(&mut host),
        [
            "info: diary plugin: write [1000000000] fake.example.org/test-e\"th 0/if_octets [(2, 1), (2, -2)] \
             [(\"from\", String(\"a=b é\"))]",
            "info: diary plugin: write [1000000000] h/p-q/gauge [(1, 0.1)] []",
        ]
    );
    assert!(host.take_values().is_empty(), "they are not the plugin's");
}

#[test]
fn notifications_go_both_ways() {
    let mut host = host!(Diary: Notify).start();
    let full = Notification::failure("the \"disk\"\nis full").plugin("df").plugin_instance("root").meta("free", -1);
    host.notify(&full.build().expect("it is one"));
    let heard = host.take_notifications();
    let name = |name| Name::new(name).expect("it is one");
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].severity, Severity::Okay);
    assert_eq!(heard[0].message, b"noted");
    assert_eq!(heard[0].time, START);
    assert_eq!(heard[0].identifier, Identifier { host: name("h"), plugin: name("diary"), ..Identifier::default() });
    assert!(heard[0].meta.value("seen").is_some());
    let log = texts(&mut host);
    assert_eq!(log[0], r#"info: diary plugin: notify [1000000000] /df-root FAILURE: the "disk"\x0ais full"#);
    assert_eq!(log[1], "info: diary plugin: notify [1000000000] h/diary OKAY: noted", "it hears its own");
}

#[test]
fn flushes_have_their_arguments() {
    let mut host = host!(Diary: Flush).start();
    host.flush(None, None, None);
    host.flush(Some("diary"), Some(Duration::from_millis(1500)), Some("h/p-i/gauge-x"));
    host.flush(Some("nobody"), None, None);
    assert_eq!(
        texts(&mut host),
        ["info: diary plugin: flush None None", "info: diary plugin: flush Some(1.5s) Some(\"h/p-i/gauge-x\")",]
    );
}

#[test]
fn cache_events_follow_a_metric() {
    let mut host = host!(Follower: CacheEvent).start();
    let value = |value| Values::new("derive").derive(value);
    host.dispatch(&value(100));
    host.advance(Duration::from_secs(10));
    host.dispatch(&value(150));
    host.dispatch(&Values::new("gauge").plugin("other").gauge(1.0));
    host.advance(Duration::from_secs(30));
    assert_eq!(
        texts(&mut host),
        [
            "info: follower plugin: new fake.example.org/test/derive",
            "info: follower plugin: update fake.example.org/test/derive rate Some([5.0])",
            "info: follower plugin: new fake.example.org/other/gauge",
            "info: follower plugin: expired fake.example.org/test/derive",
        ]
    );
}

#[test]
fn log_plugins_hear_the_daemon() {
    let mut host = host!(Listener: Log).start();
    host.log(Level::Notice, "100% %s \"quoted\"");
    host.shutdown();
    let heard = std::mem::take(&mut *HEARD.lock().expect("no panic"));
    assert!(heard.contains(&(collectd::LogLevel::Notice, "100% %s \"quoted\"".to_owned())), "{heard:?}");
}

#[test]
fn several_plugins_live_in_one_daemon() {
    let builder = host!(Meter: Read).config("LoadPlugin meter\nLoadPlugin diary");
    extern "C" fn diary() {
        collectd::module_register(|module| Ok(module.plugin::<Diary>().write().register()?), &[]);
    }
    let mut host = builder.module_named("diary", diary).start();
    host.read();
    assert_eq!(texts(&mut host).len(), 2, "what one measures, the other writes");
    host.shutdown();
}

#[test]
fn closures_make_a_module() {
    let mut host = host!(|module: &mut collectd::Module| {
        module.plugin::<Meter>().read().register()?;
        module.plugin::<Diary>().missing().register()?;
        Ok(())
    })
    .config("<Plugin meter>\n  Silent true\n</Plugin>")
    .start();
    host.advance(Duration::from_secs(40));
    assert_eq!(
        texts(&mut host),
        [
            "info: meter plugin: measures 0",
            "info: diary plugin: missing fake.example.org/meter/gauge-value of 1000000000"
        ]
    );
}

#[test]
fn types_come_from_the_test() {
    let mut host = host!(Diary: Write).types("# of this test\npair_of_tests  a:GAUGE:0:U, b:COUNTER:0:U\n").start();
    host.dispatch(&Values::new("pair_of_tests").gauge(1.0).counter(2));
    assert_eq!(
        texts(&mut host),
        ["info: diary plugin: write [1000000000] fake.example.org/test/pair_of_tests [(1, 1.0), (0, 2)] []"]
    );
}
