//! Writes down everything that reaches the daemon's writers and those who hear notifications: every bit, and all
//! meta data. One line each, its fields separated by tabs, whatever is not plain ASCII in them escaped.
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use collectd::prelude::*;
use collectd::{IdentifierRef, MetaRef};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    file: PathBuf,
    /// As long as this file is there no notification is heard; whoever dispatches one waits for it.
    deaf_while: Option<PathBuf>,
}

struct Recorder {
    file: Mutex<File>,
    deaf_while: Option<PathBuf>,
}

impl Plugin for Recorder {
    const NAME: &'static str = "recorder";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let file = Mutex::new(File::create(config.file)?);
        Ok(Recorder { file, deaf_while: config.deaf_while })
    }
}

impl Recorder {
    fn record(&self, line: &str) -> Result {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(file.write_all(format!("{line}\n").as_bytes())?)
    }
}

impl Write for Recorder {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let (time, interval) = (values.time().to_raw(), values.interval().to_raw());
        let bits = |value: Value| format!("{}:{:016x}", value.kind().code(), value.to_bits());
        let bits: Vec<_> = values.values().map(bits).collect();
        let (names, meta) = (names(values.identifier()), meta(values.meta()));
        self.record(&format!("v\t{names}\t{time}\t{interval}\t{}\t{meta}", bits.join(" ")))
    }
}

impl Notify for Recorder {
    fn notify(&self, notification: NotificationRef<'_>) -> Result {
        while self.deaf_while.as_ref().is_some_and(|file| file.exists()) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let (time, severity) = (notification.time.to_raw(), notification.severity.code());
        let message = notification.message.escape_ascii();
        let (names, meta) = (names(notification.identifier), meta(notification.meta));
        self.record(&format!("n\t{names}\t{time}\t{severity}\t{message}\t{meta}"))
    }
}

fn names(identifier: IdentifierRef<'_>) -> String {
    identifier.names().map(|name| name.as_bytes().escape_ascii().to_string()).join("\t")
}

/// Sorted by name: their order means nothing.
fn meta(meta: MetaRef<'_>) -> String {
    let meta = meta.to_meta();
    let mut entries: Vec<_> =
        meta.iter().map(|(key, value)| format!("{key}={value:?}").escape_default().to_string()).collect();
    entries.sort();
    entries.join("\t")
}

collectd::plugin!(Recorder: Write, Notify);
