//! collectd's own `network` plugin, in a real daemon.

use std::collections::BTreeMap;
use std::net::IpAddr;

use collectd_net::{Reader, SecurityLevel, Server, Writer};
use collectd_test_daemon::free_udp_port;
use collectd_test_interop::{
    CDaemon, List, Note, PATIENCE, Security, assert_same, listen, receive, receive_no_more, sample, send, send_all,
    send_large, send_notification, sorted,
};

/// The daemon tells Python times as doubles; what they cannot express goes another way, see [`check_relay`].
fn check_writer_is_understood(level: SecurityLevel) {
    let security = Security::new(level);
    let port = free_udp_port();
    let mut daemon = CDaemon::start(&security.c_listen("127.0.0.1", port));
    let lists = sample::lists();
    send(port, &security, &lists);
    let recorded = daemon.wait_recorded(lists.len());
    let (got, users): (Vec<_>, Vec<_>) = recorded.into_iter().unzip();
    assert_same(&got, &lists);
    assert!(users.iter().all(|user| user == security.user()), "{users:?}");

    for notification in sample::notifications() {
        send_notification(port, &security, &notification);
    }
    let notes: Vec<_> = sample::notifications().iter().map(Note::of).collect();
    assert_eq!(daemon.wait_notes(notes.len()), notes);

    assert!(daemon.stop().success());
    let complaints = |line: &&str| line.contains("network plugin") && !line.starts_with("[info]");
    assert_eq!(daemon.log().lines().find(complaints), None);
}

fn check_reader_gets(level: SecurityLevel) {
    let security = Security::new(level);
    let (mut reader, port) = listen(&security);
    let mut daemon = CDaemon::start(&security.c_server("127.0.0.1", port));
    let lists = sample::lists_for_commands();
    for list in &lists {
        daemon.dispatch(list);
    }
    let _ = daemon.wait_recorded(lists.len());
    let got = flushed(&daemon, &mut reader, lists.len(), &security);
    assert_same(&got, &lists);

    for notification in sample::notifications() {
        daemon.notify(&notification);
    }
    let items = receive(&mut reader, sample::notifications().len(), &security);
    let got: Vec<_> =
        items.into_iter().map(|item| item.notification().expect("a notification").to_notification()).collect();
    assert_eq!(got, sample::notifications());
    receive_no_more(&mut reader);
    assert!(daemon.stop().success());
}

/// The daemon's last packet waits until it is told to send it.
fn flushed(daemon: &CDaemon, reader: &mut Reader, count: usize, security: &Security) -> Vec<List> {
    let mut lists = Vec::new();
    daemon.flush_until("everything", || {
        while let Some(item) = reader.next_timeout(std::time::Duration::from_millis(20)).expect("packets can be read") {
            assert_eq!(item.user().map(String::from_utf8_lossy).unwrap_or_default(), security.user());
            lists.push(List::of_item(&item));
        }
        (lists.len() >= count).then_some(())
    });
    lists
}

/// Through the daemon and back, every bit: names of 127 bytes, 63 values in a list, times of every resolution.
/// What comes in with one level goes out with the next.
fn check_relay(level_in: SecurityLevel, level_out: SecurityLevel) {
    let (inside, outside) = (Security::new(level_in), Security::new(level_out));
    let (mut reader, out_port) = listen(&outside);
    let in_port = free_udp_port();
    let block = inside.c_listen("127.0.0.1", in_port) + &outside.c_server("127.0.0.1", out_port) + "Forward true\n";
    let mut daemon = CDaemon::start(&block);
    let mut lists = sample::lists();
    lists.extend(sample::limits());
    send(in_port, &inside, &lists);
    let _ = daemon.wait_recorded(lists.len());
    assert_same(&flushed(&daemon, &mut reader, lists.len(), &outside), &lists);
    receive_no_more(&mut reader);
    assert!(daemon.stop().success());
}

#[test]
fn writer_is_understood_plain() {
    check_writer_is_understood(SecurityLevel::None);
}

#[test]
fn writer_is_understood_signed() {
    check_writer_is_understood(SecurityLevel::Sign);
}

#[test]
fn writer_is_understood_encrypted() {
    check_writer_is_understood(SecurityLevel::Encrypt);
}

#[test]
fn reader_gets_plain_lists_and_notifications() {
    check_reader_gets(SecurityLevel::None);
}

#[test]
fn reader_gets_signed_lists_and_notifications() {
    check_reader_gets(SecurityLevel::Sign);
}

#[test]
fn reader_gets_encrypted_lists_and_notifications() {
    check_reader_gets(SecurityLevel::Encrypt);
}

#[test]
fn every_bit_survives_the_way_through_the_daemon() {
    check_relay(SecurityLevel::None, SecurityLevel::Sign);
    check_relay(SecurityLevel::Sign, SecurityLevel::Encrypt);
    check_relay(SecurityLevel::Encrypt, SecurityLevel::None);
}

/// Each side takes what is better protected than it demands, and passes over what is worse.
#[test]
fn both_take_the_same_of_mixed_levels() {
    let lists = sample::lists();
    for demanded in Security::all() {
        // A receiver without users cannot check signatures, and reads on behind them; with users is the usual case.
        let (mut reader, our_port) = listen_with_users(&demanded);
        let their_port = free_udp_port();
        let file = format!("AuthFile \"{}\"\n", demanded.file().display());
        let block = demanded.c_listen("127.0.0.1", their_port);
        let block = if demanded.is_secure() { block } else { block.replace("</Listen>", &(file + "</Listen>")) };
        let daemon = CDaemon::start(&block);
        for (list, given) in lists.iter().zip(Security::all()) {
            send(our_port, &given, std::slice::from_ref(list));
            send(their_port, &given, std::slice::from_ref(list));
        }
        let first = demanded.level as usize;
        let ours: Vec<_> =
            (first..3).map(|_| reader.next_timeout(PATIENCE).expect("readable").expect("in time")).collect();
        let (theirs, users): (Vec<_>, Vec<_>) = daemon.wait_recorded(3 - first).into_iter().unzip();
        assert_same(&ours.iter().map(List::of_item).collect::<Vec<_>>(), &lists[first..3]);
        assert_same(&theirs, &lists[first..3]);
        let our_users: Vec<_> =
            ours.iter().map(|item| item.user().map(String::from_utf8_lossy).unwrap_or_default()).collect();
        assert_eq!(our_users, users);
        receive_no_more(&mut reader);
    }
}

fn listen_with_users(security: &Security) -> (Reader, u16) {
    let reader = Reader::builder().listen("127.0.0.1:0").auth_file(security.file()).security_level(security.level);
    let reader = reader.build().expect("a port of this machine");
    let port = reader.local_addrs()[0].port();
    (reader, port)
}

/// A wrong password is noticed on both sides, by signatures and by encryption.
#[test]
fn neither_takes_what_another_password_made() {
    let lists = sample::lists();
    for security in Security::all().into_iter().filter(Security::is_secure) {
        std::fs::write(security.file(), format!("{}: another\n", security.user())).expect("it is writable");
        let (mut reader, our_port) = listen(&security);
        let their_port = free_udp_port();
        let daemon = CDaemon::start(&security.c_listen("127.0.0.1", their_port));
        send(our_port, &security, &lists[..1]);
        send(their_port, &security, &lists[..1]);
        let error = reader.next_timeout(PATIENCE).expect_err("it cannot be read");
        println!("{error}");
        let complaint = if security.level == SecurityLevel::Sign { "SHA-256" } else { "Checksum mismatch" };
        println!("{}", daemon.wait_line(complaint));
        assert_eq!(daemon.recorded(), []);

        let (mut reader, our_port) = listen(&Security::new(security.level));
        let theirs =
            CDaemon::start(&security.c_server("127.0.0.1", our_port).replace("Password \"", "Password \"not "));
        theirs.dispatch(&lists[0]);
        theirs.flush_until("an error", || reader.try_next().err());
    }
}

/// With one writer, or one daemon, for all of them.
#[test]
fn servers_of_different_levels_get_the_same() {
    let lists = sample::lists_for_commands();
    let securities = Security::all();
    let ports: Vec<_> = securities.iter().map(|_| free_udp_port()).collect();
    let listens: String =
        securities.iter().zip(&ports).map(|(security, &port)| security.c_listen("127.0.0.1", port)).collect();
    let daemon = CDaemon::start(&listens);
    let servers = securities.iter().zip(&ports);
    let builder = servers.fold(Writer::builder(), |builder, (security, &port)| {
        builder.server(security.give(Server::new(("127.0.0.1".parse::<IpAddr>().expect("an address"), port))))
    });
    send_all(builder.build().expect("a writer"), &lists);
    let mut by_user = BTreeMap::<_, Vec<_>>::new();
    for (list, user) in daemon.wait_recorded(3 * lists.len()) {
        by_user.entry(user).or_default().push(list);
    }
    assert_same(&by_user[""], &lists);
    assert_eq!(sorted(by_user.remove(securities[1].user()).expect("its user")), sorted([&lists[..], &lists].concat()));

    let mut readers: Vec<_> = securities.iter().map(listen).collect();
    let servers = securities.iter().zip(&readers);
    let servers: String = servers.map(|(security, (_, port))| security.c_server("127.0.0.1", *port)).collect();
    let daemon = CDaemon::start(&servers);
    lists.iter().for_each(|list| daemon.dispatch(list));
    for ((reader, _), security) in readers.iter_mut().zip(&securities) {
        assert_same(&flushed(&daemon, reader, lists.len(), security), &lists);
    }
}

/// 64 bytes are the longest user that the C plugin can encrypt for; HMAC hashes passwords of more than 64 bytes
/// first. Blanks at the end belong to both.
#[test]
fn users_and_passwords_at_their_limits() {
    let (user, password) = ("ü".repeat(32), "\u{1f511}long ".repeat(25));
    let lists = &sample::lists_for_commands()[..40];
    for (user, password) in [(user.as_str(), password.as_str()), ("u", "p"), ("ends in a blank ", "too  ")] {
        for level in [SecurityLevel::Sign, SecurityLevel::Encrypt] {
            let security = Security::of(level, user, password);
            let (mut reader, our_port) = listen(&security);
            let their_port = free_udp_port();
            let block = security.c_listen("127.0.0.1", their_port) + &security.c_server("127.0.0.1", our_port);
            let daemon = CDaemon::start(&(block + "Forward true\n"));
            send(their_port, &security, lists);
            let (got, users): (Vec<_>, Vec<_>) = daemon.wait_recorded(lists.len()).into_iter().unzip();
            assert_same(&got, lists);
            assert!(users.iter().all(|name| name == user), "{users:?}");
            assert_same(&flushed(&daemon, &mut reader, lists.len(), &security), lists);
        }
    }
}

/// From the smallest that the C plugin can be told to what UDP carries.
#[test]
fn packets_of_any_size() {
    let (lists, many) = (sample::lists(), sample::many_lists());
    check_size(SecurityLevel::Sign, 1024, &lists);
    assert_eq!(check_size(SecurityLevel::None, 65_507, &many), 2);
    assert_eq!(check_size(SecurityLevel::Encrypt, 65_507, &many), 2);
}

/// Through the daemon and back; in how many packets they came back.
fn check_size(level: SecurityLevel, size: usize, lists: &[List]) -> u64 {
    let security = Security::new(level);
    let (mut reader, our_port) = listen(&security);
    let their_port = free_udp_port();
    let block = security.c_listen("127.0.0.1", their_port) + &security.c_server("127.0.0.1", our_port);
    let daemon = CDaemon::start(&format!("{block}Forward true\nMaxPacketSize {size}\n"));
    send_large(their_port, &security, lists, size);
    let (got, _): (Vec<_>, Vec<_>) = daemon.wait_recorded(lists.len()).into_iter().unzip();
    assert_same(&got, lists);
    assert_same(&flushed(&daemon, &mut reader, lists.len(), &security), lists);
    reader.statistics().packets
}

/// A receiver without users reads on behind signatures, and nothing that is encrypted.
#[test]
fn without_users_neither_checks_signatures() {
    let lists = sample::lists();
    let mut reader = Reader::builder().listen("127.0.0.1:0").build().expect("a port of this machine");
    let our_port = reader.local_addrs()[0].port();
    let their_port = free_udp_port();
    let daemon = CDaemon::start(&Security::new(SecurityLevel::None).c_listen("127.0.0.1", their_port));
    // Encrypted first, so that what comes second shows that it came.
    let order = [SecurityLevel::Encrypt, SecurityLevel::Sign, SecurityLevel::None].map(Security::new);
    for (list, given) in lists.iter().zip(&order) {
        send(our_port, given, std::slice::from_ref(list));
        send(their_port, given, std::slice::from_ref(list));
    }
    let ours: Vec<_> = (1..3).map(|_| reader.next_timeout(PATIENCE).expect("readable").expect("in time")).collect();
    assert_same(&ours.iter().map(List::of_item).collect::<Vec<_>>(), &lists[1..3]);
    assert!(ours.iter().all(|item| item.user().is_none() && !item.is_signed()), "{ours:?}");
    let (theirs, users): (Vec<_>, Vec<_>) = daemon.wait_recorded(2).into_iter().unzip();
    assert_same(&theirs, &lists[1..3]);
    assert_eq!(users, ["", ""]);
    receive_no_more(&mut reader);
}
