//! Text from outside, made harmless for terminals and logs.

use core::fmt::{self, Write};

/// Displays bytes as text for people; what is not UTF-8, control characters, and those that turn the direction of writing
/// become `\xNN`, so that nothing from outside reaches a terminal but letters.
///
/// For what others say, in a log line or in an error:
///
/// ```
/// # use collectd_types as collectd;
/// use collectd::Escaped;
///
/// let answer = b"no such page\n[error] disk full\x1b[2J";
/// let line = format!("the server says \"{}\"", Escaped(answer));
/// assert_eq!(line, r#"the server says "no such page\x0a[error] disk full\x1b[2J""#);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a [u8]);

impl Escaped<'_> {
    /// Whether a character moves the cursor, clears the screen, begins another line, or has text shown in another order than
    /// it has, so that it is shown as something else.
    #[must_use]
    pub fn is_harmful(character: char) -> bool {
        const SEPARATORS: [char; 2] = ['\u{2028}', '\u{2029}'];
        const DIRECTIONS: [char; 12] = [
            '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
            '\u{2067}', '\u{2068}', '\u{2069}',
        ];
        character.is_control() || SEPARATORS.contains(&character) || DIRECTIONS.contains(&character)
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_escaped(self.0, f)
    }
}

/// Writes bytes as text; what is not UTF-8, control characters, and those that turn the direction of writing become
/// `\xNN`.
pub(crate) fn fmt_escaped(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        fmt_text(chunk.valid(), f)?;
        fmt_hex(chunk.invalid(), f)?;
    }
    Ok(())
}

fn fmt_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !text.contains(Escaped::is_harmful) {
        return f.write_str(text);
    }
    for character in text.chars() {
        if Escaped::is_harmful(character) {
            fmt_hex(character.encode_utf8(&mut [0; 4]).as_bytes(), f)?;
        } else {
            f.write_char(character)?;
        }
    }
    Ok(())
}

fn fmt_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))
}
