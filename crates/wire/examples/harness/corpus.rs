//! The load that `tests/peers/corpus.c` writes.

use std::fs;

use anyhow::{Context, Result, ensure};
use collectd_types::{Data, IdentifierRef, Interval, Kind, SourceField, Time, ValuesRef};

use crate::measure::Options;

/// A value list as the daemon lays it out: character arrays, data sources and numbers apart.
pub(crate) struct Row {
    time: u64,
    interval: u64,
    names: [[u8; 128]; 5],
    sources: Box<[SourceField]>,
    bits: Box<[u64]>,
}

impl Row {
    pub(crate) fn view(&self) -> ValuesRef<'_> {
        ValuesRef::new(
            Time::from_raw(self.time),
            Interval::from_raw(self.interval),
            IdentifierRef::from_fields(&self.names),
            Data::Sources { sources: &self.sources, bits: &self.bits },
        )
    }

    /// Whether it is the same, numbers bit for bit.
    pub(crate) fn equals(&self, other: ValuesRef<'_>) -> bool {
        let ours = self.view();
        ours.time() == other.time()
            && ours.interval() == other.interval()
            && ours.identifier() == other.identifier()
            && ours
                .values()
                .map(|value| (value.kind(), value.to_bits()))
                .eq(other.values().map(|value| (value.kind(), value.to_bits())))
    }

    fn parse(line: &str) -> Option<Row> {
        let mut fields = line.split('\t');
        let time = fields.next()?.parse().ok()?;
        let interval = fields.next()?.parse().ok()?;
        let mut names = [[0; 128]; 5];
        for name in &mut names {
            let text = fields.next()?;
            name.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        }
        let kinds: Option<Box<[Kind]>> = fields.next()?.chars().map(kind).collect();
        let kinds = kinds?;
        let bits: Option<Box<[u64]>> = kinds.iter().map(|kind| bits(*kind, fields.next()?)).collect();
        let source =
            |kind: &Kind| SourceField { name: [0; 128], kind: kind.code().into(), min: f64::NAN, max: f64::NAN };
        let sources = kinds.iter().map(source).collect();
        Some(Row { time, interval, names, sources, bits: bits? })
    }
}

fn kind(letter: char) -> Option<Kind> {
    Some(match letter {
        'c' => Kind::Counter,
        'g' => Kind::Gauge,
        'd' => Kind::Derive,
        'a' => Kind::Absolute,
        _ => return None,
    })
}

fn bits(kind: Kind, text: &str) -> Option<u64> {
    match kind {
        Kind::Gauge => text.parse().ok().map(f64::to_bits),
        Kind::Derive => text.parse().ok().map(i64::cast_unsigned),
        Kind::Counter | Kind::Absolute => text.parse().ok(),
    }
}

/// The value lists of the corpus, as many as are wanted; each by itself, as the daemon hands them over.
#[expect(clippy::vec_box, reason = "so are the daemon's")]
pub(crate) fn load(options: &Options) -> Result<Vec<Box<Row>>> {
    let path = format!("{}/corpus.tsv", options.data);
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let lines = text.lines().take(options.limit.unwrap_or(usize::MAX));
    lines.map(|line| Row::parse(line).map(Box::new).with_context(|| format!("{path}: {line}"))).collect()
}

/// The packets of a file: each behind its length.
pub(crate) fn packets(file: &[u8]) -> Result<Vec<&[u8]>> {
    let mut packets = Vec::new();
    let mut rest = file;
    while let Some((len, behind)) = rest.split_first_chunk::<4>() {
        let (packet, behind) =
            behind.split_at_checked(u32::from_le_bytes(*len) as usize).context("a packet is cut off")?;
        packets.push(packet);
        rest = behind;
    }
    ensure!(rest.is_empty(), "a length is cut off");
    Ok(packets)
}
