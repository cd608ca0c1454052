//! `/metrics`: all series for Prometheus.

use std::collections::HashMap;
use std::fmt::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use collectd_types::Kind;
use hyper::StatusCode;
use hyper::body::Bytes;

use super::api::source_name;
use super::query::Query;
use super::reply::{Reply, Stream, reply as answer, stream};
use super::shared::{AT_ONCE, Shared};
use super::statistics::Statistics;
use crate::print::prometheus::{push_family, push_head, push_sample};
use crate::store::{Series, SeriesId, Store};

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is still to be written. Prometheus wants the samples of a family together, and the tree has them by host.
struct Metrics {
    shared: Arc<Shared>,
    families: Vec<Family>,
    /// By family, and within each in the order of the tree.
    samples: Vec<Sample>,
    /// How many samples are written.
    done: usize,
    /// The text to be sent next.
    text: Vec<u8>,
}

struct Family {
    name: Vec<u8>,
    has_head: bool,
}

struct Sample {
    family: u32,
    id: SeriesId,
    track: u32,
}

/// `/metrics`: of all series that are not silent, the last values as they were sent, with their times.
pub(super) async fn reply(shared: &Arc<Shared>, query: &Query) -> Result<Reply, String> {
    query.only(&[])?;
    let (mut by_name, mut samples) = (HashMap::<Vec<u8>, u32>::new(), Vec::new());
    let mut name = Vec::new();
    let visit = |store: &Store, id, series: &Series| {
        if series.is_silent(shared.now(store)) {
            return true;
        }
        for (track, last) in (0..).zip(series.tracks()) {
            name.clear();
            let source = source_name(series, track as usize);
            push_family(&mut name, series.identifier(), source.as_bytes(), last.kind());
            let next = u32::try_from(by_name.len()).unwrap_or(u32::MAX);
            let family = by_name.get(&name).copied().unwrap_or_else(|| *by_name.entry(name.clone()).or_insert(next));
            samples.push(Sample { family, id, track });
        }
        true
    };
    shared.each_series(None, visit).await;
    samples.sort_by_key(|sample| sample.family);
    let mut families: Vec<_> = by_name.into_iter().collect();
    families.sort_by_key(|(_, number)| *number);
    let families = families.into_iter().map(|(name, _)| Family { name, has_head: false }).collect();
    let text = own(&Statistics::of(shared)).into_bytes();
    let metrics = Metrics { shared: shared.clone(), families, samples, done: 0, text };
    Ok(answer(StatusCode::OK, CONTENT_TYPE, stream(metrics)))
}

impl Stream for Metrics {
    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.text.is_empty() && self.done < self.samples.len() {
            self.write_some();
        }
        let text = std::mem::take(&mut self.text);
        Poll::Ready(if text.is_empty() && self.done == self.samples.len() { None } else { Some(text.into()) })
    }
}

impl Metrics {
    fn write_some(&mut self) {
        let store = self.shared.store();
        let end = self.samples.len().min(self.done + AT_ONCE);
        for sample in &self.samples[self.done..end] {
            // It may be gone, or be another by now.
            let Some(series) = store.series(sample.id) else { continue };
            let Some(track) = series.tracks().get(sample.track as usize) else { continue };
            let family = &mut self.families[sample.family as usize];
            let (identifier, kind) = (series.identifier(), track.kind());
            if !std::mem::replace(&mut family.has_head, true) {
                let source = source_name(series, sample.track as usize);
                push_head(&mut self.text, &family.name, identifier, source.as_bytes(), [kind, kind]);
            }
            push_sample(&mut self.text, &family.name, identifier, track.last, series.time());
        }
        self.done = end;
    }
}

/// What became of all that came.
fn own(statistics: &Statistics) -> String {
    let mut text = String::new();
    for (name, help, kind, number) in statistics.numbers() {
        let kind_name = if kind == Kind::Gauge { "gauge" } else { "counter" };
        let ending = if kind == Kind::Gauge { "" } else { "_total" };
        let name = format!("collectd_live_{name}{ending}");
        // A string takes everything.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind_name}\n{name} {number}");
    }
    text
}
