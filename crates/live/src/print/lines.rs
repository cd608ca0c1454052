//! JSON lines for those that write them elsewhere than to standard output.

use collectd_net::{ContentRef, ItemRef};
use collectd_types::TypesDb;

use super::entry::{Entry, Message, Origin};
use super::format::Exporter;
use super::json::Json;
use super::sources::Sources;

/// Writes what `--format json` writes.
pub(crate) struct JsonLines {
    json: Json,
    sources: Sources,
}

impl JsonLines {
    pub(crate) fn new(types: &TypesDb) -> Self {
        JsonLines { json: Json::new(false), sources: Sources::new(types) }
    }

    /// Appends the line of an item.
    pub(crate) fn push(&mut self, item: &ItemRef<'_>, out: &mut Vec<u8>) {
        let origin = Origin::of(item);
        match item.content() {
            ContentRef::Values(list) => {
                self.json.value_list(Entry { list, origin, set: self.sources.of(list), rates: None }, out);
            }
            ContentRef::Notification(notification) => {
                // It says everything.
                self.json.notification(Message { notification, origin }, out);
            }
        }
    }
}
