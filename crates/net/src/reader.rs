//! Reading what daemons send.

mod batch;
mod builder;
mod error;
mod keys;
mod packets;
mod pending;
mod unpacker;

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use collectd_udp::{Receiver, Waker};
use collectd_wire::AuthFileError;

pub use batch::{Batch, Items, Packet};
pub use builder::ReaderBuilder;
pub use error::{Malformed, OpenReaderError, ReadError, Warning};
pub use packets::{Packets, PacketsIter};
pub use unpacker::Unpacker;

use crate::item::Item;
use crate::statistics::ReaderStatistics;
use batch::Datagrams;
use pending::Pending;

/// Receives value lists and notifications.
///
/// It is an iterator over [`Item`]s that waits for the next one:
///
/// ```no_run
/// for item in collectd_net::Reader::new()? {
///     println!("{}", item?);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// * It goes on for ever, and yields an error only if a socket fails, which for UDP is rare; the reader can
///   be used further after it. Packets that cannot be read are counted, see [`statistics`](Self::statistics);
///   [`ReaderBuilder::report_malformed`] makes them errors, too.
/// * A [`waker`](Self::waker) ends it from another thread: the iterator returns `None`, after what was
///   already received. Called again it goes on.
/// * Besides the iterator there are [`try_next`](Self::try_next), which does not wait, and
///   [`next_timeout`](Self::next_timeout).
/// * [`receive`](Self::receive) hands out packets as they are received, with items that borrow from them: it
///   allocates nothing and is several times faster. Use either this or the iterator.
///
/// A reader belongs to one thread at a time. For several, build one reader for each, with
/// [`ReaderBuilder::reuse_port`]: the kernel spreads the senders over them.
///
/// # In an event loop, or an asynchronous program
///
/// [`pollable`](Self::pollable) makes one descriptor that is readable while there is something to be received.
/// Whenever it is, call [`try_next`](Self::try_next) until it returns `None`. With tokio that is an
/// `AsyncFd::with_interest(reader.pollable()?, Interest::READABLE)`, and in its loop: `readable().await`, then
/// `try_next` until `None`, then `clear_ready`. No thread is needed.
#[derive(Debug)]
pub struct Reader {
    receiver: Receiver,
    unpacker: Unpacker,
    pending: Pending,
    warnings: Vec<Warning>,
}

impl Reader {
    /// Joins collectd's default groups, `239.192.74.66` and `ff18::efc0:4a42`, on port 25826. One suffices
    /// where the other family is missing; see [`warnings`](Self::warnings).
    ///
    /// # Errors
    ///
    /// Neither group can be joined.
    pub fn new() -> Result<Reader, OpenReaderError> {
        Reader::builder().build()
    }

    /// Starts to collect what to listen on, and how.
    pub fn builder() -> ReaderBuilder {
        ReaderBuilder::default()
    }

    /// Waits until packets are there and returns some, at most 64. The batch is empty if none came within
    /// `timeout` (`None`: for ever; zero: a look without waiting), or if the reader was woken.
    ///
    /// What several packets have encrypted with one key is decrypted side by side.
    ///
    /// ```no_run
    /// # let mut reader = collectd_net::Reader::new()?;
    /// loop {
    ///     let batch = reader.receive(None)?;
    ///     if batch.is_woken() {
    ///         break;
    ///     }
    ///     for item in batch.items() {
    ///         println!("{item}");
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A socket failed. Nothing is lost, and the reader can be used further: the others go on, and so does
    /// this one after a short pause.
    pub fn receive(&mut self, timeout: Option<Duration>) -> Result<Batch<'_>, ReadError> {
        let datagrams = self.receiver.recv_batch(timeout)?;
        Ok(self.unpacker.batch(Datagrams::Received(datagrams)))
    }

    /// The next item, if there is one already. Packets that hold none are passed over.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    pub fn try_next(&mut self) -> Result<Option<Item>, ReadError> {
        loop {
            if let Some(item) = self.pending_item() {
                return item.map(Some);
            }
            if !self.receive_more(Some(Duration::ZERO))? {
                return Ok(None);
            }
        }
    }

    /// Waits this long for the next item. `None` if none came, or if the reader was woken.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<Item>, ReadError> {
        // A time too far to express is for ever.
        let deadline = Instant::now().checked_add(timeout);
        let mut is_late = false;
        loop {
            if let Some(item) = self.pending_item() {
                return item.map(Some);
            }
            // Packets without items, however many, do not make the wait longer.
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if is_late || !self.receive_more(left)? {
                return Ok(None);
            }
            is_late = left == Some(Duration::ZERO);
        }
    }

    /// A handle to end a wait from another thread, or the iteration.
    pub fn waker(&self) -> Waker {
        self.receiver.waker()
    }

    /// Makes a descriptor that is readable while there is something to be received, or after
    /// [`Waker::wake`](crate::Waker::wake): for `poll`, `epoll` and event loops. It is independent of the reader's
    /// lifetime and borrows nothing.
    ///
    /// It does not know of items that were received and not yet yielded: take these first, until
    /// [`try_next`](Self::try_next) returns `None`.
    ///
    /// # Errors
    ///
    /// The system has no descriptor left, or no `epoll`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn pollable(&self) -> io::Result<OwnedFd> {
        use rustix::event::epoll;

        let all = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        for fd in self.receiver.fds() {
            epoll::add(&all, fd, epoll::EventData::new_u64(0), epoll::EventFlags::IN)?;
        }
        Ok(all)
    }

    /// What is not as it was asked for, though it works: addresses that could not be listened on, and receive
    /// buffers that are smaller.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The addresses that the sockets are bound to, with the ports that were chosen for 0.
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.receiver.local_addrs()
    }

    /// What came until now.
    pub fn statistics(&self) -> ReaderStatistics {
        self.unpacker.statistics()
    }

    /// How many datagrams the kernel dropped until now, most because they came faster than they were read.
    /// `None` where it does not tell (Linux tells since 4.12).
    ///
    /// The number is the kernel's at the moment of the call (`SO_MEMINFO`). The better known `SO_RXQ_OVFL` tells
    /// with each datagram how many had been dropped before that one was queued: never of the last drops of a
    /// burst, nothing when nothing more comes, and at the cost of a control message each.
    pub fn dropped(&mut self) -> Option<u64> {
        self.receiver.dropped()
    }

    /// Why the file with the users cannot be read, if that is so at present. The users are those it had when it
    /// could be read last. The file is looked at when packets come, at most once a second.
    pub fn auth_file_error(&self) -> Option<&AuthFileError> {
        self.unpacker.auth_file_error()
    }

    /// The next item of what was received.
    fn pending_item(&mut self) -> Option<Result<Item, ReadError>> {
        loop {
            if let Some(item) = self.pending.next() {
                return Some(item.map_err(ReadError::from));
            }
            let Unpacker { keys, opener, statistics, .. } = &mut self.unpacker;
            if !self.pending.open_some(opener, keys.now(), statistics) {
                return None;
            }
        }
    }

    /// Receives some packets, when nothing is pending. False if none came in time or the reader was woken.
    fn receive_more(&mut self, timeout: Option<Duration>) -> Result<bool, ReadError> {
        let datagrams = self.receiver.recv_batch(timeout)?;
        self.pending.take(&datagrams, &mut self.unpacker.statistics.borrow_mut());
        Ok(!datagrams.is_empty())
    }
}

impl Iterator for Reader {
    type Item = Result<Item, ReadError>;

    fn next(&mut self) -> Option<Result<Item, ReadError>> {
        loop {
            if let Some(item) = self.pending_item() {
                return Some(item);
            }
            match self.receive_more(None) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Copies the packets into buffers that stay, of which it returns as many as there are packets.
fn copy<'c, 'd>(packets: impl ExactSizeIterator<Item = &'d [u8]>, copies: &'c mut Vec<Vec<u8>>) -> &'c mut [Vec<u8>] {
    let count = packets.len();
    if copies.len() < count {
        copies.resize_with(count, Vec::new);
    }
    for (packet, copy) in packets.zip(&mut *copies) {
        copy.clear();
        copy.extend_from_slice(packet);
    }
    &mut copies[..count]
}
