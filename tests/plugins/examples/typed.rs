//! Brings a type of its own, and logs what the daemon knows about types.
#![forbid(unsafe_code)]

use collectd::data_set;
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(default)]
    show: Vec<String>,
}

struct Typed(Config);

impl Plugin for Typed {
    const NAME: &'static str = "typed";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Typed(config))
    }
}

impl Read for Typed {
    fn read(&self) -> Result {
        for type_ in &self.0.show {
            match data_set::find(type_) {
                Some(set) => {
                    let sources = set.sources().iter();
                    let shown: Vec<_> =
                        sources.map(|s| format!("{} {} {:?} {:?}", s.name, s.kind, s.min, s.max)).collect();
                    log::info!("{}: {}", set.type_(), shown.join(", "));
                }
                None => log::info!("{type_} is not there"),
            }
        }
        Values::new("rust_fan").gauge(1200.0).derive(-7).dispatch()?;
        Ok(())
    }
}

collectd::module!(|module: &mut Module| {
    module.data_set("rust_fan  speed:GAUGE:0:U, starts:DERIVE:-0.5:1e300".parse()?);
    module.plugin::<Typed>().read().register()?;
    Ok(())
});
