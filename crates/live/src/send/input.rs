//! Lines from a file, a pipe or a terminal, and where they pause.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::time::Duration;

use crate::signals::Stop;

/// No line is longer, so that memory is bounded. The daemon takes fewer bytes still.
const LONGEST: usize = 64 << 10;
const BUFFER: usize = 256 << 10;

/// Where lines come from.
pub(super) struct Input {
    file: File,
    buffer: Vec<u8>,
    /// What was read, and not taken yet.
    start: usize,
    end: usize,
    /// The line goes on, but its beginning was too long already.
    skipping: bool,
    ended: bool,
}

/// What came of an attempt to read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filled {
    More,
    /// Nothing came in time.
    Nothing,
    /// There is no more, or a signal came.
    End,
}

/// A line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Whole(&'a [u8]),
    /// It is too long; this is how it begins.
    TooLong(&'a [u8]),
}

impl Input {
    pub(super) fn stdin() -> io::Result<Input> {
        Ok(Input::new(File::from(io::stdin().as_fd().try_clone_to_owned()?)))
    }

    fn new(file: File) -> Input {
        Input { file, buffer: vec![0; BUFFER], start: 0, end: 0, skipping: false, ended: false }
    }

    /// The next line of what was read. At the end of the input also one without an end.
    pub(super) fn line(&mut self) -> Option<Line<'_>> {
        loop {
            let rest = &self.buffer[self.start..self.end];
            let (len, behind) = match rest.iter().position(|byte| *byte == b'\n') {
                Some(len) => (len, 1),
                None if self.ended && !rest.is_empty() => (rest.len(), 0),
                None if rest.len() > LONGEST => {
                    let first = self.start;
                    self.start = self.end;
                    if std::mem::replace(&mut self.skipping, true) {
                        continue;
                    }
                    return Some(Line::TooLong(&self.buffer[first..first + LONGEST]));
                }
                None => return None,
            };
            let first = self.start;
            self.start += len + behind;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            let line = &self.buffer[first..first + len];
            return Some(if len > LONGEST {
                Line::TooLong(&line[..LONGEST])
            } else {
                Line::Whole(line.strip_suffix(b"\r").unwrap_or(line))
            });
        }
    }

    /// Reads more; to be called when there is no line. Waits this long, `None` is for ever.
    pub(super) fn fill(&mut self, stop: &Stop, wait: Option<Duration>) -> io::Result<Filled> {
        if self.ended || stop.is_set() {
            return Ok(Filled::End);
        }
        if !stop.wait_or_readable(self.file.as_fd(), wait)? {
            return Ok(if stop.is_set() { Filled::End } else { Filled::Nothing });
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        match self.file.read(&mut self.buffer[self.end..]) {
            Ok(0) => {
                self.ended = true;
                // What has no end is a line, too.
                Ok(if self.end > 0 { Filled::More } else { Filled::End })
            }
            Ok(len) => {
                self.end += len;
                Ok(Filled::More)
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {
                Ok(Filled::Nothing)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// All lines of a file: their lengths, and whether each is whole.
    fn lines(content: &[u8]) -> Vec<(usize, bool)> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        let (mut input, stop, mut lines) = (Input::new(file), Stop::new().unwrap(), Vec::new());
        loop {
            while let Some(line) = input.line() {
                lines.push(match line {
                    Line::Whole(line) => (line.len(), true),
                    Line::TooLong(line) => (line.len(), false),
                });
            }
            if input.fill(&stop, None).unwrap() == Filled::End {
                return lines;
            }
        }
    }

    #[test]
    fn lines_end_as_those_of_the_exec_plugin() {
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"a\r\n\nbcd"), [(1, true), (0, true), (3, true)]);
        assert_eq!(lines(b"a\r"), [(1, true)]);
    }

    #[test]
    fn a_long_line_is_one_problem_and_no_memory() {
        let content =
            [&b"x".repeat(3 * BUFFER)[..], b"\nab\n", &b"y".repeat(LONGEST), b"\n", &b"z".repeat(LONGEST + 1)];
        assert_eq!(lines(&content.concat()), [(LONGEST, false), (2, true), (LONGEST, true), (LONGEST, false)]);
    }
}
