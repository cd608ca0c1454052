//! The secret, from its file.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

/// With fewer bytes the secret itself could be found by trying.
const SHORTEST: usize = 16;
const LONGEST: usize = 4096;

/// Why there is no secret.
#[derive(Debug, Error)]
pub(crate) enum SecretError {
    #[error("SecretFile {file:?} cannot be read")]
    Unreadable {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Reading a pipe or a device might never end.
    #[error("SecretFile {file:?} is not a regular file")]
    NotAFile { file: PathBuf },
    #[error("SecretFile {file:?} has {length} bytes, expected from {SHORTEST} to {LONGEST}")]
    Length { file: PathBuf, length: usize },
}

/// Reads the file; line ends behind the secret are no part of it.
pub(crate) fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let unreadable = |source| SecretError::Unreadable { file: file.to_owned(), source };
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(SecretError::NotAFile { file: file.to_owned() });
    }
    // All at once, so that no part of it stays behind where the memory grew.
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST + 2));
    let limit = u64::try_from(text.capacity()).unwrap_or(u64::MAX);
    File::open(file).and_then(|open| open.take(limit).read_to_end(&mut text)).map_err(unreadable)?;
    let length = text.trim_ascii_end().len();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(SecretError::Length { file: file.to_owned(), length });
    }
    text.truncate(length);
    if metadata.permissions().mode() & 0o004 != 0 {
        log::warn!("SecretFile {file:?} can be read by everybody: chmod 600 is what it needs");
    }
    Ok(text)
}
