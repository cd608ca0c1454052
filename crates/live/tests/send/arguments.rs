//! Wrong arguments, and what can be said about servers.

use std::fs;

use collectd_net::Reader;
use collectd_test_daemon::UdpSink;

use crate::run::{PATIENCE, address, command, finish, send, start};

const LINE: &str = "PUTVAL h/p/gauge 7:1";

#[test]
fn wrong_arguments_are_named() {
    for args in [
        &["--to", "::1:x"][..],
        &["--to", "127.0.0.1:70000"],
        &["--to", ""],
        &["--ttl", "0"],
        &["--ttl", "256"],
        &["--interface", ""],
        &["--max-packet-size", "1023"],
        &["--security-level", "some"],
        &["--interval", "0"],
        &["--interval", "-1"],
        &["--rate", "0", "--generate"],
        &["--rate", "nan", "--generate"],
        &["--series", "0", "--generate"],
        &["--duration", "0", "--generate"],
        &["--start-time", "-1", "--generate"],
        &["--notify-every", "x", "--generate"],
    ] {
        let (status, said) = send(args, LINE);
        assert_eq!(status, Some(2), "{args:?}: {said}");
        assert!(said.contains(args[0]) && said.contains(args[1]), "{args:?}: {said}");
    }
    for args in [&["--rate", "5"][..], &["--generate", LINE], &["--generate", "--strict"], &["--password-file", "x"]] {
        let (status, said) = send(args, LINE);
        assert_eq!(status, Some(2), "{args:?}: {said}");
        assert!(said.contains("--generate") || said.contains("--username"), "{args:?}: {said}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty");
    fs::write(&empty, "\npassword\n").unwrap();
    let empty = empty.display().to_string();
    let name = "x".repeat(64);
    for (args, text) in [
        (&["--to", name.as_str()][..], format!("cannot resolve \"{name}\"")),
        (&["--to", "127.0.0.1", "--interface", "nosuch0"], "network interface \"nosuch0\": ".to_owned()),
        (&["--security-level", "sign"], "--security-level Sign needs --username".to_owned()),
        (&["--username", "u"], "--username is for --security-level sign or encrypt".to_owned()),
        (&["--security-level", "encrypt", "--username", "u"], "no password: ".to_owned()),
        (
            &["--security-level", "sign", "--username", "u", "--password-file", "/nonexistent/file"],
            "cannot read /nonexistent/file: ".to_owned(),
        ),
        (
            &["--security-level", "sign", "--username", "u", "--password-file", &empty],
            format!("the password in {empty} is empty"),
        ),
        (&["--types-db", "/nonexistent/types.db"], "cannot read /nonexistent/types.db: ".to_owned()),
    ] {
        let (status, said) = send(args, LINE);
        assert_eq!(status, Some(1), "{args:?}: {said}");
        assert!(said.starts_with(&format!("error: {text}")), "{args:?}: {said}");
    }
}

#[test]
fn a_server_where_nobody_listens_is_named_and_the_others_get_everything() {
    let (port, sink) = (collectd_test_daemon::free_udp_port(), UdpSink::bind());
    // That nobody listens is known when the second packet is sent.
    let line = "PUTNOTIF severity=okay time=7 message=m\n".repeat(3);
    let (status, said) = send(&["--to", &format!("127.0.0.1:{port}"), "--to", &address(&sink)], &line);
    assert_eq!(crate::run::wait_items(&sink, 3).len(), 3);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.starts_with(&format!("warning: cannot send to 127.0.0.1:{port}: nobody listens on ")), "{said}");
    assert!(said.ends_with("error: not everything was sent to every server\n"), "{said}");
}

#[test]
fn types_and_interval_can_be_given() {
    let sink = UdpSink::bind();
    let dir = tempfile::tempdir().unwrap();
    let types = dir.path().join("types.db");
    fs::write(&types, "mine a:COUNTER:0:U, b:ABSOLUTE:0:U\n").unwrap();
    let args = ["--to", &address(&sink), "--types-db", types.to_str().unwrap(), "--interval", "2.5", "--quiet"];
    let (status, said) = send(&args, "PUTVAL h/p/mine 7:1:2\nPUTVAL h/p/mine interval=60 8:1:2");
    assert_eq!((status, said.as_str()), (Some(0), ""));
    let items = crate::run::wait_items(&sink, 2);
    let intervals = items.into_iter().map(|item| {
        let values = item.values();
        assert!(values.to_string().ends_with("h/p/mine [(0, 1), (3, 2)]"), "{values}");
        values.view().interval().as_secs_f64()
    });
    assert!(intervals.eq([2.5, 60.0]));
}

#[test]
fn packets_are_no_longer_than_allowed() {
    let lines: String = (0..2000).map(|number| format!("PUTVAL h/p/gauge-{number} 7:{number}\n")).collect();
    for (args, longest) in
        [(&[][..], 1452), (&["--max-packet-size", "1024"], 1024), (&["--max-packet-size", "9000"], 9000)]
    {
        let sink = UdpSink::bind();
        let (status, said) = send(&[&["--to", &address(&sink)], args].concat(), &lines);
        assert_eq!(status, Some(0), "{said}");
        assert_eq!(crate::run::wait_items(&sink, 2000).len(), 2000);
        let max = sink.packets().iter().map(Vec::len).max().unwrap();
        assert!(max <= longest && max > longest - 100, "{max} of {longest}");
    }
}

/// To the groups on the loopback interface only, where whoever listens may be another test.
#[test]
fn groups_on_an_interface() {
    // Without an address it is a group, too.
    for (number, args) in [&["--to", "239.192.74.66"][..], &[]].into_iter().enumerate() {
        let host = format!("group-{number}-{}", std::process::id());
        let line = format!("PUTVAL {host}/p/gauge 7:1");
        let mut reader = Reader::builder().interface("lo").build().unwrap();
        let args = [args, &["--interface", "lo", "--ttl", "2", &line]].concat();
        let (status, said) = finish(start(command(&args)), "");
        assert_eq!(status, Some(0), "{said}");
        while reader.next_timeout(PATIENCE).unwrap().expect("it arrives").host() != host.as_str() {}
    }
}

#[test]
fn help_has_examples() {
    let output = command(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    for text in ["Examples:\n", "--to <ADDR[:PORT]>", "--generate", "COLLECTD_PASSWORD", "Exit status: "] {
        assert!(help.contains(text), "{text}: {help}");
    }
    // Who is on the same machine sees the command line.
    assert!(!help.contains("--password "), "{help}");
}
