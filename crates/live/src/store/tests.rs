use std::time::{Duration, UNIX_EPOCH};

use collectd_net::{Packets, Reader};
use collectd_types::{Interval, Kind, Notification, Value, Values};
use collectd_wire::{Encoder, encode_notification};
use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits { series: 100, points: 5, notifications: 3 };

fn store(limits: Limits) -> Store {
    Store::new(limits, TypesDb::new())
}

/// Takes what a packet has that holds these; it arrives at this second.
fn take(store: &mut Store, second: u64, lists: &[Values]) -> Vec<Option<SeriesId>> {
    let mut encoder = Encoder::new(65_000);
    for values in lists {
        encoder.push(values.view()).unwrap();
    }
    take_packet(store, second, encoder.packet())
}

fn take_packet(store: &mut Store, second: u64, packet: &[u8]) -> Vec<Option<SeriesId>> {
    let mut unpacker = Reader::builder().unpacker().unwrap();
    let mut packets = Packets::new();
    packets.push(([127, 0, 0, 1], 1).into(), packet);
    let batch = unpacker.open(&packets);
    let arrived = UNIX_EPOCH + Duration::from_secs(second);
    batch.items().map(|item| store.take(arrived, &item)).collect()
}

fn named(identifier: &str) -> Values {
    let id: collectd_types::Identifier = identifier.parse().unwrap();
    let values = Values::new(&id.type_).host(&id.host).plugin(&id.plugin).plugin_instance(&id.plugin_instance);
    values.type_instance(&id.type_instance).interval(Interval::from_secs(10))
}

fn gauge(identifier: &str, second: u64, number: f64) -> Values {
    named(identifier).time(Time::from_secs(second)).gauge(number)
}

fn shown(store: &Store, id: SeriesId) -> Vec<(u64, f64)> {
    let points = store.series(id).unwrap().points(0);
    points.map(|(time, number)| (time.as_secs(), if number.is_nan() { -1.0 } else { number })).collect()
}

fn names(store: &Store) -> Vec<String> {
    store.iter().map(|(_, series)| series.identifier().to_string()).collect()
}

#[test]
fn gauges_are_shown_as_they_are_and_the_last_points_stay() {
    let mut store = store(LIMITS);
    let ids: Vec<_> =
        (0..7).flat_map(|n| take(&mut store, 10 * n, &[gauge("h/p/t", 10 * n + 100, n as f64)])).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let id = ids[0].unwrap();
    assert_eq!(shown(&store, id), [(120, 2.0), (130, 3.0), (140, 4.0), (150, 5.0), (160, 6.0)]);
    let series = store.series(id).unwrap();
    assert_eq!(series.tracks(), [Track { last: Value::Gauge(6.0), shown: 6.0 }]);
    assert_eq!((series.len(), series.points(1).len()), (5, 0));
    assert_eq!([139, 140, 160, 161].map(|second| series.len_since(Time::from_secs(second))), [3, 2, 0, 0]);
    assert_eq!(store.find(series.identifier()), Some(id));
    assert_eq!((series.time(), series.arrived()), (Time::from_secs(160), Time::from_secs(60)));
}

#[test]
fn what_counts_is_shown_as_a_rate() {
    let mut store = store(LIMITS);
    let list = |second, n: u64, m: i64| named("h/p/t").time(Time::from_secs(second)).counter(n).derive(m).absolute(n);
    take(&mut store, 1, &[list(100, u64::from(u32::MAX), 0)]);
    let [Some(id)] = take(&mut store, 11, &[list(110, 19, -30)])[..] else { panic!() };
    let tracks = store.series(id).unwrap().tracks();
    assert_eq!(tracks.iter().map(|track| track.shown).collect::<Vec<_>>(), [2.0, -3.0, 1.9]);
    assert_eq!(
        tracks.iter().map(|track| track.kind()).collect::<Vec<_>>(),
        [Kind::Counter, Kind::Derive, Kind::Absolute]
    );
    assert_eq!(shown(&store, id), [(100, -1.0), (110, 2.0)]);
}

#[test]
fn data_sources_have_the_names_of_their_type() {
    let mut types = TypesDb::new();
    types.parse(b"if_octets rx:DERIVE:0:U, tx:DERIVE:0:U\n");
    let mut store = Store::new(LIMITS, types);
    let octets = |name: &str| named(name).time(Time::from_secs(1));
    let lists =
        [octets("h/i/if_octets").derives([1, 2]), octets("h/i-odd/if_octets").derive(1), octets("h/i/other").derive(1)];
    let ids = take(&mut store, 1, &lists);
    let source = |id: Option<SeriesId>, track| store.series(id.unwrap()).unwrap().source(track).map(|n| n.to_string());
    assert_eq!(source(ids[0], 1).as_deref(), Some("tx"));
    assert_eq!((source(ids[0], 2), source(ids[1], 0), source(ids[2], 0)), (None, None, None));
}

#[test]
fn what_comes_late_makes_no_point_unless_the_clock_was_set_back() {
    let mut store = store(LIMITS);
    let seconds = [100, 110, 110, 105, 120, 50, 60, 70];
    let lists: Vec<_> = seconds.iter().map(|&second| gauge("h/p/t", second, second as f64)).collect();
    let ids = take(&mut store, 1, &lists[..6]);
    let id = ids[0].unwrap();
    assert_eq!(shown(&store, id).iter().map(|point| point.0).collect::<Vec<_>>(), [100, 110, 120]);
    assert_eq!(store.statistics().late, 3);
    take(&mut store, 1, &lists[6..]);
    assert_eq!(shown(&store, id), [(60, 60.0), (70, 70.0)]);
    assert_eq!(store.statistics().value_lists, 8);
}

#[test]
fn another_kind_or_number_of_values_begins_anew() {
    let mut store = store(LIMITS);
    let at = |second| named("h/p/t").time(Time::from_secs(second));
    let ids = take(&mut store, 1, &[at(1).gauge(1.0), at(2).derive(7), at(3).derive(9), at(4).gauges([1.0, 2.0])]);
    assert_eq!(ids[0], ids[2]);
    assert!(store.series(ids[0].unwrap()).is_none());
    assert_eq!(store.series(ids[3].unwrap()).unwrap().points(1).collect::<Vec<_>>(), [(Time::from_secs(4), 2.0)]);
    assert_eq!((store.len(), store.values), (1, 2));
}

#[test]
fn series_are_silent_after_two_intervals_and_hosts_when_all_their_series_are() {
    let mut store = store(LIMITS);
    take(&mut store, 100, &[gauge("h/p/a", 5, 0.0), gauge("h/q/b", 5, 0.0).interval(Interval::from_secs(60))]);
    take(&mut store, 90, &[gauge("i/p/a", 5, 0.0).interval(Interval::UNSET)]);
    let at = Time::from_secs;
    let silent = |second| store.iter().filter(|(_, series)| series.is_silent(at(second))).count();
    assert_eq!([109, 110, 119, 120, 219, 220].map(silent), [0, 1, 1, 2, 2, 3]);
    let hosts = |second| store.hosts().filter(|host| host.is_silent(at(second))).count();
    assert_eq!([109, 110, 219, 220].map(hosts), [0, 1, 1, 2]);
    assert_eq!(store.latest(), at(100));
}

#[test]
fn the_tree_is_in_the_order_of_names() {
    let mut store = store(LIMITS);
    let sorted = ["h2/cpu-2/cpu-idle", "h2/cpu-2/cpu-user", "h2/cpu-10/cpu", "h2/df/df", "h2/df-a/df", "h10/load/load"];
    let lists: Vec<_> = [4, 0, 5, 2, 1, 3].iter().map(|&n: &usize| gauge(sorted[n], 1, 0.0)).collect();
    take(&mut store, 1, &lists);
    assert_eq!(names(&store), sorted);
    let hosts: Vec<_> = store.hosts().map(|host| (host.name().to_string(), host.plugins().len(), host.len())).collect();
    assert_eq!(hosts, [("h2".to_owned(), 4, 5), ("h10".to_owned(), 1, 1)]);
    let plugin = store.hosts().next().unwrap().plugins().next().unwrap();
    assert_eq!((plugin.name().to_string(), plugin.instance().to_string(), plugin.len()), ("cpu".into(), "2".into(), 2));
}

#[test]
fn what_is_beyond_the_limit_is_counted_and_takes_the_place_of_what_is_silent() {
    let mut store = store(Limits { series: 3, ..LIMITS });
    take(&mut store, 100, &[gauge("h/p/a", 5, 0.0), gauge("g/p/b", 5, 0.0)]);
    take(&mut store, 110, &[gauge("h/p/c", 5, 0.0)]);
    let revision = store.revision();
    // Two values do not fit, whoever is silent, and four never will.
    assert_eq!(take(&mut store, 111, &[named("h/p/d").time(Time::from_secs(5)).gauges([0.0; 4])]), [None]);
    assert_eq!(take(&mut store, 111, &[gauge("h/p/d", 5, 0.0)]), [None]);
    assert_eq!((store.beyond(), store.revision()), (2, revision));
    // h/p/a and g/p/b are silent at 120, h/p/c not yet.
    assert!(take(&mut store, 121, &[gauge("h/p/d", 5, 0.0)])[0].is_some());
    assert_eq!(store.statistics().forgotten, 1);
    assert_eq!(store.len(), 3);
    assert!(take(&mut store, 122, &[gauge("h/p/e", 5, 0.0)])[0].is_some());
    assert_eq!(names(&store), ["h/p/c", "h/p/d", "h/p/e"]);
    assert_eq!(store.hosts().len(), 1);
}

#[test]
fn a_full_store_looks_for_silent_series_once_a_second() {
    let mut store = store(Limits { series: 1, ..LIMITS });
    take(&mut store, 100, &[gauge("h/p/a", 5, 0.0), gauge("h/p/b", 5, 0.0)]);
    assert_eq!(store.next_look, Time::from_secs(101));
    take(&mut store, 100, &[gauge("h/p/b", 5, 0.0)]);
    assert_eq!((store.next_look, store.beyond()), (Time::from_secs(101), 2));
}

#[test]
fn notifications_are_kept_as_many_as_there_is_room_for() {
    let mut store = store(LIMITS);
    for number in 1..6 {
        let text = format!("{number}{}", "x".repeat(250));
        let notification = Notification::warning(text).host("h").time(Time::from_secs(number)).build().unwrap();
        let packet = encode_notification(notification.view(), 2000).unwrap();
        assert_eq!(take_packet(&mut store, 7, &packet), [None]);
    }
    let numbers: Vec<_> = store.notifications().map(|notice| notice.number).collect();
    assert_eq!(numbers, [3, 4, 5]);
    let last = store.notifications().next_back().unwrap();
    assert_eq!((last.arrived, last.notification.time), (Time::from_secs(7), Time::from_secs(5)));
    assert_eq!(store.statistics().notifications, 5);
}

/// The bytes of a store that is full of series with all their points, reckoned from what its parts have room for.
fn full(limits: Limits, name: impl Fn(usize) -> String) -> usize {
    /// What an allocation costs besides its content, and is rounded up by.
    const ALLOCATION: usize = 24;
    let mut store = store(limits);
    let identifiers: Vec<_> = (0..limits.series).map(name).collect();
    for second in 1..=limits.points as u64 {
        for names in identifiers.chunks(60) {
            take(&mut store, 10 * second, &names.iter().map(|name| gauge(name, 10 * second, 0.5)).collect::<Vec<_>>());
        }
    }
    assert_eq!((store.len(), store.beyond()), (limits.series, 0));
    assert!(store.iter().all(|(_, series)| series.len() == limits.points));
    let series: usize = store.iter().map(|(_, series)| series.heap() + 3 * ALLOCATION).sum();
    let nodes: usize = store.hosts().map(|host| 1 + host.plugins().len()).sum();
    // A vector that grew by doubling, twice while it moves.
    let table = store.len() * 2 * 8;
    series + store.series.heap() + store.tree.heap() + nodes * ALLOCATION + table
}

#[test]
fn memory_is_what_the_limits_say() {
    let limits = Limits { series: 300, points: 60, notifications: 0 };
    let usual = full(limits, |n| format!("host{}/plugin-{}/gauge-{}", n / 100, n % 100 / 10, n % 10)) / limits.series;
    assert!((900..1300).contains(&usual), "{usual} bytes a series: 100,000 would take {} MB", usual / 10);
    // As long as names can be, and no two alike.
    let hostile = full(limits, |n| format!("{n:0127}/{n:0127}-{n:0127}/{n:0127}-{n:0127}")) / limits.series;
    let bound = limits.bytes() / limits.series;
    assert!((1500..bound).contains(&hostile), "{hostile} bytes a series, at most {bound}");
}

#[test]
fn what_follows_a_name_that_is_not_there() {
    let mut store = store(LIMITS);
    take(&mut store, 1, &["b/b/b", "b/b/d", "b/d/b", "d/b/b"].map(|name| gauge(name, 1, 0.0)));
    let after = |name: &str| {
        let name: collectd_types::Identifier = name.parse().unwrap();
        store.iter_after(name.view()).next().map(|(_, series)| series.identifier().to_string())
    };
    assert_eq!(
        ["a/z/z", "b/a/z", "b/b/c", "b/c/z", "b/d/c", "c/z/z", "d/b/b"].map(after),
        ["b/b/b", "b/b/b", "b/b/d", "b/d/b", "d/b/b", "d/b/b", ""].map(|s| (!s.is_empty()).then(|| s.to_owned())),
    );
    let hosts = |name: &str| store.hosts_after(NameRef::until_nul(name.as_bytes())).len();
    assert_eq!(["", "a", "b", "c", "d", "e"].map(hosts), [2, 2, 1, 1, 0, 0]);
}

proptest! {
    /// Whatever comes, tree, table and slots agree, and the limit holds.
    #[test]
    fn all_parts_agree(lists in prop::collection::vec(("[ab]/[p-r]/[s-v]", 0u64..20, 1usize..4), 0..60)) {
        let mut store = store(Limits { series: 10, points: 2, notifications: 0 });
        for (name, step, count) in lists {
            let second = store.latest().as_secs().max(100) + step;
            take(&mut store, second, &[named(&name).time(Time::from_secs(second)).gauges(vec![0.5; count])]);
            let ids: Vec<_> = store.iter().map(|(id, _)| id).collect();
            prop_assert_eq!(ids.len(), store.len());
            prop_assert_eq!(store.table.len(), store.len());
            for &id in &ids {
                prop_assert_eq!(store.find(store.series(id).unwrap().identifier()), Some(id));
            }
            let values: usize = store.iter().map(|(_, series)| series.tracks().len()).sum();
            prop_assert!(values == store.values && values <= 10);
            let mut in_goes = Vec::new();
            let mut rest: Vec<_> = store.iter().take(1).collect();
            while let Some(&(id, series)) = rest.first() {
                in_goes.push(id);
                rest = store.iter_after(series.identifier()).take(1).collect();
            }
            prop_assert_eq!(in_goes, ids);
            let mut sorted = names(&store);
            sorted.sort_unstable();
            prop_assert_eq!(sorted, names(&store));
        }
    }
}
