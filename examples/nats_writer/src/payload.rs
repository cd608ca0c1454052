//! A value list as collectd's own writers have it in JSON: `write_http`, `amqp`, `write_kafka`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use collectd::prelude::*;
use collectd::{DataSet, MetaValue, NameRef, cache, data_set};
use serde::Serialize;

#[derive(Serialize)]
struct List<'a> {
    values: Vec<Json>,
    dstypes: Vec<&'static str>,
    dsnames: Vec<Cow<'a, str>>,
    time: f64,
    interval: f64,
    host: Cow<'a, str>,
    plugin: Cow<'a, str>,
    plugin_instance: Cow<'a, str>,
    #[serde(rename = "type")]
    type_: Cow<'a, str>,
    type_instance: Cow<'a, str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    meta: BTreeMap<String, Json>,
}

/// What is no number is null.
#[derive(Serialize)]
#[serde(untagged)]
enum Json {
    Real(f64),
    Signed(i64),
    Unsigned(u64),
    Truth(bool),
    Text(String),
}

/// An array with this value list. The rates are those of the daemon's cache, as they are now.
pub(crate) fn json(values: ValuesRef<'_>, with_rates: bool) -> Result<Vec<u8>> {
    let has_counts = values.values().any(|value| !matches!(value, Value::Gauge(_)));
    let rates = match with_rates && has_counts {
        true => Some(cache::rates(values.identifier()).ok_or_else(|| Error::msg("the value cache has no rates"))?),
        false => None,
    };
    let number = |(index, value): (usize, Value)| match (&rates, value) {
        (Some(rates), Value::Derive(_) | Value::Counter(_) | Value::Absolute(_)) => {
            Json::Real(rates.get(index).copied().unwrap_or(f64::NAN))
        }
        (_, Value::Gauge(number)) => Json::Real(number),
        (_, Value::Derive(count)) => Json::Signed(count),
        (_, Value::Counter(count) | Value::Absolute(count)) => Json::Unsigned(count),
    };
    let set = data_set::find(values.type_());
    let sources = set.as_ref().map(DataSet::sources).unwrap_or_default();
    let [host, plugin, plugin_instance, type_, type_instance] =
        values.identifier().names().map(NameRef::to_string_lossy);
    let meta = values.meta().to_meta();
    let list = List {
        values: values.values().enumerate().map(number).collect(),
        dstypes: values.values().map(|value| value.kind().name()).collect(),
        dsnames: sources.iter().map(|source| source.name.view().to_string_lossy()).collect(),
        time: values.time().as_secs_f64(),
        interval: values.interval().as_secs_f64(),
        host,
        plugin,
        plugin_instance,
        type_,
        type_instance,
        meta: meta.iter().map(|(key, value)| (key.to_owned(), entry(value.to_value()))).collect(),
    };
    Ok(serde_json::to_vec(&[list])?)
}

fn entry(value: MetaValue) -> Json {
    match value {
        MetaValue::Signed(number) => Json::Signed(number),
        MetaValue::Unsigned(number) => Json::Unsigned(number),
        MetaValue::Double(number) => Json::Real(number),
        MetaValue::Boolean(truth) => Json::Truth(truth),
        text => Json::Text(text.to_text().into_owned()),
    }
}
