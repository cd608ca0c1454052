//! Reads how many files the system has open.

use std::fs;
use std::path::PathBuf;

use collectd::prelude::*;

/// What may stand in `<Plugin __name__>`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// The file with the numbers.
    #[serde(default = "file_nr")]
    path: PathBuf,
    /// Whether to report how many there can be.
    #[serde(default)]
    report_max: bool,
}

fn file_nr() -> PathBuf {
    "/proc/sys/fs/file-nr".into()
}

struct __Name__ {
    config: Config,
}

impl Plugin for __Name__ {
    /// The daemon looks for a file of this name.
    const NAME: &'static str = "__name__";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        log::info!("reading {}", config.path.display());
        Ok(__Name__ { config })
    }
}

impl Read for __Name__ {
    fn read(&self) -> Result {
        let text = fs::read_to_string(&self.config.path)?;
        let [used, unused, max] =
            numbers(&text).ok_or_else(|| Error::msg("there are not three numbers"))?;
        let mut all = vec![("used", used), ("unused", unused)];
        if self.config.report_max {
            all.push(("max", max));
        }
        for (name, number) in all {
            Values::new("file_handles")
                .type_instance(name)
                .gauge(number)
                .dispatch()?;
        }
        Ok(())
    }
}

/// Three numbers with space between them.
fn numbers(text: &str) -> Option<[f64; 3]> {
    let mut numbers = text.split_whitespace().map(|word| word.parse().ok());
    Some([numbers.next()??, numbers.next()??, numbers.next()??])
}

collectd::plugin!(__Name__: Read);

#[cfg(test)]
mod tests {
    use collectd_testing::Host;

    use super::*;

    #[test]
    fn three_numbers_are_needed() {
        assert_eq!(
            numbers("1632\t0\t2466170\n"),
            Some([1632.0, 0.0, 2_466_170.0])
        );
        assert_eq!(numbers("1632 0"), None);
        assert_eq!(numbers("1632 none 0"), None);
    }

    #[test]
    fn the_daemon_gets_as_many_as_configured() {
        for (config, count) in [("", 2), ("ReportMax true", 3)] {
            let config = format!("<Plugin __name__>\n{config}\n</Plugin>");
            let mut host = Host::start(module_register, &config);
            host.read();
            assert_eq!(host.take_values().len(), count);
            host.shutdown();
        }
    }
}
