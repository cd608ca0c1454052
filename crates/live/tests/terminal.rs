//! On a terminal there are colours, unless somebody does not want them; and the first line is there at once.

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use collectd_udp::{SendOptions, Sender};
use common::{Live, PATIENCE, gauge, gauge_line, packet};

/// The one line that is printed to a terminal, which the program `script` makes.
fn on_terminal(env: &[(&str, &str)]) -> String {
    let program = env!("CARGO_BIN_EXE_collectd-live");
    let command = format!("'{program}' print --listen 127.0.0.1:0 --count 1");
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &command, "/dev/null"]).env_remove("NO_COLOR").env("TERM", "xterm-256color");
    script.envs(env.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = script.spawn().expect("script is installed, as on every Debian");
    // Standard error goes to the terminal, too.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let listening = lines.find(|line| line.contains("listening on ")).unwrap();
    let addr = listening.trim_end().split("listening on ").nth(1).unwrap().parse().unwrap();
    Sender::connect(addr, &SendOptions::default()).unwrap().send_batch(&[packet([gauge(1)])]).unwrap();
    let line = lines.next().unwrap().trim_end().to_owned();
    assert!(lines.next().unwrap().starts_with("1 value lists, "));
    assert!(child.wait().unwrap().success());
    line
}

#[test]
fn colours_are_on_terminals_unless_nobody_wants_them() {
    let coloured = "\x1b[2m[7]\x1b[0m \x1b[1mh\x1b[0m/p/gauge [(1, \x1b[36m1.0\x1b[0m)]";
    assert_eq!(on_terminal(&[]), coloured);
    assert_eq!(on_terminal(&[("NO_COLOR", "")]), coloured, "empty is as good as not set");
    assert_eq!(on_terminal(&[("NO_COLOR", "1")]), gauge_line(1));
    assert_eq!(on_terminal(&[("TERM", "dumb")]), gauge_line(1));
}

/// In the best of some: others use this machine, too.
#[test]
fn the_first_line_is_there_within_50_milliseconds() {
    let once = || {
        let start = Instant::now();
        let live = Live::loopback(&["--format", "json"]);
        live.send(&[packet([gauge(1)])]);
        let line = live.next_line();
        assert!(line.starts_with("{\"kind\":\"values\",\"host\":\"h\","), "{line}");
        start.elapsed()
    };
    let (start, mut best) = (Instant::now(), Duration::MAX);
    while best >= Duration::from_millis(50) {
        assert!(start.elapsed() < PATIENCE, "{best:?}");
        best = best.min(once());
    }
}

/// Line by line: what is printed does not wait for more.
#[test]
fn no_format_keeps_lines_from_a_pipe() {
    for format in ["line", "json", "csv", "putval", "influx", "graphite", "prometheus"] {
        let live = Live::loopback(&["--format", format]);
        if format == "csv" {
            assert!(live.next_line().starts_with("kind,"), "the names of columns");
        }
        for number in [1, 2] {
            live.send(&[packet([gauge(number)])]);
            let lines = if format == "prometheus" && number == 1 { 3 } else { 1 };
            let lines: Vec<_> = (0..lines).map(|_| live.next_line()).collect();
            assert!(lines.last().unwrap().contains(&number.to_string()), "{format}: {lines:?}");
        }
        live.stop();
    }
}

/// Nor for a moment in which nothing comes, which a file waits for.
#[test]
fn a_pipe_does_not_wait_for_a_pause() {
    let live = Live::loopback(&[]);
    let mut waits = Vec::new();
    for number in 0..100 {
        let start = Instant::now();
        live.send(&[packet([gauge(number)])]);
        assert_eq!(live.next_line(), gauge_line(number));
        waits.push(start.elapsed());
    }
    // Some wait because others use this machine, too.
    waits.sort_unstable();
    assert!(waits[25] < Duration::from_millis(18), "{waits:?}");
}
