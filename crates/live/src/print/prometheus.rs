//! Prometheus' text exposition format, with the names that collectd's write_prometheus gives.

use std::collections::HashSet;

use collectd_net::{Value, ValuesRef};
use collectd_types::Kind;

use super::entry::{Entry, Message, Number, Source};
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
        let list = entry.list;
        for number in entry.numbers() {
            self.name_family(list, number);
            self.push_head(out, list, number);
            out.extend_from_slice(&self.family);
            push_labels(out, list);
            out.push(b' ');
            push_number(out, number.shown);
            out.push(b' ');
            text::push_integer(out, list.time().since_epoch().as_millis());
            out.push(b'\n');
        }
    }

    fn notification(&mut self, _message: Message<'_>, _out: &mut Vec<u8>) -> bool {
        false
    }
}

impl Prometheus {
    /// `collectd`, plugin, type, data source, `total`: what is not said by another part.
    fn name_family(&mut self, list: ValuesRef<'_>, number: Number<'_>) {
        let family = &mut self.family;
        family.clear();
        family.extend_from_slice(b"collectd");
        let mut push = |part: &[u8]| {
            family.push(b'_');
            push_name(family, part);
        };
        if list.plugin() != list.type_().as_bytes() {
            push(list.plugin().as_bytes());
        }
        push(list.type_().as_bytes());
        match number.source {
            Source::Named(b"value") => {}
            Source::Named(name) => push(name),
            Source::Numbered(index) => push(index.to_string().as_bytes()),
        }
        // A rate is none.
        if matches!(number.shown.kind(), Kind::Counter | Kind::Derive) {
            push(b"total");
        }
    }

    /// Before the first sample of a family.
    fn push_head(&mut self, out: &mut Vec<u8>, list: ValuesRef<'_>, number: Number<'_>) {
        if self.families.len() >= MAX_FAMILIES || self.families.contains(&self.family[..]) {
            return;
        }
        self.families.insert(self.family[..].into());
        out.extend_from_slice(b"# HELP ");
        out.extend_from_slice(&self.family);
        let mut source = Vec::new();
        number.source.push(&mut source);
        let kind = number.sent.kind().name().as_bytes();
        let parts = [(b" ", list.plugin().as_bytes()), (b"/", list.type_().as_bytes()), (b" ", &source), (b" ", kind)];
        for (separator, part) in parts {
            out.extend_from_slice(separator);
            text::push_marked(out, part, b'\\', |byte| byte == b'\\');
        }
        out.extend_from_slice(b"\n# TYPE ");
        out.extend_from_slice(&self.family);
        let is_gauge = number.shown.kind() == Kind::Gauge;
        out.extend_from_slice(if is_gauge { b" gauge\n" } else { b" counter\n" });
    }
}

fn push_labels(out: &mut Vec<u8>, list: ValuesRef<'_>) {
    out.push(b'{');
    let (plugin_instance, type_instance) = (list.plugin_instance(), list.type_instance());
    if !plugin_instance.is_empty() {
        push_plugin(out, list);
        push_label(out, plugin_instance.as_bytes());
        out.push(b',');
    }
    if !type_instance.is_empty() {
        if plugin_instance.is_empty() {
            push_plugin(out, list);
        } else {
            out.extend_from_slice(b"type");
        }
        push_label(out, type_instance.as_bytes());
        out.push(b',');
    }
    out.extend_from_slice(b"instance");
    push_label(out, list.host().as_bytes());
    out.push(b'}');
}

/// The plugin as the name of a label. There must not be two of the same name.
fn push_plugin(out: &mut Vec<u8>, list: ValuesRef<'_>) {
    let plugin = list.plugin().as_bytes();
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
