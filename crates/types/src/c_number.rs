//! Numbers as C reads and writes them, in the C locale.

use alloc::format;
use core::fmt;

/// The number at the beginning of the text, as `strtod` finds it, and what follows it. 0 if there is no number.
pub(crate) fn parse(text: &[u8]) -> (f64, &[u8]) {
    let (negative, unsigned) = sign(text);
    let found = infinity(unsigned).or_else(|| nan(unsigned)).or_else(|| hex(unsigned)).or_else(|| decimal(unsigned));
    match found {
        Some((magnitude, len)) => (if negative { -magnitude } else { magnitude }, &unsigned[len..]),
        None => (0.0, text),
    }
}

/// A whole number that is all of the text, as `strtoll` and `strtoull` find it when they are to guess the base: 16 behind
/// `0x`, 8 behind another `0`, else 10.
pub(crate) fn parse_integer(text: &[u8]) -> Option<i128> {
    let (negative, unsigned) = sign(text);
    let (base, digits) = match unsigned {
        [b'0', b'x' | b'X', digits @ ..] => (16, digits),
        [b'0', digits @ ..] if !digits.is_empty() => (8, digits),
        digits => (10, digits),
    };
    let digits = core::str::from_utf8(digits).ok().filter(|digits| digits.starts_with(|first| first != '+'))?;
    let magnitude = i128::from_str_radix(digits, base).ok().filter(|magnitude| *magnitude >= 0)?;
    Some(if negative { -magnitude } else { magnitude })
}

/// The whole number at the beginning of the text, and what follows it, as `strtoll` and `strtoull` find it when they are
/// to guess the base. Of what is too large for any of them, some number that is too large. `None` if there is no digit.
pub(crate) fn integer_prefix(text: &[u8]) -> Option<(i128, &[u8])> {
    let (negative, unsigned) = sign(text);
    let (base, digits) = match unsigned {
        [b'0', b'x' | b'X', digits @ ..] if digits.first().is_some_and(u8::is_ascii_hexdigit) => (16, digits),
        [b'0', ..] => (8, unsigned),
        digits => (10, digits),
    };
    let (mut magnitude, mut rest) = (0i128, digits);
    while let Some((digit, behind)) = rest.split_first()
        && let Some(digit) = char::from(*digit).to_digit(base)
    {
        magnitude = (magnitude * i128::from(base) + i128::from(digit)).min(1 << 100);
        rest = behind;
    }
    (rest.len() < digits.len()).then_some((if negative { -magnitude } else { magnitude }, rest))
}

/// Whether there is a minus, and what follows the blanks and the sign.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    let start = text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len());
    let signed = &text[start..];
    match signed {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, signed),
    }
}

/// What C's `isspace` says.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// A number as `%.15g` writes it.
pub(crate) struct General(pub(crate) f64);

impl fmt::Display for General {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: i32 = 15;
        let number = self.0;
        if !number.is_finite() {
            let sign = if number.is_sign_negative() { "-" } else { "" };
            return write!(f, "{sign}{}", if number.is_nan() { "nan" } else { "inf" });
        }
        let scientific = format!("{number:.*e}", DIGITS as usize - 1);
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        match exponent.parse::<i32>().unwrap_or(0) {
            exponent @ -4..DIGITS => {
                #[expect(clippy::cast_sign_loss, reason = "between 0 and 18")]
                let decimals = (DIGITS - 1 - exponent) as usize;
                f.write_str(without_zeros(&format!("{number:.decimals$}")))
            }
            exponent => {
                let sign = if exponent < 0 { '-' } else { '+' };
                write!(f, "{}e{sign}{:02}", without_zeros(mantissa), exponent.unsigned_abs())
            }
        }
    }
}

fn without_zeros(decimal: &str) -> &str {
    if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { decimal }
}

fn infinity(text: &[u8]) -> Option<(f64, usize)> {
    let word: &[&[u8]] = &[b"infinity", b"inf"];
    word.iter().find(|word| starts_with(text, word)).map(|word| (f64::INFINITY, word.len()))
}

/// `nan`, and `nan(…)` with letters, digits and underscores.
fn nan(text: &[u8]) -> Option<(f64, usize)> {
    if !starts_with(text, b"nan") {
        return None;
    }
    let mut len = 3;
    if let Some(payload) = text[len..].strip_prefix(b"(") {
        let end = count(payload, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if payload.get(end) == Some(&b')') {
            len += end + 2;
        }
    }
    Some((f64::NAN, len))
}

fn decimal(text: &[u8]) -> Option<(f64, usize)> {
    let digits = |from: usize| count(&text[from..], |byte| byte.is_ascii_digit());
    let whole = digits(0);
    let mut len = whole;
    if text.get(len) == Some(&b'.') {
        len += 1 + digits(len + 1);
    }
    if whole == 0 && len <= 1 {
        return None;
    }
    len += exponent(&text[len..], b'e').map_or(0, |(_, len)| len);
    let number = core::str::from_utf8(&text[..len]).ok()?.parse().ok()?;
    Some((number, len))
}

/// `0x1.8p3`; of `0x` without a digit only the 0 is a number, which is left to [`decimal`].
fn hex(text: &[u8]) -> Option<(f64, usize)> {
    if !starts_with(text, b"0x") {
        return None;
    }
    let (mut mantissa, mut scale, mut lost) = (0u64, 0i64, false);
    let (mut len, mut digits, mut point) = (2, 0, false);
    for &byte in &text[len..] {
        if let Some(digit) = char::from(byte).to_digit(16) {
            digits += 1;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(digit);
                scale -= i64::from(point) * 4;
            } else {
                lost |= digit != 0;
                scale += i64::from(!point) * 4;
            }
        } else if byte == b'.' && !point {
            point = true;
        } else {
            break;
        }
        len += 1;
    }
    if digits == 0 {
        return None;
    }
    if let Some((exponent, used)) = exponent(&text[len..], b'p') {
        scale = scale.saturating_add(exponent);
        len += used;
    }
    Some((scaled(mantissa | u64::from(lost), scale), len))
}

/// An exponent behind this letter and its length; beyond a billion it is not exact.
fn exponent(text: &[u8], letter: u8) -> Option<(i64, usize)> {
    let (&first, rest) = text.split_first()?;
    let sign = usize::from(matches!(rest.first(), Some(b'+' | b'-')));
    let digits = count(&rest[sign..], |byte| byte.is_ascii_digit());
    if !first.eq_ignore_ascii_case(&letter) || digits == 0 {
        return None;
    }
    let value = rest[sign..][..digits]
        .iter()
        .fold(0i64, |value, digit| (value * 10 + i64::from(digit - b'0')).min(1_000_000_000));
    Some((if rest[0] == b'-' { -value } else { value }, 1 + sign + digits))
}

/// `mantissa` × 2^`exponent`, rounded once: to the nearest, half to even.
#[expect(clippy::cast_possible_truncation, reason = "`unit` is between -1074 and 971")]
fn scaled(mantissa: u64, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let top = exponent + i64::from(mantissa.ilog2());
    if top > 1023 {
        return f64::INFINITY;
    }
    if top < -1075 {
        return 0.0;
    }
    // The exponent of the last bit that a double of this size has.
    let unit = (top - 52).max(-1074);
    let mantissa = u128::from(mantissa);
    let shift = unit - exponent;
    let rounded = if shift <= 0 {
        mantissa << -shift // at most 52
    } else {
        // `shift` is at most 64, as `top` is at least one less than `unit`.
        let (whole, part, half) = (mantissa >> shift, mantissa & ((1 << shift) - 1), 1 << (shift - 1));
        whole + u128::from(part > half || part == half && whole & 1 == 1)
    };
    // At most 2^53, and times a power of two: both exact, but for what becomes infinite.
    rounded as f64 * power_of_two(unit as i32)
}

/// 2^`exponent`, which is at least -1074 and at most 971.
#[expect(clippy::cast_sign_loss, reason = "not negative there")]
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(if exponent < -1022 { 1 << (exponent + 1074) } else { ((exponent + 1023) as u64) << 52 })
}

fn starts_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn count(text: &[u8], is: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|&byte| !is(byte)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    /// What `printf` of the C library wrote.
    #[test]
    fn doubles_are_written_as_c_writes_them() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.333333333333333"),
            (123_456_789_012_345.0, "123456789012345"),
            (1_234_567_890_123_456.0, "1.23456789012346e+15"),
            (999_999_999_999_999.9, "1e+15"),
            (0.000_1, "0.0001"),
            (0.000_01, "1e-05"),
            (f64::MAX, "1.79769313486232e+308"),
            (f64::from_bits(1), "4.94065645841247e-324"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN.copysign(1.0), "nan"),
            (f64::NAN.copysign(-1.0), "-nan"),
        ] {
            assert_eq!(General(number).to_string(), expected);
        }
    }

    /// What `strtoll` of the C library finds, where it fits.
    #[test]
    fn integers_end_where_their_digits_do() {
        for (text, expected) in [
            ("12abc", Some((12, "abc"))),
            (" -0x1fg", Some((-31, "g"))),
            ("0x", Some((0, "x"))),
            ("0xg", Some((0, "xg"))),
            ("08", Some((0, "8"))),
            ("017.5", Some((15, ".5"))),
            ("+", None),
            ("x1", None),
            ("", None),
        ] {
            let found = integer_prefix(text.as_bytes());
            assert_eq!(found, expected.map(|(number, rest): (i128, &str)| (number, rest.as_bytes())), "{text:?}");
        }
        let nines = "9".repeat(200);
        let (large, rest) = integer_prefix(nines.as_bytes()).unwrap();
        assert!(large > i128::from(u64::MAX) && rest.is_empty());
    }

    #[test]
    fn integers_have_a_base_and_nothing_behind_them() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            (" \t+42", Some(42)),
            ("010", Some(8)),
            ("08", None),
            ("0x1F", Some(31)),
            ("-0X10", Some(-16)),
            ("18446744073709551616", Some(1 << 64)),
            ("0x", None),
            ("", None),
            ("-", None),
            ("+-1", None),
            ("0-1", None),
            ("0x-1", None),
            ("0x+1", None),
            ("1 ", None),
            ("1.5", None),
        ] {
            assert_eq!(parse_integer(text.as_bytes()), expected, "{text:?}");
        }
    }
}
