//! Text from outside, fit for the cells of a terminal.

use std::fmt::{Display, Write};

use collectd_types::Escaped;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Writes a name or another text that escapes itself (control characters, changes of direction). What has no width of
/// its own would make terminals disagree on where the rest of the line is, so that it is escaped, too.
pub(super) fn push(text: &mut String, shown: impl Display) {
    let start = text.len();
    // Fails only if the text itself does.
    let _ = write!(text, "{shown}");
    if text[start..].is_ascii() {
        return;
    }
    let tail = text.split_off(start);
    for character in tail.chars() {
        if character.width().is_some_and(|width| width > 0) {
            text.push(character);
        } else {
            let _ = write!(text, "\\u{{{:x}}}", u32::from(character));
        }
    }
}

/// The same as a string of its own.
pub(super) fn shown(shown: impl Display) -> String {
    let mut text = String::new();
    push(&mut text, shown);
    text
}

/// Bytes of a message as text, as [`push`] does.
pub(super) fn message(bytes: &[u8]) -> String {
    shown(Escaped(bytes))
}

/// The beginning of a text that fits so many columns; an ellipsis stands for what does not.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut fitting = String::new();
    let mut taken = 0;
    for character in text.chars() {
        let width = character.width().unwrap_or(0);
        if taken + width + 1 > columns {
            break;
        }
        taken += width;
        fitting.push(character);
    }
    if columns > 0 {
        fitting.push('…');
    }
    fitting
}

/// The end of a text that fits so many columns.
pub(super) fn fit_end(text: &str, columns: usize) -> String {
    let mut taken = 0;
    let fits = |character: &char| {
        taken += character.width().unwrap_or(0);
        taken <= columns
    };
    let count = text.chars().rev().take_while(fits).count();
    text.chars().skip(text.chars().count() - count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use collectd_types::NameRef;

    fn name(text: &str) -> String {
        shown(NameRef::new(text.as_bytes()).unwrap())
    }

    #[test]
    fn nothing_without_a_width_is_left() {
        assert_eq!(name("münchen 東京"), "münchen 東京");
        assert_eq!(name("\x1b]0;x\x07"), r"\x1b]0;x\x07");
        assert_eq!(name("a\u{202e}b"), r"a\xe2\x80\xaeb");
        assert_eq!(name("a\u{200b}b\u{301}\u{feff}"), r"a\u{200b}b\u{301}\u{feff}");
    }

    #[test]
    fn messages_are_escaped_as_names_are() {
        assert_eq!(message("disk is \x1b[31mfull\u{202e}é".as_bytes()), r"disk is \x1b[31mfull\xe2\x80\xaeé");
        assert_eq!(message(b"\xff\n"), r"\xff\x0a");
    }

    #[test]
    fn what_does_not_fit_ends_with_an_ellipsis() {
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(fit("abcd", 3), "ab…");
        assert_eq!(fit("東京都", 4), "東…");
        assert_eq!([fit("ab", 1), fit("ab", 0)], ["…", ""]);
        assert_eq!([fit_end("abc", 2), fit_end("abc", 9), fit_end("a東京", 3)], ["bc", "abc", "京"]);
    }
}
