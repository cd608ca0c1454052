//! Log lines about what comes from outside: at most one a minute for each kind of trouble and sender, and not many in all.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The shortest time between two lines about the same.
const QUIET: Duration = Duration::from_secs(60);

/// How many senders have lines of their own for each kind. An address is easily made up: others share theirs.
const SENDERS: usize = 16;

/// After so long without trouble a sender makes room for another one.
const FORGOTTEN: Duration = Duration::from_secs(600);

/// How many lines there are at once, whatever comes, and after which time there may be one more.
const LINES: u32 = 40;
const LINE_EVERY: Duration = Duration::from_secs(8);

/// What goes wrong, of whom.
pub(crate) struct Troubles<K>(Mutex<State<K>>);

struct State<K> {
    kinds: HashMap<K, Senders>,
    budget: Budget,
}

/// The lines that there may still be.
struct Budget {
    left: u32,
    /// Up to when lines were added.
    filled: Option<Instant>,
    /// When it was said that there are no more.
    told: Option<Instant>,
}

#[derive(Default)]
struct Senders {
    own: HashMap<IpAddr, Trouble>,
    others: Trouble,
}

#[derive(Default, Clone, Copy)]
struct Trouble {
    last: Option<Instant>,
    told: Option<Instant>,
    /// How often since then.
    untold: u64,
}

/// What is to be logged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Line {
    /// Whom it is about; nobody in particular if there are too many.
    pub(crate) from: Option<IpAddr>,
    /// How often it was kept quiet before.
    pub(crate) untold: u64,
    /// There were so many lines that most others will be kept quiet for a while.
    pub(crate) is_last: bool,
}

impl<K> Default for Troubles<K> {
    fn default() -> Self {
        let budget = Budget { left: LINES, filled: None, told: None };
        Troubles(Mutex::new(State { kinds: HashMap::new(), budget }))
    }
}

impl<K: Hash + Eq + Copy> Troubles<K> {
    /// Notes that something of this kind came from there.
    pub(crate) fn note(&self, kind: K, from: IpAddr, now: Instant) -> Option<Line> {
        let mut state = self.state();
        let state = &mut *state;
        let senders = state.kinds.entry(kind).or_default();
        let (from, trouble) = senders.of(from, now);
        trouble.last = Some(now);
        if trouble.is_quiet(now) || !state.budget.has_line(now) {
            trouble.untold += 1;
            return None;
        }
        let untold = trouble.tell(now);
        Some(Line { from, untold, is_last: state.budget.is_to_be_told(now) })
    }

    /// What was kept quiet, and has not come again since.
    pub(crate) fn rest(&self, now: Instant) -> Vec<(K, Line)> {
        let mut state = self.state();
        let State { kinds, budget } = &mut *state;
        let mut rest = Vec::new();
        for (&kind, senders) in kinds {
            let own = senders.own.iter_mut().map(|(&from, trouble)| (Some(from), trouble));
            for (from, trouble) in own.chain([(None, &mut senders.others)]) {
                if trouble.untold > 0 && !trouble.is_quiet(now) && budget.has_line(now) {
                    let untold = trouble.tell(now);
                    rest.push((kind, Line { from, untold, is_last: budget.is_to_be_told(now) }));
                }
            }
        }
        rest
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Senders {
    /// His own, or that of all others.
    fn of(&mut self, from: IpAddr, now: Instant) -> (Option<IpAddr>, &mut Trouble) {
        if !self.own.contains_key(&from) {
            if self.own.len() >= SENDERS {
                self.own.retain(|_, trouble| trouble.last.is_some_and(|last| now.duration_since(last) < FORGOTTEN));
            }
            if self.own.len() >= SENDERS {
                return (None, &mut self.others);
            }
        }
        (Some(from), self.own.entry(from).or_default())
    }
}

impl Trouble {
    fn is_quiet(&self, now: Instant) -> bool {
        self.told.is_some_and(|told| now.duration_since(told) < QUIET)
    }

    /// How often it was not told.
    fn tell(&mut self, now: Instant) -> u64 {
        self.told = Some(now);
        std::mem::take(&mut self.untold)
    }
}

impl Budget {
    /// Takes a line, if there is one.
    fn has_line(&mut self, now: Instant) -> bool {
        let filled = *self.filled.get_or_insert(now);
        let more = u32::try_from(now.duration_since(filled).as_secs() / LINE_EVERY.as_secs()).unwrap_or(LINES);
        if more > 0 {
            self.left = self.left.saturating_add(more).min(LINES);
            self.filled = Some(now);
        }
        let is_there = self.left > 0;
        self.left -= u32::from(is_there);
        is_there
    }

    /// Whether to say that this was the last one. Not each time that there is one more.
    fn is_to_be_told(&mut self, now: Instant) -> bool {
        if self.left > 0 || self.told.is_some_and(|told| now.duration_since(told) < FORGOTTEN) {
            return false;
        }
        self.told = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn address(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    #[test]
    fn made_up_senders_share_one_line() {
        let (troubles, start) = (Troubles::default(), Instant::now());
        let lines: Vec<_> = (0..10_000).filter_map(|number| troubles.note("bad", address(number), start)).collect();
        assert_eq!(lines.len(), SENDERS + 1);
        assert!(lines[..SENDERS].iter().all(|line| line.from.is_some()) && lines[SENDERS].from.is_none());
        let later = start + 61 * SECOND;
        assert_eq!(troubles.note("bad", address(5), later).unwrap().from, Some(address(5)));
        let untold = 10_000 - SENDERS as u64 - 1;
        assert_eq!(troubles.note("bad", address(9999), later), Some(Line { from: None, untold, is_last: false }));
        // The first ones are not in the way for ever.
        let later = start + 700 * SECOND;
        assert_eq!(troubles.note("bad", address(9999), later).unwrap().from, Some(address(9999)));
        assert!(troubles.state().kinds["bad"].own.len() <= SENDERS);
    }

    #[test]
    fn there_is_one_line_a_minute_for_each_kind_and_sender_with_the_count() {
        let (troubles, start) = (Troubles::default(), Instant::now());
        let line = |untold| Some(Line { from: Some(address(1)), untold, is_last: false });
        assert_eq!(troubles.note("bad", address(1), start), line(0));
        for second in 1..60 {
            assert_eq!(troubles.note("bad", address(1), start + second * SECOND), None);
        }
        assert_eq!(troubles.note("worse", address(1), start), line(0));
        assert_eq!(troubles.note("bad", address(1), start + 60 * SECOND), line(59));
        assert_eq!(troubles.note("bad", address(1), start + 61 * SECOND), None);
        // Nothing more comes, and yet all were told of.
        assert_eq!(troubles.rest(start + 119 * SECOND), []);
        assert_eq!(troubles.rest(start + 120 * SECOND), [("bad", line(1).unwrap())]);
        assert_eq!(troubles.rest(start + 999 * SECOND), []);
    }

    #[test]
    fn there_are_not_many_lines_whatever_comes() {
        let (troubles, start) = (Troubles::default(), Instant::now());
        let mut lines = Vec::new();
        let mut noted = 0;
        for second in 0..3600 {
            let now = start + second * SECOND;
            for number in 0..100 {
                noted += 1;
                lines.extend(troubles.note(number % 20, address(number % 30), now));
            }
            lines.extend(troubles.rest(now).into_iter().map(|(_, line)| line));
        }
        assert!(lines.len() <= (LINES + 600) as usize, "{}", lines.len());
        assert_eq!(lines.iter().filter(|line| line.is_last).count(), 6);
        // When it is over, all is told of in time, and then there is a line for the next trouble.
        for second in 3600..7200 {
            lines.extend(troubles.rest(start + second * SECOND).into_iter().map(|(_, line)| line));
        }
        let told: u64 = lines.iter().map(|line| line.untold).sum::<u64>();
        // Each line of the flood is about one more; those of afterwards are about none.
        assert!(told < noted && told + lines.len() as u64 >= noted, "{told} of {noted}");
        assert!(troubles.note(99, address(99), start + 8000 * SECOND).is_some());
    }
}
