use std::thread::sleep;
use std::time::{Duration, Instant};

/// Polls until `ready` yields something.
///
/// # Panics
///
/// When `limit` is over; `what` then says what was waited for.
pub fn wait_until<T>(what: &str, limit: Duration, mut ready: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        // Asked before looking, so that a machine too busy to poll gets one last look.
        let over = Instant::now() >= deadline;
        if let Some(value) = ready() {
            return value;
        }
        assert!(!over, "not within {limit:?}: {what}");
        sleep(Duration::from_millis(10));
    }
}
