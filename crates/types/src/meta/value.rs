//! One value of meta data.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
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

/// A borrowed [`MetaValue`].
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum MetaValueRef<'a> {
    /// See [`MetaValue::String`].
    String(&'a str),
    /// See [`MetaValue::Signed`].
    Signed(i64),
    /// See [`MetaValue::Unsigned`].
    Unsigned(u64),
    /// See [`MetaValue::Double`].
    Double(f64),
    /// See [`MetaValue::Boolean`].
    Boolean(bool),
}

/// A value of meta data for C: text has a NUL behind it, and no other.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum CMetaValue<'a> {
    /// See [`MetaValue::String`].
    String(&'a [u8]),
    /// See [`MetaValue::Signed`].
    Signed(i64),
    /// See [`MetaValue::Unsigned`].
    Unsigned(u64),
    /// See [`MetaValue::Double`].
    Double(f64),
    /// See [`MetaValue::Boolean`].
    Boolean(bool),
}

/// The value alone, without its kind.
impl fmt::Display for MetaValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// As of a [`MetaValue`].
impl fmt::Display for MetaValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetaValueRef::String(text) => text.fmt(f),
            MetaValueRef::Signed(number) => number.fmt(f),
            MetaValueRef::Unsigned(number) => number.fmt(f),
            MetaValueRef::Double(number) => write!(f, "{number:?}"),
            MetaValueRef::Boolean(value) => value.fmt(f),
        }
    }
}

impl MetaValue {
    /// The text that the daemon itself makes of it, as its match `regex` sees it: that of a double has up to 15 digits, and an
    /// exponent where it is shorter (`2`, `0.5`, `1e+20`, `nan`).
    pub fn to_text(&self) -> Cow<'_, str> {
        self.view().to_text()
    }

    /// A view of this value.
    pub fn view(&self) -> MetaValueRef<'_> {
        match *self {
            MetaValue::String(ref text) => MetaValueRef::String(text),
            MetaValue::Signed(number) => MetaValueRef::Signed(number),
            MetaValue::Unsigned(number) => MetaValueRef::Unsigned(number),
            MetaValue::Double(number) => MetaValueRef::Double(number),
            MetaValue::Boolean(value) => MetaValueRef::Boolean(value),
        }
    }
}

impl<'a> MetaValueRef<'a> {
    /// See [`MetaValue::to_text`].
    pub fn to_text(self) -> Cow<'a, str> {
        match self {
            MetaValueRef::String(text) => Cow::Borrowed(text),
            MetaValueRef::Double(number) => Cow::Owned(General(number).to_string()),
            other => Cow::Owned(other.to_string()),
        }
    }

    /// An owned copy.
    pub fn to_value(self) -> MetaValue {
        match self {
            MetaValueRef::String(text) => MetaValue::String(text.into()),
            MetaValueRef::Signed(number) => MetaValue::Signed(number),
            MetaValueRef::Unsigned(number) => MetaValue::Unsigned(number),
            MetaValueRef::Double(number) => MetaValue::Double(number),
            MetaValueRef::Boolean(value) => MetaValue::Boolean(value),
        }
    }
}

/// What can be stored as meta data: text, numbers, booleans, and what was meta data before.
pub trait ToMetaValue {
    /// A view of it as a value of meta data.
    fn to_meta_value(&self) -> MetaValueRef<'_>;
}

impl<V: ToMetaValue + ?Sized> ToMetaValue for &V {
    #[inline]
    fn to_meta_value(&self) -> MetaValueRef<'_> {
        (**self).to_meta_value()
    }
}

impl ToMetaValue for MetaValue {
    fn to_meta_value(&self) -> MetaValueRef<'_> {
        self.view()
    }
}

impl ToMetaValue for MetaValueRef<'_> {
    fn to_meta_value(&self) -> MetaValueRef<'_> {
        *self
    }
}

impl ToMetaValue for str {
    #[inline]
    fn to_meta_value(&self) -> MetaValueRef<'_> {
        MetaValueRef::String(self)
    }
}

impl ToMetaValue for String {
    #[inline]
    fn to_meta_value(&self) -> MetaValueRef<'_> {
        MetaValueRef::String(self)
    }
}

impl From<&str> for MetaValue {
    fn from(text: &str) -> Self {
        MetaValue::String(text.into())
    }
}

impl From<String> for MetaValue {
    fn from(text: String) -> Self {
        MetaValue::String(text)
    }
}

macro_rules! scalars {
    ($($source:ty => $variant:ident),* $(,)?) => {$(
        impl From<$source> for MetaValue {
            fn from(value: $source) -> Self {
                MetaValue::$variant(value.into())
            }
        }

        impl ToMetaValue for $source {
            #[inline]
            fn to_meta_value(&self) -> MetaValueRef<'_> {
                MetaValueRef::$variant((*self).into())
            }
        }
    )*};
}

scalars! {
    bool => Boolean, f32 => Double, f64 => Double,
    i8 => Signed, i16 => Signed, i32 => Signed, i64 => Signed,
    u8 => Unsigned, u16 => Unsigned, u32 => Unsigned, u64 => Unsigned,
}
