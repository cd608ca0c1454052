//! Writing values parts.

use collectd_types::{Data, Kind, Value};

use crate::part::{self, VALUES_HEADER};

/// Writes a whole values part with `count` values; `out` has just the room for it.
#[inline(always)]
pub(super) fn write(data: Data<'_>, count: usize, out: &mut [u8]) {
    #[expect(clippy::cast_possible_truncation, reason = "a values part holds less than 2^16 values")]
    let count_bytes = (count as u16).to_be_bytes();
    let size = out.len();
    let Some((header, out)) = out.split_first_chunk_mut::<VALUES_HEADER>() else { return };
    let [a, b, c, d] = part::header(part::VALUES, size);
    *header = [a, b, c, d, count_bytes[0], count_bytes[1]];
    let Some((kinds, numbers)) = out.split_at_mut_checked(count) else { return };
    let numbers = numbers.as_chunks_mut::<8>().0;
    match data {
        Data::Bits { kinds: source, bits } => fill(kinds, numbers, source.iter().copied().zip(bits.iter().copied())),
        Data::Values(values) => fill(kinds, numbers, values.iter().map(|value| (value.kind(), value.to_bits()))),
        Data::Wire(values) => {
            kinds.copy_from_slice(values.kinds());
            numbers.copy_from_slice(values.numbers());
        }
        other => fill(kinds, numbers, other.iter().map(|value: Value| (value.kind(), value.to_bits()))),
    }
}

#[inline(always)]
fn fill(kinds: &mut [u8], numbers: &mut [[u8; 8]], values: impl Iterator<Item = (Kind, u64)>) {
    for ((kind_out, number), (kind, bits)) in kinds.iter_mut().zip(numbers).zip(values) {
        *kind_out = kind.code();
        *number = if kind == Kind::Gauge { bits.to_le_bytes() } else { bits.to_be_bytes() };
    }
}
