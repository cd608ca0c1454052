//! Takes the daemon's log, and writes what is bad enough to a file.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use collectd::Escaped;
use collectd::prelude::*;

/// What may stand in `<Plugin __name__>`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// The file to append to. Without a directory it is in the daemon's `BaseDir`.
    #[serde(default = "file")]
    file: PathBuf,
    /// Whether to write what is merely worth knowing, too.
    #[serde(default)]
    verbose: bool,
}

fn file() -> PathBuf {
    "__name__.log".into()
}

struct __Name__ {
    file: File,
    worst: LogLevel,
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
        Ok(__Name__ {
            file,
            worst: if config.verbose {
                LogLevel::Debug
            } else {
                LogLevel::Warning
            },
        })
    }
}

impl Log for __Name__ {
    fn log(&self, level: LogLevel, message: &str) -> Result {
        // Levels are ordered with the worst first.
        if level <= self.worst {
            // One call of the system for each line, so that lines of several threads do not mix.
            (&self.file).write_all(line(level, message).as_bytes())?;
        }
        Ok(())
    }
}

/// What a message has in it is text: no line of it looks like another message.
fn line(level: LogLevel, message: &str) -> String {
    format!("{level:?}: {}\n", Escaped(message.as_bytes()))
}

collectd::plugin!(__Name__: Log);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(
            line(LogLevel::Warning, "disk full\nError: no"),
            "Warning: disk full\\x0aError: no\n"
        );
    }
}
