//! Follows the metrics of the plugin `test`, until they are gone.

use collectd::prelude::*;

pub(crate) struct Watcher;

impl Plugin for Watcher {
    const NAME: &'static str = "watcher";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Watcher)
    }
}

impl CacheEvent for Watcher {
    fn subscribe(&self, values: ValuesRef<'_>) -> Result<bool> {
        let is_wanted = values.plugin() == "test";
        if is_wanted {
            log::info!("new {values}");
        }
        Ok(is_wanted)
    }

    fn update(&self, values: ValuesRef<'_>) -> Result {
        log::info!("update {values} {:?}", collectd::cache::rates(values.identifier()));
        Ok(())
    }

    fn expired(&self, metric: MetricRef<'_>) -> Result {
        log::info!("expired {}", metric.identifier());
        Ok(())
    }
}

impl Missing for Watcher {
    fn missing(&self, metric: MetricRef<'_>) -> Result<Missed> {
        if metric.identifier().plugin() == "test" {
            log::info!("missing {} since {}", metric.identifier(), metric.time().as_secs());
        }
        Ok(Missed::Continue)
    }
}
