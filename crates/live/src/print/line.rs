//! Lines for people, as `Item` displays itself; on a terminal with colours.

use std::io::Write;

use collectd_net::{IdentifierRef, Severity, Value};

use super::entry::{Entry, Message};
use super::format::Exporter;
use super::style::{Style, Styles};
use super::text;

pub(super) struct Line {
    styles: Styles,
}

impl Line {
    pub(super) fn new(colours: bool) -> Self {
        Line { styles: Styles::new(colours) }
    }

    fn push_head(&self, out: &mut Vec<u8>, secs: u64, identifier: IdentifierRef<'_>) {
        self.styles.push(out, Style::Faint, |out| {
            out.push(b'[');
            text::push_integer(out, secs);
            out.push(b']');
        });
        out.push(b' ');
        let [host, plugin, plugin_instance, type_, type_instance] = identifier.names();
        self.styles.push(out, Style::Host, |out| text::push_escaped(out, host.as_bytes()));
        for (separator, name) in [(b'/', plugin), (b'-', plugin_instance), (b'/', type_), (b'/', type_instance)] {
            if !name.is_empty() {
                out.push(separator);
                text::push_escaped(out, name.as_bytes());
            }
        }
        out.push(b' ');
    }
}

impl Exporter for Line {
    fn value_list(&mut self, entry: Entry<'_>, out: &mut Vec<u8>) {
        self.push_head(out, entry.list.time().as_secs(), entry.list.identifier());
        out.push(b'[');
        for (index, number) in entry.numbers().enumerate() {
            out.extend_from_slice(if index == 0 { b"(" } else { b", (" });
            text::push_integer(out, number.sent.kind().code());
            out.extend_from_slice(b", ");
            self.styles.push(out, Style::Value, |out| push_shown(out, number.shown));
            out.push(b')');
        }
        out.extend_from_slice(b"]\n");
    }

    fn notification(&mut self, message: Message<'_>, out: &mut Vec<u8>) -> bool {
        let notification = message.notification;
        self.push_head(out, notification.time.as_secs(), notification.identifier);
        let style = match notification.severity {
            Severity::Failure => Style::Failure,
            Severity::Warning => Style::Warning,
            Severity::Okay => Style::Okay,
        };
        self.styles.push(out, style, |out| out.extend_from_slice(notification.severity.to_string().as_bytes()));
        out.extend_from_slice(b": ");
        text::push_escaped(out, notification.message);
        out.push(b'\n');
        true
    }
}

/// As `Value` displays itself: other limits for exponents than where programs read it.
fn push_shown(out: &mut Vec<u8>, value: Value) {
    // Writing to memory does not fail.
    let _ = write!(out, "{value}");
}
