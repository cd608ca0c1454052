//! Graphite's plaintext protocol, with the names that collectd's write_graphite gives by default.

use collectd_net::{NameRef, Value};

use super::entry::{Entry, Message};
use super::format::Exporter;
use super::text;

pub(super) struct Graphite;

/// What separates the parts of a name, and what the receiver would not take.
const FORBIDDEN: &[u8] = b" \t\"\\:!,/()\n\r.";

impl Exporter for Graphite {
    fn value_list(&mut self, entry: Entry<'_>, out: &mut Vec<u8>) {
        let list = entry.list;
        let names = list.identifier().names();
        let several = list.data().len() > 1;
        // What is not known is a gap there.
        for number in entry.numbers().filter(|number| !number.shown.as_f64().is_nan()) {
            for (separator, name) in [&b""[..], b".", b"-", b".", b"-"].into_iter().zip(names) {
                push_part(out, separator, name);
            }
            if several {
                out.push(b'.');
                let mut name = Vec::new();
                number.source.push(&mut name);
                push_part(out, b"", NameRef::until_nul(&name));
            }
            out.push(b' ');
            push_number(out, number.shown);
            out.push(b' ');
            // To the nearest, as the plugin does.
            let nearest = list.time().since_epoch() + std::time::Duration::from_millis(500);
            text::push_integer(out, nearest.as_secs());
            out.push(b'\n');
        }
    }

    fn notification(&mut self, _message: Message<'_>, _out: &mut Vec<u8>) -> bool {
        false
    }
}

fn push_part(out: &mut Vec<u8>, separator: &[u8], name: NameRef<'_>) {
    if name.is_empty() {
        return;
    }
    out.extend_from_slice(separator);
    let start = out.len();
    text::push_escaped(out, name.as_bytes());
    out[start..].iter_mut().filter(|byte| FORBIDDEN.contains(byte)).for_each(|byte| *byte = b'_');
}

fn push_number(out: &mut Vec<u8>, value: Value) {
    text::push_value(out, value);
    if let Value::Gauge(_) = value
        && out.ends_with(b".0")
    {
        out.truncate(out.len() - 2);
    }
}
