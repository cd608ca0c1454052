//! InfluxDB's line protocol, with the names that its input for collectd gives.

use collectd_net::{IdentifierRef, Time, Value};

use super::entry::{Entry, Message};
use super::format::Exporter;
use super::text;

pub(super) struct Influx;

impl Exporter for Influx {
    fn value_list(&mut self, entry: Entry<'_>, out: &mut Vec<u8>) {
        let list = entry.list;
        // It knows no others.
        let is_finite = |value: &Value| value.as_f64().is_finite();
        for number in entry.numbers().filter(|number| is_finite(&number.shown)) {
            let mut measurement = list.plugin().as_bytes().to_vec();
            measurement.push(b'_');
            number.source.push(&mut measurement);
            push_name(out, &measurement, |byte| matches!(byte, b',' | b' '));
            push_tags(out, list.identifier(), &["host", "", "instance", "type", "type_instance"]);
            out.extend_from_slice(b" value=");
            text::push_value(out, number.shown);
            push_end(out, list.time());
        }
    }

    fn notification(&mut self, message: Message<'_>, out: &mut Vec<u8>) -> bool {
        let notification = message.notification;
        out.extend_from_slice(b"notification");
        push_tags(out, notification.identifier, &["host", "plugin", "instance", "type", "type_instance"]);
        out.extend_from_slice(b",severity=");
        out.extend_from_slice(notification.severity.to_string().to_ascii_lowercase().as_bytes());
        out.extend_from_slice(b" message=\"");
        text::push_marked(out, notification.message, b'\\', |byte| matches!(byte, b'"' | b'\\'));
        out.push(b'"');
        push_end(out, notification.time);
        true
    }
}

/// Tags must not be empty; what has no key here is left out.
fn push_tags(out: &mut Vec<u8>, identifier: IdentifierRef<'_>, keys: &[&str; 5]) {
    for (key, name) in keys.iter().zip(identifier.names()).filter(|(key, name)| !key.is_empty() && !name.is_empty()) {
        out.push(b',');
        out.extend_from_slice(key.as_bytes());
        out.push(b'=');
        push_name(out, name.as_bytes(), |byte| matches!(byte, b',' | b'=' | b' '));
    }
}

/// A `\` stands for itself unless something follows that could be marked by it; there it cannot be said.
fn push_name(out: &mut Vec<u8>, name: &[u8], needs_mark: fn(u8) -> bool) {
    let name = text::escaped(name);
    for (at, &byte) in name.iter().enumerate() {
        let followed = || name.get(at + 1).is_some_and(|&next| !matches!(next, b',' | b'=' | b' ' | b'\\'));
        if byte == b'\\' && !followed() {
            out.extend_from_slice(b"\\x5c");
            continue;
        }
        if needs_mark(byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
}

/// Nanoseconds; as many as there are.
fn push_end(out: &mut Vec<u8>, time: Time) {
    out.push(b' ');
    text::push_integer(out, time.since_epoch().as_nanos());
    out.push(b'\n');
}
