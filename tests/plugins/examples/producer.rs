//! Dispatches value lists, many if told so.
#![forbid(unsafe_code)]

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// How many at each read.
    #[serde(default = "one")]
    lists: u32,
    /// How long the text of an entry of meta data is; without it there is no meta data.
    meta: Option<usize>,
}

fn one() -> u32 {
    1
}

struct Producer(Config);

impl Plugin for Producer {
    const NAME: &'static str = "producer";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Producer(config))
    }
}

impl Read for Producer {
    fn read(&self) -> Result {
        for index in 0..self.0.lists {
            let values = Values::new("derive").type_instance(index.to_string()).derive(index.into());
            let values = match self.0.meta {
                Some(len) => values.meta("text", "m".repeat(len)).meta("index", index),
                None => values,
            };
            values.dispatch()?;
        }
        Ok(())
    }
}

collectd::plugin!(Producer: Read);
