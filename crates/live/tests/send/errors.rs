//! What is said about lines.

use collectd_test_daemon::UdpSink;

use crate::run::{Arrived, address, send, wait_items};

const INPUT: &str = "\
# values
PUTVAL h/p/gauge 7:1

PUTVAL h/p/gaug-x 7:1
PUTVAL ä/ö/gauge 7:ü
PUTVAL h/p/derive-a interval=10 7:1.5
PUTVAL \"h/p/gauge 7:1
\tputnotif severity=warn time=7 message=m
GETVAL h/p/gauge\r
PUTVAL h/p/gauge-\x1b[2J 7:x
PUTVAL h/p/gauge 7:2:3
PUTVAL h/p/derive-b 8:2
PUTNOTIF severity=okay time=7 host=h message=\"all is well\"
PUTVAL h/p/derive-c meta:k=\"v\" 8:3";

/// The whole text: places in characters from 1 on, carets under them, nothing that a terminal obeys.
const SAID: &str = "\
stdin:4:12: type \"gaug\" is not in types.db
  PUTVAL h/p/gaug-x 7:1
             ^
stdin:5:20: \"ü\" is not a gauge
  PUTVAL ä/ö/gauge 7:ü
                     ^
stdin:6:36: warning: \".5\" behind the number is ignored
  PUTVAL h/p/derive-a interval=10 7:1.5
                                     ^
stdin:7:8: the quote that begins here does not end
  PUTVAL \"h/p/gauge 7:1
         ^
stdin:8:20: no severity: they are failure, warning and okay
  \\x09putnotif severity=warn time=7 message=m
                        ^
stdin:9:1: neither PUTVAL nor PUTNOTIF
  GETVAL h/p/gauge
  ^
stdin:10:25: \"x\" is not a gauge
  PUTVAL h/p/gauge-\\x1b[2J 7:x
                             ^
stdin:11:22: a value too many: the type has 1
  PUTVAL h/p/gauge 7:2:3
                       ^
warning: the network protocol has no place for meta data: they are left out
4 value lists, 1 notifications from 14 lines; 7 wrong, 1 odd
";

#[test]
fn wrong_lines_are_shown_and_the_others_sent() {
    let sink = UdpSink::bind();
    let (status, said) = send(&["--to", &address(&sink)], INPUT);
    let (about_lines, rest) = said.split_at(said.find(&address(&sink)).expect("a line for the server"));
    assert_eq!(about_lines, SAID);
    assert!(rest.ends_with(" bytes\nerror: 7 lines were not sent\n"), "{rest}");
    assert_eq!(status, Some(1));
    let shown = |item: &Arrived| match item {
        Arrived::Values(values) => values.to_string(),
        Arrived::Notification(notification) => notification.to_string(),
    };
    let arrived: Vec<_> = wait_items(&sink, 5).iter().map(shown).collect();
    let expected = [
        "[7] h/p/gauge [(1, 1.0)]",
        "[7] h/p/derive/a [(2, 1)]",
        "[8] h/p/derive/b [(2, 2)]",
        "[7] h OKAY: all is well",
        "[8] h/p/derive/c [(2, 3)]",
    ];
    assert_eq!(arrived, expected);
}

#[test]
fn strict_stops_at_the_first() {
    for (input, place, count) in [
        (INPUT, "stdin:4:12: type", 1),
        // What is odd counts, too.
        ("PUTVAL h/p/gauge 7:1\nPUTVAL h/p/derive 7:1.5\nPUTVAL h/p/gauge 8:1\n", "stdin:2:22: \".5\" behind", 1),
    ] {
        let sink = UdpSink::bind();
        let (status, said) = send(&["--strict", "--to", &address(&sink)], input);
        assert_eq!(status, Some(1));
        assert!(said.starts_with(place), "{said}");
        assert!(said.contains(&format!("\n{count} value lists, 0 notifications from ")), "{said}");
        assert_eq!(wait_items(&sink, count).len(), count);
    }
}

#[test]
fn a_file_that_is_something_else_does_not_flood_the_screen() {
    let sink = UdpSink::bind();
    let (status, said) = send(&["--to", &address(&sink)], &"nonsense\n".repeat(5000));
    assert_eq!(status, Some(1));
    assert!(said.contains("stdin:100:1: ") && !said.contains("stdin:101:1: "), "{said}");
    assert!(said.contains("stdin: more such lines are only counted\n"), "{said}");
    assert!(said.ends_with("error: 5000 lines were not sent\n"), "{said}");
}

#[test]
fn arguments_are_counted_as_lines() {
    let sink = UdpSink::bind();
    let to = address(&sink);
    let lines = ["PUTVAL h/p/gauge 7:1", "PUTVAL h/p", "PUTVAL h/p/gauge 8:2\nPUTVAL h/p/gauge 9:3"];
    let (status, said) = send(&[&["--to", &to][..], &lines].concat(), "PUTVAL h/p/gauge 10:4");
    assert_eq!(status, Some(1));
    assert!(said.starts_with("argument:2:11: the values are missing\n  PUTVAL h/p\n"), "{said}");
    let values: Vec<_> = wait_items(&sink, 3).into_iter().map(|item| item.values().to_string()).collect();
    let expected = ["[7] h/p/gauge [(1, 1.0)]", "[8] h/p/gauge [(1, 2.0)]", "[9] h/p/gauge [(1, 3.0)]"];
    assert_eq!(values, expected);
}
