//! Ending by itself.

mod common;

use std::time::{Duration, Instant};

use common::{Live, gauge, gauge_line, packet};

#[test]
fn count_ends_in_the_middle_of_a_packet() {
    let live = Live::loopback(&["--count", "5"]);
    let three = packet([gauge(1), gauge(2), gauge(3)]);
    live.send(&[&three, &three, &three]);
    let ended = live.wait();
    assert_eq!(ended.stdout, [1, 2, 3, 1, 2].map(gauge_line));
    let expected = format!("5 value lists, 0 notifications in 3 packets, {} bytes; 0 malformed", 3 * three.len());
    assert_eq!(ended.summary(), expected);
}

#[test]
fn count_ends_without_more_traffic() {
    let live = Live::loopback(&["--count", "1"]);
    live.send(&[packet([gauge(1)])]);
    assert_eq!(live.wait().stdout, [gauge_line(1)]);
}

#[test]
fn timeout_ends_in_silence() {
    let start = Instant::now();
    let ended = Live::loopback(&["--timeout", "0.3"]).wait();
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(ended.summary(), "0 value lists, 0 notifications in 0 packets, 0 bytes; 0 malformed");
}

#[test]
fn timeout_ends_in_the_middle_of_traffic() {
    let start = Instant::now();
    let mut live = Live::loopback(&["--timeout", "0.5"]);
    let mut sender = live.sender();
    let packet = packet([gauge(1)]);
    while live.is_running() {
        assert!(start.elapsed() < Duration::from_secs(30), "it does not end");
        // Refused once the program has ended.
        let _ = sender.send_batch(&[&packet; 10]);
    }
    assert!(start.elapsed() >= Duration::from_millis(500), "{:?}", start.elapsed());
    let ended = live.wait();
    let count: usize = ended.summary().split(' ').next().unwrap().parse().unwrap();
    assert!(count > 0 && ended.stdout.len() == count, "{count} {}", ended.stdout.len());
}
