//! Packets out of captures.

mod captures;
mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use captures::{ETHERNET, Format, RAW, auth_file, capture, ethernet, ip, live, packets, run};
use collectd_wire::{KeyRing, Opener, Sealer, SecurityLevel};
use common::{gauge, gauge_line, packet};

fn print(args: &[&str], input: &[u8]) -> captures::Said {
    live(&[&["print", "--read", "-"], args].concat(), input)
}

fn line(number: u32) -> String {
    gauge_line(number) + "\n"
}

/// What a packet looks like on networks of all kinds that are known, each with its number.
fn frames(v6: bool, data: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let ip = ip(v6, 25826, data);
    let kind: [u8; 2] = if v6 { [0x86, 0xdd] } else { [8, 0] };
    let behind = |head: &[u8]| [head, &ip].concat();
    let ethernet = |tags: &[u8]| [&[1; 12], tags, &kind, &ip].concat();
    let family: [u8; 4] = if v6 { [0, 0, 0, 30] } else { [0, 0, 0, 2] };
    let swapped = [family[3], 0, 0, 0];
    vec![
        (0, behind(&family)),
        (0, behind(&swapped)),
        (108, behind(&family)),
        (1, ethernet(&[])),
        (1, ethernet(&[0x81, 0, 0, 7])),
        (1, ethernet(&[0x88, 0xa8, 0, 7, 0x81, 0, 0, 8])),
        (12, ip.clone()),
        (14, ip.clone()),
        (101, ip.clone()),
        (if v6 { 229 } else { 228 }, ip.clone()),
        (113, behind(&[&[0; 14][..], &kind].concat())),
        (276, behind(&[&kind[..], &[0; 18]].concat())),
    ]
}

#[test]
fn every_kind_of_file_and_of_network_is_read() {
    let data = packet([gauge(1)]);
    for format in Format::all() {
        for v6 in [false, true] {
            for (link, frame) in frames(v6, &data) {
                let said = print(&[], &format.file(link, &[frame]));
                assert_eq!(said.stdout, line(1), "{format:?}, {link}, IPv6: {v6}: {}", said.stderr);
                assert!(said.stderr.ends_with("; 0 malformed\n"), "{}", said.stderr);
            }
        }
    }
}

/// As `cat` of several files, or as mergecap writes it.
#[test]
fn sections_of_either_byte_order_follow_each_other() {
    let both = [false, true].map(|big_endian| {
        let format = Format { pcapng: true, big_endian, nanoseconds: big_endian };
        format.file(RAW, &[ip(false, 25826, &packet([gauge(big_endian.into())]))])
    });
    assert_eq!(print(&[], &both.concat()).stdout(), line(0) + &line(1));
}

#[test]
fn what_is_not_for_us_is_counted() {
    let mine = packet([gauge(1)]);
    let mut tcp = ethernet(25826, &mine);
    tcp[14 + 9] = 6;
    let arp = [&[1; 12][..], &[8, 6], &[0; 28]].concat();
    let frames = [ethernet(53, &mine), tcp, arp, ethernet(25826, &mine), vec![1, 2, 3]];
    let said = print(&[], &Format::USUAL.file(ETHERNET, &frames));
    assert_eq!(said.stdout, line(1));
    let counts = "3 frames that are not for these ports; 1 frames that cannot be taken apart\n";
    assert!(said.stderr.ends_with(counts), "{}", said.stderr);
    let said = print(&[], &Format::USUAL.file(147, &frames));
    assert!(said.stderr.ends_with("; 5 frames that cannot be taken apart\n"), "{}", said.stderr);
}

#[test]
fn ports_can_be_chosen() {
    let file = Format::USUAL.file(ETHERNET, &[1, 25826, 7].map(|port| ethernet(port, &packet([gauge(port.into())]))));
    assert_eq!(print(&[], &file).stdout(), line(25826));
    assert_eq!(print(&["--port", "7", "--port", "1"], &file).stdout(), line(1) + &line(7));
}

/// The parts that are there are used, as collectd uses those of a datagram that it had no room for.
#[test]
fn datagrams_that_were_cut_are_used_as_far_as_they_go() {
    let frame = ethernet(25826, &packet([gauge(1), gauge(2)]));
    let said = print(&[], &Format::USUAL.file(ETHERNET, &[frame[..frame.len() - 1].to_vec()]));
    assert_eq!(said.stdout, line(1));
    assert!(said.stderr.ends_with("1 malformed; 1 cut off in the capture\n"), "{}", said.stderr);
}

/// The fragments of an IP packet whose content has so many bytes in each of them, in order.
fn fragments(whole: &[u8], v6: bool, id: u8, size: usize) -> Vec<Vec<u8>> {
    let head = if v6 { 40 } else { 20 };
    let (header, content) = whole.split_at(head);
    let count = content.len().div_ceil(size);
    let piece = |(index, piece): (usize, &[u8])| {
        let (offset, more) = (u16::try_from(index * size).unwrap(), index + 1 < count);
        let mut header = header.to_vec();
        if v6 {
            let extra = [&[header[6], 0][..], &(offset | u16::from(more)).to_be_bytes(), &[0, 0, 0, id]].concat();
            header[6] = 44;
            header[4..6].copy_from_slice(&u16::try_from(piece.len() + 8).unwrap().to_be_bytes());
            return [&header[..], &extra, piece].concat();
        }
        header[2..4].copy_from_slice(&u16::try_from(piece.len() + 20).unwrap().to_be_bytes());
        header[4..6].copy_from_slice(&[0, id]);
        header[6..8].copy_from_slice(&((offset / 8) | if more { 0x2000 } else { 0 }).to_be_bytes());
        [&header[..], piece].concat()
    };
    content.chunks(size).enumerate().map(piece).collect()
}

#[test]
fn fragments_are_put_together() {
    let lists = 0..1000;
    let whole = packet(lists.clone().map(gauge));
    let expected: String = lists.map(line).collect();
    for v6 in [false, true] {
        let mut frames = fragments(&ip(v6, 25826, &whole), v6, 1, 1480);
        assert!(frames.len() > 5);
        frames.reverse();
        // Another one between, of which something is lost.
        let mut others = fragments(&ip(v6, 25826, &whole), v6, 2, 8000);
        others.remove(1);
        let lost = others.len();
        let frames: Vec<_> = [frames, others].concat();
        let said = print(&[], &Format::USUAL.file(RAW, &frames));
        assert_eq!(said.stdout, expected);
        let count = format!("; {lost} fragments of incomplete datagrams\n");
        assert!(said.stderr.ends_with(&count), "{}", said.stderr);
    }
}

/// Somebody may send nothing but first fragments.
#[test]
fn fragments_do_not_fill_the_memory() {
    let whole = ip(false, 25826, &packet((0..1000).map(gauge)));
    let first = |id: u32| {
        let mut frame = fragments(&whole, false, 0, 8000).remove(0);
        frame[4..6].copy_from_slice(&u16::try_from(id).unwrap().to_be_bytes());
        frame
    };
    let mut frames: Vec<_> = (0..5000).map(first).collect();
    frames.extend(fragments(&whole, false, 0, 8000));
    let file = Format::USUAL.file(RAW, &frames);
    assert!(file.len() > 32 << 20);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("many.pcap");
    fs::write(&path, file).unwrap();
    let script = format!("ulimit -v 100000; exec \"$0\" print --read {}", path.display());
    let said = run(Command::new("sh").args(["-c", &script, env!("CARGO_BIN_EXE_collectd-live")]), b"");
    assert_eq!(said.stdout.lines().count(), 1000, "{}", said.stderr);
    assert!(said.stderr.ends_with("; 5000 fragments of incomplete datagrams\n"), "{}", said.stderr);
}

#[test]
fn damage_is_named_and_what_is_before_it_is_used() {
    for format in Format::all() {
        let good = format.file(RAW, &[ip(false, 25826, &packet([gauge(1)]))]);
        let good_size = good.len();
        // A frame, or block, of an impossible size.
        let bad = [&good[..], &[0xff; 64]].concat();
        let said = print(&[], &bad);
        assert_eq!((said.code, &said.stdout[..]), (Some(1), &line(1)[..]), "{format:?}");
        let error = said.stderr.lines().last().unwrap();
        let expected = format!("error: standard input: at byte {good_size}: a ");
        assert!(error.starts_with(&expected) && error.ends_with(" bytes cannot be"), "{error}");
        // Cut off.
        let cut = [&good[..], &format.frame(0, &ip(false, 25826, &packet([gauge(2)])))].concat();
        let said = print(&[], &cut[..cut.len() - 5]);
        assert_eq!((said.code, &said.stdout[..]), (Some(1), &line(1)[..]), "{format:?}");
        let expected = format!(
            "error: standard input is cut off at byte {}: at byte {good_size} begins what is at least {} bytes long",
            cut.len() - 5,
            cut.len() - good_size
        );
        assert_eq!(said.stderr.lines().last(), Some(&expected[..]));
    }
}

#[test]
fn what_is_no_capture_is_an_error() {
    let error = |input: &[u8]| {
        let said = print(&[], input);
        assert_eq!(said.code, Some(1), "{}", said.stderr);
        said.stderr.lines().last().unwrap().to_owned()
    };
    assert_eq!(error(b""), "error: standard input is no capture: it has only 0 bytes");
    assert_eq!(error(b"abc"), "error: standard input is no capture: it has only 3 bytes");
    let text = error(b"[package]\nname = 1");
    assert_eq!(text, "error: standard input: at byte 0: neither pcapng nor pcap begins like this");
    assert!(error(b"\x1f\x8b\x08\0\0\0").contains("compressed"), "gzip");
    let said = live(&["print", "--read", "/nonexistent/file"], b"");
    assert_eq!(
        said.stderr.lines().last(),
        Some("error: cannot open /nonexistent/file: No such file or directory (os error 2)")
    );
    let said = live(&["print", "--read", "x", "--listen", "127.0.0.1"], b"");
    assert_eq!(said.code, Some(2), "{}", said.stderr);
}

/// Each set-up of security, with all packets of real senders and all malformed ones.
#[test]
fn the_same_comes_out_as_of_a_socket() {
    let directory = tempfile::tempdir().unwrap();
    let users = auth_file(directory.path());
    let keys = KeyRing::parse(&fs::read(&users).unwrap());
    let packets: Vec<_> = ["vectors", "malformed"].into_iter().flat_map(packets).collect();
    let file = capture(packets.iter().map(|(_, data)| data));
    let path = directory.path().join("all.pcap");
    fs::write(&path, file).unwrap();
    let file = path.to_str().unwrap();
    let setups = [
        (SecurityLevel::None, false, &[][..]),
        (SecurityLevel::None, true, &["--auth-file", &users][..]),
        (SecurityLevel::Sign, true, &["--auth-file", &users, "--security-level", "sign"][..]),
        (SecurityLevel::Encrypt, true, &["--auth-file", &users, "--security-level", "encrypt"][..]),
    ];
    for (level, with_keys, args) in setups {
        let mut opener = Opener::new(level);
        let mut expected = String::new();
        for (_, data) in &packets {
            let mut data = data.clone();
            for item in opener.open(with_keys.then_some(&keys), &mut data).flatten() {
                expected += &format!("{item}\n");
            }
        }
        let said = live(&[&["print", "--read", file], args].concat(), b"");
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert!(said.stdout == expected, "at {level:?}, with keys: {with_keys}");
        assert!(expected.lines().count() > 50);
    }
}

/// What other programs write.
#[test]
fn files_of_other_programs_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let mut text = String::new();
    let packets = packets("vectors");
    for (_, data) in &packets {
        for (index, bytes) in data.chunks(16).enumerate() {
            text += &format!("{:06x} ", index * 16);
            text.extend(bytes.iter().map(|byte| format!(" {byte:02x}")));
            text += "\n";
        }
    }
    let expected = print(&[], &capture(packets.iter().map(|(_, data)| data))).stdout();
    let text2pcap = |args: &[&str]| {
        let file = path("text2pcap");
        let said = run(Command::new("text2pcap").args([args, &["-q", "-", &file]].concat()), text.as_bytes());
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        file
    };
    let file = text2pcap(&["-u", "1000,25826"]);
    assert_eq!(live(&["print", "--read", &file], b"").stdout(), expected);
    for kind in ["pcap", "nsecpcap", "pcapng"] {
        let other = path(kind);
        run(Command::new("editcap").args(["-F", kind, &file, &other]), b"").stdout();
        assert_eq!(live(&["print", "--read", &other], b"").stdout(), expected, "{kind}");
        let filtered = path("filtered");
        let args = ["-r", &other, "-w", &filtered, "-Y", "collectd.data.host == \"echo\"", "-F", kind];
        let said = run(Command::new("tshark").args(args), b"");
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let echo = live(&["print", "--read", &filtered], b"").stdout();
        assert!(echo.lines().count() > 10 && echo.lines().all(|line| line.contains(" echo/")), "{kind}: {echo}");
    }
}

#[test]
fn the_pace_of_the_capture_can_be_kept() {
    // A second apart.
    let file = capture([1, 2, 3].map(|number| packet([gauge(number)])));
    let took = |args: &[&str]| {
        let start = Instant::now();
        assert_eq!(print(args, &file).stdout(), line(1) + &line(2) + &line(3));
        start.elapsed()
    };
    assert!(took(&["--speed", "4"]) >= Duration::from_millis(500));
    assert!(took(&["--speed", "1e9"]) < Duration::from_secs(2) + took(&[]));
    // What is not due when the time is up stays out.
    assert_eq!(print(&["--speed", "0.001", "--timeout", "1"], &file).stdout(), line(1));
}

/// `ssh HOST tcpdump -U -w - | collectd-live print --read -`
#[test]
fn a_pipe_is_read_as_it_comes_until_a_signal() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_collectd-live"));
    command.args(["print", "--read", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let format = Format::USUAL;
    stdin.write_all(&format.header(ETHERNET)).unwrap();
    for number in 0..3 {
        let frame = format.frame(0, &ethernet(25826, &packet([gauge(number)])));
        // Half of one is not yet anything.
        let (half, other) = frame.split_at(frame.len() / 2);
        stdin.write_all(half).unwrap();
        stdin.write_all(other).unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), gauge_line(number));
    }
    // The pipe stays open, as that of a tcpdump that sees nothing.
    let kill = format!("kill -TERM {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.starts_with(b"3 value lists, "));
    drop(stdin);
}

/// A capture on the machine of a sender sees what the kernel, or the network card, is yet to take apart.
#[test]
fn datagrams_that_were_captured_as_one_are_several() {
    let directory = tempfile::tempdir().unwrap();
    let users = directory.path().join("users");
    fs::write(&users, "alice: w0nderl4nd\n").unwrap();
    let mut sealer = Sealer::sign(b"alice", b"w0nderl4nd").unwrap();
    let sent = [100..160, 200..260, 300..340].map(|numbers| {
        let mut sealed = Vec::new();
        sealer.seal(&packet(numbers.map(gauge)), &mut sealed).unwrap();
        sealed
    });
    assert_eq!(sent[0].len(), sent[1].len());
    let file = capture([sent.concat()]);
    let args = ["--auth-file", users.to_str().unwrap(), "--security-level", "sign"];
    let said = print(&args, &file);
    assert_eq!(said.stdout, (100..160).chain(200..260).chain(300..340).map(line).collect::<String>());
    assert!(said.stderr.contains(" in 3 packets, ") && said.stderr.ends_with("; 0 malformed\n"), "{}", said.stderr);
    let said = live(&[&["check"], &args[..]].concat(), &file);
    assert_eq!((said.code, said.stdout.matches("= the signature is right").count()), (Some(0), 3), "{}", said.stderr);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = socket.local_addr().unwrap().to_string();
    live(&["replay", "-", "--to", &to], &file).stdout();
    let mut buffer = [0; 65_536];
    for packet in sent {
        let size = socket.recv(&mut buffer).unwrap();
        assert!(buffer[..size] == packet);
    }
}
