//! Comma-separated values (RFC 4180), one row for each value.

use collectd_net::{IdentifierRef, Interval, Time};

use super::entry::{Entry, Message};
use super::format::Exporter;
use super::text;

pub(super) struct Csv;

impl Exporter for Csv {
    fn begin(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"kind,time,interval,host,plugin,plugin_instance,type,type_instance,");
        out.extend_from_slice(b"name,value_type,value,severity,message\n");
    }

    fn value_list(&mut self, entry: Entry<'_>, out: &mut Vec<u8>) {
        let list = entry.list;
        for number in entry.numbers() {
            push_head(out, b"values", list.time(), Some(list.interval()), list.identifier());
            let mut name = Vec::new();
            number.source.push(&mut name);
            push_field(out, &name);
            out.push(b',');
            out.extend_from_slice(number.sent.kind().name().as_bytes());
            out.push(b',');
            text::push_value(out, number.shown);
            out.extend_from_slice(b",,\n");
        }
    }

    fn notification(&mut self, message: Message<'_>, out: &mut Vec<u8>) -> bool {
        let notification = message.notification;
        push_head(out, b"notification", notification.time, None, notification.identifier);
        out.extend_from_slice(b",,,");
        out.extend_from_slice(notification.severity.to_string().to_ascii_lowercase().as_bytes());
        out.push(b',');
        push_field(out, notification.message);
        out.push(b'\n');
        true
    }
}

/// The columns that both kinds have, and the comma behind them.
fn push_head(out: &mut Vec<u8>, kind: &[u8], time: Time, interval: Option<Interval>, identifier: IdentifierRef<'_>) {
    out.extend_from_slice(kind);
    out.push(b',');
    text::push_seconds(out, time.since_epoch());
    out.push(b',');
    if let Some(interval) = interval {
        text::push_seconds(out, interval.to_duration());
    }
    for name in identifier.names() {
        out.push(b',');
        push_field(out, name.as_bytes());
    }
    out.push(b',');
}

fn push_field(out: &mut Vec<u8>, field: &[u8]) {
    let field = text::escaped(field);
    // Readers drop blanks at the ends.
    if field.iter().any(|byte| matches!(byte, b',' | b'"' | b' ')) {
        out.push(b'"');
        text::push_marked(out, &field, b'"', |byte| byte == b'"');
        out.push(b'"');
    } else {
        out.extend_from_slice(&field);
    }
}
