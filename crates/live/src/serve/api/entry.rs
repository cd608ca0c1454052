//! Series and notifications as JSON.

use collectd_types::{Escaped, IdentifierRef, Time, Value};
use serde::{Serialize, Serializer};

use crate::serve::id::Id;
use crate::store::{self, Series, unit};

/// How many numbers of a series are sent at most, so that nobody waits for long for the store: more than a page shows.
const NUMBERS: usize = 20_000;

/// A series, and its last values.
#[derive(Serialize)]
pub(in crate::serve) struct Entry {
    pub(in crate::serve) id: String,
    #[serde(flatten)]
    names: Names,
    time: f64,
    interval: f64,
    silent: bool,
    sources: Vec<Source>,
}

#[derive(Serialize)]
struct Names {
    host: String,
    plugin: String,
    plugin_instance: String,
    #[serde(rename = "type")]
    type_: String,
    type_instance: String,
}

#[derive(Serialize)]
struct Source {
    name: String,
    kind: &'static str,
    /// Of what is shown.
    unit: String,
    /// As it was received.
    value: Number,
    /// The value of a gauge, of others the rate per second.
    shown: f64,
}

/// A number, exact; `null` if it is none.
struct Number(Value);

/// A time, and what each data source showed then.
pub(in crate::serve) type Row = Vec<f64>;

/// A notification.
#[derive(Serialize)]
pub(in crate::serve) struct Notice {
    pub(in crate::serve) number: u64,
    time: f64,
    arrived: f64,
    severity: String,
    #[serde(flatten)]
    names: Names,
    message: String,
}

impl Entry {
    pub(in crate::serve) fn new(series: &Series, now: Time) -> Self {
        let identifier = series.identifier();
        let source = |(index, track): (usize, &store::Track)| Source {
            name: name(series, index),
            kind: track.kind().name(),
            unit: unit(identifier.type_(), track.kind()).to_string(),
            value: Number(track.last),
            shown: track.shown,
        };
        Entry {
            id: Id(identifier).to_string(),
            names: Names::new(identifier),
            time: seconds(series.time()),
            interval: series.interval().as_secs_f64(),
            silent: series.is_silent(now),
            sources: series.tracks().iter().enumerate().map(source).collect(),
        }
    }
}

/// The name of a data source: of types.db, or as it calls what is alone, or a number.
pub(in crate::serve) fn name(series: &Series, index: usize) -> String {
    match series.source(index) {
        Some(name) => name.to_string(),
        None if series.tracks().len() == 1 => "value".to_owned(),
        None => index.to_string(),
    }
}

impl Names {
    fn new(identifier: IdentifierRef<'_>) -> Self {
        let [host, plugin, plugin_instance, type_, type_instance] = identifier.names().map(|name| name.to_string());
        Names { host, plugin, plugin_instance, type_, type_instance }
    }
}

impl Notice {
    pub(in crate::serve) fn new(notice: &store::Notice) -> Self {
        let notification = &notice.notification;
        Notice {
            number: notice.number,
            time: seconds(notification.time),
            arrived: seconds(notice.arrived),
            severity: notification.severity.to_string(),
            names: Names::new(notification.identifier.view()),
            message: Escaped(&notification.message).to_string(),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Counter(number) | Value::Absolute(number) => serializer.serialize_u64(number),
            Value::Derive(number) => serializer.serialize_i64(number),
            Value::Gauge(number) => serializer.serialize_f64(number),
        }
    }
}

/// The last points of a series that are later than this, oldest first.
pub(in crate::serve) fn rows(series: &Series, since: Time) -> Vec<Row> {
    let sources = series.tracks().len();
    let count = series.len_since(since).min(NUMBERS / (1 + sources));
    let first = series.len() - count;
    let mut rows: Vec<Row> = series.points(0).skip(first).map(|(time, number)| vec![seconds(time), number]).collect();
    for source in 1..sources {
        rows.iter_mut().zip(series.points(source).skip(first)).for_each(|(row, (_, number))| row.push(number));
    }
    rows
}

/// Seconds since 1970, to a millisecond.
pub(in crate::serve) fn seconds(time: Time) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}
