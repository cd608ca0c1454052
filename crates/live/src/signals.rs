//! A clean end on SIGINT and SIGTERM.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use collectd_net::Waker;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, pipe};

/// How long a clean end may take: writing to a reader that has stopped reading never ends.
const GRACE: Duration = Duration::from_secs(3);

/// Signals that came from now on, until somebody is there to be woken.
pub(crate) struct Caught(Signals);

/// From now on a signal does not end the process: to be called before anybody can know that it runs.
pub(crate) fn catch() -> io::Result<Caught> {
    Signals::new([SIGINT, SIGTERM]).map(Caught)
}

impl Caught {
    /// A signal wakes the receiver, which means that it is time to end. A second one, or not ending for a few seconds,
    /// ends the process as if it knew nothing of signals.
    pub(crate) fn wake(mut self, waker: Waker) -> io::Result<()> {
        let work = move || {
            for (count, signal) in self.0.forever().enumerate() {
                if count > 0 {
                    end_as(signal);
                }
                waker.wake();
                thread::spawn(move || {
                    thread::sleep(GRACE);
                    end_as(signal);
                });
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(work)?;
        Ok(())
    }
}

/// Something that is true once a signal came, for commands that have to tell that from the end of a file.
pub(crate) fn flag() -> io::Result<Arc<AtomicBool>> {
    let came = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&came))?;
    }
    Ok(came)
}

fn end_as(signal: i32) {
    // Fails only for signals that do not exist.
    let _ = emulate_default_handler(signal);
}

/// Whether a signal came, for commands that do not receive. A second signal ends the process as if it knew nothing of
/// signals.
pub(crate) struct Stop {
    came: Arc<AtomicBool>,
    /// Readable when a signal came.
    wake: UnixStream,
}

impl Stop {
    /// From now on a signal is kept here.
    pub(crate) fn new() -> io::Result<Stop> {
        let came = Arc::new(AtomicBool::new(false));
        let (wake, write) = UnixStream::pair()?;
        for signal in [SIGINT, SIGTERM] {
            // In this order: it is the one before that makes the second the last.
            flag::register_conditional_default(signal, Arc::clone(&came))?;
            flag::register(signal, Arc::clone(&came))?;
            pipe::register(signal, write.try_clone()?)?;
        }
        Ok(Stop { came, wake })
    }

    pub(crate) fn is_set(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }

    /// Waits this long, or until a signal comes.
    pub(crate) fn wait(&self, wait: Duration) -> io::Result<()> {
        self.wait_for(&mut [PollFd::new(&self.wake, PollFlags::IN)], Some(wait))
    }

    /// Waits until something can be read there, or its end has come; says whether it is so. Stops waiting after this time
    /// (`None` is never) and when a signal comes.
    pub(crate) fn wait_or_readable(&self, fd: BorrowedFd<'_>, wait: Option<Duration>) -> io::Result<bool> {
        let fds = &mut [PollFd::new(&self.wake, PollFlags::IN), PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::IN)];
        self.wait_for(fds, wait)?;
        Ok(!fds[1].revents().is_empty())
    }

    fn wait_for(&self, fds: &mut [PollFd<'_>], wait: Option<Duration>) -> io::Result<()> {
        let deadline = wait.and_then(|wait| Instant::now().checked_add(wait));
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let timeout = left.and_then(|left| Timespec::try_from(left).ok());
            match poll(fds, timeout.as_ref()) {
                Err(Errno::INTR) if !self.is_set() => {}
                Err(Errno::INTR) => return Ok(()),
                result => return result.map(drop).map_err(Into::into),
            }
        }
    }
}
