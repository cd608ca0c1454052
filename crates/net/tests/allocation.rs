//! After the first packets nothing is allocated: not by a writer, nor by a reader that lends its items.

use std::time::Duration;

use collectd_net::{KeyRing, Reader, SecurityLevel, Server, Time, Values, Writer};
use collectd_test_allocations::allocations_of_thread;

const LISTS: usize = 2000;

#[test]
fn nothing_is_allocated_per_list_or_packet() {
    let list = Values::new("load").host("h").plugin("load").time(Time::from_secs(1)).gauges([0.5, 0.4, 0.3]);
    for level in [SecurityLevel::None, SecurityLevel::Sign, SecurityLevel::Encrypt] {
        let builder = Reader::builder().listen("127.0.0.1:0").keys(KeyRing::from_iter([("alice", "w0nderl4nd")]));
        let mut reader = builder.security_level(level).build().unwrap();
        let server = Server::new(reader.local_addrs()[0]).security(level, "alice", "w0nderl4nd");
        let mut writer = Writer::builder().server(server).linger(Duration::from_secs(3600)).build().unwrap();
        for round in 0..3 {
            let before = allocations_of_thread();
            for _ in 0..LISTS {
                writer.send(&list).unwrap();
            }
            writer.flush().unwrap();
            let mut received = 0;
            while received < LISTS {
                let batch = reader.receive(Some(Duration::from_secs(20))).unwrap();
                assert!(!batch.is_empty(), "{level}: only {received} came");
                received += batch.items().filter(|item| item.plugin() == "load").count();
            }
            let allocations = allocations_of_thread() - before;
            assert!(round == 0 || allocations == 0, "{level}: {allocations} allocations");
        }
    }
}
