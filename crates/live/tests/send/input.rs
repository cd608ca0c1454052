//! When packets go out.

use std::io::Write;
use std::time::{Duration, Instant};

use collectd_test_daemon::UdpSink;

use crate::run::{address, command, finish, send, signal, start, wait_end, wait_items};

#[test]
fn packets_go_out_when_the_input_pauses() {
    let sink = UdpSink::bind();
    let mut child = start(command(&["--to", &address(&sink)]));
    let mut pipe = child.stdin.take().unwrap();
    let mut waits = Vec::new();
    for round in 1..=3 {
        let begin = Instant::now();
        // Several of a moment share a packet.
        let lines: String = (0..5).map(|number| format!("PUTVAL h/p/gauge-{number} {round}:1\n")).collect();
        pipe.write_all(lines.as_bytes()).unwrap();
        assert_eq!(wait_items(&sink, 5 * round).len(), 5 * round);
        waits.push(begin.elapsed());
        assert_eq!(sink.count(), round);
        assert!(child.try_wait().unwrap().is_none());
    }
    // That is sooner than a value waits for others while they come; unless the machine is busy all the time.
    assert!(waits.iter().min().unwrap() < &Duration::from_millis(500), "{waits:?}");
    child.stdin = Some(pipe);
    let (status, said) = finish(child, "PUTVAL h/p/gauge 4:1");
    assert_eq!(status, Some(0));
    assert!(said.starts_with("16 value lists, 0 notifications from 16 lines; 0 wrong, 0 odd\n"), "{said}");
    assert_eq!(wait_items(&sink, 16).len(), 16);
}

/// Nobody waits for a value longer than a second because others keep coming.
#[test]
fn packets_go_out_although_lines_keep_coming() {
    let sink = UdpSink::bind();
    let mut child = start(command(&["--to", &address(&sink)]));
    let mut pipe = child.stdin.take().unwrap();
    let mut number = 0;
    while sink.count() == 0 {
        number += 1;
        assert!(number < 20_000, "nothing goes out");
        // The same names again and again: a packet holds more of them than come in a second.
        pipe.write_all(b"PUTVAL h/p/gauge 7:1\n").unwrap();
        std::thread::sleep(Duration::from_millis(3));
    }
    drop(pipe);
    wait_end(&mut child);
}

#[test]
fn a_signal_ends_it_and_what_was_read_is_sent() {
    for name in ["TERM", "INT"] {
        let sink = UdpSink::bind();
        let mut child = start(command(&["--to", &address(&sink)]));
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(b"PUTVAL h/p/gauge 7:1\nPUTVAL h/p/ga").unwrap();
        assert_eq!(wait_items(&sink, 1).len(), 1);
        signal(&child, name);
        wait_end(&mut child);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.starts_with("1 value lists, 0 notifications from 1 lines; 0 wrong, 0 odd\n"), "{said}");
        drop(pipe);
    }
}

#[test]
fn lines_without_end_and_without_number() {
    let sink = UdpSink::bind();
    let input = format!("PUTVAL {}\nPUTVAL h/p/gauge 7:1", "x".repeat(1 << 20));
    let (status, said) = send(&["--to", &address(&sink)], &input);
    assert_eq!(status, Some(1));
    assert!(said.starts_with("stdin:1:1: the line is too long\n  PUTVAL xxx"), "{said}");
    assert_eq!(wait_items(&sink, 1).len(), 1);
    let (status, said) = send(&["--to", &address(&sink)], "");
    assert_eq!(status, Some(0));
    assert!(said.starts_with("0 value lists, 0 notifications from 0 lines; 0 wrong, 0 odd\n"), "{said}");
}
