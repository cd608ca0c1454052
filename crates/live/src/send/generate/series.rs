//! Series that are made up: each value follows from the seed and its number, so that nothing has to be remembered.

use collectd_net::{Interval, Notification, Time, Values};
use collectd_types::Value;

use super::templates::{Metric, Source, TEMPLATES};

/// The longest time in which a gauge goes up and down, in intervals.
const LONGEST_PERIOD: u64 = 120;

/// All series: those of a host one after another, as a daemon sends them, and of them those of a plugin.
pub(super) struct Traffic {
    pub(super) hosts: u64,
    pub(super) plugins: u64,
    pub(super) series: u64,
    pub(super) interval: Interval,
    pub(super) seed: u64,
}

/// Which series of which plugin of which host.
struct Place {
    host: u64,
    plugin: u64,
    slot: u64,
}

impl Traffic {
    /// The value list of a series in this interval, counted from 0.
    pub(super) fn values(&self, series: u64, round: u64, time: Time) -> Values {
        let Place { host, plugin, slot } = self.place(series);
        let template = &TEMPLATES[to_index(plugin) % TEMPLATES.len()];
        let metrics = template.metrics.len();
        let (instance, Metric(type_, type_instance, sources)) =
            (to_index(slot) / metrics, &template.metrics[to_index(slot) % metrics]);
        let mut values = Values::new(type_).host(format!("host{host:04}")).time(time).interval(self.interval);
        values = if plugin < TEMPLATES.len() as u64 {
            values.plugin(template.plugin)
        } else {
            values.plugin(format!("{}{plugin:03}", template.plugin))
        };
        values = match template.instance {
            Some(prefix) => values.plugin_instance(format!("{prefix}{instance}")),
            None if instance > 0 => values.plugin_instance(format!("{instance}")),
            None => values,
        };
        let numbers = (0..).zip(*sources).map(|(index, source)| self.value(*source, series, index, round));
        values.type_instance(type_instance).values(numbers)
    }

    /// What somebody could have to say about such a value list.
    pub(super) fn notification(
        &self,
        values: &Values,
        number: u64,
    ) -> Result<Notification, collectd_types::FieldError> {
        let view = values.view();
        let value = view.value(0).map_or(f64::NAN, Value::as_f64);
        let message =
            |what: &str| format!("Host {}, plugin {}: the value is {value}, {what}.", view.host(), view.plugin());
        let notification = match self.random([u64::MAX, number, 0]) % 4 {
            0 => Notification::failure(message("which is too much")),
            1 => Notification::warning(message("which is much")),
            _ => Notification::okay(message("all is well")),
        };
        notification.identifier(view.identifier()).time(view.time()).build()
    }

    fn place(&self, series: u64) -> Place {
        // The first series of a part of a whole that is split as evenly as can be.
        let first =
            |part: u64, parts: u64, whole: u64| (u128::from(part) * u128::from(whole)).div_ceil(u128::from(parts));
        let part = |number: u64, parts: u64, whole: u64| {
            let part = u128::from(number) * u128::from(parts) / u128::from(whole);
            let part = u64::try_from(part).unwrap_or(u64::MAX);
            (part, number - u64::try_from(first(part, parts, whole)).unwrap_or(number))
        };
        let (host, on_host) = part(series, self.hosts, self.series);
        let count = first(host + 1, self.hosts, self.series) - first(host, self.hosts, self.series);
        let (plugin, slot) = part(on_host, self.plugins, u64::try_from(count).unwrap_or(u64::MAX));
        Place { host, plugin, slot }
    }

    fn value(&self, source: Source, series: u64, index: u64, round: u64) -> Value {
        let own = self.random([series, index, 1]);
        let now = self.random([series, index, round.wrapping_add(2)]);
        match source {
            Source::Gauge(low, high) => {
                // Up and down in straight lines, and a tenth of noise. No function that is not exact: it is to be the
                // same everywhere.
                let period = 8 + own % LONGEST_PERIOD;
                let at = (own >> 32).wrapping_add(round) % period;
                let wave = (2.0 * at as f64 / period as f64 - 1.0).abs();
                let noise = (now >> 11) as f64 / (1u64 << 53) as f64;
                Value::Gauge(low + (high - low) * (0.9 * wave + 0.1 * noise))
            }
            Source::Derive(per_second) => {
                // No two steps overlap, so that it never falls.
                let step = ((u128::from(per_second) * u128::from(self.interval.to_raw())) >> 30).max(1);
                let step = u64::try_from(step).unwrap_or(u64::MAX);
                let base = own % per_second.saturating_mul(1_000_000).max(1);
                let grown = base.wrapping_add(step.wrapping_mul(round)).wrapping_add(now % step);
                Value::Derive((grown & (u64::MAX >> 1)).cast_signed())
            }
        }
    }

    /// A number that looks like any other, and is always the same for the same seed: the mixing of SplitMix64.
    fn random(&self, what: [u64; 3]) -> u64 {
        what.iter().fold(self.seed, |state, part| {
            let mixed = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        })
    }
}

/// Of a number that is smaller than a count of something in memory.
fn to_index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn traffic(hosts: u64, plugins: u64, series: u64) -> Traffic {
        Traffic { hosts, plugins, series, interval: Interval::from_secs(10), seed: 7 }
    }

    #[test]
    fn there_are_as_many_series_hosts_and_plugins_as_asked_for() {
        for (hosts, plugins, series) in
            [(1, 1, 1), (10, 20, 5000), (7, 3, 1000), (5, 45, 2500), (10, 20, 25), (9, 2, 4)]
        {
            let traffic = traffic(hosts, plugins, series);
            let all: Vec<_> = (0..series).map(|number| traffic.values(number, 0, Time::from_secs(1))).collect();
            let distinct = |of: fn(&Values) -> String| all.iter().map(of).collect::<BTreeSet<_>>().len() as u64;
            assert_eq!(distinct(|values| values.identifier().view().to_string()), series, "{hosts} {plugins} {series}");
            assert_eq!(distinct(|values| values.view().host().to_string()), hosts.min(series));
            let per_host = series / hosts;
            let seen = distinct(|values| values.view().plugin().to_string());
            assert!(seen == plugins || per_host < plugins && seen <= plugins, "{seen} of {plugins}");
            assert!(all.iter().all(|values| values.check().is_ok()));
        }
    }

    #[test]
    fn a_host_sends_its_series_together() {
        let traffic = traffic(10, 20, 1000);
        let host = |number| traffic.values(number, 0, Time::UNSET).view().host().to_string();
        assert!((0..1000).all(|number| host(number) == format!("host{:04}", number / 100)));
    }

    #[test]
    fn derives_grow_and_gauges_stay_in_their_limits() {
        let traffic = traffic(1, 20, 200);
        let mut last = BTreeMap::new();
        for round in 0..500 {
            for series in 0..200 {
                let values = traffic.values(series, round, Time::from_secs(1));
                for (index, value) in values.view().values().enumerate() {
                    match value {
                        Value::Derive(now) => {
                            let before = last.insert((series, index), now);
                            assert!(before.is_none_or(|before| before <= now), "{values}");
                        }
                        Value::Gauge(now) => assert!((0.0..1e12).contains(&now), "{values}"),
                        other => panic!("{other:?}"),
                    }
                }
            }
        }
        assert!(last.len() > 50);
    }

    #[test]
    fn the_seed_decides() {
        let list = |seed| (Traffic { seed, ..traffic(3, 20, 300) }).values(123, 4, Time::from_secs(1));
        assert_eq!(list(1), list(1));
        assert_ne!(list(1), list(2));
    }
}
