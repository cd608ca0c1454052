//! What our own receiver makes of a packet: what is shown must be what it does.

use std::collections::HashMap;

use collectd_net::{ContentRef, DecodeError, DecodeErrorKind, KeyRing};
use collectd_types::{Time, TypesDb};
use collectd_wire::{Items, Opener};

use super::text::Quoted;

/// All that came of a packet.
pub(super) struct Seen {
    /// By where the part ends that completed them.
    items: HashMap<usize, Item>,
    /// By where the part begins.
    errors: HashMap<usize, DecodeErrorKind>,
    pub(super) value_lists: usize,
    pub(super) notifications: usize,
}

/// A value list or notification.
pub(super) struct Item {
    pub(super) text: String,
    pub(super) time: Time,
    /// Why collectd will not take it in the end.
    pub(super) trouble: Option<String>,
}

impl Seen {
    /// Reads a packet; what is encrypted in it is decrypted where it lies.
    pub(super) fn of(packet: &mut [u8], opener: &mut Opener, keys: Option<&KeyRing>, types: &TypesDb) -> Seen {
        let mut seen = Seen { items: HashMap::new(), errors: HashMap::new(), value_lists: 0, notifications: 0 };
        let mut items = opener.open(keys, packet);
        while let Some(item) = items.next() {
            match item {
                Ok(item) => seen.add(item, &items, types),
                Err(DecodeError { offset, kind, .. }) => {
                    seen.errors.insert(offset, kind);
                }
            }
        }
        seen
    }

    fn add(&mut self, item: ContentRef<'_>, items: &Items<'_>, types: &TypesDb) {
        let (what, trouble) = match item {
            ContentRef::Values(values) => {
                self.value_lists += 1;
                let check = if types.is_empty() { None } else { types.check(values).err() };
                ("value list", check.map(|error| error.to_string()))
            }
            ContentRef::Notification(_) => {
                self.notifications += 1;
                ("notification", None)
            }
        };
        let origin = items.origin();
        let how = match (origin.is_signed(), origin.is_encrypted()) {
            (false, false) => "",
            (true, false) => ", signed",
            (false, true) => ", encrypted",
            (true, true) => ", signed and encrypted",
        };
        let user = origin.user().map(|user| format!(" by {}", Quoted(user))).unwrap_or_default();
        let text = format!("{what} {item}{how}{user}");
        self.items.insert(items.position(), Item { text, time: item.time(), trouble });
    }

    /// What came of the part that ends here.
    pub(super) fn item(&self, end: usize) -> Option<&Item> {
        self.items.get(&end)
    }

    /// What is wrong with the part that begins here.
    pub(super) fn error(&self, offset: usize) -> Option<DecodeErrorKind> {
        self.errors.get(&offset).copied()
    }
}
