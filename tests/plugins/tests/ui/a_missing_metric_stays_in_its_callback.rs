use collectd::prelude::*;

struct Keeper;

impl Plugin for Keeper {
    const NAME: &'static str = "keeper";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Keeper)
    }
}

impl Missing for Keeper {
    fn missing(&self, metric: MetricRef<'_>) -> Result<Missed> {
        keep(metric);
        Ok(Missed::Continue)
    }
}

impl CacheEvent for Keeper {
    fn subscribe(&self, _: ValuesRef<'_>) -> Result<bool> {
        Ok(true)
    }

    fn expired(&self, metric: MetricRef<'_>) -> Result {
        keep(metric);
        Ok(())
    }
}

fn keep(_for_ever: MetricRef<'static>) {}

fn main() {}
