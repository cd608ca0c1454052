//! Writes a capture of made-up traffic to standard output, always the same: `recording VALUE_LISTS`. For `measure`.
#![forbid(unsafe_code)]

use std::io::{self, BufWriter, Write};

use collectd_types::{Time, Values};
use collectd_wire::{EncodeError, Encoder};

/// As many as a large site has.
const SERIES: u64 = 100_000;

/// What collectd puts into a packet by default.
const PACKET_SIZE: usize = 1452;

/// The file begins with an IPv4 header each: no link layer.
const LINK_TYPE_RAW: u32 = 101;

const HEADERS: u16 = 20 + 8;

fn main() -> io::Result<()> {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok());
    let count: u64 = count.ok_or_else(|| io::Error::other("usage: recording VALUE_LISTS"))?;
    let mut out = BufWriter::new(io::stdout().lock());
    let head = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, LINK_TYPE_RAW];
    head.iter().try_for_each(|word: &u32| out.write_all(&word.to_le_bytes()))?;
    let mut encoder = Encoder::new(PACKET_SIZE);
    for number in 0..count {
        let list = list(number);
        if encoder.push(list.view()) == Err(EncodeError::Full) {
            write_packet(&mut out, number, encoder.packet())?;
            encoder.clear();
            encoder.push(list.view()).map_err(io::Error::other)?;
        }
    }
    write_packet(&mut out, count, encoder.packet())?;
    out.flush()
}

/// Of every hundred series of a host: gauges with a fraction and without, and counts of one and of two values.
fn list(number: u64) -> Values {
    let (round, series) = (number / SERIES, number % SERIES);
    let (host, of_host) = (series / 100, series % 100);
    let plugin_instance = format!("{}", of_host / 10);
    let list = |plugin: &str, type_: &str| Values::new(type_).plugin(plugin).plugin_instance(&plugin_instance);
    let count = i64::try_from(number).unwrap_or_default();
    let list = match of_host % 10 {
        0..=2 => list("cpu", "cpu").type_instance(format!("state{}", of_host % 10)).derive(count * 7919),
        3..=4 => list("interface", "if_octets").derives([count * 1_000_003, count * 3]),
        5..=6 => list("memory", "memory").type_instance("used").gauge(4096.0 * series as f64),
        _ => list("sensors", "temperature").type_instance(format!("temp{of_host}")).gauge(20.0 + number as f64 / 977.0),
    };
    let time = Time::from_secs(1_700_000_000 + 10 * round);
    list.host(format!("host{host:04}.example.org")).time(time).interval(std::time::Duration::from_secs(10))
}

/// Record header, IPv4 and UDP, without check sums, which nobody looks at.
fn write_packet(out: &mut impl Write, number: u64, packet: &[u8]) -> io::Result<()> {
    let size = u16::try_from(packet.len()).map_err(io::Error::other)? + HEADERS;
    // Every series once in ten seconds.
    let micros = number * (10_000_000 / SERIES);
    let secs = u32::try_from(1_700_000_000 + micros / 1_000_000).map_err(io::Error::other)?;
    let micros = u32::try_from(micros % 1_000_000).map_err(io::Error::other)?;
    for word in [secs, micros, size.into(), size.into()] {
        out.write_all(&word.to_le_bytes())?;
    }
    let [high, low] = size.to_be_bytes();
    out.write_all(&[0x45, 0, high, low, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2])?;
    let [high, low] = (size - 20).to_be_bytes();
    // Port 25826 at both ends.
    out.write_all(&[0x64, 0xe2, 0x64, 0xe2, high, low, 0, 0])?;
    out.write_all(packet)
}
