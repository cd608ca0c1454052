//! What the sample plugin `recorder` wrote down.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;

use collectd_test_daemon::{Builder, Daemon};

use super::load_sample;

/// A value list or a notification as a daemon's plugins got it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record {
    /// All that came from whoever made it, each field escaped: what it is, five names, and the rest.
    pub(crate) content: Vec<String>,
    /// What the daemon that got it knows about where it came from.
    pub(crate) meta: BTreeMap<String, String>,
}

/// Names, time, interval or severity, values or message.
const FIELDS: usize = 1 + 5 + 3;

impl Record {
    fn of_line(line: &str) -> Record {
        let mut fields = line.split('\t').map(str::to_owned);
        let content: Vec<_> = fields.by_ref().take(FIELDS).collect();
        assert_eq!(content.len(), FIELDS, "{line:?}");
        let entries = fields.filter(|entry| !entry.is_empty());
        let meta = entries.map(|entry| {
            let (key, value) = entry.split_once('=').expect("key=value");
            (key.to_owned(), value.to_owned())
        });
        Record { content, meta: meta.collect() }
    }

    pub(crate) fn is_notification(&self) -> bool {
        self.content[0] == "n"
    }

    pub(crate) fn host(&self) -> &str {
        &self.content[1]
    }

    /// As in an identifier, escaped.
    pub(crate) fn name(&self) -> String {
        let [host, plugin, plugin_instance, type_, type_instance] = &self.content[1..6] else { unreachable!() };
        let dash = |instance: &str| if instance.is_empty() { String::new() } else { format!("-{instance}") };
        format!("{host}/{plugin}{}/{type_}{}", dash(plugin_instance), dash(type_instance))
    }

    /// The numbers of the kinds and the bits.
    pub(crate) fn values(&self) -> &str {
        &self.content[8]
    }

    /// The text of an entry of the meta data.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        let value = self.meta.get(key)?;
        Some(value.strip_prefix("String(\\\"").and_then(|value| value.strip_suffix("\\\")")).expect("a text"))
    }

    /// Who signed or encrypted it; empty if nobody did.
    pub(crate) fn user(&self) -> &str {
        self.text("network:username").unwrap_or_default()
    }

    /// The address that it came from.
    pub(crate) fn address(&self) -> &str {
        self.text("network:ip_address").unwrap_or_default()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.content.join(" | "), self.meta)
    }
}

/// Has a daemon write everything down.
pub(crate) fn add_recorder(builder: Builder) -> Builder {
    load_sample(builder, "recorder", "File \"@DIR@/record\"")
}

/// What it wrote down so far, in order.
pub(crate) fn records(daemon: &Daemon) -> Vec<Record> {
    let text = fs::read_to_string(daemon.dir().join("record")).unwrap_or_default();
    // The last line may be half written.
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    complete.lines().map(Record::of_line).collect()
}

/// Value lists alone.
pub(crate) fn recorded_values(daemon: &Daemon) -> Vec<Record> {
    records(daemon).into_iter().filter(|record| !record.is_notification()).collect()
}

/// Notifications alone.
pub(crate) fn recorded_notifications(daemon: &Daemon) -> Vec<Record> {
    records(daemon).into_iter().filter(Record::is_notification).collect()
}
