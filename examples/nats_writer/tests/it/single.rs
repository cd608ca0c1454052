//! One server: what arrives, and a server that comes late.

use std::time::{Duration, Instant};

use async_nats::ConnectOptions;

use crate::common::{CREATE, assert_same, daemon};
use crate::servers::{self, Servers, runtime};

#[test]
fn what_csv_writes_is_in_the_stream() {
    let servers = Servers::started(1);
    let mut daemon = daemon(&format!("{}{CREATE}Window 20", servers.lines()))
        .interval(Duration::from_millis(100))
        .load("cpu")
        .load("load")
        .load("memory")
        .start();
    for number in 1..=50_u64 {
        let at = format!("{}.{:03}", 1_700_000_000 + number, number * 7 % 1000);
        daemon.putval("a.example/plain/gauge", "", &format!("{at}:{}.25", number * 3));
        daemon.putval("a.example/with * and >-in it/counter", "", &format!("{at}:{}", u64::MAX - number));
        daemon.putval("b/p/if_octets-eth0", "interval=10", &format!("{at}:{}:{}", number, 9_000_000_000 + number));
        daemon.putval("b/p/absolute", "", &format!("{at}:{number}"));
        daemon.putval("b/p/gauge-none", "", &format!("{at}:U"));
    }
    let _ = daemon.wait_rows("b/p/gauge-none", 50);
    let _ = daemon.wait_rows("testhost/load/load", 5);
    assert!(daemon.stop().success());
    let runtime = runtime();
    let client = servers.client(&runtime, ConnectOptions::new);
    let stored = runtime.block_on(servers::stored(&client));
    assert_same(&daemon.csv_rows(), &stored);
    let line = daemon.wait_log(" messages stored, ", Duration::ZERO);
    assert!(line.contains(&format!("{} messages stored, 0 repeated, 0 dropped, 0 refused", stored.len())), "{line}");
}

#[test]
fn servers_that_come_late_get_what_was_kept() {
    let mut servers = Servers::new(1, "");
    let daemon = daemon(&format!("{}{CREATE}StopTimeout 1", servers.lines())).start();
    for number in 0..100 {
        daemon.putval("h/p/gauge", "", &format!("{}:{number}", 1_700_000_000 + number));
    }
    let _ = daemon.wait_rows("h/p/gauge", 100);
    // The one write thread hands each to `csv` first: once it has one more, the plugin has all before.
    daemon.putval("h/p/gauge-after", "", "1700000100:1");
    let _ = daemon.wait_rows("h/p/gauge-after", 1);
    // Which does not wait for longer than it may.
    daemon.command("FLUSH plugin=nats_writer").expect("the daemon flushes");
    let all = [100, 101].map(|count| format!("{count} messages are not acknowledged yet"));
    assert!(all.iter().any(|words| daemon.log().contains(words)), "{}", daemon.log());
    servers.start(0);
    let runtime = runtime();
    let client = servers.client(&runtime, ConnectOptions::new);
    collectd_test_daemon::wait_until("the stream", servers::PATIENCE, || {
        daemon.command("FLUSH plugin=nats_writer").expect("the daemon flushes");
        runtime.block_on(async { async_nats::jetstream::new(client.clone()).get_stream("COLLECTD").await.ok() })
    });
    daemon.command("FLUSH plugin=nats_writer").expect("the daemon flushes");
    assert_same(&daemon.csv_rows(), &runtime.block_on(servers::stored(&client)));
}

#[test]
fn a_server_that_takes_nothing_does_not_hold_up_the_daemon() {
    let servers = Servers::started(1);
    let block = "Window 5000\nAckTimeout 0.1\nStopTimeout 1";
    let mut daemon = daemon(&format!("{}{CREATE}{block}", servers.lines())).start();
    daemon.putval("h/p/gauge", "", "1700000000:0");
    let _ = daemon.wait_rows("h/p/gauge", 1);
    daemon.command("FLUSH plugin=nats_writer").expect("the daemon flushes");
    servers.freeze(0);
    // More than the connection has room for, when they are repeated.
    for number in 0..125 {
        let values: Vec<_> =
            (1..=40).map(|second| format!("{}:{second}", 1_700_000_000 + number * 40 + second)).collect();
        daemon.putval("h/p/gauge", "", &values.join(" "));
    }
    let _ = daemon.wait_rows("h/p/gauge", 5001);
    daemon.wait_log("the server takes no messages; messages are kept", servers::PATIENCE);
    let begin = Instant::now();
    assert!(!daemon.stop().success());
    // A flush, the end, and what was under way.
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    daemon.wait_log("5000 messages are lost: they were not acknowledged", Duration::ZERO);
}

#[test]
fn a_stream_that_is_not_there_is_waited_for() {
    let servers = Servers::started(1);
    let mut daemon = daemon(&servers.lines()).start();
    daemon.putval("h/p/gauge", "", "1700000000:1");
    daemon.wait_log("there is no stream \"COLLECTD\" (Create true in its block would make it)", servers::PATIENCE);
    let runtime = runtime();
    let client = servers.client(&runtime, ConnectOptions::new);
    let config = async_nats::jetstream::stream::Config {
        name: "COLLECTD".into(),
        subjects: vec!["collectd.>".into()],
        max_message_size: 500,
        ..Default::default()
    };
    let made = runtime.block_on(async { async_nats::jetstream::new(client.clone()).create_stream(config).await });
    made.expect("a stream");
    // Nor is what it never takes in the way of the others.
    let long = "x".repeat(120);
    daemon.putval(&format!("{long}/{long}-{long}/gauge-{long}"), "", "1700000000:1");
    for number in 1..5 {
        daemon.putval("h/p/gauge", "", &format!("{}:{number}", 1_700_000_000 + number));
    }
    let _ = daemon.wait_rows("h/p/gauge", 5);
    daemon.wait_log("a message is lost: message size exceeds maximum allowed", servers::PATIENCE);
    assert!(daemon.stop().success());
    assert_eq!(runtime.block_on(servers::stored(&client)).len(), 5);
    daemon.wait_log("5 messages stored, 0 repeated, 0 dropped, 1 refused", Duration::ZERO);
}

#[test]
fn a_password_is_asked_for_and_not_told() {
    let mut servers = Servers::new(1, "authorization { user: u, password: secret1 }");
    servers.start(0);
    let options = || ConnectOptions::new().user_and_password("u".into(), "secret1".into());
    let runtime = runtime();
    let client = servers.client(&runtime, options);
    let mut wrong = daemon(&format!("{}{CREATE}User \"u\"\nPassword \"secret2\"", servers.lines())).start();
    wrong.wait_log("authorization violation", servers::PATIENCE);
    assert!(!wrong.log().contains("secret"), "{}", wrong.log());
    let mut right = daemon(&format!("{}{CREATE}User \"u\"\nPassword \"secret1\"", servers.lines())).start();
    right.putval("h/p/gauge", "", "1700000000:1");
    let _ = right.wait_rows("h/p/gauge", 1);
    assert!(right.stop().success());
    assert_eq!(runtime.block_on(servers::stored(&client)).len(), 1);
}
