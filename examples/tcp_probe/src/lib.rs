//! Measures how long it takes to connect to many targets by TCP, on threads of its own: none of the daemon's waits for a
//! target, and no target for another.
#![forbid(unsafe_code)]

mod addresses;
mod config;
mod connect;
mod probe;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use collectd::context::Context;
use collectd::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use crate::config::Config;

/// Connections are waited for by the system, not by threads, so that few are enough for hundreds of targets.
const THREADS: usize = 2;
/// Each name is looked up by one thread at a time, for as long as a name server lets it wait.
const MOST_LOOKUPS: usize = 256;
/// Within which time the first probes begin, so that hundreds do not all at once.
const SPREAD: Duration = Duration::from_secs(1);
/// How long a name that is being looked up may hold up the end. The thread ends by itself then.
const END_LIMIT: Duration = Duration::from_millis(500);

struct TcpProbe {
    runtime: Mutex<Option<Runtime>>,
}

impl Plugin for TcpProbe {
    const NAME: &'static str = "tcp_probe";
    type Config = Config;

    fn check(config: &Config) -> Result {
        Ok(config.check()?)
    }

    fn new(config: Config) -> Result<Self> {
        let context = Context::current();
        let probes = config.probes(context.interval())?;
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(THREADS).max_blocking_threads(probes.len().clamp(1, MOST_LOOKUPS));
        builder.thread_name(Self::NAME).on_thread_start(move || context.adopt());
        let runtime = builder.enable_io().enable_time().build()?;
        let count = u32::try_from(probes.len()).unwrap_or(u32::MAX);
        let entered = runtime.enter();
        for (number, probe) in (0..).zip(probes) {
            let start = Instant::now() + SPREAD.min(probe.interval()) / count * number;
            runtime.spawn(probe.run(start));
        }
        drop(entered);
        Ok(TcpProbe { runtime: Mutex::new(Some(runtime)) })
    }
}

impl Shutdown for TcpProbe {
    fn shutdown(&self) -> Result {
        if let Some(runtime) = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Probes end where they wait.
            runtime.shutdown_timeout(END_LIMIT);
        }
        Ok(())
    }
}

collectd::plugin!(TcpProbe: Shutdown);
