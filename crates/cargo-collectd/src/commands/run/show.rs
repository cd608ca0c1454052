//! Value lists and notifications, as they come.

use std::fmt;
use std::time::Duration;

use collectd_net::{ItemRef, Reader};
use serde_json::{Value, json};

use crate::received;
use crate::shell::Shell;

/// How many were shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) value_lists: u64,
    pub(super) notifications: u64,
}

impl Shown {
    /// Shows what there is, waiting this long for the first.
    pub(super) fn show(&mut self, reader: &mut Reader, wait: Duration, shell: &Shell) -> anyhow::Result<()> {
        received::each(reader, wait, |item| {
            if item.values().is_some() {
                self.value_lists += 1;
            } else {
                self.notifications += 1;
            }
            shell.print(item);
            shell.message(reason(item), || fields(item));
        })
    }
}

fn reason(item: ItemRef<'_>) -> &'static str {
    if item.values().is_some() { "value-list" } else { "notification" }
}

fn fields(item: ItemRef<'_>) -> Value {
    let mut fields = json!({
        "time": item.time().as_secs_f64(), "host": item.host().to_string(), "plugin": item.plugin().to_string(),
        "plugin_instance": item.plugin_instance().to_string(), "type": item.type_().to_string(),
        "type_instance": item.type_instance().to_string(),
    });
    if let Some(values) = item.values() {
        // A NaN is no number of JSON's.
        let number = |value: f64| if value.is_finite() { json!(value) } else { Value::Null };
        fields["values"] = values.values().map(|value| number(value.as_f64())).collect();
        fields["kinds"] = values.values().map(|value| value.kind().to_string()).collect();
        fields["interval"] = number(values.interval().as_secs_f64());
    }
    if let Some(notification) = item.notification() {
        fields["severity"] = json!(notification.severity.to_string());
        fields["message"] = json!(notification.text());
    }
    fields
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} value lists, {} notifications", self.value_lists, self.notifications)
    }
}
