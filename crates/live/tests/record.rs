//! Recording and replaying.

mod captures;
mod common;

use std::fs;
use std::io::Read;
use std::net::{Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use captures::{Format, RAW, Said, capture, ip, live, packets, run};
use collectd_test_daemon::{Builder, Daemon, free_udp_port, wait_until};
use collectd_udp::{SendOptions, Sender};
use common::{PATIENCE, gauge, gauge_line, packet};

/// A running `collectd-live record`.
struct Record {
    child: Child,
    port: u16,
}

impl Record {
    fn start(file: &Path, args: &[&str]) -> Record {
        Record::start_by(Command::new(env!("CARGO_BIN_EXE_collectd-live")), file, args)
    }

    /// With what comes before the arguments.
    fn start_by(mut command: Command, file: &Path, args: &[&str]) -> Record {
        let files = || fs::read_dir(file.parent().unwrap()).unwrap().count();
        let (port, before) = (free_udp_port(), files());
        command.arg("record").arg(file).args(["--listen", &format!("127.0.0.1:{port}")]).args(args);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut record = Record { child, port };
        // Once there is a file it listens, too.
        wait_until("a recording", PATIENCE, || {
            let created = files() > before;
            (created || record.child.try_wait().unwrap().is_some()).then_some(())
        });
        record
    }

    fn sender(&self) -> Sender {
        Sender::connect(([127, 0, 0, 1], self.port).into(), &SendOptions::default()).unwrap()
    }

    fn send(&self, packets: &[impl AsRef<[u8]>]) {
        self.sender().send_batch(packets).unwrap();
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    fn wait(mut self) -> Said {
        let status = wait_until("its end", PATIENCE, || self.child.try_wait().unwrap());
        let text = |stream: &mut dyn Read| {
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let stdout = text(&mut self.child.stdout.take().unwrap());
        Said { code: status.code(), stdout, stderr: text(&mut self.child.stderr.take().unwrap()) }
    }

    fn stop(self) -> Said {
        self.signal("TERM");
        self.wait()
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn print(file: &Path) -> String {
    live(&["print", "--read", file.to_str().unwrap()], b"").stdout()
}

/// All packets there are, twice through it: none is changed, and none is out of order.
#[test]
fn what_is_replayed_is_what_was_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let packets: Vec<_> = ["vectors", "malformed"].into_iter().flat_map(packets).collect();
    let sent = directory.path().join("sent.pcap");
    fs::write(&sent, capture(packets.iter().map(|(_, data)| data))).unwrap();
    let mut files = vec![sent];
    for directory in [first.path(), second.path()] {
        let file = directory.join("recorded.pcapng");
        let record = Record::start(&file, &[]);
        let to = format!("127.0.0.1:{}", record.port);
        let from = files.last().unwrap().to_str().unwrap();
        let said = live(&["replay", from, "--to", &to, "--speed", "max"], b"");
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let (count, bytes) = (packets.len(), packets.iter().map(|(_, data)| data.len()).sum::<usize>());
        let expected = format!("sent {count} packets, {bytes} bytes to {to} in ");
        assert!(said.stderr.starts_with(&expected), "{}", said.stderr);
        let said = record.stop();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert!(said.stderr.ends_with(&format!("\nrecorded {count} packets, {bytes} bytes\n")), "{}", said.stderr);
        files.push(file);
    }
    let [sent, first, second] = &files[..] else { unreachable!("three files") };
    let payloads = |file: &Path| {
        let args = ["-r", file.to_str().unwrap(), "-T", "fields", "-e", "udp.payload", "-e", "udp.length"];
        run(Command::new("tshark").args(args), b"").stdout()
    };
    let of_sent = payloads(sent);
    let lines: Vec<_> = of_sent.lines().collect();
    assert_eq!(lines.len(), packets.len());
    for file in [first, second] {
        assert!(payloads(file) == of_sent, "{}", file.display());
        assert_eq!(print(file), print(sent));
    }
}

/// Wireshark finds nothing to complain of.
#[test]
fn headers_and_times_are_right() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("r.pcapng");
    let before = std::time::SystemTime::now();
    let record = Record::start(&file, &["--listen", "[::1]:0"]);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let data = packet([gauge(1)]);
    sender.send_to(&data, ("127.0.0.1", record.port)).unwrap();
    record.send(&[Vec::new(), vec![0xff; 65_507]]);
    record.signal("INT");
    let port = record.port;
    assert_eq!(record.wait().code, Some(0));
    let fields = ["frame.time_epoch", "ip.src", "ip.dst", "udp.srcport", "udp.dstport", "udp.length", "frame.len"];
    let checks = ["ip.checksum.status", "udp.checksum.status", "_ws.malformed"];
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(&file).args(["-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields"]);
    tshark.args(fields.iter().chain(&checks).flat_map(|field| ["-e", field]));
    let rows = run(&mut tshark, b"").stdout();
    let rows: Vec<Vec<_>> = rows.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), 3);
    let from = sender.local_addr().unwrap().port().to_string();
    assert_eq!(rows[0][1..5], ["127.0.0.1", "127.0.0.1", &from, &port.to_string()]);
    let time: f64 = rows[0][0].parse().unwrap();
    let since = |time: std::time::SystemTime| time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!(since(before) <= time && time <= since(std::time::SystemTime::now()), "{time}");
    for (row, length) in rows.iter().zip([data.len(), 0, 65_507]) {
        assert_eq!(row[5..7], [(length + 8).to_string(), (length + 28).to_string()]);
        assert_eq!(row[7..], ["1", "1", ""], "1 is good: {row:?}");
    }
}

#[test]
fn ipv6_is_recorded_as_such() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("r.pcapng");
    let free: SocketAddr = (Ipv6Addr::LOCALHOST, free_udp_port()).into();
    let record = Record::start(&file, &["--listen", &free.to_string(), "--count", "2"]);
    Sender::connect(free, &SendOptions::default()).unwrap().send_batch(&[packet([gauge(6)])]).unwrap();
    record.send(&[packet([gauge(4)])]);
    assert_eq!(record.wait().code, Some(0));
    let args = ["-r", file.to_str().unwrap(), "-T", "fields", "-e", "ipv6.src", "-e", "ipv6.dst", "-e", "ip.dst"];
    let rows = run(Command::new("tshark").args(args), b"").stdout();
    let mut rows: Vec<_> = rows.lines().collect();
    rows.sort_unstable();
    assert_eq!(rows, ["\t\t127.0.0.1", "::1\t::1\t"]);
    assert_eq!(print(&file).lines().count(), 2);
}

#[test]
fn a_count_and_a_time_end_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("r.pcapng");
    let record = Record::start(&file, &["--count", "2"]);
    record.send(&vec![packet([gauge(1)]); 3]);
    assert_eq!(record.wait().code, Some(0));
    assert_eq!(print(&file), (gauge_line(1) + "\n").repeat(2));
    let said = Record::start(&file, &["--timeout", "0.2"]).wait();
    assert_eq!(said.code, Some(1));
    let error = said.stderr.lines().last().unwrap();
    assert_eq!(error, format!("error: {}: --force overwrites it: File exists (os error 17)", file.display()));
    let said = Record::start(&file, &["--timeout", "0.2", "--force"]).wait();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stderr.ends_with("\nrecorded 0 packets, 0 bytes\n"), "{}", said.stderr);
    assert_eq!(print(&file), "");
}

/// Whatever ends it, and whenever.
#[test]
fn no_packet_is_half_written() {
    for signal in ["TERM", "INT", "KILL"] {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("r.pcapng");
        let record = Record::start(&file, &[]);
        let mut sender = record.sender();
        let packets = vec![packet((0..3).map(gauge)); 64];
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        let running = thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                // Once nobody listens it may fail.
                let _ = sender.send_batch(&packets);
                thread::sleep(Duration::from_millis(1));
            }
        });
        wait_until("many packets", PATIENCE, || (fs::metadata(&file).unwrap().len() > 300_000).then_some(()));
        record.signal(signal);
        let said = record.wait();
        ended.store(true, Ordering::Relaxed);
        running.join().unwrap();
        assert_eq!(said.code, if signal == "KILL" { None } else { Some(0) }, "{}", said.stderr);
        let said = live(&["print", "--read", file.to_str().unwrap()], b"");
        assert_eq!(said.code, Some(0), "after {signal}: {}", said.stderr.lines().last().unwrap());
        assert!(said.stdout.lines().count() > 1000, "{}", said.stderr);
    }
}

#[test]
fn the_file_is_up_to_date_when_the_traffic_pauses() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("r.pcapng");
    let record = Record::start(&file, &[]);
    for number in 1..=3 {
        record.send(&[packet([gauge(number)])]);
        wait_until("the packet", PATIENCE, || {
            let said = live(&["print", "--read", file.to_str().unwrap()], b"");
            (said.stdout.lines().count() == number as usize).then_some(())
        });
    }
    assert_eq!(record.stop().code, Some(0));
}

/// A limit to the size of files stands for a disk that is full: a write goes out in part, then fails.
#[test]
fn a_full_disk_is_an_error_and_leaves_whole_packets() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("r.pcapng");
    let mut shell = Command::new("sh");
    let script = "ulimit -f 1; trap '' XFSZ; exec \"$0\" \"$@\"";
    shell.args(["-c", script, env!("CARGO_BIN_EXE_collectd-live")]);
    let record = Record::start_by(shell, &file, &[]);
    let mut sender = record.sender();
    for _ in 0..100 {
        if sender.send_batch(&[packet([gauge(1)])]).is_ok_and(|sent| sent.refused) {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let said = record.wait();
    assert_eq!(said.code, Some(1));
    let expected = format!("error: cannot write to {}: File too large (os error 27)", file.display());
    assert_eq!(said.stderr.lines().last(), Some(&expected[..]));
    assert!(fs::metadata(&file).unwrap().len() <= 1024);
    let lines = print(&file).lines().count();
    assert!((1..=20).contains(&lines), "{lines}");
    assert!(said.stderr.contains("\nrecorded "), "{}", said.stderr);
}

#[test]
fn a_recording_can_be_many_files() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("r.pcapng");
    let record = Record::start(&file, &["--rotate-size", "1k", "--keep", "3"]);
    for number in 0..100 {
        record.send(&[packet([gauge(number)])]);
    }
    let said = record.stop();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let mut names: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    let lines: String = names.iter().map(|name| print(name)).collect();
    let last = lines.lines().count();
    let expected: String = (100 - u32::try_from(last).unwrap()..100).map(|number| gauge_line(number) + "\n").collect();
    assert_eq!(lines, expected);
    assert!(last > 10, "{last}");
    // The next recording goes on behind them.
    let record = Record::start(&file, &["--rotate-every", "3600", "--count", "1"]);
    record.send(&[packet([gauge(7)])]);
    assert_eq!(record.wait().code, Some(0));
    assert_eq!(print(&directory.path().join("r.0001.pcapng")), gauge_line(7) + "\n");
}

#[test]
fn standard_output_is_a_file_too() {
    let mut record = {
        let directory = tempfile::tempdir().unwrap();
        let port = free_udp_port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_collectd-live"));
        command.args(["record", "-", "--listen", &format!("127.0.0.1:{port}"), "--count", "1"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(directory);
        Record { child, port }
    };
    let mut stdout = record.child.stdout.take().unwrap();
    let mut header = [0; 28];
    // Then it listens.
    stdout.read_exact(&mut header).unwrap();
    record.send(&[packet([gauge(1)])]);
    let mut file = header.to_vec();
    stdout.read_to_end(&mut file).unwrap();
    assert!(record.child.wait().unwrap().success());
    assert_eq!(live(&["print", "--read", "-"], &file).stdout(), gauge_line(1) + "\n");
    let said = live(&["record", "-", "--rotate-size", "1M"], b"");
    assert_eq!(said.stderr, "error: standard output cannot be many files: give a name instead of -\n");
    assert_eq!(said.code, Some(2));
    let said = live(&["record", "x", "--keep", "3"], b"");
    assert!(said.stderr.starts_with("error: --keep is for many files"), "{}", said.stderr);
    assert_eq!(said.code, Some(2));
}

/// A receiver of our own, and what it got.
fn receive(socket: &UdpSocket, count: usize) -> Vec<(Instant, Vec<u8>)> {
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = vec![0; 65_536];
    let one = |_| {
        let size = socket.recv(&mut buffer).unwrap();
        (Instant::now(), buffer[..size].to_vec())
    };
    (0..count).map(one).collect()
}

#[test]
fn a_replay_keeps_the_pace_and_takes_what_it_is_told_to() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("c.pcap");
    // A second apart, of two senders.
    let frames: Vec<_> = (0..4_u8)
        .map(|number| {
            let mut frame = ip(false, 25826, &[number]);
            frame[15] = number % 2;
            frame
        })
        .collect();
    fs::write(&file, Format::USUAL.file(RAW, &frames)).unwrap();
    let file = file.to_str().unwrap();
    let [a, b] = [0; 2].map(|_| UdpSocket::bind("127.0.0.1:0").unwrap());
    let [to_a, to_b] = [&a, &b].map(|socket| socket.local_addr().unwrap().to_string());
    let said = live(&["replay", file, "--to", &to_a, "--to", &to_b, "--speed", "10", "--loop", "2"], b"");
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(said.stderr.lines().count(), 2, "{}", said.stderr);
    for (socket, to) in [(&a, &to_a), (&b, &to_b)] {
        assert!(said.stderr.contains(&format!("sent 8 packets, 8 bytes to {to} in ")), "{}", said.stderr);
        let got = receive(socket, 8);
        assert_eq!(got.iter().map(|(_, data)| data[0]).collect::<Vec<_>>(), [0, 1, 2, 3, 0, 1, 2, 3]);
    }
    let start = Instant::now();
    live(&["replay", file, "--to", &to_a, "--speed", "10", "--from", "192.0.2.1", "--count", "2"], b"").stdout();
    assert!(start.elapsed() >= Duration::from_millis(200), "{:?}", start.elapsed());
    assert_eq!(receive(&a, 2).into_iter().map(|(_, data)| data[0]).collect::<Vec<_>>(), [1, 3]);
    let said = live(&["replay", file, "--to", &to_a, "--timeout", "0.7", "--port", "25826"], b"");
    assert!(said.stderr.starts_with("sent 1 packets, 1 bytes to "), "{}", said.stderr);
}

#[test]
fn what_the_kernel_does_not_send_is_told() {
    let frames = [ip(false, 25826, b"a"), ip(false, 25826, b"bc")];
    let file = Format::USUAL.file(RAW, &frames);
    let to = format!("127.0.0.1:{}", free_udp_port());
    let said = live(&["replay", "-", "--to", &to, "--speed", "max"], &file);
    assert!(said.stderr.contains(&format!("warning: nobody listens on {to}")), "{}", said.stderr);
    assert_eq!(said.code, Some(0));
    // A broadcast takes a permission that nobody has asked for.
    let said = live(&["replay", "-", "--to", "255.255.255.255", "--speed", "max"], &file);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert!(said.stderr.contains("cannot send to 255.255.255.255"), "{}", said.stderr);
    let said = live(&["replay", "-", "--to", "127.0.0.1", "--loop", "2"], &file);
    assert_eq!(said.stderr, "error: standard input can be read only once: give a file for --loop\n");
    assert_eq!(said.code, Some(2));
}

fn network(block: &str) -> Builder {
    Daemon::builder().load("network").conf(&format!("<Plugin network>\n{block}\n</Plugin>"))
}

/// Whatever a daemon sends, another one gets from the recording.
#[test]
fn a_real_collectd_is_recorded_and_replayed_to_another() {
    let directory = tempfile::tempdir().unwrap();
    let users = directory.path().join("users");
    fs::write(&users, "alice: w0nderl4nd\n").unwrap();
    for level in ["None", "Sign", "Encrypt"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("r.pcapng");
        let record = Record::start(&file, &[]);
        let security = if level == "None" { "" } else { "Username \"alice\"\nPassword \"w0nderl4nd\"\n" };
        let server =
            format!("<Server \"127.0.0.1\" \"{}\">\nSecurityLevel \"{level}\"\n{security}</Server>", record.port);
        let mut near = network(&server).load("unixsock").write_threads(1).start();
        for number in 0..100 {
            near.putval("far/values/gauge-x", "interval=1", &format!("{}:{number}.5", 1_749_238_000 + number));
        }
        near.wait_dispatched("far/values/gauge-x", 1_749_238_099.0);
        assert!(near.stop().success());
        assert_eq!(record.stop().code, Some(0));
        let checked = ["--auth-file", users.to_str().unwrap(), "--security-level", level];
        let said = live(&[&["print", "--read", file.to_str().unwrap()], &checked[..]].concat(), b"");
        assert_eq!(said.stdout.lines().filter(|line| line.contains(" far/values/gauge/x ")).count(), 100, "{level}");

        let port = free_udp_port();
        let auth = format!("SecurityLevel \"{level}\"\nAuthFile \"{}\"", users.display());
        let listen = format!("<Listen \"127.0.0.1\" \"{port}\">\n{auth}\n</Listen>");
        let far = network(&listen).load("csv").write_threads(1).start();
        let to = format!("127.0.0.1:{port}");
        live(&["replay", file.to_str().unwrap(), "--to", &to, "--speed", "max"], b"").stdout();
        let rows = far.wait_rows("far/values/gauge-x", 100);
        let row = |number: u32| (format!("{}.000", 1_749_238_000 + number), format!("{number}.500000"));
        assert_eq!(rows, (0..100).map(row).collect::<Vec<_>>(), "{level}");
    }
}

/// Not when they were received: the kernel notes it.
#[cfg(target_os = "linux")]
#[test]
fn times_are_those_of_arrival() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("r.pcapng");
    let record = Record::start(&file, &[]);
    // It begins with it a moment after it was asked.
    thread::sleep(Duration::from_millis(200));
    record.signal("STOP");
    for _ in 0..3 {
        record.send(&[packet([gauge(1)])]);
        thread::sleep(Duration::from_millis(50));
    }
    record.signal("CONT");
    assert_eq!(record.stop().code, Some(0));
    let args = ["-r", file.to_str().unwrap(), "-T", "fields", "-e", "frame.time_delta"];
    let deltas = run(Command::new("tshark").args(args), b"").stdout();
    let deltas: Vec<f64> = deltas.lines().map(|delta| delta.parse().unwrap()).collect();
    assert!(deltas.len() == 3 && deltas[1..].iter().all(|delta| *delta >= 0.05), "{deltas:?}");
}

#[test]
fn a_signal_ends_a_replay() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("c.pcap");
    fs::write(&file, capture([b"a", b"b"])).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = socket.local_addr().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_collectd-live"));
    command.arg("replay").arg(&file).args(["--to", &to.to_string(), "--speed", "0.001"]);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    assert_eq!(receive(&socket, 1)[0].1, b"a");
    assert!(Command::new("sh").args(["-c", &format!("kill -TERM {pid}")]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with(&format!("sent 1 packets, 1 bytes to {to} in ")), "{said}");
}
