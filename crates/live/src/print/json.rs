//! One JSON object a line.

use collectd_net::{IdentifierRef, Time, Value};

use super::entry::{Entry, Message, Number, Origin, Source};
use super::format::Exporter;
use super::text;

pub(super) struct Json {
    /// Times as the daemon counts them, and the bits of values.
    exact: bool,
}

impl Json {
    pub(super) fn new(exact: bool) -> Self {
        Json { exact }
    }

    fn push_time(&self, out: &mut Vec<u8>, time: Time) {
        if self.exact {
            text::push_integer(out, time.to_raw());
        } else {
            text::push_seconds(out, time.since_epoch());
        }
    }

    fn push_number(&self, out: &mut Vec<u8>, number: Number<'_>, has_set: bool) {
        out.push(b'{');
        if let (true, Source::Named(name)) = (has_set, number.source) {
            push_member(out, b"\"name\":", name);
            out.push(b',');
        }
        out.extend_from_slice(b"\"type\":\"");
        out.extend_from_slice(number.sent.kind().name().as_bytes());
        out.extend_from_slice(b"\",\"value\":");
        push_value(out, number.sent);
        if let Some(rate) = number.rate {
            out.extend_from_slice(b",\"rate\":");
            if rate.is_nan() { out.extend_from_slice(b"null") } else { push_value(out, Value::Gauge(rate)) }
        }
        if self.exact {
            out.extend_from_slice(b",\"bits\":\"");
            push_bits(out, number.sent.to_bits());
            out.push(b'"');
        }
        out.push(b'}');
    }
}

impl Exporter for Json {
    fn value_list(&mut self, entry: Entry<'_>, out: &mut Vec<u8>) {
        let list = entry.list;
        out.extend_from_slice(b"{\"kind\":\"values\",");
        push_identifier(out, list.identifier());
        out.extend_from_slice(b",\"time\":");
        self.push_time(out, list.time());
        out.extend_from_slice(b",\"interval\":");
        self.push_time(out, Time::from_raw(list.interval().to_raw()));
        out.extend_from_slice(b",\"values\":[");
        for (index, number) in entry.numbers().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.push_number(out, number, entry.set.is_some());
        }
        out.push(b']');
        push_origin(out, entry.origin);
    }

    fn notification(&mut self, message: Message<'_>, out: &mut Vec<u8>) -> bool {
        let notification = message.notification;
        out.extend_from_slice(b"{\"kind\":\"notification\",\"severity\":");
        text::push_integer(out, notification.severity.code());
        out.extend_from_slice(b",\"time\":");
        self.push_time(out, notification.time);
        out.push(b',');
        push_identifier(out, notification.identifier);
        push_member(out, b",\"message\":", notification.message);
        push_origin(out, message.origin);
        true
    }
}

fn push_identifier(out: &mut Vec<u8>, identifier: IdentifierRef<'_>) {
    let [host, plugin, plugin_instance, type_, type_instance] = identifier.names();
    push_member(out, b"\"host\":", host.as_bytes());
    push_member(out, b",\"plugin\":", plugin.as_bytes());
    push_member(out, b",\"plugin_instance\":", plugin_instance.as_bytes());
    push_member(out, b",\"type\":", type_.as_bytes());
    push_member(out, b",\"type_instance\":", type_instance.as_bytes());
}

/// The end of the object.
fn push_origin(out: &mut Vec<u8>, origin: Origin<'_>) {
    let text = |truth| if truth { &b"true"[..] } else { b"false" };
    out.extend_from_slice(b",\"signed\":");
    out.extend_from_slice(text(origin.signed));
    out.extend_from_slice(b",\"encrypted\":");
    out.extend_from_slice(text(origin.encrypted));
    match origin.user {
        None => out.extend_from_slice(b",\"username\":null"),
        Some(user) => push_member(out, b",\"username\":", user),
    }
    out.extend_from_slice(b"}\n");
}

#[inline]
fn push_member(out: &mut Vec<u8>, key: &[u8], text: &[u8]) {
    out.extend_from_slice(key);
    out.push(b'"');
    if text.iter().all(|&byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\') {
        out.extend_from_slice(text);
    } else {
        push_string(out, text);
    }
    out.push(b'"');
}

/// What is not UTF-8 becomes U+FFFD. All that could harm a terminal is escaped, more than JSON itself demands.
#[cold]
fn push_string(out: &mut Vec<u8>, text: &[u8]) {
    for character in String::from_utf8_lossy(text).chars() {
        let mut buffer = [0; 4];
        let encoded = character.encode_utf8(&mut buffer).as_bytes();
        if character == '"' || character == '\\' {
            out.push(b'\\');
            out.extend_from_slice(encoded);
        } else if *text::escaped(encoded) == *encoded {
            out.extend_from_slice(encoded);
        } else {
            // None of them is beyond 16 bits.
            push_unicode(out, u32::from(character));
        }
    }
}

fn push_unicode(out: &mut Vec<u8>, code: u32) {
    out.extend_from_slice(b"\\u");
    push_hex(out, code.into(), 4);
}

fn push_bits(out: &mut Vec<u8>, bits: u64) {
    push_hex(out, bits, 16);
}

fn push_hex(out: &mut Vec<u8>, number: u64, digits: u32) {
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[usize::try_from(number >> (4 * digit) & 0xf).unwrap_or_default()]);
    }
}

/// JSON has no NaN and no infinities: they are strings.
fn push_value(out: &mut Vec<u8>, value: Value) {
    match value {
        Value::Gauge(x) if x.is_nan() => out.extend_from_slice(b"\"NaN\""),
        Value::Gauge(f64::INFINITY) => out.extend_from_slice(b"\"Infinity\""),
        Value::Gauge(f64::NEG_INFINITY) => out.extend_from_slice(b"\"-Infinity\""),
        value => text::push_value(out, value),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_text_comes_back(text in prop_oneof![
            "[a\"\\\\/ {}]{0,8}".prop_map(String::into_bytes),
            "\\PC{0,8}|[\0-\u{a0}\u{2028}\u{202e}]{0,8}".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..8),
        ]) {
            let mut out = b"{".to_vec();
            push_member(&mut out, b"\"key\":", &text);
            out.push(b'}');
            let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(json["key"].as_str().unwrap(), String::from_utf8_lossy(&text));
            prop_assert!(!std::str::from_utf8(&out).unwrap().contains(char::is_control));
        }

        #[test]
        fn every_number_comes_back(bits: u64) {
            for value in [Value::Gauge(f64::from_bits(bits)), Value::Derive(bits.cast_signed()), Value::Counter(bits)] {
                let mut out = Vec::new();
                push_value(&mut out, value);
                let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
                match value {
                    Value::Gauge(x) if !x.is_finite() => prop_assert!(json.is_string()),
                    Value::Gauge(x) => prop_assert_eq!(json.to_string().parse::<f64>().unwrap().to_bits(), x.to_bits()),
                    value => prop_assert_eq!(json.to_string(), value.to_string()),
                }
            }
        }
    }
}
