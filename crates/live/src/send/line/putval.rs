//! `PUTVAL identifier [option…] values…`

use std::ops::Range;

use collectd_types::{
    Data, DataSource, Escaped, IdentifierRef, Interval, Kind, Name, NameRef, Time, TypesDb, Value, ValuesRef,
};

use super::fields::Split;
use super::{Problem, Sent, is_blank, is_key, time};

/// The value lists of a line, in memory that is used again.
#[derive(Default)]
pub(super) struct Lists {
    lists: Vec<List>,
    values: Vec<Value>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct List {
    time: Time,
    interval: Interval,
    values: Range<usize>,
}

impl List {
    pub(super) fn view<'a>(&self, identifier: IdentifierRef<'a>, values: &'a [Value]) -> ValuesRef<'a> {
        ValuesRef::new(self.time, self.interval, identifier, Data::Values(&values[self.values.clone()]))
    }
}

impl Lists {
    /// Reads what stands behind the command. Also says whether there are meta data.
    pub(super) fn read<'a>(
        &'a mut self,
        fields: &Split<'a>,
        types: &TypesDb,
        mut interval: Interval,
        odd: &mut Vec<Problem>,
    ) -> Result<(Sent<'a>, bool), Problem> {
        self.lists.clear();
        self.values.clear();
        match fields.len() {
            0 => return Err(Problem::new(fields.at(0, 0), NO_IDENTIFIER)),
            1 => return Err(Problem::new(fields.at(1, 0), "the values are missing")),
            _ => {}
        }
        let identifier = identifier(fields)?;
        let set = types.get(identifier.type_()).ok_or_else(|| {
            let (type_, at) = (identifier.type_(), type_at(fields.field(0)));
            let hint = if types.is_empty() { ", which there is not: --types-db names one" } else { "" };
            Problem::new(fields.at(0, at), format!("type \"{type_}\" is not in types.db{hint}"))
        })?;
        let mut has_meta = false;
        for index in 1..fields.len() {
            let field = fields.field(index);
            match option(field) {
                None => self.values(fields, index, set.sources(), interval, odd)?,
                Some((key, value)) if key.eq_ignore_ascii_case(b"interval") => {
                    let at = fields.at(index, field.len() - value.len());
                    interval = interval_option(value, interval, at, odd);
                }
                Some((key, _)) if key.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"meta:")) => {
                    has_meta = true;
                }
                Some((key, _)) => {
                    let text = format!("no option is named \"{}\": they are interval and meta:…", Escaped(key));
                    return Err(Problem::new(fields.at(index, 0), text));
                }
            }
        }
        if self.lists.is_empty() {
            odd.push(Problem::new(fields.at(fields.len(), 0), "there are no values, so that nothing is sent"));
        }
        let (lists, values) = (&self.lists[..], &self.values[..]);
        Ok((Sent { identifier, lists, values, at: fields.at(0, 0) }, has_meta))
    }

    /// Reads a field with a time and values between colons. More colons than necessary do not matter to the daemon.
    fn values(
        &mut self,
        fields: &Split<'_>,
        index: usize,
        sources: &[DataSource],
        interval: Interval,
        odd: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        let field = fields.field(index);
        let start = self.values.len();
        let (mut time, mut at) = (None, 0);
        for text in field.split(|byte| *byte == b':') {
            let place = fields.at(index, at);
            at += text.len() + 1;
            if text.is_empty() {
                odd.push(Problem::new(place, "nothing stands beside a colon here"));
                continue;
            }
            let Some(source) = sources.get(self.values.len() - start) else {
                return Err(Problem::new(place, format!("a value too many: the type has {}", sources.len())));
            };
            if time.is_none() {
                time = time_field(text, place, odd)?;
            } else {
                self.values.push(value(text, source.kind, place, odd)?);
            }
        }
        let count = self.values.len() - start;
        let end = fields.at(index, field.len());
        match (time, count) {
            (None, _) => return Err(Problem::new(end, "the time and the values are missing")),
            (_, 0) => return Err(Problem::new(end, "there is no value behind the time")),
            _ if count < sources.len() => {
                odd.push(Problem::new(end, format!("the type has {} values: those missing are 0", sources.len())));
            }
            _ => {}
        }
        self.values.extend(sources[count..].iter().map(|source| Value::from_bits(source.kind, 0)));
        let time = time.unwrap_or(Time::UNSET);
        self.lists.push(List { time, interval, values: start..self.values.len() });
        Ok(())
    }
}

const NO_IDENTIFIER: &str =
    "identifier and values are missing (all of a line is one argument: 'PUTVAL host/plugin/type N:1')";

/// `host/plugin[-instance]/type[-instance]`
fn identifier<'a>(fields: &Split<'a>) -> Result<IdentifierRef<'a>, Problem> {
    let text = fields.field(0);
    let slash = |from: usize| text[from..].iter().position(|byte| *byte == b'/').map(|len| from + len);
    let (Some(host_end), Some(plugin_end)) = (slash(0), slash(0).and_then(|end| slash(end + 1))) else {
        let text = "not an identifier: it is host/plugin[-instance]/type[-instance]";
        return Err(Problem::new(fields.at(0, 0), text));
    };
    let name = |part: Range<usize>, what: &str| match NameRef::new(&text[part.clone()]) {
        Ok(name) => Ok(name),
        Err(_) => Err(Problem::new(
            fields.at(0, part.start),
            format!("the {what} has {} bytes, more than {}", part.len(), Name::MAX_LEN),
        )),
    };
    let instance = |part: Range<usize>| match text[part.clone()].iter().position(|byte| *byte == b'-') {
        Some(len) => (part.start..part.start + len, part.start + len + 1..part.end),
        None => (part.clone(), part.end..part.end),
    };
    let (plugin, plugin_instance) = instance(host_end + 1..plugin_end);
    let (type_, type_instance) = instance(plugin_end + 1..text.len());
    if plugin.is_empty() {
        return Err(Problem::new(
            fields.at(0, plugin.start),
            "the plugin is missing, without which receivers take nothing",
        ));
    }
    Ok(IdentifierRef::new([
        name(0..host_end, "host")?,
        name(plugin, "plugin")?,
        name(plugin_instance, "plugin instance")?,
        name(type_, "type")?,
        name(type_instance, "type instance")?,
    ]))
}

/// Where the type begins in an identifier.
fn type_at(identifier: &[u8]) -> usize {
    let slashes = identifier.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    slashes.map(|(at, _)| at + 1).nth(1).unwrap_or_default()
}

/// `key=value`
fn option(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = field.iter().position(|byte| !is_key(*byte))?;
    (end > 0 && field[end] == b'=').then(|| (&field[..end], &field[end + 1..]))
}

/// The daemon ignores what is no interval, and what follows one.
fn interval_option(text: &[u8], before: Interval, at: usize, odd: &mut Vec<Problem>) -> Interval {
    let number = Kind::Gauge.parse_as_daemon(text);
    let interval = number.and_then(|number| Interval::try_from_secs_f64(number.value.as_f64()).ok());
    match (number, interval) {
        (Some(number), Some(interval)) if !interval.is_unset() => {
            if !number.rest.is_empty() {
                let at = at + text.len() - number.rest.len();
                odd.push(Problem::new(at, format!("\"{}\" behind the number is ignored", Escaped(number.rest))));
            }
            interval
        }
        _ => {
            odd.push(Problem::new(at, "not a positive number of seconds, so that this interval is ignored"));
            before
        }
    }
}

/// `None` is 0, which to the daemon is no time, so that it takes the next number for it.
fn time_field(text: &[u8], at: usize, odd: &mut Vec<Problem>) -> Result<Option<Time>, Problem> {
    if text == b"N" {
        return Ok(Some(Time::UNSET));
    }
    match time(text).map_err(|text| Problem::new(at, text))? {
        Time::UNSET => {
            odd.push(Problem::new(at, "0 is no time: what follows is taken for it"));
            Ok(None)
        }
        time => Ok(Some(time)),
    }
}

fn value(text: &[u8], kind: Kind, at: usize, odd: &mut Vec<Problem>) -> Result<Value, Problem> {
    if text == b"U" && kind == Kind::Gauge {
        return Ok(Value::Gauge(f64::NAN));
    }
    let Some(number) = kind.parse_as_daemon(text) else {
        return Err(Problem::new(at, format!("\"{}\" is not a {kind}", Escaped(text))));
    };
    if !number.rest.is_empty() {
        let blanks = text.iter().rev().take_while(|byte| is_blank(**byte)).count();
        let at = at + text.len() - blanks - number.rest.len();
        odd.push(Problem::new(at, format!("\"{}\" behind the number is ignored", Escaped(number.rest))));
    }
    if !number.fits {
        odd.push(Problem::new(at, format!("it does not fit into a {kind}, so that it is {}", number.value)));
    }
    Ok(number.value)
}
