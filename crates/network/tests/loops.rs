//! Daemons that pass on to each other what they get: everything arrives everywhere, and does not go round for ever.

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use collectd_test_daemon::{Daemon, free_udp_port};
use common::record::{add_recorder, recorded_values};
use common::side::Side;
use common::soon;

/// Each sends to the next one, the last one to the first. Two are ours, one is of C, so that it is the daemons' business
/// together and not only that of ours.
#[test]
fn what_goes_round_three_daemons_ends_where_it_began() {
    let sides = [Side::Ours, Side::C, Side::Ours];
    let ports = sides.map(|_| free_udp_port());
    let mut daemons: Vec<_> = (0..3).map(|index| start(sides[index], ports[index], ports[(index + 1) % 3])).collect();
    for (index, daemon) in (0..).zip(&daemons) {
        for number in 0..20 {
            daemon.putval(&format!("from{index}/p/gauge-{number}"), "interval=10", "1749238000:1");
        }
    }
    let nudge = common::packets::Peer::to(([127, 0, 0, 1], ports[1]).into());
    let flush = |daemons: &[Daemon]| {
        // The C plugin keeps what it sends until it is told, and what it received until more comes.
        daemons.iter().for_each(|daemon| drop(daemon.command("FLUSH plugin=network")));
        nudge.nudge();
    };
    soon("everything everywhere", || {
        flush(&daemons);
        daemons.iter().all(|daemon| counts(daemon).len() == 60).then_some(())
    });
    // Time for more rounds, if there were any.
    for _ in 0..10 {
        flush(&daemons);
        std::thread::sleep(Duration::from_millis(100));
    }
    for (daemon, side) in daemons.iter().zip(sides) {
        assert!(counts(daemon).values().all(|&count| count == 1), "{side:?}: {:?}", counts(daemon));
    }
    assert!(daemons.iter_mut().all(|daemon| daemon.stop().success()));
}

fn start(side: Side, port: u16, next: u16) -> Daemon {
    let block = format!("Listen \"127.0.0.1\" \"{port}\"\n{}Forward true", common::server(next));
    add_recorder(side.daemon(&block, "Linger 0.1")).load("unixsock").start()
}

/// How often the daemon got each metric of the test.
fn counts(daemon: &Daemon) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for list in recorded_values(daemon).iter().filter(|list| list.host().starts_with("from")) {
        *counts.entry(list.name()).or_default() += 1;
    }
    counts
}
