//! `collectd-tg`, collectd's own source of load.

use std::collections::BTreeMap;

use collectd_net::{Reader, Values};
use collectd_test_interop::{PATIENCE, Program, stock};
use collectd_types::{Kind, Time, Value};

const LISTS: usize = 600;
const HOSTS: usize = 20;
const PLUGINS: usize = 7;

/// Its values come once in this time; shorter than a second does not work.
const INTERVAL: u64 = 1;

/// By host, plugin and type instance, in the order they came.
type Series = BTreeMap<String, Vec<Values>>;

/// Receives until each of its lists came twice.
fn receive(address: &str) -> Series {
    let mut reader = Reader::builder().listen(address).report_malformed(true).build().expect("a port of this machine");
    let addr = reader.local_addrs()[0];
    let mut generator = stock("collectd-tg", "collectd-utils");
    let count = |number: usize| number.to_string();
    generator.args(["-n", &count(LISTS), "-H", &count(HOSTS), "-p", &count(PLUGINS), "-i", &INTERVAL.to_string()]);
    generator.args(["-d", &addr.ip().to_string(), "-D", &addr.port().to_string()]);
    let _generator = Program::start(&mut generator);

    let mut series = Series::new();
    let mut complete = 0;
    while complete < LISTS {
        let item = reader.next_timeout(PATIENCE).expect("packets can be read").expect("it goes on and on");
        let list = item.into_values().expect("no notifications");
        let lists = series.entry(list.identifier().to_string()).or_default();
        lists.push(list);
        complete += usize::from(lists.len() == 2);
    }
    series
}

fn check(series: &Series) {
    assert_eq!(series.len(), LISTS);
    for (name, lists) in series {
        let (first, second) = (lists[0].view(), lists[1].view());
        assert!(first.host().starts_with("host") && first.plugin().starts_with("plugin"), "{name}");
        assert_eq!(first.interval().to_raw(), INTERVAL << 30);
        assert_eq!(second.time().since(first.time()).to_raw(), INTERVAL << 30, "{name}");
        let now = Time::now();
        assert!(first.time() <= now && now.since(first.time()).as_secs_f64() < 60.0, "{name}: {:?}", first.time());
        match (first.type_().as_bytes(), first.value(0), second.value(0)) {
            (b"gauge", Some(Value::Gauge(one)), Some(Value::Gauge(two))) => {
                assert!([one, two].iter().all(|value| (0.0..=100.0).contains(value)), "{name}: {one}, {two}");
            }
            (b"derive", Some(Value::Derive(one)), Some(Value::Derive(two))) => {
                assert!((0..=100).contains(&(two - one)), "{name}: {one}, {two}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let kinds: Vec<_> = series.values().map(|lists| lists[0].view().value(0).map(Value::kind)).collect();
    assert!(kinds.contains(&Some(Kind::Gauge)) && kinds.contains(&Some(Kind::Derive)));
}

#[test]
fn reader_gets_all_of_its_lists() {
    check(&receive("127.0.0.1:0"));
}

#[test]
fn reader_gets_all_of_its_lists_through_ipv6() {
    check(&receive("[::1]:0"));
}
