//! What came lately, to drop it when it comes again on another path.

use std::time::{Duration, Instant};

use collectd::{Complaint, LogLevel};

use crate::seen::Lately;

/// How many value lists and notifications are remembered, at 20 bytes each.
const REMEMBERED: usize = 200_000;

/// What came within the `DuplicateWindow`.
pub(crate) struct Duplicates {
    seen: Lately,
    crowded: Complaint,
}

impl Duplicates {
    /// Remembers for so long.
    pub(crate) fn new(window: Duration) -> Self {
        Duplicates { seen: Lately::new(window, REMEMBERED), crowded: Complaint::new() }
    }

    /// Remembers a key. Whether it is new.
    pub(super) fn is_new(&self, key: u64, now: Instant) -> bool {
        let mut is_crowded = false;
        let before = self.seen.update(key, now, |_| (), |()| is_crowded = true);
        if is_crowded {
            let text = format_args!(
                "DuplicateWindow: so much comes that no more than the last {} value lists are remembered; \
                 what comes again later than that is taken again",
                REMEMBERED / 2
            );
            self.crowded.complain(LogLevel::Warning, text);
        }
        before.is_none()
    }
}
