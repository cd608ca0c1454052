//! Registers closures, instances and reads of its own, and takes them back when a notification says so.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use collectd::callback::{CallbackHandle, Reads};
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// `Read "name" 0.5 "group"`: a read, with seconds and a group if it has them.
    #[serde(default)]
    read: Vec<(String, Option<f64>, Option<String>)>,
    /// `<Node "name">`: an instance.
    #[serde(default)]
    node: BTreeMap<String, Node>,
    /// `Closure "write"`: one of each kind that is named here.
    #[serde(default)]
    closure: Vec<String>,
    /// Whether everything is taken back when the daemon stops.
    #[serde(default)]
    cancel_at_shutdown: bool,
    /// What becomes of the registration in the end: `error`, `panic`, or nothing.
    #[serde(default)]
    end: String,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Node {
    prefix: String,
    /// Whether everything fails.
    #[serde(default)]
    fail: bool,
}

impl Node {
    fn tell(&self, text: std::fmt::Arguments<'_>) -> Result {
        if self.fail {
            return Err(Error::msg("told to fail"));
        }
        log::info!("{}{text}", self.prefix);
        Ok(())
    }
}

impl Read for Node {
    fn read(&self) -> Result {
        self.tell(format_args!("reads"))?;
        Ok(Values::new("gauge").type_instance(self.prefix.trim()).gauge(1.0).dispatch()?)
    }
}

impl Write for Node {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        self.tell(format_args!("writes {values}"))
    }
}

impl Flush for Node {
    fn flush(&self, older_than: Option<Duration>, identifier: Option<&Identifier>) -> Result {
        self.tell(format_args!("flushes {older_than:?} {identifier:?}"))
    }
}

impl Shutdown for Node {
    fn shutdown(&self) -> Result {
        self.tell(format_args!("ends"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        log::info!("{}is gone", self.prefix);
    }
}

struct Several {
    config: Config,
    handles: Mutex<HashMap<String, CallbackHandle>>,
    reads: Mutex<Option<Reads>>,
}

impl Several {
    fn keep(&self, name: &str, handle: CallbackHandle) {
        lock(&self.handles).insert(name.to_owned(), handle);
    }

    /// `cancel NAME`, `cancel-group NAME` and `add NAME`, which registers a read from a thread without context.
    fn obey(self: &Arc<Self>, order: &str) -> Result {
        match order.split_once(' ') {
            Some(("cancel", name)) => lock(&self.handles)[name].cancel(),
            Some(("cancel-group", group)) => {
                let reads = lock(&self.reads).clone().ok_or_else(|| Error::msg("no reads"))?;
                log::info!("{} reads were in {group}", reads.cancel_group(group));
            }
            Some(("add", name)) => {
                let (shared, name) = (Arc::clone(self), name.to_owned());
                let added = std::thread::spawn(move || shared.add(&name)).join();
                added.map_err(|_| Error::msg("the thread panicked"))??;
            }
            _ => {}
        }
        Ok(())
    }

    fn add(self: &Arc<Self>, name: &str) -> Result {
        let reads = lock(&self.reads).clone().ok_or_else(|| Error::msg("no reads"))?;
        self.keep(name, reads.add(ReadOptions::new(name).group("added"), tell(name))?);
        Ok(())
    }

    fn read_options((name, seconds, group): &(String, Option<f64>, Option<String>)) -> ReadOptions {
        let mut options = ReadOptions::new(name);
        if let Some(seconds) = seconds {
            options = options.interval(Duration::from_secs_f64(*seconds));
        }
        match group {
            Some(group) => options.group(group),
            None => options,
        }
    }
}

/// A read that says its name and dispatches a value.
fn tell(name: &str) -> impl Fn() -> Result + Send + Sync + 'static {
    let name = name.to_owned();
    move || {
        log::info!("{name} reads");
        Ok(Values::new("gauge").type_instance(&name).gauge(1.0).dispatch()?)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Plugin for Several {
    const NAME: &'static str = "several";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Several { config, handles: Mutex::default(), reads: Mutex::default() })
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        for read in &self.config.read {
            self.keep(&read.0, callbacks.read(Self::read_options(read), tell(&read.0))?);
        }
        for (name, node) in &self.config.node {
            let node = callbacks.instance(name, Arc::new(node.clone()));
            let options = ReadOptions::new("slow").interval(Duration::from_secs(3600));
            self.keep(name, node.read().read_with(options).write().flush().shutdown().register()?);
        }
        for kind in &self.config.closure {
            if let Some(handle) = closure(callbacks, kind)? {
                self.keep(kind, handle);
            }
        }
        *lock(&self.reads) = Some(callbacks.reads()?);
        let shared = Arc::clone(self);
        callbacks.notify("orders", move |notification| shared.obey(&notification.text()))?;
        if self.config.cancel_at_shutdown {
            let shared = Arc::clone(self);
            callbacks.shutdown(move || {
                lock(&shared.handles).values().for_each(CallbackHandle::cancel);
                Ok(())
            });
        }
        match self.config.end.as_str() {
            "error" => Err(Error::msg("told to fail")),
            "panic" => panic!("told to panic"),
            _ => Ok(()),
        }
    }
}

fn closure(callbacks: &mut Callbacks, kind: &str) -> Result<Option<CallbackHandle>> {
    Ok(Some(match kind {
        "write" => callbacks.write("closure", |values| {
            log::info!("closure writes {values}");
            Ok(())
        })?,
        "flush" => callbacks.flush("closure", |older_than, identifier| {
            log::info!("closure flushes {older_than:?} {identifier:?}");
            Ok(())
        })?,
        "notify" => callbacks.notify("closure", |notification| {
            log::info!("closure hears {}", notification.text());
            Ok(())
        })?,
        "missing" => callbacks.missing("closure", |metric| {
            log::info!("closure misses {metric:?}");
            Ok(Missed::Continue)
        })?,
        "log" => callbacks.log("closure", |level, message| {
            eprintln!("closure logs {level:?} {message}");
            Ok(())
        })?,
        "shutdown" => {
            callbacks.shutdown(|| {
                log::info!("closure ends");
                Ok(())
            });
            return Ok(None);
        }
        other => callbacks.read(other, || Err(Error::msg("no such closure")))?,
    }))
}

impl Drop for Several {
    fn drop(&mut self) {
        log::info!("several is gone");
    }
}

collectd::plugin!(Several);
