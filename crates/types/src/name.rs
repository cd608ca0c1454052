//! The five name parts of an identifier: bytes, at most 127 of them, without NUL.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::nul::{short, short_words, until_nul};

/// The longest name in bytes: the daemon's `DATA_MAX_NAME_LEN`, less its NUL.
const MAX_LEN: usize = 127;

/// Names up to this length need no allocation; a UUID and most host names fit.
const INLINE_LEN: usize = 40;

/// A name: host, plugin, plugin instance, type or type instance.
///
/// collectd knows no character set, so a name is bytes. It compares with `&str` and `&[u8]`.
#[derive(Clone)]
pub struct Name(Repr);

#[derive(Clone)]
enum Repr {
    Inline { len: u8, bytes: Padded },
    Heap(Box<[u8]>),
}

/// Bytes with zeros behind them. On the same places as the words of the other variant: a name is built and moved in
/// registers then.
#[derive(Clone, Copy)]
#[repr(align(8))]
struct Padded([u8; INLINE_LEN]);

/// Why bytes are not a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It has this many bytes, more than [`Name::MAX_LEN`].
    #[error("it has {0} bytes, more than 127")]
    TooLong(usize),
    /// There is a NUL byte at this position.
    #[error("it has a NUL byte at position {0}")]
    Nul(usize),
}

impl Name {
    /// The longest name, in bytes.
    pub const MAX_LEN: usize = MAX_LEN;

    /// The empty name.
    pub const EMPTY: Name = Name(Repr::Inline { len: 0, bytes: Padded([0; INLINE_LEN]) });

    /// Makes a name of these bytes.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_LEN`](Self::MAX_LEN) of them or one is NUL.
    #[inline]
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Name, NameError> {
        Name::from_bytes(bytes.as_ref())
    }

    /// Makes a name of the longest beginning of `text` that is one: up to the first NUL, and at most
    /// [`MAX_LEN`](Self::MAX_LEN) bytes without splitting a character.
    pub fn truncated(text: &str) -> Name {
        let text = text.split('\0').next().unwrap_or_default();
        Name::from_checked(&text.as_bytes()[..text.floor_char_boundary_to(MAX_LEN)])
    }

    /// A view of this name.
    #[inline]
    pub fn view(&self) -> NameRef<'_> {
        NameRef(self.as_bytes())
    }

    /// The bytes of this name.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes: Padded(bytes) } => &bytes[..usize::from(*len)],
            Repr::Heap(bytes) => bytes,
        }
    }

    /// Puts the name into a field of the daemon's structures, which is all zeros before.
    #[inline]
    pub fn put(&self, field: &mut [u8; MAX_LEN + 1]) {
        match &self.0 {
            // Piece by piece as it was written: what was written a moment ago can be read again at once only in the
            // same pieces. Zeros behind the end come along.
            Repr::Inline { len, bytes: Padded(bytes) } => {
                if *len > 0 {
                    field[..8].copy_from_slice(&bytes[..8]);
                }
                if *len > 8 {
                    field[8..16].copy_from_slice(&bytes[8..16]);
                }
                if *len > 16 {
                    field[16..INLINE_LEN].copy_from_slice(&bytes[16..]);
                }
            }
            Repr::Heap(bytes) => field[..bytes.len()].copy_from_slice(bytes),
        }
    }

    /// Whether there are no bytes.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    #[inline]
    fn from_bytes(source: &[u8]) -> Result<Name, NameError> {
        match short_words(source) {
            Some((words, false)) => {
                let mut bytes = [0; INLINE_LEN];
                bytes[..8].copy_from_slice(&words[0].to_le_bytes());
                bytes[8..16].copy_from_slice(&words[1].to_le_bytes());
                #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
                Ok(Name(Repr::Inline { len: source.len() as u8, bytes: Padded(bytes) }))
            }
            _ => Name::longer(source),
        }
    }

    /// Also for what is not a name.
    fn longer(source: &[u8]) -> Result<Name, NameError> {
        check(source)?;
        Ok(Name::from_checked(source))
    }

    fn from_checked(source: &[u8]) -> Name {
        if source.len() > INLINE_LEN {
            return Name(Repr::Heap(source.into()));
        }
        let mut bytes = [0; INLINE_LEN];
        bytes[..source.len()].copy_from_slice(source);
        #[expect(clippy::cast_possible_truncation, reason = "at most INLINE_LEN")]
        Name(Repr::Inline { len: source.len() as u8, bytes: Padded(bytes) })
    }
}

/// `str::floor_char_boundary`, which is younger than our oldest compiler.
trait FloorCharBoundary {
    fn floor_char_boundary_to(&self, limit: usize) -> usize;
}

impl FloorCharBoundary for str {
    fn floor_char_boundary_to(&self, limit: usize) -> usize {
        if self.len() <= limit {
            return self.len();
        }
        (0..=limit).rev().find(|&end| self.is_char_boundary(end)).unwrap_or(0)
    }
}

/// A borrowed name. It compares with `&str` and `&[u8]`, and displays itself as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NameRef<'a>(&'a [u8]);

impl<'a> NameRef<'a> {
    /// The empty name.
    pub const EMPTY: NameRef<'static> = NameRef(&[]);

    /// Views these bytes as a name.
    ///
    /// # Errors
    ///
    /// If there are more than [`Name::MAX_LEN`] of them or one is NUL.
    pub fn new(bytes: &'a [u8]) -> Result<NameRef<'a>, NameError> {
        check(bytes)?;
        Ok(NameRef(bytes))
    }

    /// Views the beginning of these bytes as a name, as C does: up to the first NUL, and at most
    /// [`Name::MAX_LEN`] bytes. Never fails.
    #[inline]
    pub fn until_nul(bytes: &'a [u8]) -> NameRef<'a> {
        NameRef::until_nul_within(bytes, bytes.len())
    }

    /// The same for the first `len` of these bytes. What lies behind them is not part of the name, but
    /// being allowed to look at it makes the search several times cheaper.
    #[inline]
    pub fn until_nul_within(bytes: &'a [u8], len: usize) -> NameRef<'a> {
        NameRef(short(bytes, len).unwrap_or_else(|whole| until_nul(bytes, len, whole)))
    }

    /// The bytes of this name.
    #[inline]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The name as text, if it is UTF-8.
    pub const fn as_str(self) -> Option<&'a str> {
        match core::str::from_utf8(self.0) {
            Ok(text) => Some(text),
            Err(_) => None,
        }
    }

    /// The name as text; what is not UTF-8 becomes U+FFFD.
    pub fn to_string_lossy(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }

    /// An owned copy.
    #[inline]
    pub fn to_name(self) -> Name {
        Name::from_checked(self.0)
    }

    /// How many bytes there are.
    #[inline]
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Whether these bytes stand somewhere in the name.
    pub fn contains(self, part: impl AsRef<[u8]>) -> bool {
        let part = part.as_ref();
        part.is_empty() || self.0.windows(part.len()).any(|window| window == part)
    }

    /// Whether the name begins with these bytes.
    pub fn starts_with(self, start: impl AsRef<[u8]>) -> bool {
        self.0.starts_with(start.as_ref())
    }

    /// Whether the name ends with these bytes.
    pub fn ends_with(self, end: impl AsRef<[u8]>) -> bool {
        self.0.ends_with(end.as_ref())
    }
}

/// The name as text. What is not UTF-8 and control characters are escaped (`\xff`, `\x1b`), so that
/// a name from the network harms neither a terminal nor a log.
impl fmt::Display for NameRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::escape::fmt_escaped(self.0, f)
    }
}

impl fmt::Debug for NameRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

fn check(bytes: &[u8]) -> Result<(), NameError> {
    if bytes.len() > MAX_LEN {
        return Err(NameError::TooLong(bytes.len()));
    }
    match bytes.iter().position(|&byte| byte == 0) {
        Some(position) => Err(NameError::Nul(position)),
        None => Ok(()),
    }
}

impl Default for Name {
    fn default() -> Self {
        Name::EMPTY
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Name) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Name) -> core::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.view(), f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.view(), f)
    }
}

impl AsRef<[u8]> for Name {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for NameRef<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

macro_rules! compare_as_bytes {
    ($($name:ty => $other:ty),* $(,)?) => {$(
        impl PartialEq<$other> for $name {
            fn eq(&self, other: &$other) -> bool {
                let other: &[u8] = other.as_ref();
                self.as_bytes() == other
            }
        }
    )*};
}

compare_as_bytes! {
    Name => str, Name => &str, Name => [u8], Name => &[u8],
    NameRef<'_> => str, NameRef<'_> => &str, NameRef<'_> => [u8], NameRef<'_> => &[u8], NameRef<'_> => Name,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nul::has_nul;
    use alloc::string::ToString;
    use alloc::vec;
    use proptest::prelude::*;

    #[test]
    fn names_of_127_bytes_are_the_longest() {
        assert_eq!(Name::new(vec![b'x'; 127]).unwrap().as_bytes().len(), 127);
        assert_eq!(Name::new(vec![b'x'; 128]), Err(NameError::TooLong(128)));
        assert_eq!(Name::new("a\0b"), Err(NameError::Nul(1)));
    }

    #[test]
    fn truncation_keeps_characters_whole_and_stops_at_nul() {
        let long = "ä".repeat(100);
        assert_eq!(Name::truncated(&long).as_bytes(), "ä".repeat(63).as_bytes());
        assert_eq!(Name::truncated("a\0b"), "a");
        assert_eq!(NameRef::until_nul(&[b'y'; 200]).len(), 127);
        assert_eq!(NameRef::until_nul(b"a\0b"), "a");
    }

    #[test]
    fn display_escapes_what_a_terminal_must_not_see() {
        let name = Name::new(b"\x1b[2J\xff caf\xc3\xa9 \xc2\x9b\n").unwrap();
        assert_eq!(name.to_string(), r"\x1b[2J\xff café \xc2\x9b\x0a");
        assert_eq!(Name::new("a\u{202e}b").unwrap().to_string(), r"a\xe2\x80\xaeb");
    }

    #[test]
    fn search_is_bytewise() {
        let name = NameRef::new(b"web-foobar-7").unwrap();
        assert!(name.contains("foobar") && name.contains("") && !name.contains("foobaz"));
        assert!(name.starts_with("web") && name.ends_with("7") && name == "web-foobar-7");
    }

    proptest! {
        #[test]
        fn a_nul_is_found_anywhere(mut bytes in proptest::collection::vec(1u8.., 0..60), at in any::<proptest::sample::Index>()) {
            prop_assert_eq!(Name::new(&bytes).map(|name| name.as_bytes().to_vec()), Ok(bytes.clone()));
            prop_assert!(!has_nul(&bytes));
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = 0;
                prop_assert_eq!(Name::new(&bytes), Err(NameError::Nul(at)));
                prop_assert!(has_nul(&bytes));
            }
        }

        #[test]
        fn the_search_for_nul_agrees_with_the_obvious_one(
            bytes in proptest::collection::vec(prop_oneof![Just(0u8), Just(1), Just(0x80), any::<u8>()], 0..300),
            start in 0usize..300,
            len in 0usize..300,
        ) {
            let bytes = &bytes[start.min(bytes.len())..];
            let part = &bytes[..len.min(bytes.len()).min(127)];
            let expected = part.split(|&byte| byte == 0).next().unwrap();
            prop_assert_eq!(NameRef::until_nul_within(bytes, len).as_bytes(), expected);
            prop_assert_eq!(NameRef::until_nul(part).as_bytes(), expected);
        }

        #[test]
        fn bytes_come_back(bytes in proptest::collection::vec(1u8.., 0..=127)) {
            let name = Name::new(&bytes).unwrap();
            prop_assert_eq!(name.as_bytes(), &bytes[..]);
            prop_assert_eq!(NameRef::until_nul(&bytes).to_name(), name);
        }
    }
}
