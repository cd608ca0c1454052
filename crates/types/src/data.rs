//! The numbers of a value list, wherever they are stored.

use core::ffi::c_int;
use core::fmt;

use crate::{Kind, Name, Value};

/// Where the numbers of a [`ValuesRef`](crate::ValuesRef) are.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Data<'a> {
    /// In a [`Values`](crate::Values).
    Values(&'a [Value]),
    /// In the daemon: 64 bits each; the kinds are in the data set.
    Bits {
        /// The kinds, one for each number.
        kinds: &'a [Kind],
        /// The numbers, see [`Value::from_bits`]. Of the longer slice the surplus is ignored.
        bits: &'a [u64],
    },
    /// In the daemon: 64 bits each. The kinds are read when they are asked for.
    Sources {
        /// The data sources, one for each number.
        sources: &'a [SourceField],
        /// The numbers, see [`Value::from_bits`]. Of the longer slice the surplus is ignored.
        bits: &'a [u64],
    },
    /// In a packet of the network protocol.
    Wire(WireValues<'a>),
}

/// A data source as the daemon's data sets have it: laid out as its `data_source_t`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SourceField {
    /// NUL-terminated.
    pub name: [u8; Name::MAX_LEN + 1],
    /// See [`Kind::code`].
    pub kind: c_int,
    /// The smallest value; NaN for none.
    pub min: f64,
    /// The largest value; NaN for none.
    pub max: f64,
}

impl SourceField {
    /// The kind. One that a plugin made up counts as absolute: its values are 64 bits, and nothing more is known.
    #[inline]
    pub fn kind(&self) -> Kind {
        u8::try_from(self.kind).ok().and_then(Kind::from_code).unwrap_or(Kind::Absolute)
    }
}

/// Numbers as they lie in a values part of the network protocol: gauges little endian, all others big
/// endian.
#[derive(Clone, Copy)]
pub struct WireValues<'a> {
    kinds: &'a [u8],
    numbers: &'a [[u8; 8]],
}

impl<'a> WireValues<'a> {
    /// Views the kinds and the numbers of a values part; `None` if their counts differ or a byte is no
    /// [`Kind`].
    #[inline]
    pub fn new(kinds: &'a [u8], numbers: &'a [u8]) -> Option<Self> {
        let (numbers, rest) = numbers.as_chunks::<8>();
        // Few, nearly always; a search that stops early is not made wide by the compiler, which here is good.
        let known = kinds.iter().all(|&kind| kind <= Kind::Absolute.code());
        (known && rest.is_empty() && numbers.len() == kinds.len()).then_some(WireValues { kinds, numbers })
    }

    /// The kinds, a byte each.
    pub const fn kinds(self) -> &'a [u8] {
        self.kinds
    }

    /// The numbers as they lie in the packet.
    pub const fn numbers(self) -> &'a [[u8; 8]] {
        self.numbers
    }

    #[inline]
    fn value(self, index: usize) -> Option<Value> {
        let kind = Kind::from_code(*self.kinds.get(index)?)?;
        let bytes = *self.numbers.get(index)?;
        let bits = if kind == Kind::Gauge { u64::from_le_bytes(bytes) } else { u64::from_be_bytes(bytes) };
        Some(Value::from_bits(kind, bits))
    }
}

impl<'a> Data<'a> {
    /// How many numbers there are.
    #[inline]
    pub const fn len(self) -> usize {
        match self {
            Data::Values(values) => values.len(),
            Data::Bits { kinds, bits } => {
                if kinds.len() < bits.len() {
                    kinds.len()
                } else {
                    bits.len()
                }
            }
            Data::Sources { sources, bits } => {
                if sources.len() < bits.len() {
                    sources.len()
                } else {
                    bits.len()
                }
            }
            Data::Wire(values) => values.kinds.len(),
        }
    }

    /// Whether there is none.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The number at this place.
    #[inline]
    pub fn value(self, index: usize) -> Option<Value> {
        match self {
            Data::Values(values) => values.get(index).copied(),
            Data::Bits { kinds, bits } => Some(Value::from_bits(*kinds.get(index)?, *bits.get(index)?)),
            Data::Sources { sources, bits } => Some(Value::from_bits(sources.get(index)?.kind(), *bits.get(index)?)),
            Data::Wire(values) => values.value(index),
        }
    }

    /// All numbers in order.
    #[inline]
    pub const fn iter(self) -> ValueIter<'a> {
        ValueIter { data: self, next: 0 }
    }
}

impl fmt::Debug for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for Data<'a> {
    type Item = Value;
    type IntoIter = ValueIter<'a>;

    fn into_iter(self) -> ValueIter<'a> {
        self.iter()
    }
}

/// Iterates over the numbers of a value list.
#[derive(Clone, Debug)]
pub struct ValueIter<'a> {
    data: Data<'a>,
    next: usize,
}

impl Iterator for ValueIter<'_> {
    type Item = Value;

    #[inline]
    fn next(&mut self) -> Option<Value> {
        let value = self.data.value(self.next)?;
        self.next += 1;
        Some(value)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.data.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for ValueIter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_storage_gives_the_same_values() {
        let values = [Value::Counter(1), Value::Gauge(1.5), Value::Derive(-1), Value::Absolute(u64::MAX)];
        let kinds = values.map(Value::kind);
        let bits = values.map(Value::to_bits);
        let codes = kinds.map(Kind::code);
        let mut numbers = Vec::new();
        for value in values {
            match value {
                Value::Gauge(x) => numbers.extend(x.to_le_bytes()),
                other => numbers.extend(other.to_bits().to_be_bytes()),
            }
        }
        let wire = WireValues::new(&codes, &numbers).unwrap();
        let sources = kinds.map(|kind| SourceField { name: [0; 128], kind: kind.code().into(), min: 0.0, max: 0.0 });
        let bits = &bits;
        for data in [
            Data::Values(&values),
            Data::Bits { kinds: &kinds, bits },
            Data::Sources { sources: &sources, bits },
            Data::Wire(wire),
        ] {
            assert_eq!(data.iter().len(), 4);
            assert!(data.iter().eq(values), "{data:?}");
            assert_eq!(data.value(4), None);
        }
    }

    #[test]
    fn a_kind_that_nobody_knows_is_absolute() {
        for kind in [-1, 4, 256] {
            assert_eq!(SourceField { name: [0; 128], kind, min: 0.0, max: 0.0 }.kind(), Kind::Absolute);
        }
    }

    #[test]
    fn wire_values_must_fit_together() {
        assert!(WireValues::new(&[0, 1], &[0; 16]).is_some());
        assert!(WireValues::new(&[0, 1], &[0; 15]).is_none());
        assert!(WireValues::new(&[0], &[0; 16]).is_none());
        assert!(WireValues::new(&[4], &[0; 8]).is_none());
    }
}
