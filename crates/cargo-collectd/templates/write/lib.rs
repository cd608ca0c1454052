//! Writes values as lines of a file.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use collectd::prelude::*;

/// What may stand in `<Plugin __name__>`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// The file to append to. Without a directory it is in the daemon's `BaseDir`.
    #[serde(default = "file")]
    file: PathBuf,
}

fn file() -> PathBuf {
    "__name__.txt".into()
}

struct __Name__ {
    file: Mutex<BufWriter<File>>,
}

impl Plugin for __Name__ {
    /// The daemon looks for a file of this name.
    const NAME: &'static str = "__name__";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let file = File::options()
            .append(true)
            .create(true)
            .open(&config.file)?;
        log::info!("writing to {}", config.file.display());
        Ok(__Name__ {
            file: Mutex::new(BufWriter::new(file)),
        })
    }
}

/// Called for each value list of every plugin, from several threads at once.
impl Write for __Name__ {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let line = line(values);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(file.write_all(line.as_bytes())?)
    }
}

/// Called when what is held back has to leave, at the end of the daemon among others.
impl Flush for __Name__ {
    fn flush(&self, _older_than: Option<Duration>, _identifier: Option<&Identifier>) -> Result {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(file.flush()?)
    }
}

/// As `1749238000.5 host/load/load 0.5 0.25 0.125`.
fn line(values: ValuesRef<'_>) -> String {
    let mut line = format!("{} {}", values.time().as_secs_f64(), values.identifier());
    for value in values.values() {
        line += &format!(" {value}");
    }
    line.push('\n');
    line
}

collectd::plugin!(__Name__: Write, Flush);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_time_name_and_values() {
        let values = Values::new("load")
            .host("h")
            .plugin("load")
            .time(Time::from_secs(7))
            .gauges([0.5, 0.25, 0.125]);
        assert_eq!(line(values.view()), "7 h/load/load 0.5 0.25 0.125\n");
    }
}
