//! `PUTNOTIF option…`

use std::ops::Range;

use collectd_types::{Escaped, IdentifierRef, MetaRef, Name, NameRef, Notification, NotificationRef, Severity, Time};

use super::{Problem, is_blank, is_key, time};

const KEYS: [&str; 5] = ["host", "plugin", "plugin_instance", "type", "type_instance"];

/// The options of a line, in memory that is used again.
#[derive(Default)]
pub(super) struct Options {
    /// The values of all options, without quotes and backslashes.
    text: Vec<u8>,
    names: [Range<usize>; 5],
    message: Range<usize>,
    severity: Option<Severity>,
    time: Time,
    has_meta: bool,
}

impl Options {
    /// Reads what stands behind the command. Also says whether there are meta data.
    pub(super) fn read<'a>(
        &'a mut self,
        line: &[u8],
        from: usize,
        odd: &mut Vec<Problem>,
    ) -> Result<(NotificationRef<'a>, bool), Problem> {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        *self = Options { text, ..Options::default() };
        let mut at = skip_blanks(line, from);
        while at < line.len() {
            let key_end = at + line[at..].iter().take_while(|byte| is_key(**byte)).count();
            if key_end == at || line.get(key_end) != Some(&b'=') {
                return Err(Problem::new(at, "no option: those are like key=value or key=\"some words\""));
            }
            let (value, end) = self.unquote(line, key_end + 1)?;
            self.set(&line[at..key_end], at, value, key_end + 1, odd)?;
            at = skip_blanks(line, end);
        }
        let missing = |what: &str| Err(Problem::new(line.len(), format!("the option {what} is missing")));
        let Some(severity) = self.severity else { return missing("severity") };
        if self.time.is_unset() {
            return missing("time");
        }
        if self.message.is_empty() {
            return missing("message");
        }
        let message = &self.text[self.message.clone()];
        let names = self.names.clone().map(|name| NameRef::until_nul(&self.text[name]));
        let (time, identifier, meta) = (self.time, IdentifierRef::new(names), MetaRef::NONE);
        Ok((NotificationRef { time, severity, identifier, message, meta }, self.has_meta))
    }

    /// The value that begins here, and where it ends. Quotes must be around all of it, and a blank behind them.
    fn unquote(&mut self, line: &[u8], from: usize) -> Result<(Range<usize>, usize), Problem> {
        let start = self.text.len();
        let rest = &line[from..];
        if rest.first().is_none_or(|first| is_blank(*first)) {
            return Err(Problem::new(from, "nothing stands behind the =: an empty value is \"\""));
        }
        if rest[0] != b'"' {
            let len = rest.iter().position(|byte| is_blank(*byte)).unwrap_or(rest.len());
            self.text.extend_from_slice(&rest[..len]);
            return Ok((start..self.text.len(), from + len));
        }
        let mut at = from + 1;
        loop {
            match line.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += 1,
                _ => {}
            }
            let Some(byte) = line.get(at) else {
                return Err(Problem::new(from, "the quote that begins here does not end"));
            };
            self.text.push(*byte);
            at += 1;
        }
        match line.get(at + 1) {
            Some(byte) if !is_blank(*byte) => Err(Problem::new(at + 1, "there must be a blank behind the quotes")),
            _ => Ok((start..self.text.len(), at + 1)),
        }
    }

    fn set(
        &mut self,
        key: &[u8],
        key_at: usize,
        value: Range<usize>,
        at: usize,
        odd: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        let is = |name: &str| key.eq_ignore_ascii_case(name.as_bytes());
        let bytes = &self.text[value.clone()];
        if let [kind, b':', key @ ..] = key {
            if *kind != b's' || key.is_empty() {
                return Err(Problem::new(key_at, "meta data are of text only, s:name=value"));
            }
            self.has_meta = true;
        } else if is("severity") {
            self.severity = Some(severity(bytes, at)?);
        } else if is("time") {
            self.time = time(bytes).map_err(|_| Problem::new(at, "not a time in seconds since 1970"))?;
        } else if is("message") {
            self.message = cut(value, Notification::MAX_MESSAGE_LEN, at, odd);
        } else if let Some(index) = KEYS.iter().position(|name| is(name)) {
            self.names[index] = cut(value, Name::MAX_LEN, at, odd);
        } else {
            return Err(Problem::new(key_at, format!("no option is named \"{}\"", Escaped(key))));
        }
        Ok(())
    }
}

/// Unlike elsewhere the daemon knows no short form of them here.
fn severity(text: &[u8], at: usize) -> Result<Severity, Problem> {
    let all = [Severity::Failure, Severity::Warning, Severity::Okay];
    let severity = all.into_iter().find(|severity| text.eq_ignore_ascii_case(severity.to_string().as_bytes()));
    severity.ok_or_else(|| Problem::new(at, "no severity: they are failure, warning and okay"))
}

/// As much of it as the daemon's structure holds.
fn cut(value: Range<usize>, max: usize, at: usize, odd: &mut Vec<Problem>) -> Range<usize> {
    if value.len() > max {
        odd.push(Problem::new(at, format!("it has {} bytes, and is cut to {max}", value.len())));
    }
    value.start..value.end.min(value.start + max)
}

fn skip_blanks(line: &[u8], from: usize) -> usize {
    from + line[from..].iter().take_while(|byte| is_blank(**byte)).count()
}
