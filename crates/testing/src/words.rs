//! Commands for the fake daemon.

use std::fmt::Write as _;

pub(crate) use collectd_reports::quoted;
use collectd_types::{Interval, Meta, MetaValueRef, NameRef, Notification, Time, Values};

/// A value list that another plugin dispatches.
pub(crate) fn dispatch(list: &Values) -> String {
    let values = list.view();
    let numbers: Vec<String> = values.values().map(|value| format!("bits:{:016x}", value.to_bits())).collect();
    let numbers = if numbers.is_empty() { "-".to_owned() } else { numbers.join(",") };
    let mut command = format!("dispatch x/x/x {} {} {numbers}", time(values.time()), interval(values.interval()));
    let plugin = if values.plugin().is_empty() { NameRef::until_nul(b"test") } else { values.plugin() };
    let names = [values.host(), plugin, values.plugin_instance(), values.type_(), values.type_instance()];
    parts(&mut command, "", names);
    meta(&mut command, list.meta_data());
    command
}

/// A notification of another plugin.
pub(crate) fn notification(notification: &Notification) -> String {
    let (severity, time) = (notification.severity.code(), time(notification.time));
    let mut command = format!("notification {severity} {time} x/x/x {}", quoted(&notification.message));
    parts(&mut command, "part:", notification.identifier.view().names());
    meta(&mut command, &notification.meta);
    command
}

const PARTS: [&str; 5] = ["host", "plugin", "plugin_instance", "type", "type_instance"];

fn parts(command: &mut String, prefix: &str, names: [NameRef<'_>; 5]) {
    for (part, name) in PARTS.iter().zip(names) {
        let word = [prefix.as_bytes(), part.as_bytes(), b"=", name.as_ref()].concat();
        let _ = write!(command, " {}", quoted(&word));
    }
}

fn meta(command: &mut String, meta: &Meta) {
    for (key, value) in meta.iter() {
        let value = match value {
            MetaValueRef::String(text) => format!("s:{text}"),
            MetaValueRef::Signed(number) => format!("i:{number}"),
            MetaValueRef::Unsigned(number) => format!("u:{number}"),
            MetaValueRef::Double(number) => format!("d:{number:?}"),
            MetaValueRef::Boolean(value) => format!("b:{value}"),
            _ => continue,
        };
        let _ = write!(command, " {}", quoted(format!("meta:{key}={value}").as_bytes()));
    }
}

fn time(time: Time) -> String {
    if time.is_unset() { "now".to_owned() } else { format!("cdtime:{}", time.to_raw()) }
}

/// Without one, the daemon's.
fn interval(interval: Interval) -> String {
    format!("cdtime:{}", interval.to_raw())
}
