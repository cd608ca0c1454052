//! What became of all that came, as JSON.

use collectd_types::Kind;
use serde::Serialize;

use super::api::seconds;
use super::shared::Shared;

#[derive(Serialize)]
pub(super) struct Statistics {
    version: &'static str,
    /// The time that counts as now, and since when this is served.
    now: f64,
    started: f64,
    value_lists: u64,
    notifications: u64,
    packets: u64,
    bytes: u64,
    malformed: u64,
    refused: u64,
    incomplete: u64,
    /// By the kernel, because packets came faster than they were read.
    dropped: u64,
    receive_errors: u64,
    series: usize,
    hosts: usize,
    hosts_silent: usize,
    /// The limits: of series (of which each value of a list counts as one), of points of each, and the memory that all
    /// takes at most.
    max_series: usize,
    max_points: usize,
    max_bytes: usize,
    /// Value lists beyond the limit; those that made no point because they were late; silent series that made room.
    beyond: u64,
    late: u64,
    forgotten: u64,
    /// Changes when series come or go.
    revision: u64,
    /// Seconds for which the receiving thread waited for readers, in all.
    waited: f64,
}

impl Statistics {
    pub(super) fn of(shared: &Shared) -> Self {
        let (received, hosts_silent) = (shared.received(), shared.hosts_silent());
        let store = shared.store();
        let (source, kept, limits) = (&received.statistics, store.statistics(), store.limits());
        Statistics {
            version: env!("CARGO_PKG_VERSION"),
            now: seconds(shared.now(&store)),
            started: seconds(shared.started),
            value_lists: source.reader.value_lists,
            notifications: source.reader.notifications,
            packets: source.reader.packets,
            bytes: source.reader.bytes,
            malformed: source.reader.malformed(),
            refused: source.reader.refused(),
            incomplete: source.reader.incomplete,
            dropped: source.dropped,
            receive_errors: source.receive_errors,
            series: store.len(),
            hosts: store.hosts().len(),
            hosts_silent,
            max_series: limits.series,
            max_points: limits.points,
            max_bytes: super::most_bytes(limits),
            beyond: kept.beyond,
            late: kept.late,
            forgotten: kept.forgotten,
            revision: store.revision(),
            waited: received.waited.as_secs_f64(),
        }
    }

    /// The numbers that are worth a graph of their own: name, meaning, kind.
    pub(super) fn numbers(&self) -> [(&'static str, &'static str, Kind, u64); 12] {
        let gauge = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        [
            ("value_lists", "Value lists received.", Kind::Counter, self.value_lists),
            ("notifications", "Notifications received.", Kind::Counter, self.notifications),
            ("packets", "Packets received.", Kind::Counter, self.packets),
            ("bytes", "Bytes of these packets.", Kind::Counter, self.bytes),
            (
                "dropped",
                "Packets that the kernel dropped, most because they came too fast.",
                Kind::Counter,
                self.dropped,
            ),
            ("malformed", "Packets, or parts of them, that are damaged.", Kind::Counter, self.malformed),
            ("refused", "Packets, or parts of them, of the wrong user or password.", Kind::Counter, self.refused),
            ("beyond", "Value lists that found no room for their series.", Kind::Counter, self.beyond),
            ("late", "Value lists not later than the one before of their series.", Kind::Counter, self.late),
            ("series", "Series remembered.", Kind::Gauge, gauge(self.series)),
            ("hosts", "Hosts that these are of.", Kind::Gauge, gauge(self.hosts)),
            ("hosts_silent", "Hosts all of whose series are silent.", Kind::Gauge, gauge(self.hosts_silent)),
        ]
    }
}
