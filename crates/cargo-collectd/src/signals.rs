//! A clean end on SIGINT, SIGTERM and SIGHUP.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::Context;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What the first signal asks for. Who sends a second one does not want to wait, and the third ends the process as if it
/// knew nothing of signals.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<AtomicUsize>);

impl Stop {
    pub(crate) fn on_signals() -> anyhow::Result<Self> {
        let count = Arc::new(AtomicUsize::new(0));
        // The terminal is gone; not for what `nohup` runs.
        let hangup = (!is_ignored(SIGHUP)).then_some(SIGHUP);
        let mut signals = Signals::new([SIGINT, SIGTERM].into_iter().chain(hangup)).context("cannot handle signals")?;
        let stop = Stop(Arc::clone(&count));
        thread::spawn(move || {
            for signal in signals.forever() {
                if count.fetch_add(1, Ordering::Relaxed) >= 2 {
                    let _ = emulate_default_handler(signal);
                }
            }
        });
        Ok(stop)
    }

    pub(crate) fn is_set(&self) -> bool {
        self.count() > 0
    }

    /// How many came.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether whoever started us does not want us to know of it.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask & (1 << (signal - 1)) != 0
}
