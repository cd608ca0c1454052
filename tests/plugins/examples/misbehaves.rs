//! Does in its callbacks, and when these are dropped, what its configuration says: what no plugin should do, and what
//! must not hurt the daemon all the same.
#![forbid(unsafe_code)]

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use collectd::RegisterError;
use collectd::callback::{CallbackHandle, Reads};
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// `Do "write" "cancel"`: a place and what to do there.
    #[serde(default)]
    r#do: Vec<(String, String)>,
    /// How many more instances with cache events there are.
    #[serde(default)]
    crowd: u32,
    /// Whether everything is registered a second time, and under names that cannot be.
    #[serde(default)]
    bad_names: bool,
    /// Seconds between two calls of the read.
    #[serde(default = "half")]
    read: f64,
}

fn half() -> f64 {
    0.5
}

struct Shared {
    config: Config,
    handles: Mutex<HashMap<String, CallbackHandle>>,
    reads: Mutex<Option<Reads>>,
    added: AtomicU32,
    logged: AtomicU32,
    /// Where it was called.
    called: Mutex<HashSet<String>>,
}

/// In the log, or on standard error where the place is about the log.
fn tell(place: &str, what: &str) {
    log::info!("in {place}{what}");
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Says where it is, and does what it was told to do there.
    fn act(self: &Arc<Self>, place: &str) -> Result {
        // It is called for each line of everybody's.
        if place == "log" && self.logged.fetch_add(1, Ordering::Relaxed) >= 20 {
            return Ok(());
        }
        tell(place, "");
        lock(&self.called).insert(place.to_owned());
        let deeds = self.config.r#do.iter().filter(|(wanted, _)| wanted == place);
        let mut result = Ok(());
        for (_, deed) in deeds {
            match self.commit(place, deed) {
                Ok(()) => tell(place, &format!(" did {deed}")),
                Err(error) => {
                    tell(place, &format!(" could not {deed}: {error}"));
                    result = Err(error);
                }
            }
        }
        result
    }

    fn commit(self: &Arc<Self>, place: &str, deed: &str) -> Result {
        let kind = place.trim_start_matches("drop-");
        match deed {
            "panic" => panic!("told to panic in {place}"),
            "fail" => return Err(Error::msg("told to fail")),
            "log" => log::warn!("logs in {place}"),
            "cancel" => self.cancel(kind),
            "cancel-all" => self.cancel_all(),
            "cancel-group" => drop(self.reads()?.cancel_group("added")),
            "forget" => lock(&self.handles).clear(),
            "add" => self.add()?,
            "run-on" => self.run_on(),
            "look" => drop((collectd::data_set::find("gauge"), collectd::cache::Cache::new().names())),
            "dispatch" => Values::new("gauge").type_instance(place).gauge(1.0).dispatch()?,
            "notify" => drop(Notification::okay("told to").dispatch()?),
            "flush" => collectd::flush(None, None, None),
            "write" => Values::new("gauge").type_instance(place).gauge(1.0).write_to_all()?,
            "cancel-elsewhere" => {
                let (shared, kind) = (Arc::clone(self), kind.to_owned());
                let thread = thread::spawn(move || shared.cancel(&kind));
                thread.join().map_err(|_| Error::msg("the thread panicked"))?;
            }
            "sleep" => {
                thread::sleep(Duration::from_millis(700));
                tell(place, " awake");
            }
            "thread-panic" => {
                let place = place.to_owned();
                let thread = thread::spawn(move || panic!("told to panic in a thread of {place}"));
                assert!(thread.join().is_err());
            }
            other => return Err(Error::msg(format_args!("cannot {other}"))),
        }
        Ok(())
    }

    /// Does everything that a thread can do, for ever.
    fn run_on(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        thread::spawn(move || {
            for round in 0.. {
                let mut deed = ["dispatch", "notify", "write", "flush", "log", "add", "cancel-all", "look"][round % 8];
                // Each of them is called at least once, however slow the machine.
                let wanted = ["read", "write", "flush", "notify", "added"];
                if deed == "cancel-all" && !wanted.iter().all(|place| lock(&shared.called).contains(*place)) {
                    deed = "look";
                }
                if let Err(error) = shared.commit("thread", deed) {
                    log::info!("too late to {deed}: {error}");
                }
                thread::sleep(Duration::from_millis(1));
            }
        });
    }

    fn cancel(&self, kind: &str) {
        let kind = if ["subscribe", "update", "expired"].contains(&kind) { "cache-event" } else { kind };
        // Not while they are locked: the daemon may log something, and the log callback comes here too.
        let handle = lock(&self.handles).get(kind).cloned();
        handle.inspect(CallbackHandle::cancel);
    }

    fn cancel_all(&self) {
        let handles: Vec<_> = lock(&self.handles).values().cloned().collect();
        handles.iter().for_each(CallbackHandle::cancel);
    }

    fn reads(&self) -> Result<Reads> {
        lock(&self.reads).clone().ok_or_else(|| Error::msg("there are no reads"))
    }

    /// Registers a read that says `added`.
    fn add(self: &Arc<Self>) -> Result {
        let number = self.added.fetch_add(1, Ordering::Relaxed);
        let owned = Owned::new("added", self);
        let options = ReadOptions::new(format!("added-{number}")).interval(Duration::from_millis(100)).group("added");
        let handle = self.reads()?.add(options, move || owned.called())?;
        lock(&self.handles).insert(format!("added-{number}"), handle);
        Ok(())
    }
}

/// What a callback owns: it is used after the deed, and its end is a place of its own.
struct Owned {
    place: &'static str,
    drop: String,
    memory: Vec<u32>,
    shared: Arc<Shared>,
}

impl Owned {
    fn new(place: &'static str, shared: &Arc<Shared>) -> Self {
        Owned { place, drop: format!("drop-{place}"), memory: vec![7; 1000], shared: Arc::clone(shared) }
    }

    fn called(&self) -> Result {
        self.called_as(self.place)
    }

    fn called_as(&self, place: &str) -> Result {
        let result = self.shared.act(place);
        // Freed memory would show here.
        assert!(self.memory.iter().all(|&number| number == 7));
        result
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let _told = self.shared.act(&self.drop);
    }
}

/// An instance, as there are no closures for cache events.
struct Follower {
    /// Where it is asked, hears of a value, and hears of the end.
    places: [&'static str; 3],
    owned: Owned,
}

impl CacheEvent for Follower {
    fn subscribe(&self, values: ValuesRef<'_>) -> Result<bool> {
        self.owned.called_as(self.places[0])?;
        Ok(values.type_instance() == "followed")
    }

    fn update(&self, _: ValuesRef<'_>) -> Result {
        self.owned.called_as(self.places[1])
    }

    fn expired(&self, _: MetricRef<'_>) -> Result {
        self.owned.called_as(self.places[2])
    }
}

const KINDS: [&str; 8] = ["read", "write", "flush", "notify", "missing", "log", "cache-event", "shutdown"];

struct Misbehaves(Arc<Shared>);

impl Plugin for Misbehaves {
    const NAME: &'static str = "misbehaves";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let shared = Shared {
            config,
            handles: Mutex::default(),
            reads: Mutex::default(),
            added: 0.into(),
            logged: 0.into(),
            called: Mutex::default(),
        };
        let plugin = Misbehaves(Arc::new(shared));
        plugin.0.act("new")?;
        Ok(plugin)
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        let shared = &self.0;
        for kind in KINDS {
            if let Some(handle) = closure(callbacks, kind, shared)? {
                lock(&shared.handles).insert(kind.to_owned(), handle);
            }
        }
        self.crowd(callbacks)?;
        if shared.config.bad_names {
            self.register_bad_names(callbacks);
        }
        *lock(&shared.reads) = Some(callbacks.reads()?);
        let orders = Arc::clone(shared);
        callbacks.notify("orders", move |notification| match notification.text().split_once(' ') {
            Some((deed, place)) => {
                orders.commit(place, deed)?;
                tell(place, &format!(" did {deed}"));
                Ok(())
            }
            None => Ok(()),
        })?;
        shared.act("callbacks")
    }
}

impl Misbehaves {
    /// The daemon has room for 32.
    fn crowd(&self, callbacks: &mut Callbacks) -> Result {
        for number in 0..self.0.config.crowd {
            let one = Arc::new(Follower { places: ["crowd"; 3], owned: Owned::new("crowd", &self.0) });
            match callbacks.instance(&format!("crowd-{number}"), one).cache_event().register() {
                Ok(_) => {}
                Err(RegisterError::Refused { status, .. }) if self.0.config.crowd < 100 => {
                    log::info!("no room for {number}, status {status}");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl Misbehaves {
    /// An author who does not care for errors.
    fn register_bad_names(&self, callbacks: &mut Callbacks) {
        let complain = |what: &str, result: Result<Option<CallbackHandle>, RegisterError>| {
            tell("callbacks", &format!(" {what}: {:?}", result.err().map(|error| error.to_string())));
        };
        for kind in &KINDS[..7] {
            complain("twice", closure(callbacks, kind, &self.0));
        }
        complain("nul", callbacks.read("a\0b", || Ok(())).map(Some));
        complain("nul", callbacks.write("a\0b", |_| Ok(())).map(Some));
        let group = ReadOptions::new("grouped").group("a\0b");
        complain("nul", callbacks.read(group, || Ok(())).map(Some));
        let one = Arc::new(Follower { places: ["crowd"; 3], owned: Owned::new("crowd", &self.0) });
        complain("nul", callbacks.instance("a\0b", one).cache_event().register().map(Some));
    }
}

fn closure(
    callbacks: &mut Callbacks,
    kind: &str,
    shared: &Arc<Shared>,
) -> Result<Option<CallbackHandle>, RegisterError> {
    let owned = |place| Owned::new(place, shared);
    let handle = match kind {
        "read" => {
            let (owned, interval) = (owned("read"), Duration::from_secs_f64(shared.config.read));
            callbacks.read(ReadOptions::new("closure").interval(interval), move || owned.called())?
        }
        "write" => {
            let owned = owned("write");
            callbacks.write("closure", move |_| owned.called())?
        }
        "flush" => {
            let owned = owned("flush");
            callbacks.flush("closure", move |_, _| owned.called())?
        }
        "notify" => {
            let owned = owned("notify");
            callbacks.notify("closure", move |_| owned.called())?
        }
        "missing" => {
            let owned = owned("missing");
            callbacks.missing("closure", move |_| owned.called().map(|()| Missed::Continue))?
        }
        "log" => {
            let owned = owned("log");
            callbacks.log("closure", move |_, _| owned.called())?
        }
        "cache-event" => {
            let follower = Follower { places: ["subscribe", "update", "expired"], owned: owned("cache-event") };
            callbacks.instance("follower", Arc::new(follower)).cache_event().register()?
        }
        _ => {
            let owned = owned("shutdown");
            callbacks.shutdown(move || owned.called());
            return Ok(None);
        }
    };
    Ok(Some(handle))
}

impl Drop for Misbehaves {
    fn drop(&mut self) {
        let _told = self.0.act("drop-plugin");
    }
}

collectd::plugin!(Misbehaves);
