//! Text from outside, made harmless for terminals and logs.

use core::fmt::{self, Write};

/// Writes bytes as text; what is not UTF-8 and every control character become `\xNN`.
pub(crate) fn fmt_escaped(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        fmt_text(chunk.valid(), f)?;
        fmt_hex(chunk.invalid(), f)?;
    }
    Ok(())
}

fn fmt_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !text.contains(char::is_control) {
        return f.write_str(text);
    }
    for character in text.chars() {
        if character.is_control() {
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
