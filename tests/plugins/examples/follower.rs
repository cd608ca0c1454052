//! Follows the metrics whose type instance begins with `followed`.
#![forbid(unsafe_code)]

use collectd::prelude::*;

struct Follower;

impl Plugin for Follower {
    const NAME: &'static str = "follower";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Follower)
    }
}

impl Read for Follower {
    fn read(&self) -> Result {
        for instance in ["followed", "other"] {
            Values::new("gauge").type_instance(instance).gauge(1.5).dispatch()?;
        }
        Ok(())
    }
}

impl CacheEvent for Follower {
    fn subscribe(&self, values: ValuesRef<'_>) -> Result<bool> {
        log::info!("new {values}");
        match values.identifier().type_instance().to_string().as_str() {
            "error" => Err(Error::msg("not this one")),
            "panic" => panic!("anything but this one"),
            instance => Ok(instance.starts_with("followed")),
        }
    }

    fn update(&self, values: ValuesRef<'_>) -> Result {
        log::info!("update {values}");
        Ok(())
    }

    fn expired(&self, metric: MetricRef<'_>) -> Result {
        log::info!("expired {:?}", metric.identifier());
        Ok(())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        log::info!("the follower is gone");
    }
}

collectd::plugin!(Follower: Read, CacheEvent);
