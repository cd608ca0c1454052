//! The users that a receiver knows.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::sync::Arc;
use core::fmt;

use super::UserKeys;
use super::section::until_nul;

/// The most bytes that collectd reads as one line; what is behind them is a line of its own.
const LONGEST_LINE: usize = 4095;

/// Users and their keys, as in an `AuthFile`.
///
/// ```
/// use collectd_wire::KeyRing;
///
/// let keys = KeyRing::parse(b"# senders\nalice: w0nderl4nd\nbob: bu1|der\n");
/// assert_eq!(keys.len(), 2);
/// assert!(keys.user(b"alice").is_some());
/// ```
///
/// Passwords are not kept, the keys are wiped when dropped, and `Debug` shows user names only.
#[derive(Clone, Default)]
pub struct KeyRing(BTreeMap<Box<[u8]>, Arc<UserKeys>>);

impl KeyRing {
    /// No users.
    pub const fn new() -> KeyRing {
        KeyRing(BTreeMap::new())
    }

    /// Reads the content of an `AuthFile`, one `user: password` a line, as collectd does:
    ///
    /// * White space before a line and before the password is ignored. Blanks after user and password
    ///   belong to them.
    /// * Lines that are empty, begin with `#`, or have no colon or no password are ignored. The user
    ///   ends at the first colon; others belong to the password.
    /// * Of several lines for one user the first counts.
    /// * Lines end with LF, or CR and LF; the last one need not. A NUL ends what is read of a line. A
    ///   line of more than 4,095 bytes is several.
    ///
    /// Anything can be read; there are no errors.
    pub fn parse(content: &[u8]) -> KeyRing {
        let mut keys = KeyRing::new();
        let lines = content.split_inclusive(|&byte| byte == b'\n').flat_map(|line| line.chunks(LONGEST_LINE));
        for (user, password) in lines.filter_map(parse_line) {
            keys.insert(user, password);
        }
        keys
    }

    /// Adds a user, unless there is one of this name. Answers whether it was added.
    pub fn insert(&mut self, user: &[u8], password: &[u8]) -> bool {
        match self.0.entry(user.into()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(Arc::new(UserKeys::new(password)));
                true
            }
        }
    }

    /// The keys of a user.
    pub fn user(&self, name: &[u8]) -> Option<&Arc<UserKeys>> {
        self.0.get(name)
    }

    /// The names of all users, sorted.
    pub fn users(&self) -> impl Iterator<Item = &[u8]> {
        self.0.keys().map(|name| &**name)
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// User and password, if it has both.
fn parse_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut line = until_nul(line);
    while let [start @ .., b'\n' | b'\r'] = line {
        line = start;
    }
    let line = trim_start(line);
    if line.starts_with(b"#") {
        return None;
    }
    let colon = line.iter().position(|&byte| byte == b':')?;
    let password = trim_start(&line[colon + 1..]);
    if password.is_empty() { None } else { Some((&line[..colon], password)) }
}

fn trim_start(text: &[u8]) -> &[u8] {
    // What C calls space; `is_ascii_whitespace` leaves out the vertical tab.
    let space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    &text[text.iter().take_while(|&byte| space(byte)).count()..]
}

impl<U: AsRef<[u8]>, P: AsRef<[u8]>> FromIterator<(U, P)> for KeyRing {
    fn from_iter<I: IntoIterator<Item = (U, P)>>(users: I) -> KeyRing {
        let mut keys = KeyRing::new();
        for (user, password) in users {
            keys.insert(user.as_ref(), password.as_ref());
        }
        keys
    }
}

/// A user name to be shown.
pub(super) struct User<'a>(pub(super) &'a [u8]);

impl fmt::Debug for User<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.users().map(User)).finish()
    }
}
