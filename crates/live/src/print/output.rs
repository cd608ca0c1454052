//! Standard output, buffered as its reader needs it.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// As much as a pipe holds.
const LIVE_BUFFER: usize = 64 << 10;
const FILE_BUFFER: usize = 256 << 10;

/// How old lines may get that are not in their file yet.
const MAX_AGE: Duration = Duration::from_millis(200);

/// Where lines go.
pub(super) struct Output {
    file: File,
    /// Whole lines that have not been written yet.
    lines: Vec<u8>,
    /// How many bytes of them are enough to be written.
    enough: usize,
    /// Somebody may be watching: a terminal, a pipe, anything but a file.
    live: bool,
    /// When the oldest of the lines was added, about.
    since: Option<Instant>,
}

impl Output {
    /// Standard output, past the line buffer that `std` puts before it.
    pub(super) fn stdout() -> io::Result<Self> {
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let live = !file.metadata()?.is_file();
        let enough = if live { LIVE_BUFFER } else { FILE_BUFFER };
        Ok(Output { file, lines: Vec::with_capacity(enough), enough, live, since: None })
    }

    /// Where to append whole lines; to be followed by [`end_line`](Self::end_line).
    #[inline]
    pub(super) fn lines(&mut self) -> &mut Vec<u8> {
        &mut self.lines
    }

    /// Writes the lines if they are enough.
    #[inline]
    pub(super) fn end_line(&mut self) -> io::Result<()> {
        if self.lines.len() < self.enough { Ok(()) } else { self.flush() }
    }

    /// To be called when a batch was written: lines that somebody may be waiting for go out now,
    /// others when there are enough, the traffic pauses, or some time has passed.
    pub(super) fn end_batch(&mut self) -> io::Result<()> {
        let is_old = self.since.get_or_insert_with(Instant::now).elapsed() >= MAX_AGE;
        if self.live || is_old { self.flush() } else { Ok(()) }
    }

    /// Whether there are lines to be flushed when the traffic pauses.
    pub(super) fn is_behind(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Writes all that there is.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let written = self.file.write_all(&self.lines);
        // What could not be written will not be written later.
        self.lines.clear();
        self.since = None;
        written
    }
}
