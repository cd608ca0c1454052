//! A clean end on SIGINT and SIGTERM.

use std::io;
use std::thread;
use std::time::Duration;

use collectd_net::Waker;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// How long a clean end may take: writing to a reader that has stopped reading never ends.
const GRACE: Duration = Duration::from_secs(3);

/// From now on a signal wakes the receiver, which means that it is time to end. A second one, or
/// not ending for a few seconds, ends the process as if it knew nothing of signals.
pub(crate) fn wake_on_signals(waker: Waker) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let work = move || {
        for (count, signal) in signals.forever().enumerate() {
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

fn end_as(signal: i32) {
    // Fails only for signals that do not exist.
    let _ = emulate_default_handler(signal);
}
