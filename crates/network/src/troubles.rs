//! Log lines about what comes from outside: at most one a minute for each kind of trouble and sender.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use collectd::{Complaint, LogLevel};

/// How many senders have lines of their own.
const SENDERS: usize = 64;

/// What goes wrong, of whom. Senders beyond the first ones share their lines: an address is easily made up.
pub(crate) struct Troubles<K> {
    complaints: Mutex<Complaints<K>>,
}

type Complaints<K> = HashMap<(K, Option<IpAddr>), Arc<Complaint>>;

impl<K> Default for Troubles<K> {
    fn default() -> Self {
        Troubles { complaints: Mutex::default() }
    }
}

impl<K: std::hash::Hash + Eq + Copy> Troubles<K> {
    /// Logs that something of this kind came from there, unless that was said lately.
    pub(crate) fn tell(&self, level: LogLevel, kind: K, from: IpAddr, text: fmt::Arguments<'_>) {
        let (complaint, is_own) = self.complaint(kind, from);
        match is_own {
            true => complaint.complain(level, format_args!("{text} from {from}")),
            false => complaint.complain(level, format_args!("{text} from {from} and many others")),
        }
    }

    fn complaint(&self, kind: K, from: IpAddr) -> (Arc<Complaint>, bool) {
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = complaints.get(&(kind, Some(from))) {
            return (Arc::clone(known), true);
        }
        let of_kind = complaints.keys().filter(|(other, _)| *other == kind).count();
        let sender = (of_kind < SENDERS).then_some(from);
        (Arc::clone(complaints.entry((kind, sender)).or_default()), sender.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_senders_share_one_line() {
        let troubles = Troubles::default();
        for number in 0..10_000_u32 {
            troubles.complaint("bad", IpAddr::from(number.to_be_bytes()));
        }
        assert_eq!(troubles.complaints.lock().unwrap().len(), SENDERS + 1);
        assert!(troubles.complaint("bad", IpAddr::from([0, 0, 0, 5])).1);
        assert!(!troubles.complaint("bad", IpAddr::from([9, 9, 9, 9])).1);
        assert!(troubles.complaint("worse", IpAddr::from([9, 9, 9, 9])).1);
    }
}
