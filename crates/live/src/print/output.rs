//! Standard output, buffered as its reader needs it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;

/// As much as a pipe holds.
const LIVE_BUFFER: usize = 64 << 10;
const FILE_BUFFER: usize = 1 << 20;

/// Where lines go.
pub(super) struct Output {
    writer: BufWriter<File>,
    /// Somebody may be watching: a terminal, a pipe, anything but a file.
    live: bool,
    behind: bool,
}

impl Output {
    /// Standard output, past the line buffer that `std` puts before it.
    pub(super) fn stdout() -> io::Result<Self> {
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let live = !file.metadata()?.is_file();
        let capacity = if live { LIVE_BUFFER } else { FILE_BUFFER };
        Ok(Output { writer: BufWriter::with_capacity(capacity, file), live, behind: false })
    }

    /// To be called when a batch was written: lines that somebody may be waiting for go out now,
    /// others when the buffer is full or the traffic pauses.
    pub(super) fn end_batch(&mut self) -> io::Result<()> {
        self.behind = true;
        if self.live { self.flush() } else { Ok(()) }
    }

    /// Whether there are lines to be flushed when the traffic pauses.
    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }
}

impl Write for Output {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.behind = false;
        self.writer.flush()
    }
}
