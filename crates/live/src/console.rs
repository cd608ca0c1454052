//! What is said to the person who started the program, apart from the output.

use std::fmt;
use std::io::{self, Write};

/// Writes a line to standard error. Unlike `eprintln!` it does not panic if nobody reads there.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    // In one piece, so that it does not mix with what others write to the same terminal.
    let line = format!("{line}\n");
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Says that something is not as wanted, while the program goes on.
pub(crate) fn warn(text: impl fmt::Display) {
    say(format_args!("warning: {text}"));
}
