//! The plain text protocol of collectd's unixsock and exec plugins.

use std::time::Duration;

use collectd_net::Value;

use super::entry::{Entry, Message};
use super::format::Exporter;
use super::text;

pub(super) struct Putval;

impl Exporter for Putval {
    fn value_list(&mut self, entry: Entry<'_>, out: &mut Vec<u8>) {
        let list = entry.list;
        out.extend_from_slice(b"PUTVAL ");
        push_quoted(out, &list.identifier().to_bytes());
        if !list.interval().is_unset() {
            out.extend_from_slice(b" interval=");
            push_seconds(out, list.interval().to_duration());
        }
        out.push(b' ');
        push_seconds(out, list.time().since_epoch());
        for number in entry.numbers() {
            out.push(b':');
            match number.shown {
                Value::Gauge(x) if x.is_nan() => out.push(b'U'),
                value => text::push_value(out, value),
            }
        }
        out.push(b'\n');
    }

    fn notification(&mut self, message: Message<'_>, out: &mut Vec<u8>) -> bool {
        let notification = message.notification;
        out.extend_from_slice(b"PUTNOTIF severity=");
        out.extend_from_slice(notification.severity.to_string().to_ascii_lowercase().as_bytes());
        out.extend_from_slice(b" time=");
        push_seconds(out, notification.time.since_epoch());
        let names = notification.identifier.names();
        let keys = ["host", "plugin", "plugin_instance", "type", "type_instance"];
        for (key, name) in keys.iter().zip(names).filter(|(_, name)| !name.is_empty()) {
            out.push(b' ');
            out.extend_from_slice(key.as_bytes());
            out.push(b'=');
            push_quoted(out, name.as_bytes());
        }
        out.extend_from_slice(b" message=");
        push_quoted(out, notification.message);
        out.push(b'\n');
        true
    }
}

/// In quotation marks only if need be, so that people can read it.
fn push_quoted(out: &mut Vec<u8>, bytes: &[u8]) {
    let bytes = text::escaped(bytes);
    let is_word = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    if !bytes.is_empty() && bytes.iter().all(is_word) {
        out.extend_from_slice(&bytes);
    } else {
        out.push(b'"');
        text::push_marked(out, &bytes, b'\\', |byte| matches!(byte, b'"' | b'\\'));
        out.push(b'"');
    }
}

/// Without a fraction if there is none: collectdctl takes no other.
fn push_seconds(out: &mut Vec<u8>, duration: Duration) {
    text::push_seconds(out, duration);
    while out.ends_with(b"0") {
        out.pop();
    }
    if out.ends_with(b".") {
        out.pop();
    }
}
