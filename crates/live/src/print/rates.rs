//! Rates of what is counted.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use collectd_net::{Time, Value, ValuesRef};

/// How long a series may be silent and still keep its place while others have none.
const SILENCE: Duration = Duration::from_secs(600);

/// How often it is looked whether somebody is silent.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// What is known of each series, of as many as there may be.
pub(super) struct Rates {
    series: HashMap<Box<[u8]>, Series>,
    max_series: usize,
    /// How many value lists had no place.
    left_out: u64,
    looked: Instant,
    key: Vec<u8>,
    rates: Vec<f64>,
}

struct Series {
    time: Time,
    values: Box<[Value]>,
    heard: Instant,
}

impl Rates {
    pub(super) fn new(max_series: usize) -> Self {
        let (series, key, rates) = (HashMap::new(), Vec::new(), Vec::new());
        Rates { series, max_series, left_out: 0, looked: Instant::now(), key, rates }
    }

    /// A rate for each value, of gauges the value itself; NaN where it is not known yet, or the time has not gone on.
    pub(super) fn of(&mut self, list: ValuesRef<'_>) -> &[f64] {
        self.key.clear();
        for name in list.identifier().names() {
            self.key.extend_from_slice(name.as_bytes());
            // No name has one.
            self.key.push(0);
        }
        self.rates.clear();
        let now = Instant::now();
        if let Some(series) = self.series.get_mut(&self.key[..]) {
            series.heard = now;
            let elapsed = list.time().since(series.time);
            let same = series.values.len() == list.data().len();
            let earlier = series.values.iter().filter(|_| same);
            let rates = list.values().zip(earlier).map(|(value, earlier)| value.rate_since(*earlier, elapsed));
            self.rates.extend(rates.map(|rate| rate.unwrap_or(f64::NAN)));
            if !same {
                series.values = list.values().collect();
            } else if list.time() > series.time {
                series.values.iter_mut().zip(list.values()).for_each(|(place, value)| *place = value);
            }
            series.time = series.time.max(list.time());
        } else if self.has_room(now) {
            let series = Series { time: list.time(), values: list.values().collect(), heard: now };
            self.series.insert(self.key[..].into(), series);
        } else {
            self.left_out += 1;
        }
        self.rates.resize(list.data().len(), f64::NAN);
        &self.rates
    }

    /// Of how many value lists the rate is not known because there were too many series.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    fn has_room(&mut self, now: Instant) -> bool {
        if self.series.len() >= self.max_series && now - self.looked >= LOOK_EVERY {
            self.looked = now;
            self.series.retain(|_, series| now - series.heard < SILENCE);
        }
        self.series.len() < self.max_series
    }
}

#[cfg(test)]
mod tests {
    use collectd_net::Values;

    use super::*;

    fn at(time: u64) -> Values {
        Values::new("t").host("h").plugin("p").time(Time::from_secs(time))
    }

    #[test]
    fn rates_are_between_values_of_the_same_series() {
        let mut rates = Rates::new(10);
        let first = rates.of(at(10).derive(100).counter(u64::MAX).absolute(5).gauge(7.0).view()).to_vec();
        assert!(first.iter().all(|rate| rate.is_nan()), "{first:?}");
        assert!(rates.of(at(10).type_instance("x").derive(1).view())[0].is_nan());
        assert_eq!(rates.of(at(20).derive(50).counter(9).absolute(5).gauge(7.5).view()), [-5.0, 1.0, 0.5, 7.5]);
        // What is late says nothing, and what comes next is measured from the last.
        assert!(rates.of(at(15).derive(1000).counter(9).absolute(5).gauge(7.5).view())[0].is_nan());
        assert_eq!(rates.of(at(30).derive(60).counter(9).absolute(5).gauge(7.5).view())[0], 1.0);
        // Another number of values, and another kind.
        assert!(rates.of(at(40).derive(1).view())[0].is_nan());
        assert!(rates.of(at(50).counter(1).view())[0].is_nan());
        assert_eq!(rates.of(at(60).counter(11).view()), [1.0]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut rates = Rates::new(2);
        let list = |time, name: &str| at(time).type_instance(name).derive(time.try_into().unwrap());
        for time in [10, 20, 30] {
            for name in ["a", "b", "c"] {
                let rate = rates.of(list(time, name).view())[0];
                assert_eq!(rate.is_nan(), time == 10 || name == "c", "{time} {name}");
            }
        }
        assert_eq!((rates.series.len(), rates.left_out()), (2, 3));
        rates.looked = Instant::now().checked_sub(LOOK_EVERY).unwrap();
        rates.series.values_mut().for_each(|series| series.heard = Instant::now().checked_sub(SILENCE).unwrap());
        rates.of(list(40, "c").view());
        assert_eq!(rates.series.len(), 1, "who is silent gives way");
    }
}
