//! A cluster of three, of which one after the other is killed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use async_nats::jetstream::stream::State;
use async_nats::{Client, ConnectOptions};
use tokio::runtime::Runtime;

use crate::common::{assert_same, daemon};
use crate::servers::{self, PATIENCE, Servers, runtime};

/// Who leads the stream, when all others are up to date.
fn leader(runtime: &Runtime, client: &Client) -> String {
    collectd_test_daemon::wait_until("a stream with three replicas", PATIENCE, || {
        let info = runtime.block_on(async {
            let context = async_nats::jetstream::new(client.clone());
            Some(context.get_stream("COLLECTD").await.ok()?.cached_info().clone())
        });
        let cluster = info?.cluster?;
        let is_whole = cluster.replicas.len() == 2 && cluster.replicas.iter().all(|peer| peer.current && !peer.offline);
        cluster.leader.filter(|_| is_whole)
    })
}

#[test]
fn a_leader_that_is_killed_costs_nothing() {
    let mut servers = Servers::started(3);
    let stream = "<Stream \"COLLECTD\">\nCreate true\nReplicas 3\n</Stream>\nAckTimeout 1\nStopTimeout 30";
    let mut daemon = daemon(&format!("{}{stream}", servers.lines())).start();
    let runtime = runtime();
    let sent = AtomicU32::new(0);
    let is_over = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let number = sent.fetch_add(1, Ordering::Relaxed);
                daemon.putval("www.example.org/p/if_octets", "", &format!("{}:{number}:7", 1_700_000_000 + number));
                thread::sleep(Duration::from_millis(3));
            }
        });
        for _ in 0..2 {
            let client = servers.client(&runtime, ConnectOptions::new);
            let leader = leader(&runtime, &client);
            drop(client);
            let index = servers.index(&leader);
            servers.kill(index);
            let client = servers.client(&runtime, ConnectOptions::new);
            // The two that are left take what comes.
            let count = || {
                let state = runtime.block_on(async {
                    let context = async_nats::jetstream::new(client.clone());
                    Some(context.get_stream("COLLECTD").await.ok()?.cached_info().state.clone())
                });
                state.map(|state: State| state.messages)
            };
            let before = collectd_test_daemon::wait_until("another leader", PATIENCE, count);
            collectd_test_daemon::wait_until("further messages", PATIENCE, || {
                count().filter(|&now| now > before + 100)
            });
            servers.start(index);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let _ = daemon.wait_rows("www.example.org/p/if_octets", sent.load(Ordering::Relaxed) as usize);
    assert!(daemon.stop().success(), "{}", daemon.log());
    let client = servers.client(&runtime, ConnectOptions::new);
    let stored = runtime.block_on(servers::stored(&client));
    assert_same(&daemon.csv_rows(), &stored);
    let line = daemon.wait_log(" messages stored, ", Duration::ZERO);
    assert!(line.contains(&format!("{} messages stored", stored.len())), "{line}");
    assert!(line.contains(" 0 dropped, 0 refused") && !line.contains(" 0 repeated"), "{line}");
}
