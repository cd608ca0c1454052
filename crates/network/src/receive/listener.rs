//! One `Listen`: threads that receive, each on a socket of its own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use collectd::thread::Builder;
use collectd::{Complaint, LogLevel, Result};
use collectd_udp::{DatagramMut, Receiver, Waker, resolve_listen};
use collectd_wire::{AuthFile, Opener, Reload, SecurityLevel};

use super::Shared;
use super::dispatch::{Dispatcher, Rules};
use super::socket::Place;
use crate::config::{self, Config};
use crate::counters::Incoming;

/// How long to wait before an address is tried again that cannot be had, or a name that cannot be looked up.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a busy thread lets datagrams gather, at least and at most.
const GATHER: Range<Duration> = Duration::from_millis(1)..Duration::from_millis(8);
/// What the receive buffer must hold for each second of that: more than comes at any rate that can be worked off.
const GATHER_RATE: usize = 1 << 30;
/// How often a thread looks after its counters and its files, if nothing comes.
const TICK: Duration = Duration::from_secs(1);

/// The handle to the threads of a `Listen`.
pub(crate) struct Listener {
    shared: Arc<Common>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What its threads have in common.
pub(super) struct Common {
    settings: Settings,
    rules: Rules,
    level: SecurityLevel,
    is_strict: bool,
    keys: Option<AuthFile>,
    among: Arc<Shared>,
    counters: Arc<Incoming>,
    opening: Complaint,
    receiving: Complaint,
    state: Mutex<State>,
    changed: Condvar,
    is_ending: AtomicBool,
}

#[derive(Default)]
struct State {
    /// One for each thread that receives.
    wakers: Vec<(ThreadId, Waker)>,
    /// The sum of what the kernel dropped on sockets that are gone.
    kernel_drops: u64,
    /// How many sockets each address has.
    sockets: HashMap<SocketAddr, usize>,
}

/// What a socket needs.
pub(super) struct Settings {
    /// As in the configuration.
    pub(super) name: String,
    host: String,
    service: String,
    threads: usize,
    /// Whether another `Listen` wants the address, too.
    pub(super) overlaps: bool,
    pub(super) interface: Option<String>,
    pub(super) buffer_size: usize,
    pub(super) max_packet_size: usize,
}

impl Listener {
    /// Starts receiving. What cannot be had now is tried again.
    pub(crate) fn start(config: &Config, listen: &config::Listen, among: Arc<Shared>) -> Result<Listener> {
        let settings = Settings {
            name: listen.to_string(),
            host: listen.host().to_owned(),
            service: listen.service().to_owned(),
            threads: config.receive_threads(listen),
            overlaps: config.overlaps(listen),
            interface: listen.interface().map(str::to_owned),
            buffer_size: config.receive_buffer(listen),
            max_packet_size: config.packet_size_from(listen),
        };
        let shared = Arc::new(Common {
            rules: Rules::new(listen),
            level: listen.security_level(),
            is_strict: listen.is_strict(),
            keys: listen.auth_file().map(AuthFile::open).transpose()?,
            settings,
            among,
            counters: Arc::default(),
            opening: Complaint::new(),
            receiving: Complaint::new(),
            state: Mutex::default(),
            changed: Condvar::new(),
            is_ending: AtomicBool::new(false),
        });
        let listener = Listener { shared, threads: Mutex::default() };
        listener.begin()?;
        Ok(listener)
    }

    pub(crate) fn name(&self) -> &str {
        &self.shared.settings.name
    }

    pub(crate) fn counters(&self) -> &Incoming {
        &self.shared.counters
    }

    /// Tells the threads to end.
    pub(crate) fn close(&self) {
        self.shared.is_ending.store(true, Ordering::Relaxed);
        self.shared.state().wakers.iter().for_each(|(_, waker)| waker.wake());
        self.shared.changed.notify_all();
    }

    /// Waits for the threads' end. One that the resolver holds is left behind when the time is up: it has nothing to
    /// dispatch.
    pub(crate) fn join(&self, deadline: Instant) {
        let threads = std::mem::take(&mut *lock(&self.threads));
        while Instant::now() < deadline && !threads.iter().all(JoinHandle::is_finished) {
            std::thread::sleep(Duration::from_millis(2));
        }
        for thread in threads.into_iter().filter(JoinHandle::is_finished) {
            // Its panics were logged where they happened.
            drop(thread.join());
        }
    }

    /// A name may take the resolver long: the first thread looks it up, and receives on the first address.
    fn begin(&self) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let numeric = resolve_numeric(&shared.settings);
        let Some(places) = numeric else {
            let first = spawn(move || {
                let Some(places) = shared.wait_for_places() else { return };
                run_all(&shared, places);
            })?;
            lock(&self.threads).push(first);
            return Ok(());
        };
        for place in places {
            let shared = Arc::clone(&self.shared);
            // In `init` still, so that what is there can be received as soon as the daemon runs.
            let receiver = shared.try_open(place);
            lock(&self.threads).push(spawn(move || shared.run(place, receiver))?);
        }
        Ok(())
    }
}

impl Drop for Listener {
    /// Lets the threads end where nobody joins them: when the plugin could not be started.
    fn drop(&mut self) {
        self.close();
    }
}

/// The places, if finding them takes no look-up.
fn resolve_numeric(settings: &Settings) -> Option<Vec<Place>> {
    let is_numeric = settings.host == "*" || settings.host.parse::<std::net::IpAddr>().is_ok();
    let addresses = is_numeric.then(|| resolve_listen(&settings.host, &settings.service).ok())??;
    Some(Place::all(&addresses, settings.threads))
}

/// Receives on the first place here, and on the others in threads of their own, until all have ended.
fn run_all(shared: &Arc<Common>, places: Vec<Place>) {
    let mut places = places.into_iter();
    let Some(first) = places.next() else { return };
    let others: Vec<_> = places
        .filter_map(|place| {
            let own = Arc::clone(shared);
            let started = spawn(move || own.run(place, None));
            started.map_err(|error| shared.tell_opening(format_args!("{error}"))).ok()
        })
        .collect();
    shared.run(first, None);
    others.into_iter().for_each(|thread| drop(thread.join()));
}

fn spawn(code: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    Builder::new().name("rust_network").spawn(code)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Common {
    fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Waits before another try; whether to go on.
    fn pause(&self) -> bool {
        let wait = self.changed.wait_timeout_while(self.state(), PAUSE, |_| !self.is_ending());
        drop(wait.unwrap_or_else(PoisonError::into_inner));
        !self.is_ending()
    }

    fn tell_opening(&self, problem: std::fmt::Arguments<'_>) {
        self.opening.complain(LogLevel::Error, format_args!("{}: {problem}; trying again", self.settings.name));
    }

    /// Looks the name up until that works; nothing if the daemon ends before.
    fn wait_for_places(&self) -> Option<Vec<Place>> {
        loop {
            let found = resolve_listen(&self.settings.host, &self.settings.service);
            if self.is_ending() {
                return None;
            }
            match found {
                Ok(addresses) if !addresses.is_empty() => return Some(Place::all(&addresses, self.settings.threads)),
                Ok(_) => self.tell_opening(format_args!("the host has no address")),
                Err(error) => self.tell_opening(format_args!("{error}")),
            }
            if !self.pause() {
                return None;
            }
        }
    }

    fn try_open(&self, place: Place) -> Option<Receiver> {
        // No two of them are the first one.
        let mut state = self.state();
        let sockets = state.sockets.entry(place.address).or_default();
        let opened = place.open(&self.settings, *sockets == 0);
        *sockets += usize::from(opened.is_ok());
        drop(state);
        match opened {
            Ok(receiver) => {
                let receiving = format_args!("{}: receiving on {}", self.settings.name, place.address);
                self.opening.release(receiving);
                Some(receiver)
            }
            Err(problem) => {
                self.tell_opening(format_args!("{problem}"));
                None
            }
        }
    }

    /// Receives until the end, with as many sockets as it takes.
    fn run(&self, place: Place, opened: Option<Receiver>) {
        let mut opened = opened;
        while !self.is_ending() {
            match opened.take().or_else(|| self.try_open(place)) {
                Some(receiver) => {
                    // What panicked is logged. No packet shall make the daemon deaf with it.
                    let ended = catch_unwind(AssertUnwindSafe(|| self.receive(receiver)));
                    *self.state().sockets.entry(place.address).or_default() -= 1;
                    if ended.is_err() {
                        self.tell_opening(format_args!("packets are lost, receiving panicked"));
                        self.pause();
                    }
                }
                None if !self.pause() => return,
                None => {}
            }
        }
    }

    /// Receives on one socket.
    fn receive(&self, mut receiver: Receiver) {
        self.wake_here(receiver.waker());
        let is_v6 = receiver.local_addrs().first().is_some_and(SocketAddr::is_ipv6);
        let mut dispatcher = Dispatcher::new(&self.among, &self.counters, &self.rules, is_v6);
        let mut opener = Opener::new(self.level).strict(self.is_strict);
        let mut watch = Watch::default();
        let gather = gather_time(receiver.granted());
        // What comes after the end was told is of no use: the daemon's write threads have ended by then.
        while !self.is_ending() {
            let start = Instant::now();
            let count = self.receive_some(&mut receiver, &mut opener, &mut dispatcher);
            // In quick succession, being woken for each costs more than what is in it.
            if (1..collectd_udp::BATCH_SIZE).contains(&count) && start.elapsed() < gather {
                std::thread::sleep(gather);
            }
            if !watch.look(&mut receiver, self) {
                let gone = format_args!("{}: the interface is gone", self.settings.name);
                return self.opening.complain(LogLevel::Error, gone);
            }
        }
    }

    /// Has this thread woken at the end.
    fn wake_here(&self, waker: Waker) {
        let here = std::thread::current().id();
        let wakers = &mut self.state().wakers;
        wakers.retain(|(thread, _)| *thread != here);
        wakers.push((here, waker));
    }

    /// Takes what is there, or waits for it a while; how many datagrams it was.
    fn receive_some(&self, receiver: &mut Receiver, opener: &mut Opener, dispatcher: &mut Dispatcher<'_>) -> usize {
        let mut batch = match receiver.recv_batch_mut(Some(TICK)) {
            Ok(batch) => batch,
            // The socket rests a moment, and is tried again.
            Err(error) => {
                self.receiving.complain(LogLevel::Error, format_args!("{}: {error}", self.settings.name));
                return 0;
            }
        };
        if batch.is_empty() {
            return 0;
        }
        self.receiving.release(format_args!("{}: receiving works again", self.settings.name));
        self.count(&batch);
        let _work = Work(&self.counters, batch.len());
        if let Some(reload) = self.keys.as_ref().and_then(AuthFile::refresh) {
            tell_reload(&self.settings.name, &reload);
        }
        let keys = self.keys.as_ref().map(AuthFile::keys);
        let senders: Vec<_> = batch.iter_mut().map(|datagram| self.sender(datagram, dispatcher)).collect();
        let opened = opener.open_all(keys.as_deref(), &mut batch);
        for (index, sender) in senders.iter().enumerate() {
            if let &Some((from, is_cut)) = sender {
                dispatcher.packet(opened.items(index), opened.packet(index), from, is_cut);
            }
        }
        senders.len()
    }

    fn count(&self, batch: &collectd_udp::BatchMut<'_>) {
        self.counters.in_work.add(batch.len());
        self.counters.packets.add(batch.len());
        self.counters.octets.add(batch.iter().map(|datagram| datagram.data.len()).sum());
    }

    /// Who sent a packet, and whether it was cut, if it is to be looked at. Others are emptied, so that nothing is
    /// decrypted for them.
    fn sender(&self, datagram: &mut DatagramMut<'_>, dispatcher: &Dispatcher<'_>) -> Option<(SocketAddr, bool)> {
        let from = datagram.from;
        if self.among.own.contains(from) {
            self.counters.own.add(1);
        } else if !self.rules.allow_from().allow(from.ip()) {
            self.counters.not_allowed.add(1);
            dispatcher.tell_not_allowed(from);
        } else {
            return Some((from, datagram.truncated));
        }
        datagram.data = &mut [];
        None
    }
}

/// So many datagrams are being gone through.
struct Work<'c>(&'c Incoming, usize);

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.0.worked_off.add(self.1);
    }
}

/// What is looked after once in a while.
#[derive(Default)]
struct Watch {
    looked: Option<Instant>,
    /// What the kernel dropped.
    seen: u64,
    dropping: Complaint,
}

impl Watch {
    /// Whether the socket is still of use.
    fn look(&mut self, receiver: &mut Receiver, common: &Common) -> bool {
        let now = Instant::now();
        if self.looked.is_some_and(|looked| now.duration_since(looked) < TICK) && !common.is_ending() {
            return true;
        }
        self.looked = Some(now);
        common.rules.tell_rest();
        self.count_drops(receiver, common);
        !receiver.is_deaf()
    }

    fn count_drops(&mut self, receiver: &mut Receiver, common: &Common) {
        let Some(sum) = receiver.dropped() else { return };
        let more = sum.saturating_sub(self.seen);
        self.seen = sum;
        if more == 0 {
            return;
        }
        let mut state = common.state();
        state.kernel_drops += more;
        common.counters.kernel.set(state.kernel_drops);
        drop(state);
        let name = &common.settings.name;
        let text = format_args!("{name}: the kernel dropped {more} datagrams: the ReceiveBuffer is full");
        self.dropping.complain(LogLevel::Warning, text);
    }
}

/// How long datagrams may gather in a buffer of this size.
fn gather_time(buffer_size: usize) -> Duration {
    let time = Duration::from_millis((buffer_size / (GATHER_RATE / 1000)) as u64);
    time.clamp(GATHER.start, GATHER.end)
}

fn tell_reload(name: &str, reload: &Reload) {
    let level = if matches!(reload, Reload::Failed(_)) { LogLevel::Error } else { LogLevel::Notice };
    collectd::log_at(level, format_args!("{name}: AuthFile: {reload}"));
}
