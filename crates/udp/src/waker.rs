//! Waking a receiver from another thread.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// Ends a [`Receiver::recv_batch`](crate::Receiver::recv_batch) that another thread waits in;
/// clones wake the same receiver.
#[derive(Clone, Debug)]
pub struct Waker {
    ends: Arc<Ends>,
}

impl Waker {
    /// Makes the call that waits now, or the next one that would wait, return at once with an
    /// empty batch for which [`Batch::is_woken`](crate::Batch::is_woken) holds. Never blocks.
    pub fn wake(&self) {
        // The only failure is a full pipe, which wakes as well.
        let _ = (&self.ends.write).write(&[1]);
    }
}

/// Both ends live as long as somebody may wake: writing to a closed one would raise `SIGPIPE`, which
/// the process that this is loaded into may not ignore.
#[derive(Debug)]
struct Ends {
    read: UnixStream,
    write: UnixStream,
}

/// The receiver's side.
#[derive(Debug)]
pub(crate) struct Wakeable {
    ends: Arc<Ends>,
}

impl Wakeable {
    pub(crate) fn new() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        read.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        Ok(Wakeable { ends: Arc::new(Ends { read, write }) })
    }

    pub(crate) fn waker(&self) -> Waker {
        Waker { ends: Arc::clone(&self.ends) }
    }

    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.ends.read.as_fd()
    }

    pub(crate) fn raw_fd(&self) -> RawFd {
        self.ends.read.as_raw_fd()
    }

    /// Takes what was written, so that several wakes before one look count as one.
    pub(crate) fn clear(&self) {
        let mut bytes = [0; 512];
        while matches!((&self.ends.read).read(&mut bytes), Ok(n) if n == bytes.len()) {}
    }
}
