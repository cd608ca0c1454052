//! The five names of a series in one piece, and the order in which people expect names.

use std::cmp::Ordering;
use std::hash::Hasher;

use collectd_types::{IdentifierRef, NameRef};

/// An owned identifier in a single allocation.
#[derive(Clone, Debug)]
pub(super) struct Names {
    bytes: Box<[u8]>,
    /// Where each name ends, but the last.
    ends: [u16; 4],
}

impl Names {
    pub(super) fn new(identifier: IdentifierRef<'_>) -> Self {
        let names = identifier.names().map(NameRef::as_bytes);
        let mut ends = [0; 4];
        let mut end = 0;
        for (slot, name) in ends.iter_mut().zip(names) {
            end += name.len();
            *slot = u16::try_from(end).expect("a name has at most 127 bytes");
        }
        Names { bytes: names.concat().into_boxed_slice(), ends }
    }

    pub(super) fn view(&self) -> IdentifierRef<'_> {
        let [a, b, c, d] = self.ends.map(usize::from);
        let parts = [0..a, a..b, b..c, c..d, d..self.bytes.len()];
        IdentifierRef::new(parts.map(|part| NameRef::until_nul(&self.bytes[part])))
    }

    pub(super) fn is(&self, names: &[NameRef<'_>; 5]) -> bool {
        self.view().names() == *names
    }
}

/// Feeds names to a hasher, so that other names do not look the same.
pub(super) fn hash(names: &[NameRef<'_>; 5], hasher: &mut impl Hasher) {
    for name in names {
        hasher.write(name.as_bytes());
        // A byte that no UTF-8 has; names that contain it collide only if somebody wants them to, and harm nobody.
        hasher.write_u8(0xff);
    }
}

/// Compares texts as people count: `cpu-2` is before `cpu-10`.
pub(super) fn natural(left: &[u8], right: &[u8]) -> Ordering {
    let (mut a, mut b) = (left, right);
    loop {
        match (a.first(), b.first()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let ((m, rest_a), (n, rest_b)) = (number(a), number(b));
                match m.len().cmp(&n.len()).then_with(|| m.cmp(n)) {
                    Ordering::Equal => (a, b) = (rest_a, rest_b),
                    unequal => return unequal,
                }
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            (Some(x), Some(y)) => return x.cmp(y),
            // `01` and `1` are the same number, but not the same name.
            (None, None) => return left.cmp(right),
            (x, y) => return x.cmp(&y),
        }
    }
}

/// The digits at the beginning without leading zeros, and what follows them.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let zeros = text.iter().take_while(|&&byte| byte == b'0').count();
    let digits = text[zeros..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    text[zeros..].split_at(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_in_names_count() {
        let mut names = ["sda10", "sda", "sda9", "sd", "10", "9", "1a", "01", "1", "sdb1", ""];
        names.sort_by(|a, b| natural(a.as_bytes(), b.as_bytes()));
        assert_eq!(names, ["", "01", "1", "1a", "9", "10", "sd", "sda", "sda9", "sda10", "sdb1"]);
    }

    #[test]
    fn names_come_out_as_they_went_in() {
        let long = [b'x'; 127];
        let texts: [&[u8]; 5] = [&long, b"", &long, b"t", &long];
        let identifier = IdentifierRef::new(texts.map(NameRef::until_nul));
        let names = Names::new(identifier);
        assert_eq!(names.view(), identifier);
        assert!(names.is(&identifier.names()));
    }

    proptest! {
        #[test]
        fn the_order_is_one(a in "[0-2a:/]{0,5}", b in "[0-2a:/]{0,5}", c in "[0-2a:/]{0,5}") {
            let order = |x: &str, y: &str| natural(x.as_bytes(), y.as_bytes());
            prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
            prop_assert_eq!(order(&a, &b) == Ordering::Equal, a == b);
            if order(&a, &b).is_le() && order(&b, &c).is_le() {
                prop_assert!(order(&a, &c).is_le());
            }
        }
    }
}
