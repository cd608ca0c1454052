//! Round numbers for an axis.

/// An axis from one round number to another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Ticks {
    pub(super) low: f64,
    pub(super) high: f64,
    /// How many equal steps there are.
    pub(super) steps: u32,
}

impl Ticks {
    /// An axis for numbers from `low` to `high`, both finite, with about so many steps; for bytes, whose round numbers
    /// are others.
    pub(super) fn new(low: f64, high: f64, wanted: u32, is_binary: bool) -> Ticks {
        // Below this, half of a number may be nothing.
        let [low, high] = [low, high].map(|number| if number.abs() < 1e-300 { 0.0 } else { number });
        let (low, high) = widened(low, high);
        let wanted = wanted.max(1);
        let step = round_up((high - low) / f64::from(wanted), if is_binary { 1024.0 } else { 1000.0 });
        let (bottom, top) = ((low / step).floor() * step, (high / step).ceil() * step);
        let steps = ((top - bottom) / step).round();
        // Numbers so large or so near to each other that nothing between them is round.
        if !(1.0..=100.0).contains(&steps) || !bottom.is_finite() || !top.is_finite() {
            return Ticks { low, high, steps: 1 };
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 100")]
        let steps = steps as u32;
        Ticks { low: bottom, high: top, steps }
    }

    /// The number at a step.
    pub(super) fn at(self, step: u32) -> f64 {
        let part = f64::from(step) / f64::from(self.steps);
        let number = self.low * (1.0 - part) + self.high * part;
        // What is left of a difference of large numbers.
        if number.abs() < (self.high / 2.0 - self.low / 2.0) * 1e-9 { 0.0 } else { number }
    }

    /// Where a number is, from 0 at the bottom to 1 at the top.
    pub(super) fn part(self, number: f64) -> f64 {
        // Halves, because the difference of the largest numbers is infinite.
        (number / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
    }
}

/// From zero if that is not far, and with room where all numbers are the same.
fn widened(low: f64, high: f64) -> (f64, f64) {
    if low == high {
        return match low {
            0.0 => (0.0, 1.0),
            _ if low > 0.0 => (0.0, (low * 1.2).min(f64::MAX)),
            _ => ((low * 1.2).max(f64::MIN), 0.0),
        };
    }
    if low > 0.0 && low < 0.6 * high {
        (0.0, high)
    } else if high < 0.0 && high > 0.6 * low {
        (low, 0.0)
    } else {
        (low, high)
    }
}

/// The next of 1, 2, 5, 10, …, 500 times a power of `thousand`.
fn round_up(number: f64, thousand: f64) -> f64 {
    let power = thousand.powf(number.log(thousand).floor());
    let part = number / power;
    let rounds = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, thousand];
    rounds.into_iter().find(|round| part <= *round * (1.0 + 1e-9)).unwrap_or(thousand) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(low: f64, high: f64) -> (f64, f64, u32) {
        let Ticks { low, high, steps } = Ticks::new(low, high, 4, false);
        (low, high, steps)
    }

    #[test]
    fn axes_have_round_numbers() {
        assert_eq!(ticks(1.0, 97.0), (0.0, 100.0, 2));
        assert_eq!(ticks(21.0, 23.0), (21.0, 23.0, 4));
        assert_eq!(ticks(-3.0, 5.0), (-4.0, 6.0, 5));
        assert_eq!(ticks(0.0, 0.0), (0.0, 1.0, 2));
        assert_eq!(ticks(7.0, 7.0), (0.0, 10.0, 2));
        assert_eq!(ticks(-7.0, -7.0), (-10.0, 0.0, 2));
        let Ticks { low, high, steps } = Ticks::new(0.0, 3.5 * 1024.0 * 1024.0, 4, true);
        assert_eq!((low, high / 1024.0 / 1024.0, steps), (0.0, 4.0, 4));
    }

    #[test]
    fn any_numbers_make_an_axis() {
        let numbers =
            [f64::MIN, -1e300, -1.0, -5e-324, 0.0, 5e-324, 1.0, 1.0 + f64::EPSILON, 1e18, 1e18 + 128.0, f64::MAX];
        for low in numbers {
            for high in numbers.into_iter().filter(|high| *high >= low) {
                let axis = Ticks::new(low, high, 4, false);
                let parts = [low, high].map(|number| axis.part(number));
                assert!(parts.iter().all(|part| (-1e-9..=1.0 + 1e-9).contains(part)), "{low} {high}: {axis:?}");
                assert!((1..=100).contains(&axis.steps), "{low} {high}: {axis:?}");
                assert!(axis.at(0).is_finite() && axis.at(axis.steps).is_finite(), "{low} {high}: {axis:?}");
            }
        }
    }
}
