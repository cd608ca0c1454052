use collectd::filter::Match;
use collectd::prelude::*;

struct Config {
    port: u16,
}

struct Port(u16);

impl Match for Port {
    const NAME: &'static str = "port";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Port(config.port))
    }

    fn matches(&self, values: ValuesRef<'_>) -> Result<bool> {
        Ok(values.type_instance() == self.0.to_string().as_str())
    }
}

fn main() {}
