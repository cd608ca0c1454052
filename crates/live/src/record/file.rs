//! A file that never ends within a block, as long as it can be helped.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;

/// What is being written, and what is yet to be.
pub(super) struct Output {
    file: File,
    path: PathBuf,
    is_regular: bool,
    /// Whole blocks.
    buffer: Vec<u8>,
    /// Bytes in the file, all of whole blocks.
    written: u64,
}

impl Output {
    pub(super) fn new((file, path): (File, PathBuf)) -> io::Result<Self> {
        let is_regular = file.metadata()?.is_file();
        Ok(Output { file, path, is_regular, buffer: Vec::new(), written: 0 })
    }

    /// Where to add whole blocks.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// What the file will be long when it is flushed.
    pub(super) fn size(&self) -> u64 {
        self.written + self.waiting() as u64
    }

    /// How many bytes are yet to be written.
    pub(super) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        let result = self.file.write_all(&self.buffer);
        if result.is_err() && self.is_regular {
            // Of a block that did not go out whole: readers would complain of it.
            let _ = self.file.set_len(self.written);
        }
        result.with_context(|| format!("cannot write to {}", self.path.display()))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}
