//! Acknowledgements that get lost on their way: somebody between the plugin and the server cuts the connection.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use async_nats::ConnectOptions;

use crate::common::{CREATE, assert_same, daemon};
use crate::servers::{self, Servers, runtime};

/// Passes on what comes; but nothing from the server as long as it is deaf. Ends with the process.
fn between(server: u16, is_deaf: &Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let is_deaf = Arc::clone(is_deaf);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) else { continue };
            let (from, to) = (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
            thread::spawn(move || copy(from, to, |_| true));
            let is_deaf = Arc::clone(&is_deaf);
            thread::spawn(move || copy(server, client, move |_| !is_deaf.load(Ordering::Relaxed)));
        }
    });
    port
}

fn copy(mut from: TcpStream, mut to: TcpStream, passes: impl Fn(&[u8]) -> bool) {
    let mut buffer = [0; 65_536];
    let mut pass = || -> io::Result<bool> {
        let count = from.read(&mut buffer)?;
        if passes(&buffer[..count]) {
            to.write_all(&buffer[..count])?;
        } else {
            // Half an answer would be none: from here on the connection is of no use.
            from.shutdown(Shutdown::Both)?;
            to.shutdown(Shutdown::Both)?;
        }
        Ok(count > 0)
    };
    while pass().unwrap_or(false) {}
    let _ = to.shutdown(Shutdown::Both);
}

#[test]
fn what_is_repeated_is_stored_once() {
    let servers = Servers::started(1);
    let is_deaf = Arc::new(AtomicBool::new(false));
    let port = between(servers.port(0), &is_deaf);
    let block = format!("Server \"nats://127.0.0.1:{port}\"\n{CREATE}AckTimeout 0.5");
    let mut daemon = daemon(&block).start();
    let runtime = runtime();
    let client = servers.client(&runtime, ConnectOptions::new);
    let send = |from: u32, to: u32| {
        for number in from..to {
            daemon.putval("h/p/gauge", "", &format!("{}:{number}", 1_700_000_000 + number));
        }
        let _ = daemon.wait_rows("h/p/gauge", to as usize);
    };
    send(0, 10);
    daemon.command("FLUSH plugin=nats_writer").expect("the daemon flushes");
    for round in 1..=3 {
        is_deaf.store(true, Ordering::Relaxed);
        send(round * 10, round * 10 + 10);
        // At least one of them has arrived, and the connection is cut when the server says so.
        collectd_test_daemon::wait_until("a message", servers::PATIENCE, || {
            let stream = runtime.block_on(servers::stream(&client));
            (stream.cached_info().state.messages > u64::from(round) * 10).then_some(())
        });
        is_deaf.store(false, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(100));
        daemon.command("FLUSH plugin=nats_writer").expect("the daemon flushes");
    }
    assert!(daemon.stop().success());
    assert_same(&daemon.csv_rows(), &runtime.block_on(servers::stored(&client)));
    let line = daemon.wait_log("40 messages stored, ", Duration::ZERO);
    assert!(!line.contains(" 0 repeated") && line.contains(" 0 dropped, 0 refused"), "{line}");
}
