//! A real collectd sends, with its own network plugin and with rust_network, at every security level: what is printed is
//! what was put in.

mod common;

use collectd_net::SecurityLevel;
use collectd_test_daemon::{Daemon, cargo_build, stock_types_db};
use collectd_test_interop::{List, Security, sample};
use collectd_types::Interval;
use common::Live;
use serde_json::Value as Json;

fn lists() -> Vec<List> {
    sample::lists_for_commands().into_iter().take(150).collect()
}

/// A daemon with the types of the sample, whose plugin of this name sends to a port of this machine.
fn daemon(plugin: &str, security: &Security, port: u16, types: &str) -> Daemon {
    let conf = format!(
        "TypesDB \"{}\" \"{types}\"\n<Plugin {plugin}>\n{}</Plugin>\n",
        stock_types_db().display(),
        security.c_server("127.0.0.1", port)
    );
    let builder = Daemon::builder().write_threads(1).load("unixsock");
    let builder = match plugin {
        "rust_network" => builder.load_so(cargo_build::cdylib("rust_network"), plugin),
        _ => builder.load(plugin),
    };
    builder.conf(&conf).start()
}

fn check(plugin: &str, level: SecurityLevel) {
    let security = Security::new(level);
    let dir = tempfile::tempdir().unwrap();
    let types = dir.path().join("types.db");
    std::fs::write(&types, sample::types_db()).unwrap();
    let (file, level) = (security.file(), level.to_string());
    let keys = ["--auth-file", file.to_str().unwrap(), "--security-level", &level];
    let live = Live::loopback(&[&["--format", "json", "--exact"], &keys[..]].concat());
    let mut daemon = daemon(plugin, &security, live.addrs[0].port(), types.to_str().unwrap());
    for list in lists() {
        let values: Vec<_> = list.values().map(|value| value.to_string().replace("NaN", "U")).collect();
        let values = format!("{:?}:{}", list.seconds(), values.join(":"));
        let interval = Interval::from_raw(list.interval).as_secs_f64();
        daemon.putval(&list.identifier(), &format!("interval={interval:?}"), &values);
    }
    daemon.command("PUTNOTIF severity=warning time=1749238001 host=h message=\"look here\"").unwrap();
    let last = lists().pop().unwrap();
    daemon.wait_dispatched(&last.identifier(), last.seconds());
    // It sends the rest when it ends.
    assert!(daemon.stop().success());
    let ended = live.stop();
    let came = format!("{} value lists, 1 notifications ", lists().len());
    assert!(ended.summary().starts_with(&came), "{plugin} {level}: {}", ended.summary());
    let events: Vec<Json> = ended.stdout.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (notifications, values): (Vec<_>, Vec<_>) = events.iter().partition(|event| event["kind"] == "notification");
    assert_eq!((&notifications[0]["message"], &notifications[0]["severity"]), (&"look here".into(), &2.into()));
    for (event, list) in values.iter().zip(lists()) {
        let names =
            ["host", "plugin", "plugin_instance", "type", "type_instance"].map(|key| event[key].as_str().unwrap());
        assert_eq!(names, list.names.each_ref().map(String::as_str), "{plugin} {level}");
        let (time, interval) = (event["time"].to_string(), event["interval"].to_string());
        assert_eq!((time, interval), (list.time.to_string(), list.interval.to_string()), "{event}");
        let bits = |value: &Json| u64::from_str_radix(value["bits"].as_str().unwrap(), 16).unwrap();
        let bits: Vec<_> = event["values"].as_array().unwrap().iter().map(bits).collect();
        let wanted: Vec<_> = list.values.iter().map(|&(_, bits)| bits).collect();
        assert!(bits == wanted || list.values().all(|value| value.as_f64().is_nan()), "{event}: {list:?}");
    }
    for event in &events {
        let user = if security.is_secure() { Json::from(security.user()) } else { Json::Null };
        assert_eq!(event["username"], user);
        assert_eq!(
            (event["signed"] == true, event["encrypted"] == true),
            (level == "Sign", level == "Encrypt"),
            "{event}"
        );
    }
}

#[test]
fn network_plain() {
    check("network", SecurityLevel::None);
}

#[test]
fn network_signed() {
    check("network", SecurityLevel::Sign);
}

#[test]
fn network_encrypted() {
    check("network", SecurityLevel::Encrypt);
}

#[test]
fn rust_network_plain() {
    check("rust_network", SecurityLevel::None);
}

#[test]
fn rust_network_signed() {
    check("rust_network", SecurityLevel::Sign);
}

#[test]
fn rust_network_encrypted() {
    check("rust_network", SecurityLevel::Encrypt);
}
