//! Waking a receiver from another thread.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::sys;

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

/// Waits as a [`Receiver`](crate::Receiver) does where there is none: for a time, or for something else that can be read.
#[derive(Debug)]
pub struct Sleeper {
    wakeable: Wakeable,
}

/// What ended the wait of a [`Sleeper`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// There is something to read, or an error to be had by reading.
    Readable,
    /// The time is up.
    TimedOut,
    /// [`Waker::wake`] was called.
    Woken,
}

impl Sleeper {
    /// Prepares for waiting.
    ///
    /// # Errors
    ///
    /// The process has no descriptors left.
    pub fn new() -> io::Result<Sleeper> {
        Wakeable::new().map(|wakeable| Sleeper { wakeable })
    }

    /// A handle to end a wait from another thread.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.wakeable.waker()
    }

    /// Waits until `fd`, if there is one, is readable, or for this time (`None`: for ever; zero: a look without
    /// waiting). Being woken comes before what is readable.
    ///
    /// # Errors
    ///
    /// The system has no memory for it.
    pub fn wait(&self, fd: Option<BorrowedFd<'_>>, timeout: Option<Duration>) -> io::Result<Waited> {
        // A time too far to express is for ever.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let entry = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        // poll passes over negative descriptors.
        let mut fds = [entry(self.wakeable.raw_fd()), entry(fd.map_or(-1, |fd| fd.as_raw_fd()))];
        sys::poll(&mut fds, deadline)?;
        if fds[0].revents != 0 {
            self.wakeable.clear();
            return Ok(Waited::Woken);
        }
        Ok(if fds[1].revents != 0 { Waited::Readable } else { Waited::TimedOut })
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

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_sleeper_is_woken_or_has_something_to_read() {
        let sleeper = Sleeper::new().unwrap();
        let (read, mut write) = UnixStream::pair().unwrap();
        let look = |fd| sleeper.wait(fd, Some(Duration::ZERO)).unwrap();
        assert_eq!(look(None), Waited::TimedOut);
        assert_eq!(look(Some(read.as_fd())), Waited::TimedOut);
        write.write_all(&[1]).unwrap();
        assert_eq!(look(Some(read.as_fd())), Waited::Readable);
        let waker = sleeper.waker();
        let thread = thread::spawn(move || waker.wake());
        // For ever, were it not for the other thread.
        assert_eq!(sleeper.wait(None, None).unwrap(), Waited::Woken);
        thread.join().unwrap();
        sleeper.waker().wake();
        assert_eq!(look(Some(read.as_fd())), Waited::Woken);
        assert_eq!(look(Some(read.as_fd())), Waited::Readable, "a wake is for one wait");
        drop(write);
        assert_eq!(look(Some(read.as_fd())), Waited::Readable, "so is the end");
    }
}
