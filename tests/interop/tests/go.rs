//! go-collectd, the library that InfluxDB, Telegraf and others are made with.

use collectd_net::SecurityLevel;
use collectd_test_interop::{
    List, Program, Security, assert_same, go, listen, receive, receive_no_more, sample, send, send_notification, sorted,
};
use collectd_types::Kind;

fn start_receiver(security: &Security) -> (Program, u16) {
    let mut command = go();
    command.args(["receive", &security.name()]);
    if security.is_secure() {
        command.arg(security.file());
    }
    let mut receiver = Program::start(&mut command);
    let port = receiver.wait_number("port ");
    (receiver, port)
}

/// In how many packets they came.
fn check_reader_gets(level: SecurityLevel, lists: &[List]) -> u64 {
    let security = Security::new(level);
    let (mut reader, port) = listen(&security);
    let input: String = lists.iter().map(|list| list.to_line() + "\n").collect();
    let mut command = go();
    command.args(["send", &security.name(), &format!("127.0.0.1:{port}")]).args(security.credentials());
    let output = Program::run(&mut command, &input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let items = receive(&mut reader, lists.len(), &security);
    assert_same(&items.iter().map(List::of_item).collect::<Vec<_>>(), lists);
    receive_no_more(&mut reader);
    reader.statistics().packets
}

/// The server hands each packet to a thread of its own, so the order is lost.
fn check_writer_is_understood(level: SecurityLevel, lists: &[List]) {
    let security = Security::new(level);
    let (mut receiver, port) = start_receiver(&security);
    send(port, &security, lists);
    assert_same(&sorted(receiver.wait_lists(lists.len())), &sorted(lists.to_vec()));
    assert_eq!(receiver.complaints(), "");
}

#[test]
fn reader_gets_plain_lists() {
    check_reader_gets(SecurityLevel::None, &sample::lists_without_absolutes());
}

#[test]
fn reader_gets_signed_lists() {
    check_reader_gets(SecurityLevel::Sign, &sample::lists_without_absolutes());
}

#[test]
fn reader_gets_encrypted_lists() {
    check_reader_gets(SecurityLevel::Encrypt, &sample::lists_without_absolutes());
}

/// More than are encrypted or decrypted side by side; all are there before the first is read.
#[test]
fn many_packets_at_once() {
    let lists = sample::many_lists();
    for security in Security::all() {
        assert!(check_reader_gets(security.level, &lists) > 64);
        check_writer_is_understood(security.level, &lists);
    }
}

/// Of nanoseconds it makes units of 2⁻³⁰ s again, which are not always the same; but names may be long.
#[test]
fn names_of_127_bytes_pass() {
    let lists: Vec<_> =
        sample::limits().into_iter().filter(|list| list.time % (1 << 21) == 0 && !list.has(Kind::Absolute)).collect();
    assert_eq!(lists.iter().map(|list| list.names.iter().filter(|name| name.len() == 127).count()).sum::<usize>(), 7);
    for security in Security::all() {
        check_reader_gets(security.level, &lists);
        let (mut receiver, port) = start_receiver(&security);
        send(port, &security, &lists);
        assert_same(&sorted(receiver.wait_lists(lists.len())), &sorted(lists.clone()));
    }
}

#[test]
fn writer_is_understood_plain() {
    check_writer_is_understood(SecurityLevel::None, &sample::lists_without_absolutes());
}

#[test]
fn writer_is_understood_signed() {
    check_writer_is_understood(SecurityLevel::Sign, &sample::lists_without_absolutes());
}

#[test]
fn writer_is_understood_encrypted() {
    check_writer_is_understood(SecurityLevel::Encrypt, &sample::lists_without_absolutes());
}

/// A packet with an absolute value is lost to it as a whole, and it can send none.
#[test]
fn absolute_values_do_not_exist_for_it() {
    let security = Security::new(SecurityLevel::None);
    let is_absolute = |list: &List| list.has(Kind::Absolute);
    let absolute = sample::lists().into_iter().find(is_absolute).expect("the sample has some");
    let others = sample::lists_without_absolutes();
    let (mut receiver, port) = start_receiver(&security);
    send(port, &security, &[others[0].clone(), absolute.clone()]);
    send(port, &security, &others[1..2]);
    assert_same(&receiver.wait_lists(1), &others[1..2]);
    assert!(receiver.complaints().contains("error while parsing: invalid data"), "{}", receiver.complaints());

    let output = Program::run(go().args(["send", "none", "127.0.0.1:9"]), &absolute.to_line());
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no kind 'a'"), "{output:?}");
}

/// Behind a signature it reads on as if there were none, so a receiver that also takes plain lists gets these twice.
#[test]
fn it_reads_signed_lists_twice_where_none_need_be() {
    let security = Security::new(SecurityLevel::Sign);
    let lists = &sample::lists_without_absolutes()[..3];
    let mut receiver = Program::start(go().args(["receive", "none"]).arg(security.file()));
    let port = receiver.wait_number("port ");
    send(port, &security, lists);
    assert_same(&receiver.wait_lists(6), &[lists, lists].concat());
}

/// To it they are lists without values, with two parts that it does not know.
#[test]
fn notifications_are_nothing_to_it() {
    let security = Security::new(SecurityLevel::Encrypt);
    let lists = &sample::lists_without_absolutes()[..3];
    let (mut receiver, port) = start_receiver(&security);
    for notification in sample::notifications() {
        send_notification(port, &security, &notification);
    }
    send(port, &security, lists);
    assert_same(&receiver.wait_lists(3), lists);
    let complaints = receiver.complaints();
    assert_eq!(complaints.matches("ignoring field of type 0x101").count(), 3, "{complaints}");
    assert_eq!(complaints.matches("ignoring field of type 0x100").count(), 3, "{complaints}");
}
