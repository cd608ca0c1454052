//! Many value lists.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use collectd_net::{KeyRing, Reader, SecurityLevel, Server, Values, Writer};

use crate::common::{ANY_V4, LONG, PATIENCE, open, values, wait_for};

const LISTS: usize = 100_000;

/// What may be under way at most, so that it fits the receive buffer of whoever runs this.
const WINDOW: usize = 2000;

fn list(index: usize) -> Values {
    values("h", "p").type_instance(index.to_string())
}

/// No list is lost, and all come in order.
fn transfer(level: SecurityLevel) {
    let builder = Reader::builder().listen(ANY_V4).keys(KeyRing::from_iter([("alice", "w0nderl4nd")]));
    let (mut reader, addr) = open(builder.security_level(level));
    let read = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let server = Server::new(addr).security(level, "alice", "w0nderl4nd");
            let mut writer = Writer::builder().server(server).linger(LONG).build().unwrap();
            for index in 0..LISTS {
                writer.send(&list(index)).unwrap();
                if index % WINDOW == WINDOW - 1 {
                    writer.flush().unwrap();
                    wait_for("the reader", || read.load(Ordering::Relaxed) + WINDOW > index);
                }
            }
        });
        let mut next = 0;
        while next < LISTS {
            let batch = reader.receive(Some(PATIENCE)).unwrap();
            assert!(!batch.is_empty(), "{level}: only {next} came");
            for item in batch.items() {
                assert_eq!(item.type_instance().as_str().and_then(|text| text.parse().ok()), Some(next));
                assert_eq!(
                    (item.is_signed(), item.is_encrypted()),
                    match level {
                        SecurityLevel::None => (false, false),
                        SecurityLevel::Sign => (true, false),
                        SecurityLevel::Encrypt => (false, true),
                    }
                );
                next += 1;
            }
            read.store(next, Ordering::Relaxed);
        }
    });
    assert!(reader.receive(Some(Duration::ZERO)).unwrap().is_empty());
    assert_eq!((reader.statistics().value_lists, reader.dropped()), (LISTS as u64, Some(0)));
}

#[test]
fn a_hundred_thousand_plain_lists_arrive() {
    transfer(SecurityLevel::None);
}

#[test]
fn a_hundred_thousand_signed_lists_arrive() {
    transfer(SecurityLevel::Sign);
}

#[test]
fn a_hundred_thousand_encrypted_lists_arrive() {
    transfer(SecurityLevel::Encrypt);
}
