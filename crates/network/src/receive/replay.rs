//! Against recorded packets that are sent again.
//!
//! What is remembered is not value lists but the sections of packets that were signed or encrypted, by their signatures
//! and initialisation vectors: fewer, and so a section that was forged from the known content of another one, with its
//! initialisation vector, is not taken either.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use collectd::{Complaint, Interval, LogLevel, Time};
use collectd_wire::Origin;

use crate::seen::{Keys, Lately};

/// How many sections are remembered, at some 50 bytes each.
const REMEMBERED: usize = 1_000_000;

/// Sections lie in sections so deep.
const DEEPEST: usize = 8;

/// What all listeners with a `ReplayWindow` have seen: a packet to one of them is not to be sent to another one.
pub(crate) struct Replays {
    keys: Keys,
    seen: Lately<Seen>,
    /// Of each user of whom something had to be forgotten too early, the newest time in that: nothing so old is taken
    /// any more. Users are only those with a password.
    floors: Mutex<HashMap<u64, u64>>,
    /// The highest of them.
    highest_floor: AtomicU64,
    crowded: Complaint,
}

/// A section that was taken.
#[derive(Clone, Copy)]
struct Seen {
    user: u64,
    /// Of what was taken of it.
    newest: u64,
}

impl Replays {
    /// Remembers for a window of this length.
    pub(crate) fn new(window: Duration) -> Self {
        Replays::with_room(window, REMEMBERED)
    }

    fn with_room(window: Duration, most: usize) -> Self {
        Replays {
            keys: Keys::default(),
            // What is from the end of the window ahead stays acceptable until it is at the end of the window behind.
            seen: Lately::new(2 * window, most),
            floors: Mutex::default(),
            highest_floor: AtomicU64::new(0),
            crowded: Complaint::new(),
        }
    }

    /// Remembers a section. Whether it is new.
    fn enter(&self, key: u64, seen: Seen, now: Instant) -> bool {
        let mut is_crowded = false;
        let forgotten = |early: Seen| {
            is_crowded = true;
            let mut floors = self.floors();
            let floor = floors.entry(early.user).or_default();
            *floor = early.newest.max(*floor);
            self.highest_floor.fetch_max(early.newest, Ordering::Relaxed);
        };
        // The value of somebody who sends it again is not worth more.
        let newest = |before: Option<Seen>| match before {
            Some(before) => Seen { newest: before.newest.max(seen.newest), ..before },
            None => seen,
        };
        let before = self.seen.update(key, now, newest, forgotten);
        if is_crowded {
            let text = format_args!("ReplayWindow: too many packets to remember all; old ones are refused before time");
            self.crowded.complain(LogLevel::Warning, text);
        }
        before.is_none()
    }

    fn is_above_floor(&self, user: u64, time: u64) -> bool {
        time > self.highest_floor.load(Ordering::Relaxed) || self.floors().get(&user).is_none_or(|&floor| time > floor)
    }

    fn floors(&self) -> MutexGuard<'_, HashMap<u64, u64>> {
        self.floors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes through the sections of one packet after the other, for a listener.
pub(super) struct Sections<'l> {
    replays: &'l Replays,
    /// In the daemon's units of time.
    window: u64,
    /// Those that are open, by their depth.
    open: [Option<Open>; DEEPEST + 1],
}

#[derive(Clone, Copy)]
struct Open {
    /// Where the mark lies: copies of a section in one packet are not the same.
    place: usize,
    key: u64,
    is_new: bool,
    seen: Seen,
}

impl<'l> Sections<'l> {
    pub(super) fn new(replays: &'l Replays, window: Duration) -> Self {
        let window = Interval::try_from(window).map_or(u64::MAX, Interval::to_raw);
        Sections { replays, window, open: [None; DEEPEST + 1] }
    }

    /// Begins with another packet.
    pub(super) fn next_packet(&mut self) {
        self.open = [None; DEEPEST + 1];
    }

    /// Whether something that a user signed or encrypted is of this time, and not from a section that came before.
    /// What is plain is.
    pub(super) fn takes(&mut self, origin: Origin<'_>, time: Time) -> bool {
        let Some(user) = origin.user() else { return true };
        let now = Time::now().to_raw();
        self.takes_at(user, origin.mark(), origin.depth(), time.to_raw(), (now, Instant::now()))
    }

    fn takes_at(&mut self, user: &[u8], mark: &[u8], depth: usize, time: u64, (now, instant): (u64, Instant)) -> bool {
        if time.abs_diff(now) > self.window {
            return false;
        }
        let Replays { keys, .. } = self.replays;
        let place = mark.as_ptr() as usize;
        let open = &mut self.open[depth.min(DEEPEST)];
        let open = match open {
            Some(open) if open.place == place => {
                if open.is_new && open.seen.newest < time {
                    open.seen.newest = time;
                    self.replays.enter(open.key, open.seen, instant);
                }
                open
            }
            _ => {
                let (key, seen) = (keys.bytes(mark), Seen { user: keys.bytes(user), newest: time });
                let is_new = self.replays.enter(key, seen, instant);
                open.insert(Open { place, key, is_new, seen })
            }
        };
        // Asked last: what made room may have been this very one.
        open.is_new && self.replays.is_above_floor(open.seen.user, time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1 << 30;
    const NOW: u64 = 1_000_000 * SECOND;
    const WINDOW: Duration = Duration::from_secs(10);

    /// A packet with one section of a user, and the times of what is in it: what is taken.
    fn packet(sections: &mut Sections<'_>, user: &str, mark: &[u8], times: &[u64], at: (u64, Instant)) -> Vec<bool> {
        sections.next_packet();
        times.iter().map(|&time| sections.takes_at(user.as_bytes(), mark, 1, time, at)).collect()
    }

    #[test]
    fn a_section_is_taken_once_and_only_what_is_of_this_time() {
        let (replays, start) = (Replays::new(WINDOW), Instant::now());
        let mut sections = Sections::new(&replays, WINDOW);
        let at = |seconds: u64| (NOW + seconds * SECOND, start + Duration::from_secs(seconds));
        let times = [NOW - 11 * SECOND, NOW - 9 * SECOND, NOW, NOW + 9 * SECOND, NOW + 11 * SECOND];
        let first = packet(&mut sections, "alice", b"first", &times, at(0));
        assert_eq!(first, [false, true, true, true, false]);
        assert_eq!(packet(&mut sections, "alice", b"second", &[NOW, NOW], at(0)), [true, true]);
        // As long as anything of it is in the window, and by whatever name.
        for seconds in 0..20 {
            assert_eq!(packet(&mut sections, "alice", b"first", &times, at(seconds)), [false; 5], "{seconds}");
            assert_eq!(packet(&mut sections, "bob", b"first", &times, at(seconds)), [false; 5], "{seconds}");
        }
    }

    #[test]
    fn sections_in_a_section_are_told_apart() {
        let replays = Replays::new(WINDOW);
        let mut sections = Sections::new(&replays, WINDOW);
        let at = (NOW, Instant::now());
        let marks = b"outer|inner|inner|third";
        let [outer, inner, copy, third] =
            [0..5, 6..11, 12..17, 18..23].map(|range: std::ops::Range<usize>| &marks[range]);
        let mut takes = |mark, depth| sections.takes_at(b"alice", mark, depth, NOW, at);
        assert!(takes(outer, 1) && takes(inner, 2) && takes(inner, 2) && takes(outer, 1));
        assert!(!takes(copy, 2), "a copy within the packet");
        assert!(takes(outer, 1) && takes(third, 2) && takes(outer, 1));
    }

    /// A thousand at once, some of which are a little younger.
    fn flood(sections: &mut Sections<'_>, user: &str, number: u64, time: u64, instant: Instant) -> usize {
        let marks = (0..1000).map(|mark| format!("{user} {number} {mark}"));
        let taken = marks.map(|mark| packet(sections, user, mark.as_bytes(), &[time], (NOW, instant))[0]);
        taken.filter(|taken| *taken).count()
    }

    #[test]
    fn what_had_to_be_forgotten_is_not_taken_again() {
        let replays = Replays::with_room(WINDOW, 3200);
        let mut sections = Sections::new(&replays, WINDOW);
        let instant = Instant::now();
        let mut send = |number| flood(&mut sections, "alice", number, NOW - 9 * SECOND + number, instant);
        let first: Vec<_> = (0..20).map(&mut send).collect();
        assert_eq!(first, [1000; 20], "what goes on in time is taken");
        let again: Vec<_> = (0..20).map(&mut send).collect();
        assert_eq!(again, [0; 20], "and nothing of it again");
    }

    #[test]
    fn who_floods_is_refused_himself() {
        let replays = Replays::with_room(WINDOW, 3200);
        let mut sections = Sections::new(&replays, WINDOW);
        let instant = Instant::now();
        assert_eq!(packet(&mut sections, "bob", b"early", &[NOW - SECOND], (NOW, instant)), [true]);
        // From the end of the window, so that all that is forgotten is younger than what others send.
        let taken: usize =
            (0..20).map(|number| flood(&mut sections, "mallory", number, NOW + 9 * SECOND, instant)).sum();
        assert!(taken < 10_000, "{taken}");
        assert_eq!(packet(&mut sections, "mallory", b"of mallory", &[NOW], (NOW, instant)), [false]);
        assert_eq!(packet(&mut sections, "bob", b"of bob", &[NOW], (NOW, instant)), [true]);
        assert_eq!(packet(&mut sections, "alice", b"of alice", &[NOW - 5 * SECOND], (NOW, instant)), [true]);
        // His own was forgotten too, and is not taken again.
        assert_eq!(packet(&mut sections, "bob", b"early", &[NOW - SECOND], (NOW, instant)), [false]);
    }
}
