//! The bytes of a capture, as they come.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use collectd_net::{Sleeper, Waited};

/// How much is read at once.
const CHUNK: usize = 256 << 10;

/// A file or a pipe, of which a piece is in memory.
pub(super) struct Input {
    file: File,
    name: String,
    /// Of a file on disk, from which reading never waits for anybody.
    length: Option<u64>,
    buffer: Vec<u8>,
    /// What was read and not yet consumed.
    start: usize,
    end: usize,
    /// Where in the file `start` is.
    offset: u64,
}

/// What became of a wish for more.
pub(super) enum Filled {
    More,
    NotYet,
    Woken,
    End,
}

impl Input {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (file, name) = if path == Path::new("-") {
            (File::from(io::stdin().as_fd().try_clone_to_owned()?), "standard input".to_owned())
        } else {
            (File::open(path)?, path.display().to_string())
        };
        let metadata = file.metadata()?;
        let length = metadata.is_file().then_some(metadata.len());
        Ok(Input { file, name, length, buffer: Vec::new(), start: 0, end: 0, offset: 0 })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_on_disk(&self) -> bool {
        self.length.is_some()
    }

    /// As it was when it was opened.
    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Where in the file [`bytes`](Self::bytes) begins.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn consume(&mut self, size: usize) {
        self.start += size;
        self.offset += size as u64;
    }

    /// Reads some more, with room for so many in all.
    pub(super) fn fill(&mut self, wanted: usize, sleeper: &Sleeper, wait: Option<Duration>) -> io::Result<Filled> {
        if !self.is_on_disk() {
            match sleeper.wait(Some(self.file.as_fd()), wait)? {
                Waited::Readable => {}
                Waited::TimedOut => return Ok(Filled::NotYet),
                Waited::Woken => return Ok(Filled::Woken),
            }
        }
        self.make_room(wanted);
        match self.file.read(&mut self.buffer[self.end..]) {
            Ok(0) => Ok(Filled::End),
            Ok(size) => {
                self.end += size;
                Ok(Filled::More)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Filled::More),
            Err(error) => Err(error),
        }
    }

    fn make_room(&mut self, wanted: usize) {
        if self.end == self.buffer.len() || self.buffer.len() - self.start < wanted {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let size = wanted.max(CHUNK);
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        }
    }
}
