//! Meta data: named extras of a value list, which stay inside one daemon.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::c_number::General;

/// One value of meta data.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum MetaValue {
    /// Text; what was not UTF-8 in the daemon is U+FFFD here.
    String(String),
    /// A signed number.
    Signed(i64),
    /// An unsigned number.
    Unsigned(u64),
    /// A double.
    Double(f64),
    /// True or false.
    Boolean(bool),
}

macro_rules! meta_from {
    ($($source:ty => $variant:ident),* $(,)?) => {$(
        impl From<$source> for MetaValue {
            fn from(value: $source) -> Self {
                MetaValue::$variant(value.into())
            }
        }
    )*};
}

meta_from! {
    &str => String, String => String, bool => Boolean, f32 => Double, f64 => Double,
    i8 => Signed, i16 => Signed, i32 => Signed, i64 => Signed,
    u8 => Unsigned, u16 => Unsigned, u32 => Unsigned, u64 => Unsigned,
}

/// The value alone, without its kind.
impl fmt::Display for MetaValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetaValue::String(text) => text.fmt(f),
            MetaValue::Signed(number) => number.fmt(f),
            MetaValue::Unsigned(number) => number.fmt(f),
            MetaValue::Double(number) => write!(f, "{number:?}"),
            MetaValue::Boolean(value) => value.fmt(f),
        }
    }
}

impl MetaValue {
    /// The text that the daemon itself makes of it, as its match `regex` sees it: that of a double has up to 15 digits, and an
    /// exponent where it is shorter (`2`, `0.5`, `1e+20`, `nan`).
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            MetaValue::String(text) => Cow::Borrowed(text),
            MetaValue::Double(number) => Cow::Owned(General(*number).to_string()),
            other => Cow::Owned(other.to_string()),
        }
    }
}

/// Owned meta data: entries with names that differ by more than case.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Meta(Vec<(String, MetaValue)>);

impl Meta {
    /// No entries. Allocates nothing.
    pub const fn new() -> Self {
        Meta(Vec::new())
    }

    /// Sets an entry; one whose name differs only in case is replaced, as in the daemon.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<MetaValue>) {
        let (key, value) = (key.into(), value.into());
        match self.0.iter_mut().find(|(present, _)| present.eq_ignore_ascii_case(&key)) {
            Some(entry) => *entry = (key, value),
            None => self.0.push((key, value)),
        }
    }

    /// The value of the entry with this name, in any case.
    pub fn value(&self, key: &str) -> Option<&MetaValue> {
        self.0.iter().find(|(present, _)| present.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// Takes out the entry with this name, in any case.
    pub fn remove(&mut self, key: &str) -> Option<MetaValue> {
        let position = self.0.iter().position(|(present, _)| present.eq_ignore_ascii_case(key))?;
        Some(self.0.remove(position).1)
    }

    /// All entries, in the order in which they were set.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &MetaValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Sets each of these entries: with those of other meta data, what is in both is taken from there.
impl<K: Into<String>, V: Into<MetaValue>> Extend<(K, V)> for Meta {
    fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, entries: T) {
        entries.into_iter().for_each(|(key, value)| self.insert(key, value));
    }
}

impl<K: Into<String>, V: Into<MetaValue>> FromIterator<(K, V)> for Meta {
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
        self.0.into_iter()
    }
}

/// Where a view finds meta data: in a [`Meta`], or in the daemon.
pub trait MetaSource {
    /// The value of the entry with this name, in any case.
    fn value(&self, key: &str) -> Option<MetaValue>;

    /// A copy of all entries.
    fn to_meta(&self) -> Meta;
}

impl MetaSource for Meta {
    fn value(&self, key: &str) -> Option<MetaValue> {
        self.value(key).cloned()
    }

    fn to_meta(&self) -> Meta {
        self.clone()
    }
}

/// Borrowed meta data. Nothing is read before it is asked for.
#[derive(Clone, Copy, Default)]
pub struct MetaRef<'a>(Option<&'a dyn MetaSource>);

impl<'a> MetaRef<'a> {
    /// No meta data at all.
    pub const NONE: MetaRef<'static> = MetaRef(None);

    /// A view of this meta data.
    pub const fn new(source: &'a dyn MetaSource) -> Self {
        MetaRef(Some(source))
    }

    /// The value of the entry with this name, in any case.
    pub fn value(self, key: &str) -> Option<MetaValue> {
        self.0?.value(key)
    }

    /// Whether the entry with this name is `true`; false too if it is missing or no boolean.
    pub fn is_true(self, key: &str) -> bool {
        self.value(key) == Some(MetaValue::Boolean(true))
    }

    /// An owned copy.
    pub fn to_meta(self) -> Meta {
        self.0.map(MetaSource::to_meta).unwrap_or_default()
    }
}

impl PartialEq for MetaRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (None, None) => true,
            _ => self.to_meta() == other.to_meta(),
        }
    }
}

impl fmt::Debug for MetaRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_meta().fmt(f)
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
        assert_eq!(meta.iter().next(), Some(("KEY", &MetaValue::Boolean(true))));
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
}
