//! An `AuthFile` that is read again when it changes.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant, SystemTime};
use std::vec::Vec;

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::KeyRing;

/// How often the file is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// Changes made within this time of each other may leave the same time on the file: that advances with
/// the ticks of the kernel's clock, and with whole seconds on some file systems.
const TICK: Duration = Duration::from_millis(2500);

/// No `AuthFile` is larger; `/dev/zero` is.
const LARGEST: u64 = 16 << 20;

/// The keys in an `AuthFile`, at any time those that are in it now, or were within the last second.
///
/// Reading [`keys`](Self::keys) never waits, for nobody. A thread that receives calls
/// [`refresh`](Self::refresh) as often as it likes:
///
/// ```no_run
/// # use collectd_wire::AuthFile;
/// let auth_file = AuthFile::open("/etc/collectd/passwd")?;
/// loop {
///     if let Some(reload) = auth_file.refresh() {
///         println!("{reload}");
///     }
///     let keys = auth_file.keys();
///     // receive packets and open them with `Some(&keys)`
/// #   break
/// }
/// # Ok::<(), collectd_wire::AuthFileError>(())
/// ```
#[derive(Debug)]
pub struct AuthFile {
    path: PathBuf,
    keys: ArcSwap<KeyRing>,
    opened: Instant,
    /// When to look at the file again, in milliseconds after that.
    next_look: AtomicU64,
    known: Mutex<Known>,
}

/// What is known of the file.
#[derive(Debug)]
struct Known {
    stamp: Stamp,
    digest: [u8; 32],
    /// Whether the file may change without another stamp.
    fresh: bool,
    failed: bool,
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    /// Changes even if somebody sets the time above back.
    changed: (i64, i64),
}

impl AuthFile {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is no file, or has more than 16 MiB.
    pub fn open(path: impl Into<PathBuf>) -> Result<AuthFile, AuthFileError> {
        let path = path.into();
        let (known, keys) = match read(&path) {
            Ok(read) => read,
            Err(error) => return Err(AuthFileError { path, error }),
        };
        let next_look = AtomicU64::new(millis(PERIOD));
        let keys = ArcSwap::from_pointee(keys);
        Ok(AuthFile { path, keys, opened: Instant::now(), next_look, known: Mutex::new(known) })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The keys that were read last. Good for a batch of packets, then ask again.
    pub fn keys(&self) -> Arc<KeyRing> {
        self.keys.load_full()
    }

    /// Reads the file again if it has changed. At most once a second it is looked at, by one of the
    /// threads that ask; otherwise this reads the clock and no more.
    ///
    /// A file that is gone or cannot be read leaves the keys as they are. That is reported once, and that
    /// it can be read again is too.
    pub fn refresh(&self) -> Option<Reload> {
        let now = millis(self.opened.elapsed());
        let next = self.next_look.load(Ordering::Relaxed);
        if now < next {
            return None;
        }
        let (later, order) = (now + millis(PERIOD), Ordering::Relaxed);
        self.next_look.compare_exchange(next, later, order, order).ok()?;
        self.refresh_now()
    }

    /// The same without waiting for the second to pass, say on a signal.
    pub fn refresh_now(&self) -> Option<Reload> {
        let mut known = self.lock()?;
        let fresh = known.fresh || known.failed;
        match Stamp::at(&self.path) {
            Ok(stamp) if stamp == known.stamp && !fresh => return None,
            Ok(_) => {}
            Err(error) => return self.failed(&mut known, error),
        }
        match read(&self.path) {
            Ok((now, keys)) => {
                let same = now.digest == known.digest;
                let recovered = known.failed;
                *known = now;
                let users = keys.len();
                if !same {
                    self.keys.store(Arc::new(keys));
                }
                (recovered || !same).then_some(Reload::Read { users })
            }
            Err(error) => self.failed(&mut known, error),
        }
    }

    /// Nothing if somebody else is at it.
    fn lock(&self) -> Option<MutexGuard<'_, Known>> {
        match self.known.try_lock() {
            Ok(known) => Some(known),
            Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn failed(&self, known: &mut Known, error: io::Error) -> Option<Reload> {
        let first = !known.failed;
        known.failed = true;
        first.then(|| Reload::Failed(AuthFileError { path: self.path.clone(), error }))
    }
}

impl Stamp {
    fn at(path: &Path) -> io::Result<Stamp> {
        path.metadata().map(|about| Stamp::of(&about))
    }

    fn of(about: &Metadata) -> Stamp {
        Stamp {
            device: about.dev(),
            inode: about.ino(),
            size: about.size(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        }
    }
}

/// Reads the file, and what is known of it from before that: a change in between shows later.
fn read(path: &Path) -> io::Result<(Known, KeyRing)> {
    // Opening a FIFO would wait for a writer.
    const NONBLOCK: i32 = libc::O_NONBLOCK;
    let file = File::options().read(true).custom_flags(NONBLOCK).open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("not a file"));
    }
    if about.size() > LARGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    // Room for all and one more, so that no part of the content stays behind when it grows.
    let room = usize::try_from(about.size()).unwrap_or_default() + 1;
    let mut content = Zeroizing::new(Vec::with_capacity(room));
    file.take(about.size()).read_to_end(&mut content)?;
    let known = Known {
        stamp: Stamp::of(&about),
        digest: Sha256::digest(&*content).into(),
        fresh: is_fresh(&about),
        failed: false,
    };
    Ok((known, KeyRing::parse(&content)))
}

/// Whether it was modified just now. One from the future will not be again within this tick.
fn is_fresh(about: &Metadata) -> bool {
    let modified = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    SystemTime::now().duration_since(modified).is_ok_and(|age| age < TICK)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What became of an [`AuthFile`] that changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reload {
    /// It was read, and has so many users now.
    #[error("read the users again, there are {users}")]
    Read {
        /// How many users there are.
        users: usize,
    },
    /// It cannot be read. The keys are still those from before.
    #[error("{0}; the users stay as they were")]
    Failed(AuthFileError),
}

/// Why an [`AuthFile`] cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct AuthFileError {
    path: PathBuf,
    #[source]
    error: io::Error,
}
