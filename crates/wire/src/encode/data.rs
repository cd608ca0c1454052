//! Writing values parts.

use collectd_types::{Data, Kind};

use super::buffer::Buffer;
use crate::part::{self, MAX_VALUES, VALUE_SIZE, VALUES_HEADER};

/// Writes a values part, if there are values and the packet with them is not longer than the limit.
/// Answers how long it is.
#[inline(always)]
pub(super) fn write(data: Data<'_>, buffer: &mut Buffer, at: usize, limit: u16) -> Option<u16> {
    match data {
        // Nearly all lists in the daemon have one value or two.
        Data::Sources { sources: [source], bits: &[bits] } => write_1(source.kind(), bits, buffer, at, limit),
        Data::Bits { kinds: &[kind], bits: &[bits] } => write_1(kind, bits, buffer, at, limit),
        Data::Sources { sources: [source1, source2], bits: &[bits1, bits2] } => {
            write_2([source1.kind(), source2.kind()], [bits1, bits2], buffer, at, limit)
        }
        Data::Bits { kinds: &[kind1, kind2], bits: &[bits1, bits2] } => {
            write_2([kind1, kind2], [bits1, bits2], buffer, at, limit)
        }
        Data::Bits { kinds, bits } => write_bits(kinds, bits, buffer, at, limit),
        other => write_others(other, buffer, at, limit),
    }
}

#[inline(always)]
fn write_1(kind: Kind, bits: u64, buffer: &mut Buffer, at: usize, limit: u16) -> Option<u16> {
    let end = end(at, 1, limit)?;
    // Of this, unlike of where it came from, the compiler knows the range.
    let at = usize::from(end) - VALUES_HEADER - VALUE_SIZE;
    buffer.put(at, part::values_header(1));
    put(buffer, at + VALUES_HEADER, at + VALUES_HEADER + 1, kind, bits);
    Some(end)
}

#[inline(always)]
fn write_2(kinds: [Kind; 2], bits: [u64; 2], buffer: &mut Buffer, at: usize, limit: u16) -> Option<u16> {
    let end = end(at, 2, limit)?;
    let at = usize::from(end) - VALUES_HEADER - 2 * VALUE_SIZE;
    buffer.put(at, part::values_header(2));
    put(buffer, at + VALUES_HEADER, at + VALUES_HEADER + 2, kinds[0], bits[0]);
    put(buffer, at + VALUES_HEADER + 1, at + VALUES_HEADER + 10, kinds[1], bits[1]);
    Some(end)
}

#[inline(never)]
fn write_bits(kinds: &[Kind], bits: &[u64], buffer: &mut Buffer, at: usize, limit: u16) -> Option<u16> {
    let values = kinds.iter().copied().zip(bits.iter().copied());
    write_all(values, kinds.len().min(bits.len()), buffer, at, limit)
}

#[inline(never)]
fn write_others(data: Data<'_>, buffer: &mut Buffer, at: usize, limit: u16) -> Option<u16> {
    let count = data.len();
    match data {
        Data::Values(values) => {
            write_all(values.iter().map(|value| (value.kind(), value.to_bits())), count, buffer, at, limit)
        }
        Data::Wire(values) => {
            let end = end(at, count, limit)?;
            buffer.put(at, part::values_header(count));
            let numbers_at = at + VALUES_HEADER + count;
            buffer.slice(at + VALUES_HEADER, numbers_at).copy_from_slice(values.kinds());
            buffer.slice(numbers_at, usize::from(end)).copy_from_slice(values.numbers().as_flattened());
            Some(end)
        }
        other => write_all(other.iter().map(|value| (value.kind(), value.to_bits())), count, buffer, at, limit),
    }
}

#[inline]
fn write_all(
    values: impl Iterator<Item = (Kind, u64)>,
    count: usize,
    buffer: &mut Buffer,
    at: usize,
    limit: u16,
) -> Option<u16> {
    let end = end(at, count, limit)?;
    buffer.put(at, part::values_header(count));
    let kinds_at = at + VALUES_HEADER;
    for (index, (kind, bits)) in values.enumerate() {
        put(buffer, kinds_at + index, kinds_at + count + 8 * index, kind, bits);
    }
    Some(end)
}

/// Where a values part would end, if it may be there.
#[inline(always)]
fn end(at: usize, count: usize, limit: u16) -> Option<u16> {
    if count.wrapping_sub(1) >= MAX_VALUES {
        return None;
    }
    let end = at + VALUES_HEADER + VALUE_SIZE * count;
    #[expect(clippy::cast_possible_truncation, reason = "not above the limit")]
    if end > usize::from(limit) { None } else { Some(end as u16) }
}

#[inline(always)]
fn put(buffer: &mut Buffer, kind_at: usize, number_at: usize, kind: Kind, bits: u64) {
    buffer.put(kind_at, [kind.code()]);
    buffer.put(number_at, if kind == Kind::Gauge { bits.to_le_bytes() } else { bits.to_be_bytes() });
}
