//! What the files of a recording are called.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::console::warn;

/// Creates one file after the other.
pub(super) struct Names {
    path: PathBuf,
    force: bool,
    /// Of the next file, if they are numbered.
    number: Option<u64>,
    keep: Option<u64>,
    /// What was created and may be deleted.
    created: VecDeque<PathBuf>,
}

impl Names {
    pub(super) fn new(path: PathBuf, force: bool) -> Self {
        Names { path, force, number: None, keep: None, created: VecDeque::new() }
    }

    /// Many files, of which the last ones are kept.
    pub(super) fn numbered(self, keep: Option<u64>) -> Self {
        Names { number: Some(1), keep, ..self }
    }

    /// Creates the next file, and deletes one that is not to be kept.
    pub(super) fn next(&mut self) -> anyhow::Result<(File, PathBuf)> {
        if self.path.as_os_str() == "-" {
            let file = io::stdout().as_fd().try_clone_to_owned().context("cannot write to standard output")?;
            return Ok((file.into(), "standard output".into()));
        }
        loop {
            let path = match &mut self.number {
                None => self.path.clone(),
                Some(number) => {
                    *number += 1;
                    numbered(&self.path, *number - 1)
                }
            };
            match self.create(&path) {
                Ok(file) => {
                    self.created.push_back(path.clone());
                    self.delete_old();
                    return Ok((file, path));
                }
                // Of an earlier recording, which goes on behind it.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && self.number.is_some() => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(error).with_context(|| format!("{}: --force overwrites it", path.display()));
                }
                Err(error) => return Err(error).with_context(|| format!("cannot create {}", path.display())),
            }
        }
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        // A pipe, or the like, is there to be written to.
        let is_special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
        if is_special {
            return options.write(true).open(path);
        }
        if self.force {
            options.create(true).truncate(true)
        } else {
            options.create_new(true)
        };
        options.write(true).open(path)
    }

    fn delete_old(&mut self) {
        let Some(keep) = self.keep else { return };
        while self.created.len() as u64 > keep {
            let Some(path) = self.created.pop_front() else { return };
            if let Err(error) = fs::remove_file(&path) {
                warn(format_args!("cannot delete {}: {error}", path.display()));
            }
        }
    }
}

/// `traffic.0001.pcapng`
fn numbered(path: &Path, number: u64) -> PathBuf {
    let mut name = OsString::from(path.file_stem().unwrap_or_default());
    name.push(format!(".{number:04}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_before_the_extension() {
        assert_eq!(numbered(Path::new("/a/b.pcapng"), 1), Path::new("/a/b.0001.pcapng"));
        assert_eq!(numbered(Path::new("b"), 12345), Path::new("b.12345"));
    }
}
