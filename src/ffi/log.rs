//! One line into the daemon's log. Text is data, never a format.

use std::fmt::{self, Write as _};
use std::io::Write as _;

use collectd_types::Escaped;
use libc::c_int;

use super::context::{is_silent, plugin_name};
use super::end::Inside;
use super::sys;
use crate::trace::{self, Trace};

/// How important a line of the daemon's log is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(i32)]
#[non_exhaustive]
pub enum LogLevel {
    /// Something does not work.
    Error = sys::LOG_ERR,
    /// Something may stop working, or did in an expected way.
    Warning = sys::LOG_WARNING,
    /// Normal, and worth knowing.
    Notice = sys::LOG_NOTICE,
    /// Normal.
    Info = sys::LOG_INFO,
    /// For developers. Daemons that were built without debugging, as Debian's is, drop these lines.
    Debug = sys::LOG_DEBUG,
}

impl LogLevel {
    /// The level with the daemon's number; what is beyond the known ones is the nearest.
    pub(crate) fn from_code(code: c_int) -> LogLevel {
        let levels = [LogLevel::Error, LogLevel::Warning, LogLevel::Notice, LogLevel::Info];
        levels.into_iter().find(|&level| code <= level as c_int).unwrap_or(LogLevel::Debug)
    }
}

/// Writes `NAME plugin: text` to the daemon's log; to standard error where that would recurse.
pub(crate) fn log(level: LogLevel, text: fmt::Arguments<'_>) {
    let mut line = Line::new();
    let written = match plugin_name() {
        Some(plugin) => write!(line, "{plugin} plugin: {text}"),
        None => line.write_fmt(text),
    };
    // The line is full, or the author's `Display` failed: what there is, is logged.
    if written.is_err() {
        line.mark_cut();
    }
    let bytes = line.bytes();
    let Some(_inside) = (!is_silent()).then(Inside::enter_log).flatten() else { return write_to_stderr(bytes) };
    // The line is far shorter than `c_int` can count.
    let length = c_int::try_from(bytes.len()).unwrap_or(0);
    // SAFETY: the format takes a length and a pointer to that many bytes; callable from any thread.
    unsafe { sys::plugin_log(level as c_int, c"%.*s".as_ptr(), length, bytes.as_ptr()) };
}

/// Writes where a failure came from to the daemon's log, if the plugin wants that: one record a line, because they are
/// limited.
pub(crate) fn log_trace(plugin: &str, trace: Option<&Trace>) {
    // Another plugin of the file may be the one that wants traces.
    for line in trace.filter(|_| trace::is_on(plugin)).map(Trace::lines).unwrap_or_default() {
        log(LogLevel::Error, format_args!("{line}"));
    }
}

/// Writes a line to standard error, where the daemon's log is out of reach.
pub(crate) fn write_to_stderr(line: &[u8]) {
    // Nobody is left to tell if that fails too.
    let _closed = std::io::stderr().write_all(&[line, b"\n"].concat());
}

/// The daemon cuts a line at 1023 bytes without a sign; ours are cut before, with one.
const LINE_LEN: usize = 1000;
const CUT: &str = "…";

/// A line of bounded length without control characters, of which a line break would let text forge a line, and without
/// those that turn the direction of writing.
struct Line {
    bytes: [u8; LINE_LEN + CUT.len()],
    len: usize,
}

impl Line {
    fn new() -> Self {
        Line { bytes: [0; LINE_LEN + CUT.len()], len: 0 }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn mark_cut(&mut self) {
        self.bytes[self.len..][..CUT.len()].copy_from_slice(CUT.as_bytes());
        self.len += CUT.len();
    }

    fn push(&mut self, character: char) -> fmt::Result {
        let end = self.len + character.len_utf8();
        if end > LINE_LEN {
            return Err(fmt::Error);
        }
        character.encode_utf8(&mut self.bytes[self.len..end]);
        self.len = end;
        Ok(())
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if Escaped::is_harmful(character) {
                character.escape_default().try_for_each(|escaped| self.push(escaped))?;
            } else {
                self.push(character)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: fmt::Arguments<'_>) -> String {
        let mut line = Line::new();
        if line.write_fmt(text).is_err() {
            line.mark_cut();
        }
        String::from_utf8(line.bytes().to_vec()).unwrap()
    }

    #[test]
    fn control_characters_cannot_forge_a_line() {
        assert_eq!(line(format_args!("a\nb\0c\x1b[2J %s ü")), r"a\nb\u{0}c\u{1b}[2J %s ü");
        assert_eq!(line(format_args!("dog a \u{202e}taht")), r"dog a \u{202e}taht");
    }

    #[test]
    fn long_lines_are_cut_between_characters_with_a_sign() {
        let cut = line(format_args!("x{}", "ü".repeat(600)));
        assert_eq!(cut, format!("x{}…", "ü".repeat(499)));
        assert_eq!(line(format_args!("{}", "y".repeat(LINE_LEN))).len(), LINE_LEN);
    }

    #[test]
    fn unknown_levels_become_the_nearest() {
        assert_eq!(LogLevel::from_code(0), LogLevel::Error);
        assert_eq!(LogLevel::from_code(5), LogLevel::Notice);
        assert_eq!(LogLevel::from_code(9), LogLevel::Debug);
    }
}
