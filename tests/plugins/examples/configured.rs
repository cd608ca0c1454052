//! Logs its configuration, a typed struct.
#![forbid(unsafe_code)]

use collectd::prelude::*;

#[derive(Deserialize, Debug)]
#[expect(dead_code, reason = "shown as a whole")]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(rename = "$argument")]
    argument: Option<String>,
    #[serde(default = "eighty")]
    port: u16,
    #[serde(default)]
    report_relative: bool,
    #[serde(default)]
    node: Vec<Node>,
}

#[derive(Deserialize, Debug)]
#[expect(dead_code, reason = "shown as a whole")]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Node {
    #[serde(rename = "$argument")]
    name: String,
    weight: Option<f64>,
}

fn eighty() -> u16 {
    80
}

struct Configured;

impl Plugin for Configured {
    const NAME: &'static str = "configured";
    type Config = Config;

    fn check(config: &Config) -> Result {
        if config.port == 1 {
            return Err(Error::msg("Port: 1 is for tcpmux, 100% %s"));
        }
        Ok(())
    }

    fn new(config: Config) -> Result<Self> {
        log::info!("new {config:?}");
        Ok(Configured)
    }
}

impl Read for Configured {
    fn read(&self) -> Result {
        Ok(())
    }
}

collectd::plugin!(Configured: Read);
