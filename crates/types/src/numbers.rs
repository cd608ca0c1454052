//! The numbers of an owned value list.

use alloc::vec::Vec;
use core::fmt;

use crate::{Data, Kind, Value};

/// Up to this many need no allocation; nearly all types have fewer.
const FEW: usize = 4;

/// Numbers that are added one by one, as the daemon wants them: kinds and bits apart.
///
/// Not a `SmallVec`: that grows through a reference to itself, which keeps the compiler from building a whole
/// [`Values`](crate::Values) where it will be used, instead of moving it from setter to setter.
#[derive(Clone)]
pub(crate) enum Numbers {
    Few { len: u8, kinds: [Kind; FEW], bits: [u64; FEW] },
    Many { kinds: Vec<Kind>, bits: Vec<u64> },
}

impl Numbers {
    const NONE: Numbers = Numbers::Few { len: 0, kinds: [Kind::Gauge; FEW], bits: [0; FEW] };

    #[inline]
    pub(crate) fn parts(&self) -> (&[Kind], &[u64]) {
        match self {
            Numbers::Few { len, kinds, bits } => {
                let len = usize::from(*len).min(FEW);
                (&kinds[..len], &bits[..len])
            }
            Numbers::Many { kinds, bits } => (kinds, bits),
        }
    }

    #[inline]
    pub(crate) fn data(&self) -> Data<'_> {
        let (kinds, bits) = self.parts();
        Data::Bits { kinds, bits }
    }

    #[inline]
    pub(crate) fn with(self, value: Value) -> Self {
        match self {
            Numbers::Few { len, mut kinds, mut bits } if usize::from(len) < FEW => {
                kinds[usize::from(len)] = value.kind();
                bits[usize::from(len)] = value.to_bits();
                Numbers::Few { len: len + 1, kinds, bits }
            }
            many => many.with_one_more(value),
        }
    }

    #[cold]
    fn with_one_more(self, value: Value) -> Self {
        let (mut kinds, mut bits) = match self {
            Numbers::Few { kinds, bits, .. } => (kinds.to_vec(), bits.to_vec()),
            Numbers::Many { kinds, bits } => (kinds, bits),
        };
        kinds.push(value.kind());
        bits.push(value.to_bits());
        Numbers::Many { kinds, bits }
    }

    /// Takes all out; what was allocated stays for those to come.
    pub(crate) fn clear(&mut self) {
        match self {
            Numbers::Few { len, .. } => *len = 0,
            Numbers::Many { kinds, bits } => {
                kinds.clear();
                bits.clear();
            }
        }
    }
}

impl Default for Numbers {
    #[inline]
    fn default() -> Self {
        Numbers::NONE
    }
}

impl FromIterator<Value> for Numbers {
    #[inline]
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        values.into_iter().fold(Numbers::NONE, Numbers::with)
    }
}

/// As numbers: NaN is equal to nothing.
impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        self.data().iter().eq(other.data().iter())
    }
}

impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.data().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_values_keeps_its_order() {
        for count in 0..12 {
            let values: Vec<Value> = (0..count).map(Value::Derive).chain([Value::Gauge(0.5)]).collect();
            let mut numbers: Numbers = values.iter().copied().collect();
            assert_eq!((numbers.data().len(), matches!(numbers, Numbers::Many { .. })), (values.len(), count > 3));
            assert!(numbers.data().iter().eq(values));
            numbers.clear();
            assert_eq!(numbers, Numbers::NONE);
            assert!(numbers.with(Value::Counter(1)).data().iter().eq([Value::Counter(1)]));
        }
    }

    #[test]
    fn numbers_compare_as_numbers() {
        let numbers = |gauge| Numbers::NONE.with(Value::Gauge(gauge));
        assert!(numbers(0.0) == numbers(-0.0) && numbers(f64::NAN) != numbers(f64::NAN));
        assert!(numbers(0.0) != Numbers::NONE.with(Value::Counter(0)));
    }
}
