//! What `ReportStats` dispatches: the original's value lists, and ours about each server and listener.

use std::collections::HashSet;

use collectd::{Dispatch, DispatchError, Result, Values};

use crate::Network;
use crate::counters::{Incoming, Unused};
use crate::receive::Listener;
use crate::send::Server;

/// The plugin name that the original gives its statistics.
const PLUGIN: &str = "network";

/// A counter as a derive: far from the limit of either.
fn derive(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Network {
    /// Dispatches everything. What cannot be dispatched, because types.db lacks a type, keeps nothing else back.
    pub(crate) fn report(&self) -> Result {
        let mut report = Report { result: Ok(()), instances: Instances::default() };
        self.report_totals(&mut report);
        for listener in &self.listeners {
            report.listener(listener);
        }
        for server in self.senders.servers() {
            report.server(server);
        }
        Ok(report.result?)
    }

    /// The seven value lists of the original.
    fn report_totals(&self, report: &mut Report) {
        let incoming = || self.listeners.iter().map(Listener::counters);
        let received = |count: fn(&Incoming) -> u64| incoming().map(count).sum::<u64>();
        let servers = || self.senders.servers().map(Server::counters);
        let octets = [received(|c| c.octets.value()), servers().map(|c| c.octets.value()).sum()];
        let packets = [received(|c| c.packets.value()), servers().map(|c| c.packets.value()).sum()];
        report.dispatch(&plain("if_octets", "").derives(octets.map(derive)));
        report.dispatch(&plain("if_packets", "").derives(packets.map(derive)));
        for (instance, count) in [
            ("dispatch-accepted", received(|c| c.accepted.value())),
            ("dispatch-rejected", received(|c| c.value_of(Unused::Loop))),
            ("send-accepted", self.written.accepted.value()),
            ("send-rejected", self.written.rejected.value()),
            ("send-unfit", self.written.unfit.value()),
        ] {
            report.dispatch(&plain("total_values", instance).derive(derive(count)));
        }
        let waiting = received(Incoming::queue_length);
        report.dispatch(&plain("queue_length", "").gauge(waiting as f64));
    }
}

fn plain(type_: &str, type_instance: &str) -> Values {
    Values::new(type_).plugin(PLUGIN).type_instance(type_instance)
}

struct Report {
    result: Result<(), DispatchError>,
    instances: Instances,
}

impl Report {
    fn dispatch(&mut self, values: &Values) {
        let dispatched = values.dispatch();
        self.result = std::mem::replace(&mut self.result, Ok(())).and(dispatched);
    }

    fn listener(&mut self, listener: &Listener) {
        let counters = listener.counters();
        let name = self.instances.instance_of(listener.name());
        let own = |type_: &str, instance: &str| plain(type_, instance).plugin_instance(&name);
        self.dispatch(&own("if_octets", "").derives([derive(counters.octets.value()), 0]));
        self.dispatch(&own("if_packets", "").derives([derive(counters.packets.value()), 0]));
        self.dispatch(&own("total_values", "accepted").derive(derive(counters.accepted.value())));
        self.dispatch(&own("total_values", "notifications").derive(derive(counters.notifications.value())));
        for (why, count) in counters.values_dropped() {
            self.dispatch(&own("total_values", &format!("dropped-{why}")).derive(derive(count)));
        }
        for (why, count) in counters.packets_dropped() {
            self.dispatch(&own("packets", &format!("dropped-{why}")).derive(derive(count)));
        }
    }

    fn server(&mut self, server: &Server) {
        let counters = server.counters();
        let name = self.instances.instance_of(server.name());
        let own = |type_: &str, instance: &str| plain(type_, instance).plugin_instance(&name);
        self.dispatch(&own("if_octets", "").derives([0, derive(counters.octets.value())]));
        self.dispatch(&own("if_packets", "").derives([0, derive(counters.packets.value())]));
        self.dispatch(&own("packets", "lost").derive(derive(counters.lost.value())));
        self.dispatch(&own("packets", "refused").derive(derive(counters.refused.value())));
        self.dispatch(&own("queue_length", "").gauge(server.queue_length() as f64));
    }
}

/// The plugin instances of servers and listeners, of which no two are the same.
#[derive(Default)]
struct Instances(HashSet<Vec<u8>>);

impl Instances {
    /// A plugin instance of the name in the configuration: `Server "::1" "25826"` is `server-::1-25826`, and another
    /// one of that name has a `-2` behind it.
    fn instance_of(&mut self, name: &str) -> Vec<u8> {
        let name = name.replace("\" \"", "-").replace(" \"", "-").replace('"', "").replace('/', "_").to_lowercase();
        let numbers = std::iter::once(String::new()).chain((2..).map(|number| format!("-{number}")));
        let mut instances = numbers.map(|number| {
            let mut instance = name.clone().into_bytes();
            instance.truncate(collectd::Name::MAX_LEN - number.len());
            instance.extend(number.bytes());
            instance
        });
        let instance = instances.find(|instance| !self.0.contains(instance)).unwrap_or_default();
        self.0.insert(instance.clone());
        instance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who has a number before him looks it up there.
    #[test]
    fn every_reason_for_a_drop_is_in_the_documentation() {
        let page = include_str!("../../../docs/rust_network.md");
        let incoming = Incoming::default();
        let packets = incoming.packets_dropped().map(|(why, _)| format!("`packets/dropped-{why}`"));
        let values = incoming.values_dropped().map(|(why, _)| format!("`total_values/dropped-{why}`"));
        for name in packets.chain(values) {
            assert!(page.lines().any(|line| line.starts_with("| ") && line.contains(&name)), "{name}");
        }
    }

    #[test]
    fn instances_are_made_of_the_lines_of_the_configuration() {
        let mut instances = Instances::default();
        let mut instance = |name: &str| String::from_utf8(instances.instance_of(name)).unwrap();
        assert_eq!(instance("Server \"::1\" \"25826\""), "server-::1-25826");
        assert_eq!(instance("Listen \"*\" \"collectd\""), "listen-*-collectd");
        assert_eq!(instance("Server \"::1\" \"25826\""), "server-::1-25826-2");
        assert_eq!(instance("Server \"::1\" \"25826\""), "server-::1-25826-3");
        let long = format!("Server \"{}\" \"1\"", "x".repeat(200));
        let (one, two) = (instance(&long), instance(&long));
        assert_eq!((one.len(), two.len()), (127, 127));
        assert!(two.ends_with("x-2"), "{two}");
    }
}
