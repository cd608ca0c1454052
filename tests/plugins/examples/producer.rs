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
    /// Whether it has an entry of each other kind too.
    #[serde(default)]
    all_kinds: bool,
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
            let values = match self.0.all_kinds {
                true => values.meta("signed", -7).meta("double", 1e20).meta("third", 1.0 / 3.0).meta("yes", true),
                false => values,
            };
            values.dispatch()?;
        }
        Ok(())
    }
}

collectd::plugin!(Producer: Read);
