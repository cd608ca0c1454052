//! What is to be sent, and to whom.

use std::fmt;

use super::target::Target;

/// As many go out at once.
const BATCH: usize = 64;

/// Packets that go out together, to each receiver.
pub(super) struct Sending {
    targets: Vec<Target>,
    /// Of which only the first ones are in use.
    packets: Vec<Vec<u8>>,
    waiting: usize,
    taken: u64,
    /// How many more are wanted.
    wanted: u64,
}

impl Sending {
    pub(super) fn new(targets: Vec<Target>, count: Option<u64>) -> Self {
        let packets = vec![Vec::new(); BATCH];
        Sending { targets, packets, waiting: 0, taken: 0, wanted: count.unwrap_or(u64::MAX) }
    }

    pub(super) fn push(&mut self, data: &[u8]) {
        if self.is_complete() {
            return;
        }
        if self.is_full() {
            self.flush();
        }
        let packet = &mut self.packets[self.waiting];
        packet.clear();
        packet.extend_from_slice(data);
        self.waiting += 1;
        self.taken += 1;
        self.wanted -= 1;
    }

    pub(super) fn is_full(&self) -> bool {
        self.waiting == BATCH
    }

    /// Whether something waits to be sent.
    pub(super) fn is_behind(&self) -> bool {
        self.waiting > 0
    }

    /// Whether as much was taken as was asked for.
    pub(super) fn is_complete(&self) -> bool {
        self.wanted == 0
    }

    pub(super) fn flush(&mut self) {
        for target in &mut self.targets {
            target.send(&self.packets[..self.waiting]);
        }
        self.waiting = 0;
    }

    /// To be called in the end.
    pub(super) fn finish(&mut self) {
        self.flush();
        self.targets.iter_mut().for_each(Target::finish);
    }

    /// What went wrong for the first time since this was asked last.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        self.targets.iter_mut().flat_map(Target::take_warnings).collect()
    }

    pub(super) fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// What could not be sent, of all receivers.
    pub(super) fn unsent(&self) -> u64 {
        self.targets.iter().map(Target::unsent).sum()
    }
}

impl fmt::Display for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} packets", self.taken)
    }
}
