//! Lines as programs of the exec plugin write them, read as the daemon reads them.
//!
//! What the daemon takes is taken, as it takes it. What it takes silently, or with a line in its log, although it is
//! hardly meant, is odd: that is reported, too.

mod fields;
mod putnotif;
mod putval;

use collectd_types::{IdentifierRef, Interval, NotificationRef, Time, TypesDb, Value, ValuesRef};

use fields::Fields;
use putnotif::Options;
use putval::{List, Lists};

/// Something about a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// At which byte, from 0 on.
    pub(super) at: usize,
    pub(super) text: String,
}

impl Problem {
    fn new(at: usize, text: impl Into<String>) -> Problem {
        Problem { at, text: text.into() }
    }
}

/// Reads line after line.
pub(super) struct Parser {
    types: TypesDb,
    /// Of value lists that have none.
    interval: Interval,
    fields: Fields,
    lists: Lists,
    options: Options,
    odd: Vec<Problem>,
}

/// What a line says.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    pub(super) content: Content<'a>,
    /// What is odd about it, and does not stop the daemon.
    pub(super) odd: &'a [Problem],
    /// Whether there are meta data, which the network protocol has no place for.
    pub(super) has_meta: bool,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    /// It is empty, or a comment.
    Nothing,
    Values(Sent<'a>),
    Notification(NotificationRef<'a>),
}

/// The value lists of a line, all with the same names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'a> {
    identifier: IdentifierRef<'a>,
    lists: &'a [List],
    values: &'a [Value],
    /// Where the names are in the line.
    pub(super) at: usize,
}

impl<'a> Sent<'a> {
    /// The value lists; [`Time::UNSET`] is that of `N`.
    pub(super) fn lists(self) -> impl Iterator<Item = ValuesRef<'a>> {
        self.lists.iter().map(move |list| list.view(self.identifier, self.values))
    }
}

impl Parser {
    /// For these types; value lists without interval get this one.
    pub(super) fn new(types: TypesDb, interval: Interval) -> Parser {
        let (fields, lists, options) = (Fields::default(), Lists::default(), Options::default());
        Parser { types, interval, fields, lists, options, odd: Vec::new() }
    }

    /// Reads a line, without its end.
    pub(super) fn parse<'a>(&'a mut self, line: &'a [u8]) -> Result<Parsed<'a>, Problem> {
        self.odd.clear();
        let start = line.iter().take_while(|byte| is_blank(**byte)).count();
        let word = line[start..].iter().take_while(|byte| !is_blank(**byte)).count();
        let command = &line[start..start + word];
        if let [] | [b'#', ..] = command {
            return Ok(Parsed { content: Content::Nothing, odd: &[], has_meta: false });
        }
        if let Some(at) = line.iter().position(|byte| *byte == 0) {
            return Err(Problem::new(at, "a NUL byte, where the daemon would think that the line ends"));
        }
        if command.eq_ignore_ascii_case(b"PUTVAL") {
            let fields = self.fields.split(line, start + word)?;
            let (sent, has_meta) = self.lists.read(&fields, &self.types, self.interval, &mut self.odd)?;
            Ok(Parsed { content: Content::Values(sent), odd: &self.odd, has_meta })
        } else if command.eq_ignore_ascii_case(b"PUTNOTIF") {
            let (notification, has_meta) = self.options.read(line, start + word, &mut self.odd)?;
            Ok(Parsed { content: Content::Notification(notification), odd: &self.odd, has_meta })
        } else {
            Err(Problem::new(start, "neither PUTVAL nor PUTNOTIF"))
        }
    }
}

/// What C's `isspace` says.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// What the keys of options consist of.
fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')
}

/// A time as the daemon reads it: nothing may follow the number.
fn time(text: &[u8]) -> Result<Time, String> {
    let seconds = match collectd_types::Kind::Gauge.parse_as_daemon(text) {
        Some(number) if number.rest.is_empty() && !text.last().is_some_and(|end| is_blank(*end)) => number.value,
        _ => return Err("not a time: neither seconds since 1970 nor \"N\"".to_owned()),
    };
    Time::try_from_secs_f64(seconds.as_f64()).map_err(|error| format!("this time cannot be used: {error}"))
}

#[cfg(test)]
mod tests;
