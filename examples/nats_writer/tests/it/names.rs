//! Name servers that never answer.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use collectd_test_interop::{Namespace, as_root};

use crate::common::daemon;
use crate::servers::PATIENCE;

#[test]
fn a_name_that_is_looked_up_does_not_hold_up_the_end() {
    as_root("names::a_name_that_is_looked_up_does_not_hold_up_the_end", || {
        let network = Namespace::new();
        let server = network.run(|| UdpSocket::bind("127.0.0.1:53")).expect("a network of its own");
        server.set_read_timeout(Some(PATIENCE)).expect("a socket can");
        let builder = daemon("Server \"nats://nats.example.org\"\nStopTimeout 0.1")
            .pretend("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n");
        let mut daemon = network.run(|| builder.start());
        server.recv(&mut [0; 512]).expect("a question");
        let begin = Instant::now();
        assert!(daemon.stop().success(), "{}", daemon.log());
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    });
}
