//! The plugin in the real daemon, beside real sockets: that listen, that refuse, that never answer.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread::sleep;
use std::time::{Duration, Instant};

use collectd_test_daemon::{Builder, Daemon, cargo_build, wait_until};
use collectd_test_interop::{Namespace, as_root};
use socket2::{Domain, Socket, Type};

const PATIENCE: Duration = Duration::from_secs(60);
/// Of an end. A machine that is busy needs more than the half second that the plugin allows itself, and a probe that is
/// waited for would take a minute.
const SOON: Duration = Duration::from_secs(20);
const CONF: &str = include_str!("../tcp_probe.conf");
const README: &str = include_str!("../README.md");

fn builder() -> Builder {
    Daemon::builder().load("csv").load_so(cargo_build::cdylib(env!("CARGO_PKG_NAME")), "tcp_probe")
}

fn target(name: &str, address: SocketAddr, more: &str) -> String {
    format!("<Target \"{name}\">\nHost \"{}\"\nPort {}\n{more}\n</Target>\n", address.ip(), address.port())
}

fn plugin(targets: &[String]) -> String {
    format!("<Plugin tcp_probe>\n{}</Plugin>", targets.concat())
}

/// A port where all connections are accepted, until the test program ends.
fn listener(address: &str) -> SocketAddr {
    let listener = TcpListener::bind(address).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || listener.incoming().for_each(drop));
    address
}

/// A port that nobody listens on, and that nobody can be given.
fn closed() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a free port");
    let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("it is bound");
    (socket, address)
}

/// A port where nobody answers: who listens takes no more connections than are waiting already.
fn black_hole() -> (Socket, Vec<TcpStream>, SocketAddr) {
    let (socket, address) = closed();
    socket.listen(0).expect("a bound socket can listen");
    let mut waiting = Vec::new();
    while let Ok(connection) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(connection);
        assert!(waiting.len() < 1000, "the queue does not fill");
    }
    (socket, waiting, address)
}

/// Times and values of a metric of a target. Of that only: there are hundreds.
fn rows(daemon: &Daemon, metric: &str) -> Vec<(f64, f64)> {
    let (target, metric) = metric.split_once('/').expect("a target and a metric");
    let dir = daemon.dir().join(format!("csv/testhost/tcp_probe-{target}"));
    let files = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let mut files = files.filter(|file| file.file_name().to_string_lossy().starts_with(&format!("{metric}-2")));
    let text = files.next().map(|file| fs::read_to_string(file.path()).unwrap_or_default()).unwrap_or_default();
    let number = |text: &str| text.parse().expect("a number");
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = complete.lines().skip(1).filter_map(|line| line.split_once(','));
    lines.map(|(time, value)| (number(time), number(value))).collect()
}

/// The last value of a metric, 0 if there is none.
fn last(daemon: &Daemon, metric: &str) -> f64 {
    rows(daemon, metric).last().map_or(0.0, |row| row.1)
}

fn wait_value(daemon: &Daemon, metric: &str, at_least: f64) {
    wait_until(metric, PATIENCE, || (last(daemon, metric) >= at_least).then_some(()));
}

/// The longest time between two values.
fn longest_gap(daemon: &Daemon, metric: &str) -> f64 {
    let rows = rows(daemon, metric);
    assert!(rows.len() > 1, "{metric}: {rows:?}");
    rows.windows(2).map(|pair| pair[1].0 - pair[0].0).fold(0.0, f64::max)
}

fn stop_soon(daemon: &mut Daemon) {
    let begin = Instant::now();
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(begin.elapsed() < SOON, "it took {:?}", begin.elapsed());
}

#[test]
fn each_kind_of_answer_is_counted() {
    let four = listener("127.0.0.1:0");
    let six = listener("[::1]:0");
    let (_closed, closed) = closed();
    let (_socket, _waiting, hole) = black_hole();
    let often = "Interval 0.2\nTimeout 0.1";
    let targets = [
        target("four", four, often),
        target("six", six, often),
        target("closed", closed, often),
        target("hole", hole, often),
        // Where the system knows both addresses of this name, one refuses.
        target("local", four, often).replace("127.0.0.1", "localhost"),
        target("none", six, &format!("{often}\nAddressFamily \"ipv4\"")),
    ];
    let mut daemon = builder().conf(&plugin(&targets)).start();
    for metric in [
        "four/connections",
        "six/connections",
        "closed/errors-refused",
        "hole/errors-timeout",
        "local/connections",
        "none/errors-name",
    ] {
        wait_value(&daemon, metric, 3.0);
    }
    for name in ["four", "six", "local"] {
        let seconds = last(&daemon, &format!("{name}/latency"));
        assert!(seconds > 0.0 && seconds < 0.1, "{name}: {seconds}");
    }
    for metric in ["closed/connections", "hole/connections", "none/connections", "hole/errors-refused"] {
        assert_eq!(last(&daemon, metric), 0.0, "{metric}");
    }
    assert!(rows(&daemon, "closed/latency").is_empty());
    daemon.wait_log(&format!("target \"hole\": {hole} does not answer in time"), PATIENCE);
    daemon.wait_log("target \"none\": no address: no address of the family", PATIENCE);
    stop_soon(&mut daemon);
}

#[test]
fn hundreds_that_never_answer_hold_up_nobody() {
    let address = listener("127.0.0.1:0");
    let (_socket, _waiting, hole) = black_hole();
    let holes = (0..200).map(|number| target(&format!("hole{number}"), hole, "Interval 4\nTimeout 3.9"));
    let good = (0..100).map(|number| target(&format!("good{number}"), address, "Interval 0.5"));
    let targets: Vec<_> = holes.chain(good).collect();
    let mut daemon = builder().load("uptime").conf(&plugin(&targets)).start();
    wait_value(&daemon, "good0/connections", 6.0);
    wait_value(&daemon, "good99/connections", 6.0);
    wait_value(&daemon, "hole199/errors-timeout", 1.0);
    for name in ["good0", "good50", "good99"] {
        let gap = longest_gap(&daemon, &format!("{name}/connections"));
        assert!(gap < 3.9, "{name} was probed after {gap} seconds");
    }
    assert_eq!(last(&daemon, "good0/errors-timeout"), 0.0);
    // Nor the reads of the daemon.
    assert!(daemon.wait_rows("testhost/uptime/uptime", 3).len() >= 3);
    stop_soon(&mut daemon);
}

#[test]
fn the_end_does_not_wait_for_a_target() {
    let (_socket, _waiting, hole) = black_hole();
    let targets: Vec<_> =
        (0..20).map(|number| target(&format!("hole{number}"), hole, "Interval 60\nTimeout 60")).collect();
    let mut daemon = builder().conf(&plugin(&targets)).start();
    // The first is under way by now.
    sleep(Duration::from_millis(300));
    stop_soon(&mut daemon);
    assert!(!daemon.log().contains("tcp_probe plugin: "), "{}", daemon.log());
}

#[test]
fn name_servers_that_never_answer_hold_up_nobody() {
    as_root("name_servers_that_never_answer_hold_up_nobody", || {
        let network = Namespace::new();
        let address = network.run(|| listener("127.0.0.1:0"));
        let server = network.run(|| UdpSocket::bind("127.0.0.1:53")).expect("a network of its own");
        let mut targets: Vec<_> = (0..20)
            .map(|number| {
                let host = format!("host{number}.example.org");
                target(&format!("lost{number}"), address, "Interval 0.5\nTimeout 0.3").replace("127.0.0.1", &host)
            })
            .collect();
        targets.push(target("good", address, "Interval 0.2"));
        // After them, and from a file.
        targets.push(target("local", address, "Interval 0.5").replace("127.0.0.1", "localhost"));
        targets.push(target("away", "192.0.2.1:80".parse().expect("an address"), "Interval 0.5"));
        let servers = "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n";
        let builder = builder().conf(&plugin(&targets)).pretend("/etc/resolv.conf", servers);
        let mut daemon = network.run(|| builder.start());
        for number in 0..20 {
            wait_value(&daemon, &format!("lost{number}/errors-name"), 2.0);
        }
        wait_value(&daemon, "local/connections", 2.0);
        wait_value(&daemon, "away/errors-unreachable", 2.0);
        wait_value(&daemon, "good/connections", 10.0);
        let gap = longest_gap(&daemon, "good/connections");
        assert!(gap < 3.0, "it was probed after {gap} seconds");
        daemon.wait_log("target \"lost0\": no address: the name servers do not answer", PATIENCE);
        stop_soon(&mut daemon);
        let mut question = [0; 512];
        server.set_nonblocking(true).expect("a socket can be");
        assert!(server.recv(&mut question).is_ok(), "nobody was asked");
    });
}

#[test]
fn the_configuration_in_the_directory_is_one_and_the_readme_shows_it() {
    assert!(README.contains(CONF), "README.md shows another configuration than tcp_probe.conf");
    let address = listener("127.0.0.1:0");
    // As it stands, but for where things are.
    let conf = CONF.replace("\"www.example.org\"", "\"localhost\"").replace("\"2001:db8::25\"", "\"127.0.0.1\"");
    let conf = conf.replace("\"https\"", &address.port().to_string()).replace("AddressFamily \"ipv6\"", "");
    let mut daemon = builder().conf(&conf).start();
    wait_value(&daemon, "web/connections", 1.0);
    wait_until("the other one", PATIENCE, || (!rows(&daemon, "mail/connections").is_empty()).then_some(()));
    stop_soon(&mut daemon);
}
