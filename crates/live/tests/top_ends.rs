//! `collectd-live top`: the terminal is given back, however it ends.

mod common;
// The part of the program that takes the terminal, to let it panic.
#[path = "../src/console.rs"]
#[allow(dead_code, unreachable_pub, reason = "only a part of it is used here")]
mod console;
#[path = "../src/top/terminal.rs"]
#[allow(dead_code, unreachable_pub, reason = "only a part of it is used here")]
mod terminal;

use std::env;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;

use collectd_types::{Interval, Time, Values};
use common::packet;
use common::terminal::{Terminal, wait_for};

fn list() -> Values {
    Values::new("gauge").host("h").plugin("p").interval(Interval::from_secs(10)).time(Time::from_secs(7)).gauge(1.0)
}

#[test]
fn keys_end_it() {
    for keys in ["q", "\x1b", "\x03", "/abc\x03"] {
        let terminal = Terminal::top(24, 80, &[]);
        assert!(terminal.is_raw());
        terminal.press(keys);
        let left = terminal.wait_end();
        assert!(left.status.success(), "{keys:?}: {}", left.status);
        assert!(left.screen.starts_with("listening on 127.0.0.1:"), "{}", left.screen);
        assert_eq!(left.screen.trim_end().lines().count(), 1, "{}", left.screen);
    }
}

#[test]
fn signals_end_it() {
    for signal in ["TERM", "INT", "HUP", "QUIT"] {
        let terminal = Terminal::top(24, 80, &[]);
        terminal.send(&[packet([list()])]);
        terminal.wait_text("gauge");
        terminal.signal(signal);
        let left = terminal.wait_end();
        assert!(left.status.success(), "{signal}: {}", left.status);
    }
}

/// Whoever sat before it has gone: no signal is needed for that to be noticed.
#[test]
fn a_terminal_that_is_closed_ends_it() {
    let terminal = Terminal::top(24, 80, &[]);
    terminal.close();
}

#[test]
fn it_can_be_stopped_and_continued() {
    // From the keyboard, by a signal, and by one that it does not hear of.
    for how in ["\x1a", "TSTP", "STOP"] {
        let terminal = Terminal::top(24, 80, &[]);
        terminal.send(&[packet([list()])]);
        terminal.wait_text("gauge");
        if how == "\x1a" {
            terminal.press(how);
        } else {
            terminal.signal(how);
        }
        wait_for("it to stop", || terminal.is_stopped().then_some(()));
        if how != "STOP" {
            terminal.check_restored();
            assert!(!terminal.contents().contains("gauge"), "{}", terminal.contents());
        }
        terminal.scribble("what the shell wrote meanwhile");
        terminal.send(&[packet([list().type_instance("later").time(Time::from_secs(17))])]);
        terminal.signal("CONT");
        let screen = terminal.wait_text("gauge-later");
        assert!(terminal.is_raw() && !screen.contains("meanwhile"), "{how}: {screen}");
        terminal.press("q");
        assert!(terminal.wait_end().status.success());
    }
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = common::command(&["top", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: standard output is not a terminal\n");
    // Output to a terminal that is not the controlling one, and input from elsewhere.
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_collectd-live");
    shell.args(["-c", &format!("setsid --wait '{program}' top --listen 127.0.0.1:0 </dev/null; echo $? over")]);
    let terminal = Terminal::run(24, 80, &shell);
    terminal.wait_text("1 over");
    assert!(terminal.wait_end().screen.starts_with("error: there is no terminal to take keys from\n"));
}

/// What is said while the screen is shown would spoil it.
#[test]
fn warnings_wait_until_the_terminal_is_free() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("auth");
    fs::write(&path, "user: password\n").unwrap();
    let terminal = Terminal::top(24, 100, &["--auth-file", path.to_str().unwrap()]);
    fs::remove_file(&path).unwrap();
    // The file is looked at when something comes, at most once a second.
    let screen = terminal.wait("the warning", |screen| {
        terminal.send(&[packet([list()])]);
        screen.contents().lines().last().is_some_and(|line| line.starts_with("warning: "))
    });
    assert!(screen.starts_with("collectd-live "), "{screen}");
    terminal.press("q");
    let left = terminal.wait_end();
    assert!(left.screen.contains("\nwarning: "), "{}", left.screen);
}

const INSIDE: &str = "COLLECTD_LIVE_TEST_PANIC";

/// This program itself, in a terminal: it takes the screen, and then panics.
#[test]
fn a_panic_leaves_the_terminal_as_it_was() {
    if let Ok(how) = env::var(INSIDE) {
        return panic_inside(&how);
    }
    for how in ["drawing", "another"] {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "a_panic_leaves_the_terminal_as_it_was", "--nocapture"]).env(INSIDE, how);
        command.env("RUST_BACKTRACE", "0");
        let terminal = Terminal::run(40, 120, &command);
        terminal.wait("the screen", |screen| screen.alternate_screen() && screen.contents().contains("drawn"));
        assert!(terminal.is_raw());
        terminal.press("x");
        let left = terminal.wait_end();
        assert!(!left.status.success(), "{}", left.screen);
        assert!(left.screen.contains(&format!("a panic while {how}")), "{}", left.screen);
        assert!(!left.screen.contains("drawn"), "{}", left.screen);
    }
}

fn panic_inside(how: &str) {
    let mut screen = terminal::Screen::open().expect("a terminal");
    let text = ratatui::text::Text::raw("drawn");
    screen.draw(|frame| frame.render_widget(text, frame.area())).expect("a terminal");
    crossterm::event::read().expect("a terminal");
    if how == "drawing" {
        let _ = screen.draw(|_| panic!("a panic while drawing"));
    }
    let work = thread::Builder::new().name("other".to_owned()).spawn(|| panic!("a panic while another"));
    let result = work.expect("threads").join();
    drop(screen);
    result.expect("the other thread did not panic");
}
