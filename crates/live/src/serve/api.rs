//! What programs ask for, as JSON; the page does, too.

mod entry;
mod search;

use collectd_types::{Identifier, Name, Time};
use serde::Serialize;

use super::id::encode;
use super::query::Query;
use super::reply::{Reply, json};
use super::shared::Shared;
use super::statistics::Statistics;
use crate::store::{self, Series, Store};
pub(super) use entry::{Entry, Notice, Row, name as source_name, rows, seconds};
pub(super) use search::Words;

/// How many entries an answer has, unless it is asked otherwise, and at most.
const USUAL: usize = 200;
const MOST: usize = 2000;
/// How many entries are made while the receiving thread may have to wait.
const ENTRIES: usize = 64;
/// How many series an answer may have the points of.
pub(super) const SERIES: usize = 64;

#[derive(Serialize)]
struct Hosts {
    hosts: Vec<Host>,
    total: usize,
    /// Whether there are others behind these.
    more: bool,
}

#[derive(Serialize)]
struct Host {
    /// The name with what is not plain as `%XX`.
    id: String,
    host: String,
    series: usize,
    silent: bool,
}

/// `/api/hosts?after=HOST&limit=N`
pub(super) fn hosts(shared: &Shared, query: &Query) -> Result<Reply, String> {
    query.only(&["after", "limit"])?;
    let (limit, after) = (limit(query)?, name(query, "after")?.unwrap_or_default());
    let store = shared.store();
    let (now, following) = (shared.now(&store), store.hosts_after(after.view()));
    let more = following.len() > limit;
    let host = |host: store::Host<'_>| {
        let mut id = String::new();
        // A string takes everything.
        let _ = encode(host.name().as_bytes(), &mut id);
        Host { id, host: host.name().to_string(), series: host.len(), silent: host.is_silent(now) }
    };
    let hosts = Hosts { hosts: following.take(limit).map(host).collect(), total: store.hosts().len(), more };
    drop(store);
    Ok(json(&hosts))
}

#[derive(Serialize)]
struct Found {
    series: Vec<Entry>,
    /// Whether there are others behind these.
    more: bool,
}

/// `/api/series?q=WORDS&host=HOST&after=ID&limit=N`
pub(super) async fn series(shared: &Shared, query: &Query) -> Result<Reply, String> {
    query.only(&["q", "host", "after", "limit"])?;
    let (limit, words) = (limit(query)?, Words::new(query.get("q").unwrap_or_default()));
    let (host, after) = (name(query, "host")?, query.ids("after", 1)?.pop());
    let found = if words.is_empty() || host.is_some() || after.is_some() {
        following(shared, limit, &words, host, after).await
    } else {
        searched(shared, limit, &words).await
    };
    Ok(json(&found))
}

/// The series behind one, or of a host.
async fn following(
    shared: &Shared,
    limit: usize,
    words: &Words,
    host: Option<Name>,
    after: Option<Identifier>,
) -> Found {
    let after = after.or_else(|| host.clone().map(|host| Identifier { host, ..Identifier::default() }));
    let mut found = Found { series: Vec::new(), more: false };
    let visit = |store: &Store, _, series: &Series| {
        let identifier = series.identifier();
        if host.as_ref().is_some_and(|host| identifier.host() != host.view()) {
            return false;
        }
        if !words.are_in(identifier) {
            return true;
        }
        found.more = found.series.len() == limit;
        if !found.more {
            found.series.push(Entry::new(series, shared.now(store)));
        }
        !found.more
    };
    shared.each_series(after, visit).await;
    found
}

/// The series of all whose names have these words.
async fn searched(shared: &Shared, limit: usize, words: &Words) -> Found {
    let (ids, more) = shared.catalogue().await.find(words, limit).await;
    let mut series = Vec::new();
    for ids in ids.chunks(ENTRIES) {
        // The receiving thread has its turn after each.
        let store = shared.store();
        let now = shared.now(&store);
        series.extend(ids.iter().filter_map(|&id| store.series(id)).map(|series| Entry::new(series, now)));
    }
    Found { series, more }
}

#[derive(Serialize)]
struct Histories {
    now: f64,
    series: Vec<History>,
    /// The ids of which there is no series.
    missing: Vec<String>,
}

#[derive(Serialize)]
struct History {
    #[serde(flatten)]
    entry: Entry,
    points: Vec<Row>,
}

/// `/api/history?id=ID&since=SECONDS`, `id` up to [`SERIES`] times
pub(super) fn history(shared: &Shared, query: &Query) -> Result<Reply, String> {
    query.only(&["id", "since"])?;
    let (ids, since) = (query.ids("id", SERIES)?, query.number("since")?.unwrap_or(0.0));
    let since = Time::try_from_secs_f64(since).map_err(|error| format!("since: {error}"))?;
    if ids.is_empty() {
        return Err("id= is missing".to_owned());
    }
    let mut histories = Histories { now: 0.0, series: Vec::new(), missing: Vec::new() };
    for id in ids {
        // The receiving thread has its turn after each.
        let store = shared.store();
        let now = shared.now(&store);
        histories.now = seconds(now);
        match store.find(id.view()).and_then(|id| store.series(id)) {
            Some(series) => {
                histories.series.push(History { entry: Entry::new(series, now), points: rows(series, since) });
            }
            None => histories.missing.push(super::id::Id(id.view()).to_string()),
        }
    }
    Ok(json(&histories))
}

#[derive(Serialize)]
struct Notices {
    notifications: Vec<Notice>,
}

/// `/api/notifications?after=NUMBER`
pub(super) fn notifications(shared: &Shared, query: &Query) -> Result<Reply, String> {
    query.only(&["after"])?;
    let after = query.number("after")?.unwrap_or(0);
    Ok(json(&Notices { notifications: notices(shared, after) }))
}

/// The notifications behind this number.
pub(super) fn notices(shared: &Shared, after: u64) -> Vec<Notice> {
    let store = shared.store();
    let mut notices: Vec<_> =
        store.notifications().rev().take_while(|notice| notice.number > after).map(Notice::new).collect();
    notices.reverse();
    notices
}

/// `/api/statistics`
pub(super) fn statistics(shared: &Shared, query: &Query) -> Result<Reply, String> {
    query.only(&[])?;
    Ok(json(&Statistics::of(shared)))
}

fn limit(query: &Query) -> Result<usize, String> {
    match query.number("limit")? {
        None => Ok(USUAL),
        Some(limit @ 1..=MOST) => Ok(limit),
        Some(_) => Err(format!("limit: it must be from 1 to {MOST}")),
    }
}

fn name(query: &Query, parameter: &str) -> Result<Option<Name>, String> {
    query.get(parameter).map(|bytes| Name::new(bytes).map_err(|error| format!("{parameter}: {error}"))).transpose()
}
