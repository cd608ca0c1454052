//! What the tests share: a daemon with the plugin and `csv`, and messages compared with its rows.

use std::path::PathBuf;

use collectd_test_daemon::{Builder, Daemon, Rows, cargo_build};
use serde_json::Value;

use crate::servers::Stored;

pub(crate) const CREATE: &str = "<Stream \"COLLECTD\">\nCreate true\n</Stream>\n";

pub(crate) fn plugin() -> PathBuf {
    cargo_build::cdylib("collectd-example-nats-writer")
}

/// A daemon with these lines in the block of the plugin; and with `csv`, which writes all values in another way. With one
/// write thread: of several, `csv` loses rows when they make the same file.
pub(crate) fn daemon(block: &str) -> Builder {
    let conf = format!("<Plugin nats_writer>\n{block}\n</Plugin>");
    let builder = Daemon::builder().write_threads(1).load("csv").load("unixsock");
    builder.load_so(plugin(), "nats_writer").conf(&conf)
}

/// Every value list that `csv` has written is in the stream, once, and no other.
pub(crate) fn assert_same(csv: &Rows, stored: &[Stored]) {
    let mut left = Rows::new();
    for (subject, content) in stored {
        let list = &content[0];
        assert_eq!(content.as_array().map(Vec::len), Some(1));
        let text = |key: &str| list[key].as_str().expect("a text").to_owned();
        assert_eq!(
            *subject,
            format!("collectd.{}.{}.{}", escaped(&text("host")), escaped(&text("plugin")), escaped(&text("type")))
        );
        let dashed =
            |name: String, instance: String| if instance.is_empty() { name } else { format!("{name}-{instance}") };
        let plugin = dashed(text("plugin"), text("plugin_instance"));
        let identifier = format!("{}/{plugin}/{}", text("host"), dashed(text("type"), text("type_instance")));
        let values = list["values"].as_array().expect("a list").iter().zip(list["dstypes"].as_array().expect("a list"));
        let shown: Vec<_> = values.map(|(value, kind)| shown(value, kind)).collect();
        left.entry(identifier).or_default().push((list["time"].to_string(), shown.join(",")));
    }
    let names = |rows: &Rows| rows.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(csv), names(&left));
    for (identifier, expected) in csv {
        let (expected, got) = (sorted(expected), sorted(&left[identifier]));
        assert_eq!(expected.len(), got.len(), "{identifier}");
        for (expected, got) in expected.iter().zip(&got) {
            // A thousandth of a second is all that `csv` writes.
            let is_same_time = (expected.0 - got.0).abs() < 0.000_501;
            assert!(is_same_time && expected.1 == got.1, "{identifier}: {expected:?} {got:?}");
        }
    }
}

fn escaped(name: &str) -> String {
    name.replace('.', "%2E").replace(' ', "%20").replace('*', "%2A").replace('>', "%3E")
}

/// As `csv` has it.
fn shown(value: &Value, kind: &Value) -> String {
    match value.as_f64() {
        None => "nan".to_owned(),
        Some(number) if kind == "gauge" => format!("{number:.6}"),
        Some(_) => value.to_string(),
    }
}

/// Several threads write, in any order.
fn sorted(rows: &[(String, String)]) -> Vec<(f64, String)> {
    let number = |(time, values): &(String, String)| (time.parse().expect("a number"), values.replace("-nan", "nan"));
    let mut rows: Vec<(f64, String)> = rows.iter().map(number).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows
}
