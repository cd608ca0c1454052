//! `collectd-live top` in a terminal: what is shown, and what keys and mouse do.

mod common;

use std::process::Command;

use collectd_net::SecurityLevel;
use collectd_test_daemon::{Daemon, cargo_build};
use collectd_test_interop::Security;
use collectd_types::{Interval, Name, Notification, Time, Values};
use collectd_wire::encode_notification;
use common::packet;
use common::terminal::{Terminal, wait_for};

/// The time of the last values that are sent.
const NOW: u64 = 1_700_000_050;

/// A value list of some seconds before.
fn list(host: &str, plugin: &str, type_: &str, ago: u64) -> Values {
    let values = Values::new(type_).host(host).plugin(plugin).interval(Interval::from_secs(10));
    values.time(Time::from_secs(NOW - ago))
}

/// Sends what two hosts have measured, and waits until it is there.
fn send_some(terminal: &Terminal) -> String {
    for step in 0..6u32 {
        let (number, ago) = (f64::from(step + 1), 50 - 10 * u64::from(step));
        terminal.send(&[packet([
            list("db1", "memory", "memory", ago).type_instance("used").gauge(number * 1024.0 * 1024.0),
            list("db1", "interface", "if_octets", ago).plugin_instance("eth0").derives([i64::from(step) * 20_480, 0]),
            list("web1", "load", "load", ago).gauges([number / 10.0, 0.5, 0.25]),
        ])]);
    }
    terminal.wait_text("2 hosts  6 series");
    terminal.wait_text("6 MiB")
}

/// The screen without what depends on when it was made.
fn without_times(screen: &str) -> String {
    let lines: Vec<&str> = screen.lines().collect();
    let age = lines[2].split("AGE").next().map(|before| before.chars().count()).expect("a column");
    let masked = lines.iter().enumerate().map(|(number, line)| match number {
        0 => line[..line.len() - 8].to_owned() + "[clock]",
        1 => "[traffic]".to_owned(),
        _ => line
            .chars()
            .enumerate()
            .map(|(at, c)| if (age - 4..age + 3).contains(&at) && c != 'A' { ' ' } else { c })
            .collect(),
    });
    masked.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn values_and_rates_appear_with_their_units() {
    let terminal = Terminal::top(24, 100, &["--types-db", TYPES_DB]);
    let screen = send_some(&terminal);
    insta::assert_snapshot!(without_times(&screen));
    terminal.wait_text("0 lost");
    terminal
        .wait("traffic", |screen| screen.contents().contains("lists/s") && !screen.contents().contains("\n0 lists"));
    terminal.press("q");
    assert!(terminal.wait_end().status.success());
}

const TYPES_DB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/types.db");

#[test]
fn keys_move_fold_sort_and_mark() {
    let terminal = Terminal::top(24, 100, &["--types-db", TYPES_DB]);
    send_some(&terminal);
    terminal.press("\x1b[D");
    terminal.wait_text("▸ db1  3 series");
    terminal.press("\x1b[C");
    terminal.wait_text("▾ db1  3 series");
    terminal.press("s");
    terminal.wait_text("VALUE▼");
    terminal.press("r");
    terminal.wait_text("VALUE▲");
    terminal.press("1t");
    terminal.wait_text("db1/interface-eth0/if_octets rx");
    terminal.press(" ");
    let screen = terminal.wait_text("●");
    assert!(screen.contains("● db1/interface-eth0/if_octets rx"), "{screen}");
    terminal.press("?");
    terminal.wait_text("sort by the next column");
    terminal.press("\x1b");
    terminal.wait_gone("sort by the next column");
}

#[test]
fn a_search_leaves_what_has_it() {
    let terminal = Terminal::top(24, 100, &["--types-db", TYPES_DB]);
    send_some(&terminal);
    terminal.press("/LOAD/*mid");
    let screen = terminal.wait_gone("db1");
    assert!(screen.contains("load midterm") && !screen.contains("shortterm"), "{screen}");
    // Letters that are keys elsewhere are text here.
    assert!(screen.contains("/LOAD/*mid"), "{screen}");
    terminal.press("\r");
    terminal.wait_text("q quit");
    terminal.press("\x1b");
    terminal.wait_text("db1");
}

#[test]
fn only_what_is_asked_for_is_taken() {
    let terminal = Terminal::top(24, 100, &["--host", "db*", "--filter", "value > 1"]);
    terminal.send(&[packet([
        list("db1", "p", "gauge", 0).type_instance("large").gauge(2.0),
        list("db1", "p", "gauge", 0).type_instance("small").gauge(1.0),
        list("web1", "p", "gauge", 0).type_instance("large").gauge(2.0),
    ])]);
    let screen = terminal.wait_text("gauge-large");
    assert!(screen.contains("1 host  1 series") && !screen.contains("small"), "{screen}");
}

#[test]
fn a_graph_is_drawn_and_zoomed() {
    let terminal = Terminal::top(30, 100, &["--types-db", TYPES_DB]);
    send_some(&terminal);
    terminal.press("/memory-used\r\x1b[B\x1b[B\r");
    let screen = terminal.wait_text("graph of 10m00s");
    assert!(screen.contains("db1/memory/memory-used   ") && screen.contains("max 6 MiB"), "{screen}");
    terminal.press("++++");
    let screen = terminal.wait_text("graph of 30 s");
    let dots = screen.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count();
    assert!(dots > 30, "{screen}");
    assert!(screen.contains("22:14:10") && screen.contains("22:13:40"), "{screen}");
    terminal.press("g");
    terminal.wait_gone("HISTORY");
    terminal.press("\x1b");
    terminal.wait_text("HISTORY");
}

#[test]
fn the_mouse_sorts_selects_and_scrolls() {
    let terminal = Terminal::top(12, 100, &["--types-db", TYPES_DB]);
    send_some(&terminal);
    let header = terminal.contents().lines().nth(2).unwrap().to_owned();
    let column = header.chars().position(|c| c == 'V').unwrap();
    terminal.mouse(0, u16::try_from(column).unwrap(), 2);
    terminal.wait_text("VALUE▼");
    terminal.press("1");
    terminal.wait_text("NAME▲");
    terminal.mouse(0, 0, 3);
    terminal.wait_text("▸ db1");
    terminal.mouse(0, 0, 3);
    terminal.wait_text("▾ db1");
    assert!(!terminal.contents().contains("longterm"), "{}", terminal.contents());
    terminal.mouse(65, 10, 5);
    terminal.wait_text("longterm");
    terminal.mouse(64, 10, 5);
    terminal.wait_gone("longterm");
}

#[test]
fn notifications_have_a_pane() {
    let terminal = Terminal::top(24, 100, &[]);
    terminal.press("n");
    terminal.wait_text("none has come yet");
    let failure = Notification::failure("the disk is \x1b[31mfull").host("db1").plugin("df").build().unwrap();
    let failure = Notification { time: Time::from_secs(NOW), ..failure };
    terminal.send(&[encode_notification(failure.view(), 1452).unwrap()]);
    let screen = terminal.wait_text("FAILURE");
    assert!(screen.contains(r"22:14:10 FAILURE db1/df  the disk is \x1b[31mfull"), "{screen}");
    assert!(screen.contains("1 notification"), "{screen}");
}

#[test]
fn a_pause_keeps_what_is_shown() {
    let terminal = Terminal::top(24, 100, &["--types-db", TYPES_DB]);
    send_some(&terminal);
    terminal.press("p");
    terminal.wait_text("PAUSED");
    terminal.send(&[packet([list("db1", "memory", "memory", 0)
        .type_instance("used")
        .time(Time::from_secs(NOW + 1))
        .gauge(7.0)])]);
    terminal.send(&[packet([list("new", "memory", "memory", 0).gauge(7.0)])]);
    let screen = terminal.wait_text("3 hosts  7 series");
    assert!(screen.contains("6 MiB") && !screen.contains("▾ new"), "{screen}");
    terminal.press("p");
    terminal.wait_text("▾ new");
    terminal.wait_gone("6 MiB");
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let terminal = Terminal::top(24, 80, &["--types-db", TYPES_DB]);
    send_some(&terminal);
    for (rows, columns) in [(40, 130), (6, 24), (1, 1), (3, 10), (24, 80)] {
        terminal.resize(rows, columns);
        // The hints are in the last line, as far as there is one for them.
        let has_hints = |screen: &vt100::Screen| {
            let last = screen.rows(0, columns).nth(usize::from(rows) - 1).unwrap_or_default();
            last.starts_with(if rows < 3 { "N" } else { "q quit" }) || (rows, columns) == (1, 1)
        };
        terminal.wait(&format!("{columns} columns, {rows} rows"), has_hints);
    }
    assert!(terminal.contents().contains("load shortterm"), "{}", terminal.contents());
}

#[test]
fn hosts_that_have_gone_silent_are_marked() {
    let terminal = Terminal::top(24, 100, &[]);
    terminal.send(&[packet([list("old", "p", "gauge", 0).interval(Interval::from_secs(1)).gauge(1.0)])]);
    terminal.send(&[packet([list("new", "p", "gauge", 0).interval(Interval::from_secs(1000)).gauge(1.0)])]);
    let screen = terminal.wait_text("SILENT for");
    let line = screen.lines().find(|line| line.contains("SILENT")).unwrap();
    assert!(line.starts_with("▾ old"), "{screen}");
    assert!(screen.contains("2 hosts  1 silent"), "{screen}");
}

#[test]
fn what_is_beyond_the_limit_is_counted() {
    let terminal = Terminal::top(24, 100, &["--max-series", "2"]);
    terminal.send(&[packet(["a", "b", "c", "c"].map(|host| list(host, "p", "gauge", 0).gauge(1.0)))]);
    terminal.wait_text("2 hosts  2 series  2 lists beyond 2 series");
}

#[test]
fn damaged_packets_are_counted() {
    let terminal = Terminal::top(24, 100, &[]);
    terminal.send(&[b"x".to_vec(), vec![0; 1000]]);
    terminal.wait_text("2 malformed");
}

/// More than any buffer holds, while nobody reads.
#[test]
fn what_the_kernel_drops_is_told() {
    let terminal = Terminal::top(24, 100, &[]);
    terminal.signal("STOP");
    wait_for("it to stop", || terminal.is_stopped().then_some(()));
    let large = packet((0..1000).map(|number| list("h", "p", "gauge", 0).type_instance(number.to_string()).gauge(1.0)));
    for _ in 0..2000 {
        terminal.send(&[&large]);
    }
    terminal.signal("CONT");
    let is_told = |line: &str| line.split("  ").any(|piece| piece.ends_with(" lost") && piece != "0 lost");
    terminal.wait("what was lost", |screen| screen.contents().lines().nth(1).is_some_and(is_told));
}

#[test]
fn hostile_names_reach_no_terminal() {
    let terminal = Terminal::top(24, 120, &[]);
    let hostile = ["\x1b]0;title\x07", "\x1b[2J", "\u{9b}31m", "\u{202e}abc", "a\r\nb\x08", "東京\u{200b}", "\x1bc"];
    for (number, text) in hostile.into_iter().enumerate() {
        let host = list(text, "p", "gauge", 0).gauge(1.0);
        terminal.send(&[packet([host, list(&format!("h{number}"), text, "gauge", 0).type_instance(text).gauge(1.0)])]);
        let name = Name::truncated(text);
        let notice = Notification::okay(text.as_bytes()).host(name.as_bytes()).build().unwrap();
        let notice = Notification { time: Time::from_secs(NOW), ..notice };
        terminal.send(&[encode_notification(notice.view(), 1452).unwrap()]);
    }
    terminal.wait_text("7 notifications");
    terminal.press("nnnng\x1b[B\x1b[B ");
    let screen = terminal.wait_text(r"\x1b]0;title\x07");
    assert!(screen.starts_with("collectd-live  14 hosts"), "{screen}");
    let bytes = terminal.bytes();
    for text in hostile {
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text:?}");
    }
}

#[test]
fn no_color_is_honoured() {
    let has_colours = |variables: &[(&str, &str)]| {
        let terminal = Terminal::top_with(24, 100, &["--types-db", TYPES_DB], variables);
        send_some(&terminal);
        terminal.press("gn\x1b[B\x1b[B ");
        terminal.wait_text("graph of");
        let screen = terminal.screen();
        let cells = (0..24).flat_map(|row| (0..100).map(move |column| (row, column)));
        let cells = cells.filter_map(|(row, column)| screen.cell(row, column));
        cells.filter(|cell| cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default).count()
            > 0
    };
    assert!(has_colours(&[]));
    assert!(has_colours(&[("NO_COLOR", "")]));
    assert!(!has_colours(&[("NO_COLOR", "1")]));
}

/// A capture of raw IP packets, such as tcpdump writes them.
fn capture(packets: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    // Version 2.4, no time zone, no accuracy, longest packet, raw IP.
    [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101].iter().for_each(|word| file.extend(word.to_le_bytes()));
    for (second, packet) in packets {
        let length = u16::try_from(packet.len() + 28).unwrap();
        let words = [*second, 0, length.into(), length.into()];
        words.iter().for_each(|word| file.extend(word.to_le_bytes()));
        file.extend([0x45, 0]);
        file.extend(length.to_be_bytes());
        // No fragment; 64 hops; UDP; no checksum; from and to this machine.
        file.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
        [40_000, 25_826, length - 20, 0].iter().for_each(|number: &u16| file.extend(number.to_be_bytes()));
        file.extend(packet);
    }
    file
}

/// From a pipe, so that keys come from elsewhere.
#[test]
fn a_capture_is_shown_as_of_its_time() {
    let now = u32::try_from(NOW).unwrap();
    let point = |ago: u32| {
        let list = list("db1", "memory", "memory", ago.into()).type_instance("used");
        (now - ago, packet([list.gauge(f64::from(100 - ago) * 1024.0)]))
    };
    let silent = (now - 60, packet([list("old1", "p", "gauge", 60).gauge(1.0)]));
    let mut file = capture(&[silent, point(20), point(10), point(0)]);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("capture");
    let program = env!("CARGO_BIN_EXE_collectd-live");
    for (cut, status) in [(0, 0), (5, 1)] {
        file.truncate(file.len() - cut);
        std::fs::write(&path, &file).unwrap();
        let mut shell = Command::new("sh");
        let line = format!("cat '{}' | '{program}' top --read - --report; echo status $?", path.display());
        shell.args(["-c", &line]).env("TERM", "xterm-256color").env("TZ", "UTC");
        let terminal = Terminal::run(24, 100, &shell);
        let screen = terminal.wait("its end", |screen| {
            let text = screen.contents();
            text.contains("at the end") && text.contains("memory-used") && text.contains("old1")
        });
        let value = if cut == 0 { "100 KiB" } else { "90 KiB" };
        assert!(screen.contains(value) && screen.contains("SILENT for 1m00s") == (cut == 0), "{screen}");
        assert!(screen.contains("2 hosts  1 silent"), "{screen}");
        terminal.press("q");
        let left = terminal.wait_end();
        assert!(left.screen.contains(&format!("status {status}")), "{}", left.screen);
    }
}

/// What a real daemon measures and says, sent by its plugin of this name.
fn check_daemon(plugin: &str, level: SecurityLevel) {
    let security = Security::new(level);
    let (file, name) = (security.file(), level.to_string());
    let terminal = Terminal::top(24, 100, &["--auth-file", file.to_str().unwrap(), "--security-level", &name]);
    let server = security.c_server("127.0.0.1", terminal.addrs[0].port());
    let builder = Daemon::builder().hostname("realhost").load("uptime").load("load").load("unixsock");
    let builder = match plugin {
        "rust_network" => builder.load_so(cargo_build::cdylib("rust_network"), plugin),
        _ => builder.load(plugin),
    };
    let mut daemon = builder.conf(&format!("<Plugin {plugin}>\n{server}</Plugin>\n")).start();
    let screen = terminal.wait("what it measures", |screen| {
        let text = screen.contents();
        text.contains("▾ realhost") && text.contains("load longterm") && text.contains("uptime")
    });
    assert!(screen.contains("▾ load  3 series"), "{screen}");
    daemon.command("PUTNOTIF severity=warning time=1700000050 host=h message=\"look here\"").unwrap();
    terminal.press("n");
    terminal.wait_text("22:14:10 WARNING h  look here");
    assert!(daemon.stop().success());
    terminal.wait_text("SILENT for");
}

#[test]
fn a_daemon_with_network_shows_up() {
    check_daemon("network", SecurityLevel::None);
}

#[test]
fn a_daemon_with_rust_network_that_encrypts_shows_up() {
    check_daemon("rust_network", SecurityLevel::Encrypt);
}
