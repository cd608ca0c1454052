//! Cutting a file into lines as the daemon does: with a buffer of 4096 bytes and C's idea of strings.

use super::problem::LineProblemKind;

/// What the daemon reads at once: its buffer, less the NUL. A line that fills it is too long, even if
/// the last byte is the line's end.
const CHUNK: usize = 4095;

/// A line, or why the daemon skips it.
pub(super) struct Line<'a> {
    /// Counted from 1.
    pub(super) number: usize,
    /// May have a line end and NULs.
    pub(super) content: Result<&'a [u8], LineProblemKind>,
}

/// Iterates over lines. Each byte is looked at a fixed number of times, whatever the file holds.
///
/// Behind a long line the daemon drops what it reads up to and including the first chunk that does not
/// fill the buffer. That is the end of the long line, or, if the line's end was the last byte of a full
/// buffer, the next line.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
    /// While chunks are dropped: the line of the last one.
    dropping: Option<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(content: &'a [u8]) -> Self {
        Lines { rest: content, number: 1, dropping: None }
    }

    /// What `fgets` would return, and the number of the line that it is in.
    fn chunk(&mut self) -> Option<(usize, &'a [u8])> {
        if self.rest.is_empty() {
            return None;
        }
        let number = self.number;
        let within = &self.rest[..self.rest.len().min(CHUNK)];
        let end = within.iter().position(|&byte| byte == b'\n').map_or(within.len(), |at| at + 1);
        let (chunk, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.number += usize::from(chunk.ends_with(b"\n"));
        Some((number, chunk))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            let (number, chunk) = self.chunk()?;
            let full = chunk.len() == CHUNK && !chunk.contains(&0);
            let Some(line) = self.dropping.take() else {
                if !full {
                    return Some(Line { number, content: Ok(chunk) });
                }
                self.dropping = Some(number);
                return Some(Line { number, content: Err(LineProblemKind::TooLong) });
            };
            if full {
                self.dropping = Some(number);
            }
            if number != line && !is_empty(chunk) {
                return Some(Line { number, content: Err(LineProblemKind::AfterTooLong) });
            }
        }
    }
}

/// Whether a line would define nothing anyway.
fn is_empty(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start().first(), None | Some(b'#'))
}
