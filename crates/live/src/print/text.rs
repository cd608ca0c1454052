//! Pieces of lines.

use std::borrow::Cow;
use std::io::Write;
use std::time::Duration;

use collectd_net::Value;
use collectd_types::Escaped;

/// Appends text of which nothing harms a terminal: what does is written as `\xNN`.
pub(super) fn push_escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    if is_printable_ascii(bytes) {
        out.extend_from_slice(bytes);
    } else {
        // Writing to memory does not fail.
        let _ = write!(out, "{}", Escaped(bytes));
    }
}

/// The same as bytes, for formats that escape further.
pub(super) fn escaped(bytes: &[u8]) -> Cow<'_, [u8]> {
    if is_printable_ascii(bytes) {
        return Cow::Borrowed(bytes);
    }
    let mut text = Vec::new();
    push_escaped(&mut text, bytes);
    Cow::Owned(text)
}

/// The same with a mark before every byte for which the format needs one.
pub(super) fn push_marked(out: &mut Vec<u8>, bytes: &[u8], mark: u8, needs_mark: impl Fn(u8) -> bool) {
    for &byte in &*escaped(bytes) {
        if needs_mark(byte) {
            out.push(mark);
        }
        out.push(byte);
    }
}

pub(super) fn push_integer(out: &mut Vec<u8>, integer: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
}

/// The shortest digits that give the same double again: `1.0`, `1e300`, `NaN`, `inf`.
pub(super) fn push_f64(out: &mut Vec<u8>, number: f64) {
    out.extend_from_slice(zmij::Buffer::new().format(number).as_bytes());
}

/// A number that is told from nothing else, exactly.
pub(super) fn push_value(out: &mut Vec<u8>, value: Value) {
    match value {
        Value::Counter(n) | Value::Absolute(n) => push_integer(out, n),
        Value::Derive(n) => push_integer(out, n),
        Value::Gauge(x) => push_f64(out, x),
    }
}

/// Seconds with nine decimals.
pub(super) fn push_seconds(out: &mut Vec<u8>, duration: Duration) {
    push_integer(out, duration.as_secs());
    let mut fraction = *b".000000000";
    let mut nanos = duration.subsec_nanos();
    for digit in fraction[1..].iter_mut().rev() {
        *digit += u8::try_from(nanos % 10).unwrap_or_default();
        nanos /= 10;
    }
    out.extend_from_slice(&fraction);
}

pub(super) fn is_printable_ascii(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| (b' '..=b'~').contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_nine_decimals() {
        for (nanos, text) in [(0, "7.000000000"), (1, "7.000000001"), (999_999_999, "7.999999999"), (20, "7.000000020")]
        {
            let mut out = Vec::new();
            push_seconds(&mut out, Duration::new(7, nanos));
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    #[test]
    fn harmful_text_is_visible() {
        let mut out = Vec::new();
        push_escaped(&mut out, "a\x1b[2J\u{9b}\nm\u{fc}\u{202e}".as_bytes());
        push_marked(&mut out, b"\xff,", b'^', |byte| byte == b',' || byte == b'\\');
        assert_eq!(String::from_utf8(out).unwrap(), r"a\x1b[2J\xc2\x9b\x0amü\xe2\x80\xae^\xff^,");
    }
}
