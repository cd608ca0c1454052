//! The points of a series, in as little memory as they need.

use collectd_types::Time;

/// Times are kept in 2⁻¹⁰ seconds since the first: a millisecond is more than a graph shows.
const SHIFT: u32 = 20;
/// How far the times of one ring may be apart, 48 days.
const SPAN: u64 = (u32::MAX as u64) << SHIFT;
/// As many points are made room for at first.
const FIRST: usize = 4;

/// The last points of a series. A row is a time and one number per data source, `1 + 2 * sources` words; it grows
/// until it has as many rows as it may, and then overwrites the oldest. How many that is may change.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    words: Vec<u32>,
    base: Time,
    /// The oldest row. Only a ring of full length has it elsewhere than at the beginning.
    first: u32,
    sources: u16,
}

impl Ring {
    /// One without points, for this many data sources.
    pub(super) fn new(sources: u16) -> Self {
        Ring { words: Vec::new(), base: Time::UNSET, first: 0, sources }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len() / self.stride()
    }

    /// The memory of its own.
    #[cfg(test)]
    pub(super) fn heap(&self) -> usize {
        self.words.capacity() * size_of::<u32>()
    }

    pub(super) fn clear(&mut self) {
        (self.words, self.first) = (Vec::new(), 0);
    }

    /// Adds a row, which must not be older than those before.
    pub(super) fn push(&mut self, time: Time, numbers: impl Iterator<Item = f64>, limit: usize) {
        if self.words.is_empty() {
            self.base = time;
        } else if time.since(self.base).to_raw() > SPAN {
            self.rebase(time);
        }
        let offset = u32::try_from(time.since(self.base).to_raw() >> SHIFT).unwrap_or(u32::MAX);
        let row = std::iter::once(offset).chain(numbers.flat_map(words).take(2 * usize::from(self.sources)));
        if self.len() > limit || self.len() < limit && self.first > 0 {
            self.adapt(limit);
        }
        let len = self.len();
        if len < limit {
            self.grow(len, limit);
            self.words.extend(row);
        } else {
            let first = self.first as usize;
            let start = first * self.stride();
            self.words[start..].iter_mut().zip(row).for_each(|(word, new)| *word = new);
            self.first = if first + 1 == len { 0 } else { self.first + 1 };
        }
    }

    /// The time of a row, 0 being the oldest, and its number of a data source.
    pub(super) fn point(&self, row: usize, source: usize) -> (Time, f64) {
        let start = self.start(row);
        let at = start + 1 + 2 * source;
        let bits = u64::from(self.words[at]) | u64::from(self.words[at + 1]) << 32;
        (self.time_at(start), f64::from_bits(bits))
    }

    pub(super) fn time(&self, row: usize) -> Time {
        self.time_at(self.start(row))
    }

    fn time_at(&self, start: usize) -> Time {
        Time::from_raw(self.base.to_raw() + (u64::from(self.words[start]) << SHIFT))
    }

    fn start(&self, row: usize) -> usize {
        let (row, len) = (row + self.first as usize, self.len());
        (if row < len { row } else { row - len }) * self.stride()
    }

    fn stride(&self) -> usize {
        1 + 2 * usize::from(self.sources)
    }

    /// Makes room for a row behind `len` others. By doubling, but never for more than may come.
    fn grow(&mut self, len: usize, limit: usize) {
        if self.words.len() == self.words.capacity() {
            let rows = (2 * len).clamp(FIRST, limit.max(FIRST)).min(limit);
            self.words.reserve_exact((rows - len) * self.stride());
        }
    }

    /// Puts the rows in their order and forgets the oldest, for a limit that is another one now.
    fn adapt(&mut self, limit: usize) {
        let stride = self.stride();
        self.words.rotate_left(self.first as usize * stride);
        self.first = 0;
        let surplus = self.len().saturating_sub(limit);
        self.words.drain(..surplus * stride);
        if surplus > 0 {
            self.words.shrink_to_fit();
        }
    }

    /// Counts times from a later one, and forgets what is too old for that.
    fn rebase(&mut self, newest: Time) {
        let stride = self.stride();
        self.words.rotate_left(self.first as usize * stride);
        self.first = 0;
        let floor = newest.to_raw().saturating_sub(SPAN);
        let old = (0..self.len()).take_while(|&row| self.time(row).to_raw() < floor).count();
        self.words.drain(..old * stride);
        if self.words.is_empty() {
            self.base = newest;
            return;
        }
        let (base, offset) = (self.time(0), self.words[0]);
        self.words.iter_mut().step_by(stride).for_each(|word| *word -= offset);
        self.base = base;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the halves of 64 bits")]
fn words(number: f64) -> [u32; 2] {
    let bits = number.to_bits();
    [bits as u32, (bits >> 32) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    use proptest::prelude::*;

    const DAY: u64 = 86_400;

    fn rows(ring: &Ring) -> Vec<(Time, f64, f64)> {
        let row = |row| (ring.point(row, 0).0, ring.point(row, 0).1, ring.point(row, 1).1);
        (0..ring.len()).map(row).collect()
    }

    proptest! {
        /// Beside the plainest thing that does the same. Times of whole milliseconds, more or less, come out as they are.
        #[test]
        fn it_is_a_queue(limits in (1usize..9, 1usize..9), steps in prop::collection::vec((0u64..5000, any::<f64>()), 0..40)) {
            let (mut ring, mut plain) = (Ring::new(2), VecDeque::new());
            let mut time = 1_700_000_000 << 30 | 12345;
            for (count, (step, number)) in steps.into_iter().enumerate() {
                // Once it changes, to more or to less.
                let limit = if count < 15 { limits.0 } else { limits.1 };
                time += step << SHIFT;
                ring.push(Time::from_raw(time), [number, -number].into_iter(), limit);
                plain.push_back((Time::from_raw(time), number.to_bits(), (-number).to_bits()));
                plain.drain(..plain.len().saturating_sub(limit));
                prop_assert!(rows(&ring).into_iter().map(|(t, a, b)| (t, a.to_bits(), b.to_bits())).eq(plain.clone()));
                prop_assert!(ring.words.capacity() <= 5 * limit, "{} words", ring.words.capacity());
            }
        }
    }

    #[test]
    fn times_that_are_far_apart_move_the_beginning() {
        let mut ring = Ring::new(2);
        let days = [0, 1, 30, 40, 70, 80, 1000];
        let kept: Vec<Vec<u64>> = days
            .iter()
            .map(|&day| {
                ring.push(Time::from_secs(day * DAY), [day as f64, 0.0].into_iter(), 4);
                rows(&ring).iter().map(|(time, _, _)| time.as_secs() / DAY).collect()
            })
            .collect();
        let expected: [&[u64]; 7] =
            [&[0], &[0, 1], &[0, 1, 30], &[0, 1, 30, 40], &[30, 40, 70], &[40, 70, 80], &[1000]];
        assert_eq!(kept[..4], expected[..4]);
        assert_eq!(kept[4..6], [vec![30, 40, 70], vec![40, 70, 80]]);
        assert_eq!(kept[6], expected[6]);
        assert_eq!(rows(&ring)[0].1, 1000.0);
    }
}
