//! The names of all series, to be searched without keeping the receiving thread waiting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use collectd_types::{IdentifierRef, NameRef};

use super::api::Words;
use super::shared::Shared;
use crate::store::SeriesId;

/// For how long one is good while series come and go.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// How many names are looked at before other connections have their turn.
const AT_ONCE: usize = 4096;

/// What a series adds at most: its names and what separates them, twice while it grows, and the rest of an entry.
pub(super) const BYTES: usize = 2 * (5 * 128 + size_of::<Entry>());

/// The names as they were at some time, in the order of the tree.
pub(super) struct Catalogue {
    revision: u64,
    made: Instant,
    /// All names in lower case, one after the other.
    text: Vec<u8>,
    entries: Vec<Entry>,
}

struct Entry {
    id: SeriesId,
    /// Where its names end.
    end: usize,
}

impl Catalogue {
    pub(super) fn empty() -> Self {
        Catalogue { revision: 0, made: Instant::now(), text: Vec::new(), entries: Vec::new() }
    }

    /// The series whose names have all these words: the first `limit`, and whether there are more.
    pub(super) async fn find(&self, words: &Words, limit: usize) -> (Vec<SeriesId>, bool) {
        let (mut found, mut start) = (Vec::new(), 0);
        for entries in self.entries.chunks(AT_ONCE) {
            for entry in entries {
                if words.are_in_text(&self.text[start..entry.end]) {
                    if found.len() == limit {
                        return (found, true);
                    }
                    found.push(entry.id);
                }
                start = entry.end;
            }
            tokio::task::yield_now().await;
        }
        (found, false)
    }

    fn push(&mut self, id: SeriesId, identifier: IdentifierRef<'_>) {
        write_text(identifier, &mut self.text);
        self.entries.push(Entry { id, end: self.text.len() });
    }
}

impl Shared {
    /// The names of all series, as of a second ago at most.
    pub(super) async fn catalogue(&self) -> Arc<Catalogue> {
        let (revision, last) = (self.store().revision(), self.last_catalogue());
        if last.revision == revision || (last.made.elapsed() < GOOD_FOR && !last.entries.is_empty()) {
            return last;
        }
        let mut catalogue = Catalogue { revision, ..Catalogue::empty() };
        self.each_series(None, |_, id, series| {
            catalogue.push(id, series.identifier());
            true
        })
        .await;
        let catalogue = Arc::new(catalogue);
        self.set_catalogue(catalogue.clone());
        catalogue
    }
}

/// Appends `host/plugin-instance/type-instance` in lower case.
pub(super) fn write_text(identifier: IdentifierRef<'_>, text: &mut Vec<u8>) {
    let start = text.len();
    let [host, plugin, plugin_instance, type_, type_instance] = identifier.names().map(NameRef::as_bytes);
    text.extend_from_slice(host);
    for (name, instance) in [(plugin, plugin_instance), (type_, type_instance)] {
        text.push(b'/');
        text.extend_from_slice(name);
        if !instance.is_empty() {
            text.push(b'-');
            text.extend_from_slice(instance);
        }
    }
    text[start..].make_ascii_lowercase();
}
