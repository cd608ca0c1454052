//! Reads slow things at the same time on an async runtime, and dispatches from its tasks.
#![forbid(unsafe_code)]

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use collectd::context::Context;
use collectd::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// The daemon waits for a read before it stops.
const READ_LIMIT: Duration = Duration::from_secs(5);
/// What a task that blocks may keep the shutdown waiting.
const STOP_LIMIT: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// Name and seconds that it takes.
    #[serde(default)]
    source: Vec<(String, f64)>,
    /// The name of a source that panics.
    #[serde(default)]
    panic: String,
    /// A task that ticks all the time, every so many seconds.
    tick: Option<f64>,
    /// Seconds for which another one blocks its thread, which nothing can end.
    block: Option<f64>,
}

struct Async {
    config: Config,
    tasks: Handle,
    runtime: Mutex<Option<Runtime>>,
}

impl Plugin for Async {
    const NAME: &'static str = "async_tokio";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let context = Context::current();
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2).thread_name("async_tokio").on_thread_start(move || context.adopt());
        let runtime = builder.enable_time().build()?;
        if let Some(seconds) = config.tick {
            runtime.spawn(tick(Duration::from_secs_f64(seconds)));
        }
        if let Some(seconds) = config.block {
            runtime.spawn_blocking(move || std::thread::sleep(Duration::from_secs_f64(seconds)));
        }
        Ok(Async { config, tasks: runtime.handle().clone(), runtime: Mutex::new(Some(runtime)) })
    }
}

impl Read for Async {
    fn read(&self) -> Result {
        self.tasks.block_on(async {
            let mut reads = JoinSet::new();
            for (name, seconds) in &self.config.source {
                let panics = *name == self.config.panic;
                reads.spawn(read(name.clone(), Duration::from_secs_f64(*seconds), panics));
            }
            // One that fails does not keep the others from being dispatched.
            let mut result = Ok(());
            let all = async {
                while let Some(read) = reads.join_next().await {
                    let read = read.map_err(Error::from).flatten();
                    if result.is_ok() {
                        result = read;
                    }
                }
            };
            timeout(READ_LIMIT, all).await?;
            result
        })
    }
}

async fn read(name: String, takes: Duration, panics: bool) -> Result {
    sleep(takes).await;
    assert!(!panics, "told to panic");
    Ok(Values::new("gauge").type_instance(name).gauge(takes.as_secs_f64()).dispatch()?)
}

async fn tick(every: Duration) {
    loop {
        sleep(every).await;
        log::info!("tick");
        Values::new("gauge").type_instance("tick").gauge(1.0).dispatch().expect("it is right");
    }
}

impl Shutdown for Async {
    fn shutdown(&self) -> Result {
        if let Some(runtime) = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Tasks end where they wait; what blocks does not.
            runtime.shutdown_timeout(STOP_LIMIT);
        }
        log::info!("stopped");
        Ok(())
    }
}

collectd::plugin!(Async: Read, Shutdown);
