//! Where the keys of a reader come from.

use std::sync::Arc;

use collectd_wire::{AuthFile, AuthFileError, KeyRing, Reload};

/// The users that a reader knows.
#[derive(Debug)]
pub(super) enum Keys {
    /// It has no key ring at all.
    None,
    Fixed(Arc<KeyRing>),
    File {
        file: AuthFile,
        keys: Arc<KeyRing>,
        error: Option<AuthFileError>,
    },
}

impl Keys {
    pub(super) fn of_file(file: AuthFile) -> Self {
        Keys::File { keys: file.keys(), file, error: None }
    }

    /// The keys at present.
    pub(super) fn now(&mut self) -> Option<&KeyRing> {
        match self {
            Keys::None => None,
            Keys::Fixed(keys) => Some(keys),
            Keys::File { file, keys, error } => {
                match file.refresh() {
                    None => {}
                    Some(Reload::Failed(problem)) => *error = Some(problem),
                    Some(_) => {
                        *error = None;
                        *keys = file.keys();
                    }
                }
                Some(keys)
            }
        }
    }

    pub(super) fn error(&self) -> Option<&AuthFileError> {
        match self {
            Keys::File { error, .. } => error.as_ref(),
            Keys::None | Keys::Fixed(_) => None,
        }
    }
}
