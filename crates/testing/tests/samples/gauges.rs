//! Dispatches what it is told, at times of its own.

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Gauges {
    #[serde(default)]
    value: Vec<f64>,
    #[serde(default)]
    instance: String,
}

impl Plugin for Gauges {
    const NAME: &'static str = "gauges";
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        log::info!("{} values", config.value.len());
        Ok(config)
    }
}

impl Read for Gauges {
    fn read(&self) -> Result {
        let time = Time::from_secs(1_500_000_000);
        for (index, value) in self.value.iter().enumerate() {
            let list = Values::new("gauge").plugin_instance(&self.instance).type_instance(index.to_string()).time(time);
            list.gauge(*value).meta("index", u64::try_from(index)?).dispatch()?;
        }
        Values::new("if_octets").time(time).interval(Interval::from_secs(3)).derives([1, -1]).dispatch()?;
        Values::new("gauge").type_instance("two").gauges([1.0, 2.0]).dispatch()?;
        Ok(())
    }
}
