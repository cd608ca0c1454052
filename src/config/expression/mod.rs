//! Regular expressions.

mod bracket;
mod translate;

use std::fmt;
use std::str::FromStr;

use regex::bytes;
use serde::de::{self, Deserialize, Deserializer, Visitor};

pub(super) use self::translate::Mistake;
use self::translate::translate;
use super::error::{Error, ErrorKind};
use super::show;

/// A regular expression: in the configuration a string (`Match "^eth[0-9]+$"`).
///
/// # What it understands
///
/// POSIX extended expressions, which is what collectd's own plugins take, with what the GNU C library adds to
/// them: `^`, `$`, `.`, `|`, `( )`, `*`, `+`, `?`, `{2,5}`, `[a-z_]`, `[^[:space:]]`, `\<` and `\>` for the
/// beginning and the end of a word, `\b`, `\B`, `\w`, `\W`, `\s`, `\S`. As in collectd every byte is a
/// character, `.` and `[^a]` match line feeds too, a backslash inside of brackets stands for itself, and
/// `a+?` is `a+`, or nothing.
///
/// In the configuration a backslash and a quotation mark are written with a backslash before them:
/// `Match "\\<up\\>"`.
///
/// What differs:
///
/// * There are no back references (`\1`). In turn no expression can take more than linear time.
/// * A `)` without `(`, and a backslash before a letter or digit without a meaning, are refused; the C
///   library takes them as they are.
/// * `\d` and `\D` are digits and what is none; to the C library they are letters.
/// * `(?i)` ignores the case of what follows; `(?:…)`, `(?i:…)`, `(?<name>…)`, and the flags `m` (lines) and `s`
///   are known too.
/// * [`is_match`](Self::is_match) gives the same answer. But of several matches that begin at the same
///   place, POSIX has the longest, and here it is the first alternative.
///
/// An expression that takes more than a mebibyte when compiled is refused, as `((a{99}){99}){99}` would.
///
/// ```
/// # use collectd_test_host as _;
/// use collectd::config::{Block, Regex};
///
/// let regex: Regex = Block::new("Match").value(r"^(eth|veth)[[:digit:]]+\>").to()?;
/// assert!(regex.is_match("eth0"));
/// assert!(!regex.is_match("eth0a"));
/// assert!(regex.is_match(b"veth1.\xff"));
///
/// let error = Block::new("Match").value("^(eth|veth").to::<Regex>().unwrap_err();
/// assert_eq!(error.to_string(), r#"Match: "^(eth|veth": "(" is not closed, at "(eth|veth""#);
/// # Ok::<(), collectd::config::Error>(())
/// ```
#[derive(Clone)]
pub struct Regex {
    compiled: bytes::Regex,
    text: Box<str>,
}

/// The limit of the compiled expression in bytes, and of what is kept of a search in each thread.
const MAX_SIZE: usize = 1 << 20;

impl Regex {
    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// What is wrong with the expression, and where, on one line.
    pub fn new(text: &str) -> Result<Self, Error> {
        Regex::compile(text).map_err(|mistake| mistake.in_text(text))
    }

    pub(super) fn compile(text: &str) -> Result<Self, Mistake> {
        let compiled = bytes::RegexBuilder::new(&translate(text)?)
            .unicode(false)
            .dot_matches_new_line(true)
            .size_limit(MAX_SIZE)
            .dfa_size_limit(MAX_SIZE)
            .build();
        match compiled {
            Ok(compiled) => Ok(Regex { compiled, text: text.into() }),
            Err(error) => Err(Mistake { at: 0, problem: too_much(&error) }),
        }
    }

    /// Whether it matches anywhere in a text or name.
    pub fn is_match(&self, text: impl AsRef<[u8]>) -> bool {
        self.compiled.is_match(text.as_ref())
    }

    /// The expression as it stands in the configuration.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The expression of the crate `regex`, for captures and replacements.
    pub fn compiled(&self) -> &bytes::Regex {
        &self.compiled
    }
}

/// What the crate refuses although we have read it.
fn too_much(error: &regex::Error) -> &'static str {
    match error {
        regex::Error::CompiledTooBig(_) => "it takes more than 1 MiB when compiled",
        // Parentheses are balanced, sets and repetitions are well-formed.
        _ => "it has more than 250 parentheses in each other, or a name twice",
    }
}

impl Mistake {
    /// The error about it, for an expression in that text.
    pub(super) fn in_text(self, text: &str) -> Error {
        let whole = show::text(text);
        let mut at = self.at;
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let place = match &text[at..] {
            rest if at > 0 && !rest.is_empty() => format!(", at {}", show::text(rest)),
            _ => String::new(),
        };
        Error::new(ErrorKind::InvalidValue, format!("{whole}: {}{place}", self.problem))
    }

    /// The same mistake where the expression stands behind so many bytes of a text.
    pub(super) fn behind(self, bytes: usize) -> Self {
        Mistake { at: self.at + bytes, ..self }
    }
}

/// Expressions are equal if they are written alike.
impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Regex {}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Regex").field(&self.text).finish()
    }
}

impl FromStr for Regex {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Regex::new(text)
    }
}

impl<'de> Deserialize<'de> for Regex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(RegexVisitor)
    }
}

struct RegexVisitor;

impl Visitor<'_> for RegexVisitor {
    type Value = Regex;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a regular expression as a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Regex, E> {
        Regex::new(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests;
