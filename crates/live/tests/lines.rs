//! What is printed for what is sent.

mod common;

use std::fs;
use std::path::Path;

use collectd_types::{Identifier, Meta, Name, Notification, Severity, Time, Values};
use collectd_wire::encode_notification;
use common::{Live, gauge, gauge_line, packet};

fn base() -> Values {
    Values::new("t").host("h").plugin("p").time(Time::from_secs(1_700_000_000))
}

#[test]
fn value_lists_of_all_kinds() {
    let live = Live::loopback(&[]);
    let swap = Values::new("swap").host("localhost.localdomain").plugin("swap").type_instance("used");
    let sent = packet([
        swap.time(Time::from_secs(1_237_749_608)).gauge(48_082_944.0),
        base().plugin_instance("0").type_instance("a/b").counter(u64::MAX).derive(i64::MIN).absolute(3).gauge(1e300),
        base().gauges([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]),
        base().host("münchen").gauge(0.1),
    ]);
    live.send(&[&sent]);
    for line in [
        "[1237749608] localhost.localdomain/swap/swap/used [(1, 48082944.0)]",
        "[1700000000] h/p-0/t/a/b [(0, 18446744073709551615), (2, -9223372036854775808), (3, 3), (1, 1e300)]",
        "[1700000000] h/p/t [(1, NaN), (1, inf), (1, -inf), (1, -0.0)]",
        "[1700000000] münchen/p/t [(1, 0.1)]",
    ] {
        assert_eq!(live.next_line(), line);
    }
    let expected = format!("4 value lists, 0 notifications in 1 packets, {} bytes; 0 malformed", sent.len());
    assert_eq!(live.stop().summary(), expected);
}

#[test]
fn notifications_come_in_order_with_value_lists() {
    let live = Live::loopback(&[]);
    let name = |text| Name::new(text).unwrap();
    let identifier = Identifier { host: name("h"), plugin: name("df"), ..Identifier::default() };
    let message = b"disk is \x1b[31mfull\x1b[0m".to_vec();
    let (time, severity, meta) = (Time::from_secs(8), Severity::Failure, Meta::new());
    let notification = Notification { time, severity, identifier, message, meta };
    let sent = encode_notification(notification.view(), 1452).unwrap();
    live.send(&[packet([gauge(1)]), sent, packet([gauge(2)])]);
    assert_eq!(live.next_line(), gauge_line(1));
    assert_eq!(live.next_line(), r"[8] h/df FAILURE: disk is \x1b[31mfull\x1b[0m");
    assert_eq!(live.next_line(), gauge_line(2));
    let ended = live.stop();
    assert!(ended.summary().starts_with("2 value lists, 1 notifications in 3 packets, "), "{}", ended.summary());
}

#[test]
fn hostile_names_are_harmless() {
    let live = Live::loopback(&[]);
    let hostile = base().host("\x1b]0;title\x07").plugin("a\nb\r\x08").type_("\u{9b}31m").type_instance(b"\xff\x9b");
    live.send(&[packet([hostile.gauge(1.0), gauge(1)])]);
    assert_eq!(live.next_line(), r"[1700000000] \x1b]0;title\x07/a\x0ab\x0d\x08/\xc2\x9b31m/\xff\x9b [(1, 1.0)]");
    assert_eq!(live.next_line(), gauge_line(1));
}

#[test]
fn malformed_packets_are_counted_and_the_next_is_printed() {
    let live = Live::loopback(&[]);
    let broken = [packet([gauge(1)]), b"\0\0\0\x03".to_vec()].concat();
    live.send(&[b"x".to_vec(), broken, vec![0; 1000], packet([gauge(2)])]);
    assert_eq!(live.next_line(), gauge_line(1), "what came before the error is valid");
    assert_eq!(live.next_line(), gauge_line(2));
    let ended = live.stop();
    assert!(ended.stdout.is_empty());
    let summary = ended.summary();
    assert!(summary.starts_with("2 value lists, 0 notifications in 4 packets, "), "{summary}");
    assert!(summary.ends_with(" bytes; 3 malformed"), "{summary}");
}

#[test]
fn what_cannot_be_used_is_told() {
    let live = Live::loopback(&[]);
    let unknown = b"\x12\x34\0\x05x".to_vec();
    // An encrypted part of user "u", as far as one can see without a key.
    let encrypted = [&b"\x02\x10\0\x30\0\x01u"[..], &[7; 41]].concat();
    // A signature of user "u" over the value list behind it.
    let signed = [&b"\x02\0\0\x25"[..], &[7; 32], b"u", &packet([gauge(1)])].concat();
    let no_time = packet([gauge(1)]).split_off("\0\0\0\x06h\0".len() + 12);
    live.send(&[unknown, encrypted, signed, no_time, packet([gauge(2)])]);
    assert_eq!(live.next_line(), gauge_line(1));
    assert_eq!(live.next_line(), gauge_line(2));
    let ended = live.stop();
    let told = "; 0 malformed; 1 not decoded (encrypted); 1 signatures not verified; \
                1 incomplete items passed over; 1 parts of unknown type passed over";
    assert!(ended.summary().ends_with(told), "{}", ended.summary());
}

/// Packets that are wrong in every way known.
#[test]
fn the_malformed_corpus_does_no_harm() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/malformed");
    let files = fs::read_dir(directory).expect("the corpus is there").map(|entry| entry.unwrap().path());
    let packets: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "bin")).collect();
    assert!(packets.len() > 50, "{}", packets.len());
    let mut live = Live::loopback(&[]);
    let last = gauge(1).host("after the corpus");
    for path in &packets {
        live.send(&[fs::read(path).unwrap()]);
    }
    live.send(&[packet([last])]);
    loop {
        let line = live.next_line();
        assert!(!line.contains(char::is_control), "{line:?}");
        if line == "[7] after the corpus/p/gauge [(1, 1.0)]" {
            break;
        }
    }
    assert!(live.is_running());
    let ended = live.stop();
    let summary = ended.summary();
    assert!(summary.contains(&format!(" in {} packets, ", packets.len() + 1)), "{summary}");
    assert!(!summary.contains("; 0 malformed"), "{summary}");
}
