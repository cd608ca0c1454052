//! What is said to the person who started the program, apart from the output.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// As many lines as are worth reading afterwards.
const MOST_HELD: usize = 200;

/// Lines that wait until the terminal is free again; `None` while it is.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Writes a line to standard error. Unlike `eprintln!` it does not panic if nobody reads there.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    // In one piece, so that it does not mix with what others write to the same terminal.
    let line = format!("{line}\n");
    match &mut *held() {
        Some(lines) if lines.len() < MOST_HELD => lines.push(line),
        Some(_) => {}
        None => write(&line),
    }
}

/// Says that something is not as wanted, while the program goes on.
pub(crate) fn warn(text: impl fmt::Display) {
    say(format_args!("warning: {text}"));
}

/// From now on lines are kept: the terminal shows something else.
pub(crate) fn hold() {
    held().get_or_insert_default();
}

/// Writes the lines that were kept, and from now on each at once.
pub(crate) fn release() {
    // Not while the lock is held: whoever reads may be slow.
    let lines = held().take();
    lines.iter().flatten().for_each(|line| write(line));
}

/// The last of the lines that are being kept, and how many there are.
pub(crate) fn last_held() -> Option<(String, usize)> {
    let held = held();
    let lines = held.as_ref()?;
    lines.last().map(|line| (line.trim_end().to_owned(), lines.len()))
}

fn held() -> MutexGuard<'static, Option<Vec<String>>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(line: &str) {
    let _ = io::stderr().write_all(line.as_bytes());
}
