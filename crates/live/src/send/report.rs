//! What is wrong with lines, shown to who wrote them.

use std::fmt;

use collectd_types::Escaped;

use super::line::Problem;
use crate::console::say;

/// So many are shown; the others are counted. A file that is none of ours has millions.
const SHOWN: u64 = 100;

/// So many characters of a line are shown before the place that is meant, and behind it.
const BEFORE: usize = 60;
const BEHIND: usize = 30;

/// Shows problems and counts lines.
pub(super) struct Report {
    /// Where lines come from.
    origin: &'static str,
    shown: u64,
    pub(super) lines: u64,
    /// Lines that were not sent.
    pub(super) wrong: u64,
    /// Lines that were sent although something about them is odd.
    pub(super) odd: u64,
}

impl Report {
    pub(super) fn new(origin: &'static str) -> Report {
        Report { origin, shown: 0, lines: 0, wrong: 0, odd: 0 }
    }

    /// The last line was not sent, because of this.
    pub(super) fn wrong(&mut self, line: &[u8], problem: &Problem) {
        self.wrong += 1;
        self.show(line, problem, "");
    }

    /// This is odd about the last line, which was sent; or, if that is not wanted, was not.
    pub(super) fn odd(&mut self, line: &[u8], problems: &[Problem], sent: bool) {
        if sent {
            self.odd += 1;
        } else {
            self.wrong += 1;
        }
        problems.iter().for_each(|problem| self.show(line, problem, if sent { "warning: " } else { "" }));
    }

    fn show(&mut self, line: &[u8], problem: &Problem, kind: &str) {
        self.shown += 1;
        if self.shown <= SHOWN {
            let (origin, number) = (self.origin, self.lines);
            let column = String::from_utf8_lossy(&line[..problem.at]).chars().count() + 1;
            let place = Place { line, at: problem.at };
            say(format_args!("{origin}:{number}:{column}: {kind}{}\n{place}", problem.text));
        } else if self.shown == SHOWN + 1 {
            say(format_args!("{}: more such lines are only counted", self.origin));
        }
    }
}

/// Displayed as the line, or a part of it, with a caret under the place in a second one.
struct Place<'a> {
    line: &'a [u8],
    at: usize,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, behind) = self.line.split_at(self.at);
        let (before, behind) = (Escaped(before).to_string(), Escaped(behind).to_string());
        let cut = before.chars().count().saturating_sub(BEFORE);
        let (dots, before) = match before.char_indices().nth(cut) {
            Some((start, _)) if cut > 0 => ("…", &before[start..]),
            _ => ("", &before[..]),
        };
        let (behind, more) = match behind.char_indices().nth(BEHIND) {
            Some((end, _)) => (&behind[..end], "…"),
            None => (&behind[..], ""),
        };
        let caret = dots.chars().count() + before.chars().count();
        write!(f, "  {dots}{before}{behind}{more}\n  {:caret$}^", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        let place = |line: &[u8], at| Place { line, at }.to_string();
        assert_eq!(place(b"PUTVAL x", 7), "  PUTVAL x\n         ^");
        assert_eq!(place(b"PUTVAL", 6), "  PUTVAL\n        ^");
        assert_eq!(place("ä\x1b[2J x".as_bytes(), 7), "  ä\\x1b[2J x\n           ^");
        let long = [b"x".repeat(100), b"y".repeat(100)].concat();
        let expected = format!("  …{}{}…\n  {}^", "x".repeat(60), "y".repeat(30), " ".repeat(61));
        assert_eq!(place(&long, 100), expected);
    }
}
