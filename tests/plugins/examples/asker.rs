//! At each read, passes a value to writers directly and asks plugins to flush; logs what came of it.
#![forbid(unsafe_code)]

use std::time::Duration;

use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// To whom; without it, to all.
    writer: Option<String>,
    #[serde(default = "gauge")]
    r#type: String,
    /// Whom to ask to flush.
    flush: Option<String>,
    #[serde(default)]
    older_than: Option<f64>,
    identifier: Option<String>,
}

fn gauge() -> String {
    "gauge".to_owned()
}

struct Asker(Config);

impl Plugin for Asker {
    const NAME: &'static str = "asker";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Asker(config))
    }
}

impl Read for Asker {
    fn read(&self) -> Result {
        let values = Values::new(&self.0.r#type).type_instance("/a/b").gauge(42.5);
        let result = match &self.0.writer {
            Some(writer) => values.write_to(writer),
            None => values.write_to_all(),
        };
        match result {
            Ok(()) => log::info!("written"),
            Err(error) => log::info!("not written: {error}"),
        }
        if let Some(plugin) = &self.0.flush {
            let identifier: Option<Identifier> = self.0.identifier.as_deref().map(str::parse).transpose()?;
            collectd::flush(Some(plugin), self.0.older_than.map(Duration::from_secs_f64), identifier.as_ref());
        }
        Ok(())
    }
}

collectd::plugin!(Asker: Read);
