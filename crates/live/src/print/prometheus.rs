//! Prometheus' text exposition format, with the names that collectd's write_prometheus gives.

use std::collections::HashSet;

use collectd_net::{IdentifierRef, Time, Value};
use collectd_types::Kind;

use super::entry::{Entry, Message, Source};
use super::format::Exporter;
use super::text;

/// How many families are remembered, so that the type of each is said once. Those beyond have none.
const MAX_FAMILIES: usize = 10_000;

#[derive(Default)]
pub(super) struct Prometheus {
    families: HashSet<Box<[u8]>>,
    /// The name of the family at hand.
    family: Vec<u8>,
}

impl Exporter for Prometheus {
    fn value_list(&mut self, entry: Entry<'_>, out: &mut Vec<u8>) {
        let (identifier, time) = (entry.list.identifier(), entry.list.time());
        for number in entry.numbers() {
            let (mut buffer, source) = (itoa::Buffer::new(), number.source);
            let source = match source {
                Source::Named(name) => name,
                Source::Numbered(index) => buffer.format(index).as_bytes(),
            };
            self.family.clear();
            push_family(&mut self.family, identifier, source, number.shown.kind());
            if self.is_new() {
                push_head(out, &self.family, identifier, source, [number.sent, number.shown].map(Value::kind));
            }
            push_sample(out, &self.family, identifier, number.shown, time);
        }
    }

    fn notification(&mut self, _message: Message<'_>, _out: &mut Vec<u8>) -> bool {
        false
    }
}

impl Prometheus {
    /// Whether this is the first sample of the family at hand.
    fn is_new(&mut self) -> bool {
        if self.families.len() >= MAX_FAMILIES || self.families.contains(&self.family[..]) {
            return false;
        }
        self.families.insert(self.family[..].into())
    }
}

/// Appends the name of a family: `collectd`, plugin, type, data source, `total`, each if no other part says it.
pub(crate) fn push_family(out: &mut Vec<u8>, identifier: IdentifierRef<'_>, source: &[u8], shown: Kind) {
    out.extend_from_slice(b"collectd");
    let mut push = |part: &[u8]| {
        out.push(b'_');
        push_name(out, part);
    };
    if identifier.plugin() != identifier.type_().as_bytes() {
        push(identifier.plugin().as_bytes());
    }
    push(identifier.type_().as_bytes());
    if source != b"value" {
        push(source);
    }
    // A rate is none.
    if matches!(shown, Kind::Counter | Kind::Derive) {
        push(b"total");
    }
}

/// Appends what stands before the first sample of a family.
pub(crate) fn push_head(
    out: &mut Vec<u8>,
    family: &[u8],
    identifier: IdentifierRef<'_>,
    source: &[u8],
    [sent, shown]: [Kind; 2],
) {
    out.extend_from_slice(b"# HELP ");
    out.extend_from_slice(family);
    let (plugin, type_, kind) = (identifier.plugin(), identifier.type_(), sent.name());
    let parts = [(b" ", plugin.as_bytes()), (b"/", type_.as_bytes()), (b" ", source), (b" ", kind.as_bytes())];
    for (separator, part) in parts {
        out.extend_from_slice(separator);
        text::push_marked(out, part, b'\\', |byte| byte == b'\\');
    }
    out.extend_from_slice(b"\n# TYPE ");
    out.extend_from_slice(family);
    out.extend_from_slice(if shown == Kind::Gauge { b" gauge\n" } else { b" counter\n" });
}

/// Appends a line with a value.
pub(crate) fn push_sample(out: &mut Vec<u8>, family: &[u8], identifier: IdentifierRef<'_>, value: Value, time: Time) {
    out.extend_from_slice(family);
    push_labels(out, identifier);
    out.push(b' ');
    push_number(out, value);
    out.push(b' ');
    text::push_integer(out, time.since_epoch().as_millis());
    out.push(b'\n');
}

fn push_labels(out: &mut Vec<u8>, identifier: IdentifierRef<'_>) {
    out.push(b'{');
    let (plugin_instance, type_instance) = (identifier.plugin_instance(), identifier.type_instance());
    if !plugin_instance.is_empty() {
        push_plugin(out, identifier);
        push_label(out, plugin_instance.as_bytes());
        out.push(b',');
    }
    if !type_instance.is_empty() {
        if plugin_instance.is_empty() {
            push_plugin(out, identifier);
        } else {
            out.extend_from_slice(b"type");
        }
        push_label(out, type_instance.as_bytes());
        out.push(b',');
    }
    out.extend_from_slice(b"instance");
    push_label(out, identifier.host().as_bytes());
    out.push(b'}');
}

/// The plugin as the name of a label. There must not be two of the same name.
fn push_plugin(out: &mut Vec<u8>, identifier: IdentifierRef<'_>) {
    let plugin = identifier.plugin().as_bytes();
    if plugin.first().is_none_or(u8::is_ascii_digit)
        || matches!(plugin, b"type" | b"instance")
        || plugin.starts_with(b"__")
    {
        out.extend_from_slice(b"plugin_");
    }
    let start = out.len();
    push_name(out, plugin);
    // Families may have them.
    out[start..].iter_mut().filter(|byte| **byte == b':').for_each(|byte| *byte = b'_');
}

fn push_label(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(b"=\"");
    text::push_marked(out, text, b'\\', |byte| matches!(byte, b'"' | b'\\'));
    out.push(b'"');
}

/// What may not be in a name becomes `_`.
fn push_name(out: &mut Vec<u8>, name: &[u8]) {
    out.extend(name.iter().map(|&byte| if byte.is_ascii_alphanumeric() || byte == b':' { byte } else { b'_' }));
}

fn push_number(out: &mut Vec<u8>, value: Value) {
    match value {
        Value::Gauge(f64::INFINITY) => out.extend_from_slice(b"+Inf"),
        Value::Gauge(f64::NEG_INFINITY) => out.extend_from_slice(b"-Inf"),
        value => text::push_value(out, value),
    }
}
