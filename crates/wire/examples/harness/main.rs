//! Measures encoder and decoder, in the manner of the peers in `tests/peers`:
//!
//! ```text
//! harness encode|encode-owned|decode none [-d DATADIR] [-n VALUE_LISTS] [-p PASSES] [-o OUT]
//! harness check none [-d DATADIR] [-n VALUE_LISTS] FILE…
//! ```
//!
//! `encode` takes value lists laid out as the daemon's `value_list_t`, `encode-owned` our own `Values`;
//! making the view is part of what is measured. `check` compares files of packets with the corpus.
//! With `STEPCOUNT` in the environment, marks for a tracer that counts instructions.

mod corpus;
mod measure;

use std::fs;
use std::hint::black_box;
use std::io::Write;

use anyhow::{Context, Result, bail, ensure};
use collectd_types::{Values, ValuesRef};
use collectd_wire::{EncodeError, Encoder, Item, decode};
use corpus::Row;
use measure::{Done, Options};

const MAX_SIZE: usize = 1452;

fn main() -> Result<()> {
    let options = Options::from_args()?;
    ensure!(options.mode == "none", "signing and encryption are not supported yet");
    match options.op.as_str() {
        "encode" => encode(&options, &corpus::load(&options)?, Row::view),
        "encode-owned" => {
            let rows = corpus::load(&options)?.iter().map(|row| Box::new(row.view().to_values())).collect::<Vec<_>>();
            encode(&options, &rows, Values::view)
        }
        "decode" => decode_all(&options),
        "check" => options.files.iter().try_for_each(|file| check(&options, file)),
        other => bail!("unknown operation {other}"),
    }
}

fn encode<'a, T>(options: &Options, rows: &'a [Box<T>], view: impl Fn(&'a T) -> ValuesRef<'a> + Copy) -> Result<()> {
    let mut encoder = Encoder::new(MAX_SIZE);
    if let Some(path) = &options.out {
        let mut file = fs::File::create(path).with_context(|| path.clone())?;
        bench_pass_encode(rows, view, &mut encoder, |packet| {
            let len = u32::try_from(packet.len()).unwrap_or_default();
            file.write_all(&len.to_le_bytes()).and_then(|()| file.write_all(packet)).expect("cannot write");
        });
    }
    measure::run(options, || {
        let mut done = Done { lists: rows.len(), ..Done::default() };
        bench_pass_encode(rows, view, &mut encoder, |packet| {
            done.packets += 1;
            done.bytes += black_box(packet).len();
        });
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
    let file = fs::read(format!("{}/dgrams.none", options.data)).context("dgrams.none")?;
    let mut packets = corpus::packets(&file)?;
    // About as many as hold that many value lists.
    packets.truncate(options.limit.map_or(usize::MAX, |limit| limit / 30 + 1));
    let bytes = packets.iter().map(|packet| packet.len()).sum();
    measure::run(options, || {
        let (lists, sum) = bench_pass_decode(&packets)?;
        black_box(sum);
        Ok(Done { lists, packets: packets.len(), bytes })
    })
}

/// What is measured: from packets to value lists, of which every number is used.
#[inline(never)]
fn bench_pass_decode(packets: &[&[u8]]) -> Result<(usize, f64)> {
    let (mut lists, mut sum) = (0, 0.0);
    for packet in packets {
        for item in decode(packet) {
            if let Item::Values(list) = item? {
                lists += 1;
                for value in list.values() {
                    sum += value.as_f64();
                }
            }
        }
    }
    Ok((lists, sum))
}

fn check(options: &Options, file: &str) -> Result<()> {
    let rows = corpus::load(options)?;
    let bytes = fs::read(file).with_context(|| file.to_owned())?;
    let mut rows = rows.iter();
    for (number, packet) in corpus::packets(&bytes)?.into_iter().enumerate() {
        ensure!(!packet.is_empty() && packet.len() <= MAX_SIZE, "{file}: packet {number} has {} bytes", packet.len());
        for item in decode(packet) {
            let got = item.with_context(|| format!("{file}: packet {number}"))?;
            let list = got.values().with_context(|| format!("{file}: packet {number} has a notification"))?;
            let row = rows.next().with_context(|| format!("{file} has more value lists than the corpus"))?;
            ensure!(row.equals(list), "{file}: packet {number}: {list} instead of {}", row.view());
        }
    }
    ensure!(rows.next().is_none(), "{file} has fewer value lists than the corpus");
    println!("{file}: all value lists, bit for bit");
    Ok(())
}
