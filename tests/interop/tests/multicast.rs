//! Multicast groups of both families, between two networks that the tests make. The rights of root in a user namespace suffice.

use std::collections::BTreeMap;
use std::time::Duration;

use collectd_net::{Reader, SecurityLevel, Server, Writer};
use collectd_test_interop::{CDaemon, List, Pair, Security, as_root, assert_same, receive_no_more, sample, send_all};

const GROUP_V4: &str = "239.192.74.66";
const GROUP_V6: &str = "ff18::efc0:4a42";

/// A few; the rest of the sample is for loopback.
fn lists() -> Vec<List> {
    sample::lists_for_commands().into_iter().take(40).collect()
}

/// Has a daemon send the lists, and receives what comes, by the sender's family.
fn dispatch_and_receive(
    daemon: &CDaemon,
    lists: &[List],
    reader: &mut Reader,
    count: usize,
) -> BTreeMap<bool, Vec<List>> {
    for list in lists {
        daemon.dispatch(list);
    }
    let mut got: BTreeMap<bool, Vec<List>> = BTreeMap::new();
    let mut items = 0;
    daemon.flush_until("all lists through all groups", || {
        while let Some(item) = reader.next_timeout(Duration::from_millis(20)).expect("packets can be read") {
            got.entry(item.from().is_ipv6()).or_default().push(List::of_item(&item));
            items += 1;
        }
        (items >= count).then_some(())
    });
    got
}

#[test]
fn a_new_reader_gets_what_a_daemon_sends_to_the_default_groups() {
    as_root("a_new_reader_gets_what_a_daemon_sends_to_the_default_groups", check_new_reader);
}

fn check_new_reader() {
    let pair = Pair::new();
    let mut reader = pair.near.run(|| Reader::new().expect("both groups"));
    assert_eq!(reader.local_addrs().len(), 2, "{:?}", reader.warnings());
    let plain = Security::new(SecurityLevel::None);
    let servers = plain.c_server(GROUP_V4, 25826) + &plain.c_server(GROUP_V6, 25826);
    let mut daemon = pair.far.run(|| CDaemon::start(&servers));
    let lists = lists();
    let got = dispatch_and_receive(&daemon, &lists, &mut reader, 2 * lists.len());
    assert_same(&got[&false], &lists);
    assert_same(&got[&true], &lists);
    receive_no_more(&mut reader);
    assert!(daemon.stop().success());
}

#[test]
fn a_daemon_gets_what_a_writer_sends_to_the_default_groups() {
    as_root("a_daemon_gets_what_a_writer_sends_to_the_default_groups", check_writer);
}

fn check_writer() {
    let pair = Pair::new();
    let encrypted = Security::new(SecurityLevel::Encrypt);
    let listens = encrypted.c_listen(GROUP_V4, 25826) + &encrypted.c_listen(GROUP_V6, 25826);
    let mut daemon = pair.far.run(|| CDaemon::start(&listens));
    let lists = lists();
    // One after the other, so that they do not mix.
    for (round, group) in [GROUP_V4, GROUP_V6].into_iter().enumerate() {
        pair.near.run(|| {
            let writer = Writer::builder().server(encrypted.give(Server::new(group))).build().expect("a writer");
            send_all(writer, &lists);
        });
        let (got, _): (Vec<_>, Vec<_>) = daemon.wait_recorded((round + 1) * lists.len()).into_iter().unzip();
        assert_same(&got[round * lists.len()..], &lists);
    }
    assert!(daemon.stop().success());
}

/// And of a group that it did not join nothing, even on the same port.
#[test]
fn a_reader_joins_several_groups_at_once() {
    as_root("a_reader_joins_several_groups_at_once", check_several_groups);
}

fn check_several_groups() {
    let pair = Pair::new();
    let joined = [("239.77.0.1", 25826), ("239.77.0.2", 25826), ("ff18::77:1", 25826), ("ff15::77:2", 25999)];
    let signed = Security::new(SecurityLevel::Sign);
    let mut reader = pair.near.run(|| {
        let address = |(group, port)| {
            if str::contains(group, ':') { format!("[{group}]:{port}") } else { format!("{group}:{port}") }
        };
        let builder = joined.into_iter().fold(Reader::builder(), |builder, group| builder.join(address(group)));
        signed.demand(builder).build().expect("four groups")
    });
    assert_eq!(reader.local_addrs().len(), 4);
    let all = joined.into_iter().chain([("239.77.0.3", 25826), ("ff18::77:3", 25826)]);
    let servers: String = all.map(|(group, port)| signed.c_server(group, port)).collect();
    let mut daemon = pair.far.run(|| CDaemon::start(&servers));
    let lists = lists();
    let got = dispatch_and_receive(&daemon, &lists, &mut reader, 4 * lists.len());
    for family in [false, true] {
        let mut twice: Vec<_> = lists.iter().chain(&lists).cloned().collect();
        twice.sort();
        let mut got = got[&family].clone();
        got.sort();
        assert_same(&got, &twice);
    }
    receive_no_more(&mut reader);
    assert!(daemon.stop().success());
}

/// A writer with several servers gives each its own level; a daemon that demands much takes what it may.
#[test]
fn a_writer_sends_to_several_groups_through_an_interface() {
    as_root("a_writer_sends_to_several_groups_through_an_interface", check_interface);
}

fn check_interface() {
    let pair = Pair::new();
    let [_, signed, encrypted] = Security::all();
    let groups = [(&signed, "239.77.0.1"), (&encrypted, "ff18::77:1")];
    let listens: String = groups.iter().map(|(security, group)| security.c_listen(group, 25826)).collect();
    let mut daemon = pair.far.run(|| CDaemon::start(&listens));
    let lists = lists();
    pair.near.run(|| {
        let server =
            |(security, group): (&Security, &'static str)| security.give(Server::new(group)).interface("cable").ttl(2);
        let writer = Writer::builder().server(server(groups[0])).server(server(groups[1])).build().expect("a writer");
        send_all(writer, &lists);
    });
    let (mut got, users): (Vec<_>, Vec<_>) = daemon.wait_recorded(2 * lists.len()).into_iter().unzip();
    assert!(users.iter().all(|user| user == signed.user()), "{users:?}");
    got.sort();
    let mut twice: Vec<_> = lists.iter().chain(&lists).cloned().collect();
    twice.sort();
    assert_same(&got, &twice);
    assert!(daemon.stop().success());
}
