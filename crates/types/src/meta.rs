//! Meta data: named extras of a value list, which stay inside one daemon.

mod packed;
mod value;
mod view;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::{fmt, mem};

use packed::{Entry, Packed};

pub use value::{CMetaValue, MetaValue, MetaValueRef, ToMetaValue};
pub use view::{MetaRef, MetaSource};

/// Owned meta data: entries with names that differ by more than case.
#[derive(Clone, Default)]
pub struct Meta(Packed);

impl Meta {
    /// No entries. Allocates nothing.
    pub const fn new() -> Self {
        Meta(Packed::NONE)
    }

    /// Sets an entry; one whose name differs only in case is replaced, as in the daemon.
    pub fn insert(&mut self, key: impl AsRef<str>, value: impl ToMetaValue) {
        self.insert_ref(key.as_ref(), value.to_meta_value());
    }

    fn insert_ref(&mut self, key: &str, value: MetaValueRef<'_>) {
        if !self.is_empty() && self.entries().any(|entry| entry.is(key)) {
            return self.replace(key, value);
        }
        self.0.push(key, value);
    }

    /// Another value for an entry, and another spelling of its name.
    fn replace(&mut self, key: &str, value: MetaValueRef<'_>) {
        if self.0.overwrite(key, value) {
            return;
        }
        let old = mem::take(self);
        for entry in old.entries() {
            let (key, value) = if entry.is(key) { (key, value) } else { (entry.key(), entry.value()) };
            self.0.push(key, value);
        }
    }

    /// The value of the entry with this name, in any case.
    pub fn value(&self, key: &str) -> Option<MetaValueRef<'_>> {
        self.entries().find(|entry| entry.is(key)).map(MetaEntry::value)
    }

    /// Takes out the entry with this name, in any case.
    pub fn remove(&mut self, key: &str) -> Option<MetaValue> {
        let removed = self.value(key)?.to_value();
        for entry in mem::take(self).entries().filter(|entry| !entry.is(key)) {
            self.0.push(entry.key(), entry.value());
        }
        Some(removed)
    }

    /// All entries, in the order in which they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, MetaValueRef<'_>)> {
        self.entries().map(|entry| (entry.key(), entry.value()))
    }

    /// The same, for code that hands them to C.
    #[inline]
    pub fn entries(&self) -> impl Iterator<Item = MetaEntry<'_>> {
        self.0.iter().map(MetaEntry)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries().count()
    }

    /// Whether there are no entries.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Sets each of these entries: with those of other meta data, what is in both is taken from there.
impl<K: AsRef<str>, V: ToMetaValue> Extend<(K, V)> for Meta {
    fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, entries: T) {
        entries.into_iter().for_each(|(key, value)| self.insert(key, value));
    }
}

impl<K: AsRef<str>, V: ToMetaValue> FromIterator<(K, V)> for Meta {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(entries: T) -> Self {
        let mut meta = Meta::new();
        meta.extend(entries);
        meta
    }
}

impl IntoIterator for Meta {
    type Item = (String, MetaValue);
    type IntoIter = alloc::vec::IntoIter<(String, MetaValue)>;

    fn into_iter(self) -> Self::IntoIter {
        let entries: Vec<_> = self.iter().map(|(key, value)| (key.to_owned(), value.to_value())).collect();
        entries.into_iter()
    }
}

/// One entry of a [`Meta`].
#[derive(Clone, Copy)]
pub struct MetaEntry<'a>(Entry<'a>);

impl<'a> MetaEntry<'a> {
    /// Its name.
    pub fn key(self) -> &'a str {
        self.0.key()
    }

    /// Its value.
    pub fn value(self) -> MetaValueRef<'a> {
        self.0.value()
    }

    /// Its name for C: with a NUL behind it, and no other; `None` if there is one in the name.
    #[inline]
    pub fn c_key(self) -> Option<&'a [u8]> {
        self.0.c_key()
    }

    /// Its value for C; `None` if it is a text with a NUL in it.
    #[inline]
    pub fn c_value(self) -> Option<CMetaValue<'a>> {
        self.0.c_value()
    }

    fn is(self, key: &str) -> bool {
        self.0.is(key)
    }
}

impl MetaSource for Meta {
    fn show(&self, key: &str, see: &mut dyn FnMut(MetaValueRef<'_>)) {
        if let Some(value) = self.value(key) {
            see(value);
        }
    }

    fn to_meta(&self) -> Meta {
        self.clone()
    }
}

impl PartialEq for Meta {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_the_text_that_the_daemon_makes_of_them() {
        let shown = |value: MetaValue| value.to_text().into_owned();
        assert_eq!(shown("a b".into()), "a b");
        assert_eq!(shown((-3i64).into()), "-3");
        assert_eq!(shown(u64::MAX.into()), "18446744073709551615");
        assert_eq!(shown(true.into()), "true");
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (0.5, "0.5"),
            (1.0 / 3.0, "0.333333333333333"),
            (100.0, "100"),
            (1e14, "100000000000000"),
            (1e15, "1e+15"),
            (999_999_999_999_999.9, "1e+15"),
            (123_456.789, "123456.789"),
            (0.0001, "0.0001"),
            (0.000_012_5, "1.25e-05"),
            (-1.5e300, "-1.5e+300"),
            (5e-324, "4.94065645841247e-324"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "-nan"),
        ] {
            assert_eq!(shown(number.into()), text);
        }
    }

    #[test]
    fn keys_ignore_case_and_the_last_value_stays() {
        let mut meta = Meta::new();
        meta.insert("Key", 1u64);
        meta.insert("other", "x");
        meta.insert("KEY", true);
        assert_eq!(meta.len(), 2);
        assert!(MetaRef::new(&meta).is_true("key"));
        assert_eq!(meta.iter().next(), Some(("KEY", MetaValueRef::Boolean(true))));
        assert_eq!(MetaRef::NONE.value("key"), None);
    }

    #[test]
    fn meta_data_can_be_merged() {
        let mut meta: Meta = [("a", 1), ("b", 2)].into_iter().collect();
        meta.extend(Meta::from_iter([("B", "two"), ("c", "three")]));
        assert_eq!(meta.remove("A"), Some(MetaValue::Signed(1)));
        assert_eq!(meta.remove("a"), None);
        let text: String = meta.iter().map(|(key, value)| alloc::format!("{key}={value} ")).collect();
        assert_eq!(text, "B=two c=three ");
    }

    #[test]
    fn numbers_are_changed_in_their_places() {
        let mut meta =
            Meta::from_iter([("a", MetaValue::Unsigned(1)), ("eight", "8 bytes!".into()), ("b", true.into())]);
        meta.insert("b", 0.5);
        meta.insert("eight", -3);
        meta.insert("a", "text");
        meta.insert("B", false);
        let expected = [
            ("a", MetaValueRef::String("text")),
            ("eight", MetaValueRef::Signed(-3)),
            ("B", MetaValueRef::Boolean(false)),
        ];
        assert!(meta.iter().eq(expected), "{meta:?}");
    }

    #[test]
    fn values_that_change_over_and_over_take_no_more_room() {
        let mut meta = Meta::new();
        for text in ["long enough not to fit the first piece of memory", "short", ""] {
            meta.insert("text", text);
            meta.insert("number", 1.5);
            assert_eq!(meta.value("TEXT"), Some(MetaValueRef::String(text)));
        }
        let room = meta.0.size();
        for _ in 0..1000 {
            meta.insert("text", "");
            meta.insert("number", -1);
        }
        assert_eq!((meta.0.size(), meta.len()), (room, 2));
        assert_eq!(meta.value("number"), Some(MetaValueRef::Signed(-1)));
    }

    #[test]
    fn c_gets_text_without_nul_only() {
        let mut meta = Meta::new();
        meta.insert("key", "a text");
        meta.insert("k\0y", "t\0xt");
        meta.insert("", 1u8);
        let entries: Vec<_> = meta.entries().map(|entry| (entry.c_key(), entry.c_value())).collect();
        assert_eq!(
            entries,
            [
                (Some(&b"key\0"[..]), Some(CMetaValue::String(b"a text\0"))),
                (None, None),
                (Some(b"\0"), Some(CMetaValue::Unsigned(1))),
            ]
        );
    }
}
