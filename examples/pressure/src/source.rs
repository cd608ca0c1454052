//! The whole system, or a cgroup: a directory with the kernel's files.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use collectd::{Complaint, Error, LogLevel};

use crate::config::{Cgroup, Resource};
use crate::psi::{self, ParseError, Stall};

/// The kernel writes less than 200 bytes.
const LIMIT: u64 = 4096;

/// Something whose tasks wait.
pub(crate) struct Source {
    /// The plugin instance, empty for the whole system.
    pub(crate) instance: String,
    dir: PathBuf,
    /// What follows the name of the resource.
    suffix: &'static str,
    complaint: Complaint,
}

/// Why a source has no numbers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    #[error(
        "the kernel measures no pressure: it needs CONFIG_PSI, and psi=1 on its command line if it was built with \
         CONFIG_PSI_DEFAULT_DISABLED"
    )]
    NotMeasured(#[source] Box<SourceError>),
    #[error("CgroupRoot {path:?} is not the root of cgroups of version 2")]
    NoHierarchy { path: PathBuf, source: io::Error },
    #[error("cannot read {path:?}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path:?} is not what the kernel writes")]
    Parse { path: PathBuf, source: ParseError },
}

impl Source {
    /// The whole system.
    pub(crate) fn system(proc_root: &Path) -> Self {
        Source { instance: String::new(), dir: proc_root.join("pressure"), suffix: "", complaint: Complaint::new() }
    }

    /// A cgroup, which need not be there yet.
    pub(crate) fn cgroup(root: &Path, cgroup: &Cgroup) -> Self {
        let dir = root.join(cgroup.path.trim_start_matches('/'));
        Source { instance: cgroup.instance(), dir, suffix: ".pressure", complaint: Complaint::new() }
    }

    /// Finds out whether there is anything to read.
    pub(crate) fn probe(&self, resources: &[Resource]) -> Result<(), SourceError> {
        for &resource in resources {
            self.read(resource).map_err(|error| match &error {
                SourceError::Read { source, .. } if is_not_measured(source) => {
                    SourceError::NotMeasured(Box::new(error))
                }
                _ => error,
            })?;
        }
        Ok(())
    }

    /// What the kernel says of a resource.
    pub(crate) fn read(&self, resource: Resource) -> Result<Vec<Stall>, SourceError> {
        let path = self.dir.join(format!("{resource}{}", self.suffix));
        match read_text(&path) {
            Ok(text) => psi::parse(&text).map_err(|source| SourceError::Parse { path, source }),
            Err(source) => Err(SourceError::Read { path, source }),
        }
    }

    /// Tells that it cannot be read, once a minute at most.
    pub(crate) fn complain(&self, error: &Error) {
        self.complaint.complain(LogLevel::Warning, format_args!("{error}"));
    }

    /// Tells that it can be read again.
    pub(crate) fn release(&self) {
        self.complaint.release(format_args!("{:?} can be read again", self.dir));
    }
}

/// Without the option there is no directory; one that is switched off has files that cannot be read.
fn is_not_measured(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::Unsupported)
}

/// Whether there are cgroups of version 2: those of version 1 have no such files.
pub(crate) fn check_hierarchy(root: &Path) -> Result<(), SourceError> {
    match root.join("cgroup.controllers").metadata() {
        Ok(_) => Ok(()),
        Err(source) => Err(SourceError::NoHierarchy { path: root.to_owned(), source }),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LIMIT).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_there_and_cannot_be_read_are_of_a_kernel_that_does_not_measure() {
        const EOPNOTSUPP: i32 = 95;
        assert!(is_not_measured(&io::Error::from_raw_os_error(EOPNOTSUPP)));
        assert!(is_not_measured(&io::ErrorKind::NotFound.into()));
        assert!(!is_not_measured(&io::ErrorKind::PermissionDenied.into()));
    }
}
