//! `/api/stream`: everything as it comes, one JSON object a line.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use collectd_net::ItemRef;
use collectd_types::TypesDb;
use hyper::StatusCode;
use hyper::body::Bytes;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::query::Query;
use super::reply::{Reply, Stream, refuse, reply as answer, stream};
use super::shared::Shared;
use crate::filter::Filter;
use crate::print::JsonLines;

/// Who reads at the same time, at most.
const SUBSCRIBERS: usize = 16;
/// What is on its way to each: so many pieces, of about so many bytes. What is beyond is skipped, and counted.
const PIECES: usize = 16;
const PIECE: usize = 64 << 10;

/// All who read.
#[derive(Default)]
pub(super) struct Subscribers {
    all: Mutex<Vec<Subscriber>>,
    /// How many, so that nothing is done if there are none.
    count: AtomicUsize,
}

struct Subscriber {
    filter: Filter,
    sender: Sender<Bytes>,
    /// What is to be sent next, and how many lines that is.
    lines: Vec<u8>,
    count: u64,
    /// How many lines were skipped since the last piece that went out.
    skipped: u64,
}

/// Writes for all who read; belongs to the receiving thread.
pub(super) struct Writer {
    json: JsonLines,
    line: Vec<u8>,
}

/// Somebody reads: what is in a packet is to be written.
pub(super) struct Writing<'a> {
    writer: &'a mut Writer,
    to: &'a Subscribers,
    all: MutexGuard<'a, Vec<Subscriber>>,
}

/// `/api/stream?filter=EXPR`
pub(super) fn reply(shared: &Arc<Shared>, query: &Query) -> Result<Reply, String> {
    query.only(&["filter"])?;
    let text = query.get("filter").unwrap_or_default();
    let text = str::from_utf8(text).map_err(|error| format!("filter: {error}"))?;
    let filter = text.parse().map_err(|error| format!("filter: {error}"))?;
    let (sender, receiver) = channel(PIECES);
    let subscriber = Subscriber { filter, sender, lines: Vec::new(), count: 0, skipped: 0 };
    if !shared.subscribers.add(subscriber) {
        let why = format!("{SUBSCRIBERS} programs read this already, which is the limit");
        return Ok(refuse(StatusCode::SERVICE_UNAVAILABLE, &why));
    }
    Ok(answer(StatusCode::OK, "application/x-ndjson", stream(Lines(receiver))))
}

struct Lines(Receiver<Bytes>);

impl Stream for Lines {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.0.poll_recv(cx)
    }
}

impl Subscribers {
    /// `false` if there are enough.
    fn add(&self, subscriber: Subscriber) -> bool {
        let mut all = self.all.lock();
        all.retain(|other| !other.sender.is_closed());
        let has_room = all.len() < SUBSCRIBERS;
        if has_room {
            all.push(subscriber);
        }
        self.count.store(all.len(), Ordering::Relaxed);
        has_room
    }
}

impl Writer {
    pub(super) fn new(types: &TypesDb) -> Self {
        Writer { json: JsonLines::new(types), line: Vec::new() }
    }

    /// To be called before each packet; `None` if nobody reads.
    pub(super) fn begin<'a>(&'a mut self, to: &'a Subscribers) -> Option<Writing<'a>> {
        let is_needed = to.count.load(Ordering::Relaxed) > 0;
        is_needed.then(|| Writing { writer: self, to, all: to.all.lock() })
    }
}

impl Writing<'_> {
    /// Writes an item for all who want it.
    pub(super) fn push(&mut self, item: &ItemRef<'_>) {
        let Writer { json, line } = &mut *self.writer;
        line.clear();
        for subscriber in self.all.iter_mut().filter(|subscriber| subscriber.filter.takes(item)) {
            if line.is_empty() {
                json.push(item, line);
            }
            subscriber.push(line);
        }
    }

    /// Sends what was written. Nobody is waited for.
    pub(super) fn send(mut self) {
        self.all.iter_mut().for_each(Subscriber::flush);
        self.all.retain(|subscriber| !subscriber.sender.is_closed());
        self.to.count.store(self.all.len(), Ordering::Relaxed);
    }
}

impl Subscriber {
    fn push(&mut self, line: &[u8]) {
        if self.lines.len() + line.len() > PIECE {
            self.flush();
        }
        if self.skipped > 0 && self.count == 0 {
            self.lines.extend_from_slice(format!("{{\"kind\":\"skipped\",\"lines\":{}}}\n", self.skipped).as_bytes());
        }
        self.lines.extend_from_slice(line);
        self.count += 1;
    }

    fn flush(&mut self) {
        if self.lines.is_empty() {
            return;
        }
        match self.sender.try_send(Bytes::copy_from_slice(&self.lines)) {
            Ok(()) => self.skipped = 0,
            Err(TrySendError::Full(_)) => self.skipped += self.count,
            // It is taken out soon.
            Err(TrySendError::Closed(_)) => {}
        }
        self.lines.clear();
        self.count = 0;
    }
}
