//! Being ended, and who reads the output.

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use common::{Live, PATIENCE, gauge, gauge_line, packet};

#[test]
fn signals_end_it_cleanly() {
    for signal in ["TERM", "INT"] {
        let live = Live::loopback(&[]);
        live.send(&[packet([gauge(1)])]);
        assert_eq!(live.next_line(), gauge_line(1));
        live.signal(signal);
        let ended = live.wait();
        assert!(ended.summary().starts_with("1 value lists, "), "{}", ended.summary());
    }
}

/// A daemon sends its last packet when it ends; a script ends both one after the other.
#[test]
fn what_came_before_the_signal_is_printed() {
    let live = Live::loopback(&[]);
    live.signal("STOP");
    live.send(&vec![packet([gauge(1)]); 100]);
    live.signal("TERM");
    live.signal("CONT");
    let ended = live.wait();
    assert_eq!(ended.stdout, vec![gauge_line(1); 100]);
}

#[test]
fn a_broken_pipe_ends_it_quietly() {
    let mut live = Live::print_to(Stdio::piped(), &["--listen", "127.0.0.1:0"]);
    live.send(&[packet([gauge(1)])]);
    let mut line = String::new();
    BufReader::new(live.take_stdout()).read_line(&mut line).unwrap();
    assert_eq!(line.trim_end(), gauge_line(1));
    let mut sender = live.sender();
    common::until("its end", || {
        // Not only once: a process that is just being started by another test has a copy of the pipe for a moment.
        let _ = sender.send_batch(&[packet([gauge(2)])]);
        (!live.is_running()).then_some(())
    });
    let ended = live.wait();
    assert!(ended.status.success(), "{}", ended.status);
    assert!(ended.stderr.is_empty(), "{:?}", ended.stderr);
}

/// `less` reads no further than it shows; ending must work all the same.
#[test]
fn a_reader_that_stopped_reading_does_not_keep_it_alive() {
    let live = Live::print_to(Stdio::piped(), &["--listen", "127.0.0.1:0"]);
    let many = packet((0..1000).map(gauge));
    live.send(&[&many, &many, &many, &many]);
    live.signal("TERM");
    assert!(!live.wait().status.success(), "the output is not complete");
}

#[test]
fn a_full_disk_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let live = Live::print_to(full.into(), &["--listen", "127.0.0.1:0"]);
    live.send(&[packet([gauge(1)])]);
    let ended = live.wait();
    assert_eq!(ended.status.code(), Some(1));
    let error = ended.stderr.last().unwrap();
    assert!(error.starts_with("error: cannot write to standard output: No space left"), "{error}");
}

#[test]
fn a_file_is_up_to_date_when_the_traffic_pauses() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("items");
    let live = Live::print_to(fs::File::create(&path).unwrap().into(), &["--listen", "127.0.0.1:0"]);
    live.send(&[packet([gauge(1), gauge(2)])]);
    let deadline = Instant::now() + PATIENCE;
    let expected = format!("{}\n{}\n", gauge_line(1), gauge_line(2));
    while fs::read_to_string(&path).unwrap() != expected {
        assert!(Instant::now() < deadline, "{:?}", fs::read_to_string(&path));
        thread::sleep(Duration::from_millis(2));
    }
    assert!(live.stop().summary().starts_with("2 value lists, "));
}
