//! Signed and encrypted, from writer to reader.

use std::fs;
use std::time::Duration;

use collectd_net::{DecodeErrorKind, ItemRef, KeyRing, Reader, ReaderBuilder, SecurityLevel, Server, Writer};

use crate::common::{ANY_V4, PATIENCE, collect, listen, next, notification, open, values, wait_for};

use SecurityLevel::{Encrypt, None as Plain, Sign};

fn keys() -> KeyRing {
    KeyRing::from_iter([("alice", "w0nderl4nd"), ("bob", "bu1|der")])
}

fn builder(level: SecurityLevel) -> ReaderBuilder {
    Reader::builder().listen(ANY_V4).keys(keys()).security_level(level)
}

/// Who gets what, at which level.
#[test]
fn each_level_of_writers_meets_each_level_of_readers() {
    for (reading, taken) in [(Plain, [true, true, true]), (Sign, [false, true, true]), (Encrypt, [false, false, true])]
    {
        let (mut reader, addr) = open(builder(reading));
        for (writing, is_taken) in [Plain, Sign, Encrypt].into_iter().zip(taken) {
            let server = Server::new(addr).security(writing, "alice", "w0nderl4nd");
            let mut writer = Writer::new(server).unwrap();
            writer.send(&values(&writing.to_string(), "p")).unwrap();
            writer.send(&notification(&writing.to_string())).unwrap();
            let expected = if is_taken { 2 } else { 0 };
            let items = collect(&mut reader, expected);
            assert_eq!(items.len(), expected, "{writing} to {reading}");
            for item in items {
                assert_eq!(item.host(), writing.to_string().as_str());
                let user = (writing != Plain).then_some(&b"alice"[..]);
                assert_eq!(
                    (item.user(), item.is_signed(), item.is_encrypted()),
                    (user, writing == Sign, writing == Encrypt)
                );
            }
        }
        let unprotected = reader.statistics().unprotected_parts;
        assert_eq!(unprotected > 0, reading != Plain);
    }
}

/// More packets than are decrypted at once, of two users, and plain ones between them.
#[test]
fn batches_of_several_users_are_opened() {
    for borrowing in [false, true] {
        let (mut reader, addr) = open(builder(Plain));
        let alice = Server::new(addr).encrypt("alice", "w0nderl4nd");
        let mut writers = [
            Writer::new(alice).unwrap(),
            Writer::new(Server::new(addr).encrypt("bob", "bu1|der")).unwrap(),
            Writer::new(Server::new(addr).sign("bob", "bu1|der")).unwrap(),
            Writer::new(addr).unwrap(),
        ];
        for round in 0..50 {
            for (index, writer) in writers.iter_mut().enumerate() {
                writer.send(&values(&format!("w{index}"), &format!("p{round}"))).unwrap();
                writer.flush().unwrap();
            }
        }
        let mut seen = Vec::new();
        if borrowing {
            while seen.len() < 200 {
                let batch = reader.receive(Some(PATIENCE)).unwrap();
                assert!(!batch.is_empty());
                seen.extend(batch.items().map(ItemRef::to_item));
            }
        } else {
            seen = collect(&mut reader, 200);
        }
        assert_eq!(seen.len(), 200);
        let users = [Some(&b"alice"[..]), Some(b"bob"), Some(b"bob"), None];
        for (index, item) in seen.iter().enumerate() {
            assert_eq!(item.to_string(), format!("[1700000000] w{}/p{}/gauge [(1, 1.5)]", index % 4, index / 4));
            assert_eq!(item.user(), users[index % 4]);
            assert_eq!((item.is_encrypted(), item.is_signed()), (index % 4 < 2, index % 4 == 2));
        }
        assert_eq!(reader.statistics().value_lists, 200);
    }
}

#[test]
fn wrong_passwords_and_users_are_refused_and_counted() {
    let (mut reader, addr) = open(builder(Plain));
    for server in [
        Server::new(addr).encrypt("alice", "wrong"),
        Server::new(addr).encrypt("mallory", "w0nderl4nd"),
        Server::new(addr).sign("alice", "wrong"),
        Server::new(addr).sign("mallory", "w0nderl4nd"),
    ] {
        Writer::new(server).unwrap().send(&values("h", "p")).unwrap();
    }
    assert!(reader.next_timeout(Duration::from_millis(50)).unwrap().is_none());
    let statistics = reader.statistics();
    let kinds: Vec<_> = statistics.errors_by_kind().collect();
    let expected = [
        (DecodeErrorKind::EncryptedChecksum, 1),
        (DecodeErrorKind::EncryptedNoKey, 1),
        (DecodeErrorKind::SignatureMismatch, 1),
        (DecodeErrorKind::SignatureUnknownUser, 1),
    ];
    assert_eq!(kinds, expected);
    assert_eq!((statistics.refused(), statistics.malformed(), statistics.packets), (4, 0, 4));
}

/// An encrypted part with a plain one behind it: collectd uses the first.
#[test]
fn mixed_packets_are_refused_by_strict_readers_only() {
    let (mut source, addr) = listen();
    let packet = |reader: &mut Reader, server: Server| {
        Writer::new(server).unwrap().send(&values("mixed", "p")).unwrap();
        let batch = reader.receive(Some(PATIENCE)).unwrap();
        batch.packets().next().expect("a packet").data().to_vec()
    };
    let encrypted = packet(&mut source, Server::new(addr).encrypt("alice", "w0nderl4nd"));
    let plain = packet(&mut source, Server::new(addr));
    let mixed = [encrypted.clone(), plain].concat();
    for (strict, expected) in [(false, 2), (true, 1)] {
        let (mut reader, addr) = open(builder(Encrypt).strict(strict));
        let sender = crate::common::raw();
        sender.send_to(&mixed, addr).unwrap();
        sender.send_to(&encrypted, addr).unwrap();
        assert_eq!(collect(&mut reader, expected).len(), expected);
        assert_eq!(reader.statistics().refused(), u64::from(strict));
    }
}

#[test]
fn an_auth_file_is_read_again_when_it_changes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("passwd");
    fs::write(&path, "alice: w0nderl4nd\n").unwrap();
    let (mut reader, addr) = open(Reader::builder().listen(ANY_V4).auth_file(&path).security_level(Encrypt));
    let mut writer =
        Writer::builder().server(Server::new(addr).encrypt("bob", "bu1|der")).linger(Duration::ZERO).build().unwrap();
    writer.send(&values("h", "p")).unwrap();
    assert!(reader.next_timeout(Duration::from_millis(20)).unwrap().is_none());

    fs::write(&path, "alice: w0nderl4nd\nbob: bu1|der\n").unwrap();
    wait_for("the new user", || {
        writer.send(&values("h", "p")).unwrap();
        reader.next_timeout(Duration::from_millis(20)).unwrap().is_some()
    });
    assert!(reader.auth_file_error().is_none());

    fs::remove_file(&path).unwrap();
    wait_for("the error", || {
        writer.send(&values("h", "p")).unwrap();
        assert_eq!(next(&mut reader).user(), Some(&b"bob"[..]), "the users stay");
        reader.auth_file_error().is_some_and(|error| error.to_string().contains("passwd"))
    });
    fs::write(&path, "bob: bu1|der\n").unwrap();
    wait_for("the end of the error", || {
        writer.send(&values("h", "p")).unwrap();
        next(&mut reader);
        reader.auth_file_error().is_none()
    });
}

#[test]
fn passwords_are_not_shown() {
    let server = Server::new("127.0.0.1").encrypt("alice", "w0nderl4nd");
    assert!(!format!("{server:?}").contains("w0nderl4nd"));
    let writer = Writer::new(server).unwrap();
    assert!(!format!("{writer:?}").contains("w0nderl4nd"));
    let (reader, _) = open(builder(Plain));
    assert!(!format!("{reader:?}").contains("w0nderl4nd"));
}
