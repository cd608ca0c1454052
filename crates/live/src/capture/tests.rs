//! Captures as they are written, and as nobody would write them.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;

/// What is in a capture: datagrams with their times, and how it ends.
type Read = (Vec<(SystemTime, SocketAddr, SocketAddr, Vec<u8>)>, Option<String>);

fn read(path: &Path) -> Read {
    let mut capture = Capture::open(path).unwrap();
    let mut datagrams = Datagrams::new(Ports::new(&[]));
    let sleeper = Sleeper::new().unwrap();
    let mut all = Vec::new();
    loop {
        match capture.next(&sleeper, None) {
            Ok(Next::Frame(frame)) => {
                all.extend(datagrams.find(&frame).map(|found| (found.time, found.from, found.to, found.data.to_vec())));
            }
            Ok(Next::End) => return (all, None),
            Ok(_) => panic!("a file never makes wait"),
            Err(error) => return (all, Some(format!("{error:#}"))),
        }
    }
}

fn read_bytes(bytes: &[u8]) -> Read {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    read(file.path())
}

/// A pcapng file with one interface, and one frame with a datagram to collectd.
fn pcapng(options: &[u8], units: u64) -> Vec<u8> {
    let block = |kind: u32, content: &[u8]| {
        let length = u32::try_from(content.len() + 12).unwrap().to_le_bytes();
        [&kind.to_le_bytes(), &length, content, &length].concat()
    };
    let section = block(0x0a0d_0d0a, &[&[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..], &[0xff; 8]].concat());
    let interface = block(1, &[&[101, 0, 0, 0, 0, 0, 0, 0], options].concat());
    let mut frame = Vec::new();
    let ip = etherparse::PacketBuilder::ipv4([192, 0, 2, 1], [192, 0, 2, 2], 9).udp(7, 25826);
    ip.write(&mut frame, b"data").unwrap();
    let length = u32::try_from(frame.len()).unwrap().to_le_bytes();
    let (high, low) = ((units >> 32) as u32, (units & 0xffff_ffff) as u32);
    let head = [[0; 4], high.to_le_bytes(), low.to_le_bytes(), length, length].concat();
    [section, interface, block(6, &[head, frame].concat())].concat()
}

#[test]
fn times_are_exact_in_every_unit() {
    let option = |code: u8, value: &[u8]| [&[code, 0, u8::try_from(value.len()).unwrap(), 0][..], value].concat();
    let time = |options: &[u8], units: u64| {
        let (all, error) = read_bytes(&pcapng(options, units));
        assert_eq!((all.len(), error), (1, None));
        all[0].0.duration_since(UNIX_EPOCH).unwrap()
    };
    assert_eq!(time(&[], 1_700_000_000_123_456), Duration::new(1_700_000_000, 123_456_000));
    let unit = |unit: u8| {
        option(9, &[unit, 0, 0, 0]).iter().enumerate().map(|(i, b)| if i == 2 { 1 } else { *b }).collect::<Vec<_>>()
    };
    assert_eq!(time(&unit(9), 1_700_000_000_123_456_789), Duration::new(1_700_000_000, 123_456_789));
    assert_eq!(time(&unit(0), 1_700_000_000), Duration::new(1_700_000_000, 0));
    assert_eq!(time(&unit(12), 1_700_000_123_456_789_999), Duration::new(1_700_000, 123_456_789));
    // Of powers of two.
    assert_eq!(time(&unit(0x80 | 10), 1024 * 1_700_000_000 + 512), Duration::new(1_700_000_000, 500_000_000));
    let offset = option(14, &1_000_i64.to_le_bytes());
    assert_eq!(time(&offset, 5_000_000), Duration::from_secs(1005));
    let before = option(14, &(-10_i64).to_le_bytes());
    assert_eq!(time(&before, 15_000_000), Duration::from_secs(5));
}

#[test]
fn what_is_written_is_read() {
    let datagrams: Vec<(SocketAddr, SocketAddr, Vec<u8>)> = vec![
        ("192.0.2.1:1".parse().unwrap(), "192.0.2.2:65535".parse().unwrap(), b"x".to_vec()),
        ("[2001:db8::1]:2".parse().unwrap(), "[2001:db8::2]:3".parse().unwrap(), vec![7; 65_527]),
        ("192.0.2.1:1".parse().unwrap(), "239.192.74.66:25826".parse().unwrap(), vec![8; 65_507]),
        ("192.0.2.1:1".parse().unwrap(), "0.0.0.0:25826".parse().unwrap(), Vec::new()),
    ];
    let mut file = header().unwrap();
    let mut blocks = Blocks::default();
    let start = UNIX_EPOCH + Duration::new(1_700_000_000, 1);
    for (index, (from, to, data)) in (0..).zip(&datagrams) {
        blocks.write(start + Duration::from_nanos(index), *from, *to, data, &mut file).unwrap();
    }
    let (all, error) = read_bytes(&file);
    assert_eq!(error, None);
    let expected = datagrams.into_iter().zip(0..);
    let expected = expected.map(|((from, to, data), index)| (start + Duration::from_nanos(index), from, to, data));
    assert!(all.into_iter().eq(expected));
}

#[test]
fn an_ipv6_socket_that_took_ipv4_has_no_address_of_that_kind() {
    let mut file = header().unwrap();
    let (from, to) = ("192.0.2.1:1".parse().unwrap(), "[::]:25826".parse().unwrap());
    Blocks::default().write(UNIX_EPOCH, from, to, b"x", &mut file).unwrap();
    let (all, _) = read_bytes(&file);
    assert_eq!(all[0].2, "0.0.0.0:25826".parse().unwrap());
}

/// A good file, to be made a bad one.
fn good(kind: u8) -> Vec<u8> {
    let mut file = match kind {
        0 => header().unwrap(),
        1 => return pcapng(&[9, 0, 1, 0, 9, 0, 0, 0], 1),
        _ => {
            return [
                &b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0"[..],
                &[1, 0, 0, 0, 2, 0, 0, 0, 40, 0, 0, 0, 40, 0, 0, 0],
                &[8; 40],
            ]
            .concat();
        }
    };
    let (from, to) = ("192.0.2.1:1".parse().unwrap(), "192.0.2.2:3".parse().unwrap());
    for size in [0, 5, 100] {
        Blocks::default().write(UNIX_EPOCH, from, to, &vec![1; size], &mut file).unwrap();
    }
    file
}

proptest! {
    /// Never a panic, nor a loop; and what is wrong is said to be in the file.
    #[test]
    fn any_bytes_are_read_to_an_end(kind in 0_u8..4, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        // What is known as a capture goes deeper than what is none.
        let start = if kind < 3 { good(kind) } else { Vec::new() };
        let keep = if kind < 3 { start.len().min(24 + bytes.first().copied().unwrap_or(0) as usize) } else { 0 };
        read_bytes(&[&start[..keep], &bytes].concat());
    }

    #[test]
    fn damage_does_not_lose_what_is_before_it(kind in 0_u8..3, at in any::<prop::sample::Index>(), to in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut file = good(kind);
        let (whole, none) = read_bytes(&file);
        prop_assert_eq!(none, None);
        // Cut off only.
        let cut = cut.index(file.len());
        let (found, error) = read_bytes(&file[..cut]);
        prop_assert_eq!(&found[..], &whole[..found.len()]);
        if let Some(error) = error {
            let place = format!("is cut off at byte {cut}:");
            prop_assert!(error.contains(&place) || error.ends_with(&format!(" has only {cut} bytes")), "{error}");
        }
        // A byte is another one.
        let at = at.index(file.len());
        file[at] = to;
        let (_, error) = read_bytes(&file);
        if let Some(place) = error.as_deref().and_then(|error| error.split("at byte ").nth(1)) {
            let place: usize = place.split([':', ' ']).next().unwrap().parse().unwrap();
            prop_assert!(place <= file.len(), "{place}");
        }
    }
}
