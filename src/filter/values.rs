//! The value list of a target: everything in it that may be changed, checked.

use std::borrow::Cow;
use std::fmt;

use collectd_types::{
    Field, FieldError, Interval, Kind, NameRef, Problem, Time, TimeError, ToMetaValue, Value, ValuesRef,
};

use crate::ffi::{MetaError, NativeValuesMut};

/// A value list on its way through a filter chain, to be changed in place.
///
/// What later targets, the value cache and the writers see is the changed one. The type cannot be changed: the daemon
/// has chosen the data set by it already.
pub struct ValuesMut<'a> {
    native: NativeValuesMut<'a>,
}

impl<'a> ValuesMut<'a> {
    pub(super) fn new(native: NativeValuesMut<'a>) -> Self {
        ValuesMut { native }
    }

    /// What it is now.
    pub fn view(&self) -> ValuesRef<'_> {
        self.native.view()
    }

    /// Changes the name of the host, by the rules of [`set_plugin`](Self::set_plugin).
    ///
    /// # Errors
    ///
    /// If the name is empty, has more than 127 bytes or a NUL byte. Nothing is changed then.
    pub fn set_host(&mut self, name: impl AsRef<[u8]>) -> Result<(), ChangeError> {
        self.set_name(Field::Host, name.as_ref())
    }

    /// Changes the name of the plugin. Slashes are treated as in dispatched value lists, because writers make paths
    /// of names: one at the beginning is removed, others become `_`, and `/` alone becomes `root`.
    ///
    /// # Errors
    ///
    /// If the name is empty, has more than 127 bytes or a NUL byte. Nothing is changed then.
    pub fn set_plugin(&mut self, name: impl AsRef<[u8]>) -> Result<(), ChangeError> {
        self.set_name(Field::Plugin, name.as_ref())
    }

    /// Changes the plugin instance, by the rules of [`set_plugin`](Self::set_plugin); it may be empty.
    ///
    /// # Errors
    ///
    /// If the name has more than 127 bytes or a NUL byte. Nothing is changed then.
    pub fn set_plugin_instance(&mut self, name: impl AsRef<[u8]>) -> Result<(), ChangeError> {
        self.set_name(Field::PluginInstance, name.as_ref())
    }

    /// Changes the type instance, by the rules of [`set_plugin`](Self::set_plugin); it may be empty.
    ///
    /// # Errors
    ///
    /// If the name has more than 127 bytes or a NUL byte. Nothing is changed then.
    pub fn set_type_instance(&mut self, name: impl AsRef<[u8]>) -> Result<(), ChangeError> {
        self.set_name(Field::TypeInstance, name.as_ref())
    }

    /// Changes the time: a [`Time`] or a `SystemTime`.
    ///
    /// # Errors
    ///
    /// If collectd's clock cannot express it, or it is [`Time::UNSET`]: the daemon fills that in only before the
    /// chains.
    pub fn set_time<T>(&mut self, time: T) -> Result<(), ChangeError>
    where
        T: TryInto<Time>,
        T::Error: Into<TimeError>,
    {
        let time = time.try_into().map_err(|problem| FieldError::new(Field::Time, problem.into()))?;
        if time == Time::UNSET {
            return Err(FieldError::new(Field::Time, Problem::Empty).into());
        }
        self.native.set_time(time);
        Ok(())
    }

    /// Changes the interval: an [`Interval`] or a `Duration`.
    ///
    /// # Errors
    ///
    /// If collectd's clock cannot express it, or it is zero.
    pub fn set_interval<T>(&mut self, interval: T) -> Result<(), ChangeError>
    where
        T: TryInto<Interval>,
        T::Error: Into<TimeError>,
    {
        let interval = interval.try_into().map_err(|problem| FieldError::new(Field::Interval, problem.into()))?;
        if interval == Interval::UNSET {
            return Err(FieldError::new(Field::Interval, Problem::Empty).into());
        }
        self.native.set_interval(interval);
        Ok(())
    }

    /// Changes one value; the first has index 0. How many there are, and of what kind, stays as it is.
    ///
    /// # Errors
    ///
    /// If there is no such value, or it is of another kind.
    pub fn set_value(&mut self, index: usize, value: Value) -> Result<(), ChangeError> {
        let count = self.view().values().len();
        let expected = self.native.kind(index).ok_or(ChangeError::NoSuchValue { index, count })?;
        if expected != value.kind() {
            return Err(ChangeError::Kind { index, expected, got: value.kind() });
        }
        self.native.set_bits(index, value.to_bits());
        Ok(())
    }

    /// Adds an entry of meta data, or replaces the one of that name. collectd ignores the case of names.
    ///
    /// # Errors
    ///
    /// If the name or a text has a NUL byte, or memory is short.
    pub fn insert_meta(&mut self, key: &str, value: impl ToMetaValue) -> Result<(), ChangeError> {
        self.native.insert_meta(key, value.to_meta_value()).map_err(|error| match error {
            MetaError::Nul { key } => ChangeError::MetaNul { key },
            MetaError::OutOfMemory => ChangeError::OutOfMemory,
        })
    }

    /// Removes an entry of meta data; whether there was one of that name.
    pub fn remove_meta(&mut self, key: &str) -> bool {
        self.native.remove_meta(key)
    }

    fn set_name(&mut self, field: Field, name: &[u8]) -> Result<(), ChangeError> {
        NameRef::new(name).map_err(|problem| FieldError::new(field, problem))?;
        if name.is_empty() && matches!(field, Field::Host | Field::Plugin) {
            return Err(FieldError::new(field, Problem::Empty).into());
        }
        self.native.set_name(field, NameRef::until_nul(&without_slashes(name)));
        Ok(())
    }
}

impl fmt::Display for ValuesMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.view(), f)
    }
}

impl fmt::Debug for ValuesMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValuesMut").field(&self.view()).finish()
    }
}

/// What the daemon makes of names that are dispatched.
fn without_slashes(name: &[u8]) -> Cow<'_, [u8]> {
    if name == b"/" {
        return Cow::Borrowed(b"root");
    }
    let name = name.strip_prefix(b"/").unwrap_or(name);
    if !name.contains(&b'/') {
        return Cow::Borrowed(name);
    }
    name.iter().map(|&byte| if byte == b'/' { b'_' } else { byte }).collect::<Vec<_>>().into()
}

/// Why a target could not change a value list. It is as it was before.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// A name or a time cannot be used.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// There are fewer values.
    #[error("there is no value at index {index}; there are {count}")]
    NoSuchValue {
        /// The index that was asked for.
        index: usize,
        /// How many values there are.
        count: usize,
    },
    /// The value is of another kind in types.db.
    #[error("the value at index {index} is a {expected}, not a {got}")]
    Kind {
        /// The index of the value.
        index: usize,
        /// Its kind in types.db.
        expected: Kind,
        /// The kind of the new value.
        got: Kind,
    },
    /// The name or the text of an entry of the meta data has a NUL byte.
    #[error("meta data {key:?} has a NUL byte")]
    MetaNul {
        /// The name of the entry.
        key: String,
    },
    /// The daemon has no memory for meta data.
    #[error("the daemon has no memory for meta data")]
    OutOfMemory,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_treated_as_in_dispatched_names() {
        for (name, becomes) in
            [("", ""), ("a", "a"), ("/", "root"), ("/var", "var"), ("/a/b", "a_b"), ("a/b/", "a_b_"), ("//", "_")]
        {
            assert_eq!(*without_slashes(name.as_bytes()), *becomes.as_bytes(), "{name}");
        }
    }
}
