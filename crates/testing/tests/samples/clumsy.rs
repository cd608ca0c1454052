//! Everything that it does fails.

use collectd::prelude::*;

pub(crate) struct Clumsy;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default)]
    unwilling: bool,
}

impl Plugin for Clumsy {
    const NAME: &'static str = "clumsy";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        log::warn!("here I am");
        if config.unwilling {
            return Err("not me".parse::<u32>().map_err(Error::from).unwrap_err());
        }
        Ok(Clumsy)
    }
}

impl Read for Clumsy {
    fn read(&self) -> Result {
        collectd::notice!("dropping it");
        Values::new("no such type").gauge(1.0).dispatch()?;
        Ok(())
    }
}

impl Shutdown for Clumsy {
    fn shutdown(&self) -> Result {
        panic!("%n and\nout")
    }
}
