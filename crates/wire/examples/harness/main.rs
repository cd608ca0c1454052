//! Measures encoder and decoder, in the manner of the peers in `tests/peers`:
//!
//! ```text
//! harness encode|encode-owned|decode none|sign|encrypt [-d DATADIR] [-n VALUE_LISTS] [-p PASSES] [-o OUT]
//! harness check none|sign|encrypt [-d DATADIR] [-n VALUE_LISTS] FILE…
//! harness serve none|sign|encrypt -addr HOST:PORT -o COUNTFILE [-authfile FILE] [-rcvbuf BYTES]
//! ```
//!
//! `encode` takes value lists laid out as the daemon's `value_list_t`, `encode-owned` our own `Values`;
//! making the view is part of what is measured. `check` compares files of packets with the corpus.
//! `serve` receives until it is ended, and writes the count of value lists to a file every 50 ms.
//! With `STEPCOUNT` in the environment, marks for a tracer that counts instructions.

mod corpus;
mod measure;
mod secure;
mod serve;

use std::fs;
use std::hint::black_box;
use std::io::Write;

use anyhow::{Context, Result, bail, ensure};
use collectd_types::{Values, ValuesRef};
use collectd_wire::{EncodeError, Encoder, Item, Items, decode};
use corpus::Row;
use measure::{Done, Options};
use secure::{Incoming, Outgoing};

const MAX_SIZE: usize = 1452;

fn main() -> Result<()> {
    let options = Options::from_args()?;
    match options.op.as_str() {
        "encode" => encode(&options, &corpus::load(&options)?, Row::view),
        "encode-owned" => {
            let rows = corpus::load(&options)?.iter().map(|row| Box::new(row.view().to_values())).collect::<Vec<_>>();
            encode(&options, &rows, Values::view)
        }
        "decode" => decode_all(&options),
        "serve" => serve::run(&options),
        "check" => options.files.iter().try_for_each(|file| check(&options, file)),
        other => bail!("unknown operation {other}"),
    }
}

fn encode<'a, T>(options: &Options, rows: &'a [Box<T>], view: impl Fn(&'a T) -> ValuesRef<'a> + Copy) -> Result<()> {
    let mut outgoing = Outgoing::new(options.level)?;
    let mut encoder = Encoder::new(outgoing.room(MAX_SIZE));
    if let Some(path) = &options.out {
        let mut file = fs::File::create(path).with_context(|| path.clone())?;
        let mut write = |packet: &[u8]| {
            let len = u32::try_from(packet.len()).unwrap_or_default();
            file.write_all(&len.to_le_bytes()).and_then(|()| file.write_all(packet)).expect("cannot write");
        };
        bench_pass_encode(rows, view, &mut encoder, |packet| outgoing.push(packet, &mut write));
        outgoing.flush(&mut write);
    }
    measure::run(options, || {
        let mut done = Done { lists: rows.len(), ..Done::default() };
        let mut count = |packet: &[u8]| {
            done.packets += 1;
            done.bytes += black_box(packet).len();
        };
        bench_pass_encode(rows, view, &mut encoder, |packet| outgoing.push(packet, &mut count));
        outgoing.flush(&mut count);
        Ok(done)
    })
}

/// What is measured: from value lists to packets.
#[inline(never)]
fn bench_pass_encode<'a, T>(
    rows: &'a [Box<T>],
    view: impl Fn(&'a T) -> ValuesRef<'a>,
    encoder: &mut Encoder,
    mut send: impl FnMut(&[u8]),
) {
    for row in rows {
        match encoder.push(view(row)) {
            Ok(()) => {}
            Err(EncodeError::Full) => {
                send(encoder.packet());
                encoder.clear();
                push_first(encoder, view(row));
            }
            Err(error) => panic!("{error}"),
        }
    }
    if !encoder.is_empty() {
        send(encoder.packet());
        encoder.clear();
    }
}

#[cold]
#[inline(never)]
fn push_first(encoder: &mut Encoder, list: ValuesRef<'_>) {
    encoder.push(list).expect("no list of the corpus is too long");
}

fn decode_all(options: &Options) -> Result<()> {
    let name = format!("{}/dgrams.{}", options.data, options.mode);
    let file = fs::read(&name).context(name)?;
    let mut packets = corpus::packets(&file)?;
    // About as many as hold that many value lists.
    packets.truncate(options.limit.map_or(usize::MAX, |limit| limit / 30 + 1));
    let bytes = packets.iter().map(|packet| packet.len()).sum();
    let mut incoming = Incoming::new(options.level);
    measure::run(options, || {
        let (lists, sum) = bench_pass_decode(&packets, &mut incoming)?;
        black_box(sum);
        Ok(Done { lists, packets: packets.len(), bytes })
    })
}

/// What is measured: from packets to value lists, of which every number is used.
#[inline(never)]
fn bench_pass_decode(packets: &[&[u8]], incoming: &mut Option<Incoming>) -> Result<(usize, f64)> {
    let mut done = (0, 0.0);
    match incoming {
        None => packets.iter().try_for_each(|packet| add_up(decode(packet), &mut done))?,
        Some(incoming) => incoming.open(packets, |items| add_up(items, &mut done))?,
    }
    Ok(done)
}

#[inline(always)]
fn add_up(items: Items<'_>, (lists, sum): &mut (usize, f64)) -> Result<()> {
    for item in items {
        if let Item::Values(list) = item? {
            *lists += 1;
            for value in list.values() {
                *sum += value.as_f64();
            }
        }
    }
    Ok(())
}

fn check(options: &Options, file: &str) -> Result<()> {
    let rows = corpus::load(options)?;
    let bytes = fs::read(file).with_context(|| file.to_owned())?;
    let packets = corpus::packets(&bytes)?;
    ensure!(packets.iter().all(|packet| !packet.is_empty() && packet.len() <= MAX_SIZE), "{file}: not packets");
    let mut rows = rows.iter();
    let mut compare = |items: Items<'_>| {
        for item in items {
            let got = item.with_context(|| file.to_owned())?;
            let list = got.values().with_context(|| format!("{file} has a notification"))?;
            let row = rows.next().with_context(|| format!("{file} has more value lists than the corpus"))?;
            ensure!(row.equals(list), "{file}: {list} instead of {}", row.view());
        }
        Ok(())
    };
    match Incoming::new(options.level) {
        None => packets.iter().try_for_each(|packet| compare(decode(packet)))?,
        Some(mut incoming) => incoming.open(&packets, compare)?,
    }
    ensure!(rows.next().is_none(), "{file} has fewer value lists than the corpus");
    println!("{file}: all value lists, bit for bit");
    Ok(())
}
