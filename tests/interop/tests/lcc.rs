//! libcollectdclient, the library beside collectd that `collectd-tg` is made of.

use std::net::UdpSocket;

use collectd_net::SecurityLevel;
use collectd_test_daemon::{UdpSink, free_udp_port};
use collectd_test_interop::{
    CDaemon, List, PASSWORD, PATIENCE, Program, Security, USER, assert_same, lcc, listen, receive, receive_no_more,
    sample, send, send_notification,
};

fn sends(security: &Security, port: u16) -> std::process::Command {
    let mut command = lcc();
    command.args(["send", &security.name(), &port.to_string(), USER, PASSWORD]);
    command
}

fn input(lists: &[List]) -> String {
    lists.iter().map(|list| list.to_line() + "\n").collect()
}

fn check_reader_gets(security: &Security) {
    let lists = sample::lists();
    let (mut reader, port) = listen(security);
    let output = Program::run(&mut sends(security, port), &input(&lists));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let items = receive(&mut reader, lists.len(), security);
    assert_same(&items.iter().map(List::of_item).collect::<Vec<_>>(), &lists);
    receive_no_more(&mut reader);
}

fn check_writer_is_understood(security: &Security) {
    let lists = sample::lists();
    let mut command = lcc();
    let mut receiver = Program::start(command.args(["receive", &security.name()]).args(security.credentials()));
    let port = receiver.wait_number("port ");
    send(port, security, &lists);
    assert_same(&receiver.wait_lists(lists.len()), &lists);
}

#[test]
fn reader_gets_plain_lists() {
    check_reader_gets(&Security::new(SecurityLevel::None));
}

#[test]
fn reader_gets_signed_lists() {
    check_reader_gets(&Security::new(SecurityLevel::Sign));
}

#[test]
fn writer_is_understood_plain() {
    check_writer_is_understood(&Security::new(SecurityLevel::None));
}

#[test]
fn writer_is_understood_signed() {
    check_writer_is_understood(&Security::new(SecurityLevel::Sign));
}

/// Its decoder is right: only what it encrypts is not.
#[test]
fn writer_is_understood_encrypted() {
    check_writer_is_understood(&Security::new(SecurityLevel::Encrypt));
}

/// The library encrypts from the wrong place on. What it then sends can be read by nobody.
#[test]
fn what_it_encrypts_nobody_can_read() {
    let security = Security::new(SecurityLevel::Encrypt);
    let lists = sample::lists();
    let sink = UdpSink::bind();
    let output = Program::run(&mut sends(&security, sink.port()), &input(&lists));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let packets = sink.wait(10, PATIENCE);

    let (mut reader, our_port) = listen(&security);
    let their_port = free_udp_port();
    let daemon = CDaemon::start(&security.c_listen("127.0.0.1", their_port));
    let mut command = lcc();
    let mut itself = Program::start(command.args(["receive", "encrypt", USER, PASSWORD]));
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port of this machine");
    for port in [our_port, their_port, itself.wait_number("port ")] {
        for packet in &packets {
            socket.send_to(packet, ("127.0.0.1", port)).expect("a receiver is there");
        }
        // To see that this one would have taken something.
        send(port, &security, &lists[..1]);
    }

    let mut failures = 0;
    let item = loop {
        match reader.next_timeout(PATIENCE) {
            Ok(item) => break item.expect("what comes last can be read"),
            Err(error) => {
                let error = error.to_string();
                println!("{error}");
                failures += 1;
            }
        }
    };
    assert_eq!(failures, packets.len());
    assert_same(&[List::of_item(&item)], &lists[..1]);
    assert_same(&itself.wait_lists(1), &lists[..1]);
    let recorded: Vec<_> = daemon.wait_recorded(1).into_iter().map(|(list, _)| list).collect();
    assert_same(&recorded, &lists[..1]);
    println!("{}", daemon.wait_line("Checksum mismatch"));
}

/// Where a process may lock memory, as most may, the library takes that for a failure.
#[test]
fn it_refuses_to_sign_where_memory_can_be_locked() {
    let security = Security::new(SecurityLevel::Sign);
    let output = Program::run(sends(&security, 9).env("LCC_KEEP_MEMLOCK", "1"), "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), said.as_str()), (Some(3), "security level refused: ENOTSUP\n"));
}

/// A notification is a packet with parts that the library does not know.
#[test]
fn notifications_are_errors_to_it_but_what_follows_is_read() {
    let security = Security::new(SecurityLevel::None);
    let lists = sample::lists();
    let mut command = lcc();
    let mut receiver = Program::start(command.args(["receive", "none"]));
    let port = receiver.wait_number("port ");
    for notification in sample::notifications() {
        send_notification(port, &security, &notification);
    }
    send(port, &security, &lists[..3]);
    assert_same(&receiver.wait_lists(3), &lists[..3]);
}

/// It has room for 63 bytes; a longer name is an error, and all that is behind it in the packet is lost.
#[test]
fn longer_names_are_errors_to_it() {
    let security = Security::new(SecurityLevel::None);
    let (lists, limits) = (sample::lists(), sample::limits());
    let mut command = lcc();
    let mut receiver = Program::start(command.args(["receive", "none"]));
    let port = receiver.wait_number("port ");
    send(port, &security, &[lists[0].clone(), limits[0].clone(), lists[1].clone()]);
    send(port, &security, &lists[2..3]);
    assert_same(&receiver.wait_lists(2), &[lists[0].clone(), lists[2].clone()]);
}
