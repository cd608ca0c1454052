//! Values of the configuration inside messages: bounded, quoted, control characters escaped.

use std::fmt::Write as _;

use super::block::Scalar;

/// Characters of a string or key that a message shows before it is cut.
const MAX_TEXT: usize = 64;
/// Values that a message lists before it is cut.
const MAX_VALUES: usize = 4;
/// Characters of a message that somebody else wrote.
const MAX_MESSAGE: usize = 1024;

/// A string in quotes.
pub(super) fn text(text: &str) -> String {
    let mut out = String::from("\"");
    push(&mut out, text, MAX_TEXT, true);
    out.push('"');
    out
}

/// A key, bare.
pub(super) fn key(key: &str) -> String {
    let mut out = String::new();
    push(&mut out, key, MAX_TEXT, false);
    out
}

/// A message from outside of this module.
pub(super) fn message(message: &str) -> String {
    let mut out = String::new();
    push(&mut out, message, MAX_MESSAGE, false);
    out
}

/// A number as one would write it in the configuration, unless that takes hundreds of digits.
pub(super) fn number(number: f64) -> String {
    if number.abs() >= 1e18 || (number != 0.0 && number.abs() < 1e-6) {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

/// One value, strings in quotes.
pub(super) fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::String(string) => text(string),
        Scalar::Number(value) => number(*value),
        Scalar::Boolean(value) => value.to_string(),
    }
}

/// The values of a line, as they stand there.
pub(super) fn scalars(scalars: &[Scalar]) -> String {
    let mut shown: Vec<String> = scalars.iter().take(MAX_VALUES).map(scalar).collect();
    if scalars.len() > MAX_VALUES {
        shown.push("…".to_owned());
    }
    shown.join(" ")
}

fn push(out: &mut String, text: &str, limit: usize, quoted: bool) {
    for (position, character) in text.chars().enumerate() {
        if position == limit {
            out.push('…');
            return;
        }
        match character {
            '"' | '\\' if quoted => {
                out.push('\\');
                out.push(character);
            }
            _ if is_harmful(character) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "{}", character.escape_default());
            }
            _ => out.push(character),
        }
    }
}

/// Characters that would break the line of a log or reorder what it shows.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_and_escaped() {
        assert_eq!(text("a\"b\\c\nd\u{1b}"), r#""a\"b\\c\nd\u{1b}""#);
        assert_eq!(text("größer 日本"), "\"größer 日本\"");
        assert_eq!(text("a\u{202e}b"), "\"a\\u{202e}b\"");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(text(&"x".repeat(1000)).chars().count(), MAX_TEXT + 3);
        assert_eq!(key(&"x".repeat(1000)).chars().count(), MAX_TEXT + 1);
        assert_eq!(message(&"x".repeat(9000)).chars().count(), MAX_MESSAGE + 1);
        let many = vec![Scalar::Number(1.0); 100];
        assert_eq!(scalars(&many), "1 1 1 1 …");
    }

    #[test]
    fn numbers_stay_short() {
        assert_eq!(number(70000.0), "70000");
        assert_eq!(number(300.7), "300.7");
        assert_eq!(number(-1.0), "-1");
        assert_eq!(number(1e300), "1e300");
        assert_eq!(number(5e-324), "5e-324");
        assert_eq!(number(f64::NAN), "NaN");
        assert_eq!(number(f64::NEG_INFINITY), "-inf");
    }
}
