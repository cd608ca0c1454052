//! Sizes as people write them.

use std::str::FromStr;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size(pub(super) u64);

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Size, Self::Err> {
        const WRONG: &str = "it must be a positive whole number of bytes, or of k, M or G, such as 100M";
        let (number, unit) = match text.char_indices().last() {
            Some((end, 'k' | 'K')) => (&text[..end], 1 << 10),
            Some((end, 'M')) => (&text[..end], 1 << 20),
            Some((end, 'G')) => (&text[..end], 1 << 30),
            _ => (text, 1),
        };
        let number: u64 = number.parse().map_err(|_| WRONG)?;
        number.checked_mul(unit).filter(|size| *size > 0).map(Size).ok_or(WRONG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, size) in [("1", 1), ("10k", 10240), ("100M", 104_857_600), ("2G", 2_147_483_648)] {
            assert_eq!(text.parse(), Ok(Size(size)));
        }
        for wrong in ["", "0", "0k", "-1", "1.5M", "M", "1T", "1é", "99999999999G"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}
