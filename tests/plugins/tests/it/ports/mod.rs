//! Sample plugins that are ports of collectd's own: each beside the original.

mod cpu;
mod csv;
mod filters;
mod load;
mod memory;
mod threshold;

use std::collections::BTreeMap;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, wait_until};

use crate::support::so;

/// `plugin[-instance]/type[-instance]` of each metric, without `_rs`, with its rows of (time, values).
type Metrics = BTreeMap<String, Vec<(String, String)>>;

/// How long to wait for a daemon on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon that loads collectd's own plugin and the port of it, with the same configuration, and writes what they
/// read.
fn side_by_side(plugin: &str, config: &str) -> Builder {
    let port = format!("{plugin}_rs");
    let mut builder = Daemon::builder().load("csv").load(plugin).load_so(so(&port), &port);
    if !config.is_empty() {
        builder =
            builder.conf(&format!("<Plugin {plugin}>\n{config}\n</Plugin>\n<Plugin {port}>\n{config}\n</Plugin>"));
    }
    builder.interval(Duration::from_millis(100)).hostname("here")
}

/// What the original and the port have written so far.
fn metrics(daemon: &Daemon, plugin: &str) -> [Metrics; 2] {
    let mut found = [Metrics::new(), Metrics::new()];
    for (name, rows) in daemon.csv_rows() {
        let (dispatcher, type_) = name.strip_prefix("here/").and_then(|name| name.split_once('/')).expect("our host");
        let (dispatcher, instance) = dispatcher.split_once('-').unwrap_or((dispatcher, ""));
        let port = dispatcher.strip_suffix("_rs");
        assert_eq!(port.unwrap_or(dispatcher), plugin, "{name}");
        found[usize::from(port.is_some())].insert(format!("{plugin}-{instance}/{type_}"), rows);
    }
    found
}

/// The same when both have written at least so many rows of these metrics.
fn wait_metrics(daemon: &Daemon, plugin: &str, names: &[&str], rows: usize) -> [Metrics; 2] {
    wait_until(&format!("{rows} rows of {names:?}"), PATIENCE, || {
        let found = metrics(daemon, plugin);
        let enough =
            |metrics: &Metrics| names.iter().all(|name| metrics.get(*name).is_some_and(|all| all.len() >= rows));
        found.iter().all(enough).then_some(found)
    })
}

/// The values of each metric alone.
fn values(metrics: &Metrics) -> BTreeMap<&str, Vec<&str>> {
    metrics.iter().map(|(name, rows)| (name.as_str(), rows.iter().map(|row| row.1.as_str()).collect())).collect()
}
