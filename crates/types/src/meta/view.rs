//! Meta data of which nothing is read before it is asked for.

use core::fmt;

use super::{Meta, MetaValue, MetaValueRef};

/// Where a view finds meta data: in a [`Meta`], or in the daemon.
pub trait MetaSource {
    /// Shows the value of the entry with this name, in any case, if there is one.
    fn show(&self, key: &str, see: &mut dyn FnMut(MetaValueRef<'_>));

    /// A copy of all entries.
    fn to_meta(&self) -> Meta;
}

/// Borrowed meta data. Nothing is read before it is asked for.
#[derive(Clone, Copy, Default)]
pub struct MetaRef<'a>(Option<&'a dyn MetaSource>);

impl<'a> MetaRef<'a> {
    /// No meta data at all.
    pub const NONE: MetaRef<'static> = MetaRef(None);

    /// A view of this meta data.
    #[inline]
    pub const fn new(source: &'a dyn MetaSource) -> Self {
        MetaRef(Some(source))
    }

    /// The value of the entry with this name, in any case.
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is not for every lifetime")]
    pub fn value(self, key: &str) -> Option<MetaValue> {
        self.with_value(key, |value| value.to_value())
    }

    /// What a function makes of the value of the entry with this name. Unlike [`value`](Self::value) it needs no
    /// memory for text.
    pub fn with_value<T>(self, key: &str, mut look: impl FnMut(MetaValueRef<'_>) -> T) -> Option<T> {
        let mut seen = None;
        self.0?.show(key, &mut |value| seen = Some(look(value)));
        seen
    }

    /// Whether the entry with this name is `true`; false too if it is missing or no boolean.
    pub fn is_true(self, key: &str) -> bool {
        self.with_value(key, |value| value == MetaValueRef::Boolean(true)).unwrap_or(false)
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
