//! Every way from one daemon to another: from collectd's own `network` plugin to ours, from ours to it, and from ours
//! to ours; at each security level; to one address, to a group and to a socket of both families, over IPv4 and IPv6.
//! What arrives is what was sent, to the last bit, and comes with the same meta data.

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;

use collectd_test_daemon::{Daemon, Rows, cargo_build};
use collectd_test_interop::{Pair, as_root};
use common::record::{Record, add_recorder, recorded_notifications, recorded_values};
use common::side::Side;
use common::{PATIENCE, load_sample, soon};

/// Where to listen and where to send to, in one network with a loopback interface and a cable. The source address that
/// the kernel chooses tells what came which way.
const WAYS: &[Way] = &[
    Way { name: "v4", listen: "127.0.0.1", server: "127.0.0.1", from: "127.0.0.1" },
    Way { name: "v6", listen: "::1", server: "::1", from: "::1" },
    Way { name: "group-v4", listen: "239.192.74.66", server: "239.192.74.66", from: "10.77.0.1" },
    Way { name: "group-v6", listen: "ff18::efc0:4a42", server: "ff18::efc0:4a42", from: "fd77::1" },
    Way { name: "dual-v4", listen: "::", server: "127.0.0.1", from: "::ffff:127.0.0.1" },
    Way { name: "dual-v6", listen: "::", server: "fd78::1", from: "fd78::1" },
];

struct Way {
    name: &'static str,
    listen: &'static str,
    server: &'static str,
    from: &'static str,
}

const LEVELS: &[&str] = &["None", "Sign", "Encrypt"];

/// Of each level and listening address one. Both ways to the same socket have one.
fn port(level: &str, way: &Way) -> usize {
    let level = LEVELS.iter().position(|&other| other == level).expect("a known level");
    let listen = WAYS.iter().position(|other| other.listen == way.listen).expect("a known address");
    26_000 + 10 * level + listen
}

fn user(level: &str, way: &Way) -> String {
    if level == "None" { String::new() } else { format!("{level} {}", way.name) }
}

fn all() -> impl Iterator<Item = (&'static str, &'static Way)> {
    LEVELS.iter().flat_map(|&level| WAYS.iter().map(move |way| (level, way)))
}

fn servers() -> String {
    let mut block = String::new();
    for (level, way) in all() {
        let (server, port, user) = (way.server, port(level, way), user(level, way));
        let credentials =
            if user.is_empty() { String::new() } else { format!("Username \"{user}\"\nPassword \"of {user}\"\n") };
        let _ = writeln!(block, "<Server \"{server}\" \"{port}\">\nSecurityLevel {level}\n{credentials}</Server>");
    }
    block
}

fn listens(users: &Path) -> String {
    let mut blocks = BTreeMap::new();
    for (level, way) in all() {
        let file = if level == "None" { String::new() } else { format!("AuthFile \"{}\"\n", users.display()) };
        let (listen, port) = (way.listen, port(level, way));
        let block = format!("<Listen \"{listen}\" \"{port}\">\nSecurityLevel {level}\n{file}</Listen>\n");
        blocks.insert(port, block);
    }
    blocks.into_values().collect()
}

/// The file with all users.
fn write_users(path: &Path) {
    let users: String = all().map(|(level, way)| user(level, way)).filter(|user| !user.is_empty()).fold(
        String::new(),
        |mut text, user| {
            let _ = writeln!(text, "{user}: of {user}");
            text
        },
    );
    fs::write(path, users).expect("a temporary directory is writable");
}

#[test]
fn everything_arrives_in_every_way() {
    as_root("everything_arrives_in_every_way", || {
        // In the network there is nobody to ask for anything.
        for name in ["fixed_values", "recorder"] {
            let _built = cargo_build::example("collectd-test-plugins", name);
        }
        let _built = cargo_build::cdylib("rust_network");
        let pair = Pair::new();
        pair.near.run(|| {
            collectd_test_interop::ip("addr add fd78::1/128 dev lo nodad");
            let pairs = [(Side::C, Side::C), (Side::C, Side::Ours), (Side::Ours, Side::C), (Side::Ours, Side::Ours)];
            let got: Vec<_> = pairs.into_iter().map(|(near, far)| check_pair(near, far)).collect();
            // The C plugin among itself is what the others are held to.
            for (metas, pair) in got.iter().zip(pairs) {
                assert_eq!(*metas, got[0], "meta data of {pair:?}");
            }
        });
    });
}

/// Meta data by level and way.
type Metas = BTreeMap<(String, String), BTreeMap<String, String>>;

/// Runs one pair; what meta data the far one gave to what it got.
fn check_pair(near: Side, far: Side) -> Metas {
    println!("{near:?} to {far:?}");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let users = dir.path().join("users");
    write_users(&users);
    let far_daemon = far.daemon(&listens(&users), "").load("csv");
    let mut far_daemon = add_recorder(far_daemon).start();
    let near_daemon = near.daemon(&servers(), "Linger 0.2\n").load("csv").load("unixsock");
    let mut near_daemon = load_sample(add_recorder(near_daemon), "fixed_values", "").start();
    near_daemon.wait_log("read 1 is complete", PATIENCE);
    let ways = all().count();
    let nudge = Nudge::new();
    soon("all values in all ways", || {
        // The C plugin sends full packets only unless it is told to, and keeps what it received until more comes.
        near_daemon.flush_all();
        nudge.send();
        let sent = recorded_values(&near_daemon).len();
        (sent >= common::SAMPLE && recorded_values(&far_daemon).len() >= ways * sent).then_some(())
    });
    let notes = 3;
    for severity in ["failure", "warning", "okay"] {
        let line = format!(
            "PUTNOTIF severity={severity} time=1749238000.5 host=\"größe\" plugin=p plugin_instance=\"i j\" type=gauge \
             type_instance={severity} message=\"100 % of %s is \\\"gone\\\" ☹\""
        );
        near_daemon.command(&line).expect("a notification is taken");
    }
    soon("all notifications in all ways", || {
        nudge.send();
        (recorded_notifications(&far_daemon).len() >= ways * notes).then_some(())
    });
    assert!(near_daemon.stop().success() && far_daemon.stop().success());

    check_notifications(&near_daemon, &far_daemon, notes);
    check_rows(&near_daemon.csv_rows(), &far_daemon.csv_rows());
    check_values(&near_daemon, &far_daemon)
}

fn check_notifications(near: &Daemon, far: &Daemon, count: usize) {
    let sent: Vec<_> = recorded_notifications(near).into_iter().map(|note| note.content).collect();
    assert_eq!(sent.len(), count);
    let got = recorded_notifications(far);
    let received: BTreeMap<_, _> = [("network:received".to_owned(), "Boolean(true)".to_owned())].into();
    for note in &got {
        assert_eq!(note.meta, received, "{note:?}");
    }
    let mut got: Vec<_> = got.into_iter().map(|note| note.content).collect();
    got.sort();
    assert_eq!(got, repeated(sent, all().count()));
}

/// The files of csv are the same, but that the far ones have all of it from every way.
fn check_rows(near: &Rows, far: &Rows) {
    assert!(near.len() > 30);
    assert!(near.keys().eq(far.keys()), "{:?}\n{:?}", near.keys(), far.keys());
    for (name, rows) in near {
        let mut got = far[name].clone();
        got.sort();
        assert_eq!(got, repeated(rows.clone(), all().count()), "{name}");
    }
}

fn repeated<T: Ord + Clone>(once: Vec<T>, count: usize) -> Vec<T> {
    let mut all: Vec<T> = std::iter::repeat_n(once, count).flatten().collect();
    all.sort();
    all
}

/// Way by way, in order, to the last bit.
fn check_values(near: &Daemon, far: &Daemon) -> Metas {
    let sent: Vec<_> = recorded_values(near).into_iter().map(|list| list.content).collect();
    let mut by_way = BTreeMap::<_, Vec<Record>>::new();
    for list in recorded_values(far) {
        by_way.entry((list.user().to_owned(), list.address().to_owned())).or_default().push(list);
    }
    let mut metas = Metas::new();
    for (level, way) in all() {
        let got = by_way.remove(&(user(level, way), way.from.to_owned()));
        let got = got.unwrap_or_else(|| panic!("nothing at level {level} in way {}: {:?}", way.name, by_way.keys()));
        let first = got[0].meta.clone();
        assert!(got.iter().all(|list| list.meta == first), "{level} {}", way.name);
        let got: Vec<_> = got.into_iter().map(|list| list.content).collect();
        for (got, sent) in got.iter().zip(&sent) {
            assert_eq!(got, sent, "{level} {}", way.name);
        }
        assert_eq!(got.len(), sent.len(), "{level} {}", way.name);
        metas.insert((level.to_owned(), way.name.to_owned()), first);
    }
    assert!(by_way.is_empty(), "{by_way:?}");
    metas
}

/// An empty packet to one of the far daemon's sockets.
struct Nudge(UdpSocket);

impl Nudge {
    fn new() -> Nudge {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port of this machine");
        let port = u16::try_from(port("None", &WAYS[0])).expect("a port");
        socket.connect(("127.0.0.1", port)).expect("a port of this machine");
        Nudge(socket)
    }

    fn send(&self) {
        self.0.send(&[]).expect("the far daemon listens");
    }
}
