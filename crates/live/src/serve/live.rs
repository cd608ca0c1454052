//! `/api/live`: what is new, once a second, as server-sent events.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use collectd_types::{Identifier, Time};
use hyper::StatusCode;
use hyper::body::Bytes;
use serde::Serialize;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::api::{self, Entry, Notice, Row, rows};
use super::id::Id;
use super::query::Query;
use super::reply::{Reply, Stream, reply as answer, stream};
use super::shared::Shared;
use super::statistics::Statistics;
use crate::store::{Series, SeriesId};

const EVERY: Duration = Duration::from_secs(1);

/// Somebody who watches some series. Nothing is queued: what is new is looked up when the connection takes it, so that
/// who reads slowly gets it later and in larger pieces, down to what the store still has.
struct Live {
    shared: Arc<Shared>,
    tick: Interval,
    wanted: Vec<Wanted>,
    /// Points before this are not wanted.
    since: Time,
    /// The last notification that was sent.
    notice: u64,
}

struct Wanted {
    name: Identifier,
    sent: Option<Sent>,
    is_missing: bool,
}

/// What was sent last of a series.
#[derive(Clone, Copy)]
struct Sent {
    id: SeriesId,
    beginnings: u32,
    /// Up to which time, and whether it was silent.
    time: Time,
    is_silent: bool,
}

#[derive(Serialize)]
struct Event {
    statistics: Statistics,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    series: Vec<News>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notifications: Vec<Notice>,
}

/// What is new of a series.
#[derive(Serialize)]
struct News {
    #[serde(flatten)]
    entry: Entry,
    /// These points replace all that were sent before.
    fresh: bool,
    points: Vec<Row>,
}

/// `/api/live?id=ID&since=SECONDS`, `id` up to [`api::SERIES`] times
pub(super) fn reply(shared: &Arc<Shared>, query: &Query) -> Result<Reply, String> {
    query.only(&["id", "since"])?;
    let since = Time::try_from_secs_f64(query.number("since")?.unwrap_or(0.0));
    let ids = query.ids("id", api::SERIES)?;
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let live = Live {
        shared: shared.clone(),
        tick,
        wanted: ids.into_iter().map(|name| Wanted { name, sent: None, is_missing: false }).collect(),
        since: since.map_err(|error| format!("since: {error}"))?,
        notice: 0,
    };
    Ok(answer(StatusCode::OK, "text/event-stream", stream(live)))
}

impl Stream for Live {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        ready!(self.tick.poll_tick(cx));
        // JSON has no line breaks: it is one line of an event.
        let json = serde_json::to_string(&self.event()).unwrap_or_default();
        Poll::Ready(Some(Bytes::from(format!("data: {json}\n\n"))))
    }
}

impl Live {
    fn event(&mut self) -> Event {
        let (mut series, mut missing) = (Vec::new(), Vec::new());
        for wanted in &mut self.wanted {
            // The receiving thread has its turn after each.
            let store = self.shared.store();
            let now = self.shared.now(&store);
            let last = wanted.sent.map(|sent| sent.id).filter(|&id| store.series(id).is_some());
            let found = last.or_else(|| store.find(wanted.name.view()));
            let found = found.and_then(|id| Some((id, store.series(id)?)));
            match found {
                Some((id, found)) => series.extend(wanted.news(id, found, now, self.since)),
                None if !wanted.is_missing => missing.push(Id(wanted.name.view()).to_string()),
                None => {}
            }
            wanted.is_missing = found.is_none();
        }
        let notifications = api::notices(&self.shared, self.notice);
        self.notice = notifications.last().map_or(self.notice, |notice| notice.number);
        Event { statistics: Statistics::of(&self.shared), series, missing, notifications }
    }
}

impl Wanted {
    fn news(&mut self, id: SeriesId, series: &Series, now: Time, since: Time) -> Option<News> {
        let last = series.points(0).next_back().map_or(Time::UNSET, |(time, _)| time);
        let sent = Sent { id, beginnings: series.beginnings(), time: last, is_silent: series.is_silent(now) };
        let before = self.sent.replace(sent).filter(|before| (before.id, before.beginnings) == (id, sent.beginnings));
        let points = match before {
            Some(Sent { time, is_silent, .. }) if time == last && is_silent == sent.is_silent => return None,
            Some(Sent { time, .. }) => rows(series, time),
            None => rows(series, since),
        };
        Some(News { entry: Entry::new(series, now), fresh: before.is_none(), points })
    }
}
