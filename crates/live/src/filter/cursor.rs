//! The pieces that an expression is made of.

use super::ParseError;

/// A place in the text of an expression.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    /// In bytes.
    pub(super) offset: usize,
}

/// A regular expression in the text of an expression.
#[derive(Clone, Copy)]
pub(super) struct Regular {
    pub(super) offset: usize,
    pub(super) length: usize,
    pub(super) any_case: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    pub(super) fn skip_blanks(&mut self) {
        self.offset = self.text.len() - self.rest().trim_start().len();
    }

    /// Passes over blanks and this, if it comes next.
    pub(super) fn take(&mut self, symbol: &str) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(symbol);
        if found {
            self.offset += symbol.len();
        }
        found
    }

    /// The letters, digits and `_`, `.`, `:`, `-` that come next; empty if there is none.
    pub(super) fn word(&mut self) -> &'a str {
        self.skip_blanks();
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ':' | '+');
        let word = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        self.offset += word.len();
        word
    }

    /// A word, or a text in quotation marks with `\` before what would end it.
    pub(super) fn literal(&mut self) -> Result<Vec<u8>, ParseError> {
        self.skip_blanks();
        let offset = self.offset;
        let Some(quoted) = self.quoted(&['"', '\''])? else {
            return match self.word() {
                "" => Err(self.error("a text is missing here")),
                word => Ok(word.into()),
            };
        };
        unescape(quoted).map_err(|at| {
            let message = "the \\ stands before none of \\ \" ' n t r xNN";
            ParseError::new(self.text, offset + 1 + at, message)
        })
    }

    /// A regular expression: a word, or a text in quotation marks or between slashes. What a `\` in it means is the
    /// expression's matter.
    pub(super) fn regular(&mut self) -> Result<Regular, ParseError> {
        self.skip_blanks();
        let offset = self.offset;
        let slash = self.rest().starts_with('/');
        if let Some(inner) = self.quoted(&['"', '\'', '/'])? {
            let any_case = slash && self.rest().starts_with('i');
            self.offset += usize::from(any_case);
            return Ok(Regular { offset: offset + 1, length: inner.len(), any_case });
        }
        match self.word().len() {
            0 => Err(self.error("a regular expression is missing here")),
            length => Ok(Regular { offset, length, any_case: false }),
        }
    }

    /// What stands between two of the same marks, as it is; `None` if no mark comes next.
    fn quoted(&mut self, marks: &[char]) -> Result<Option<&'a str>, ParseError> {
        let Some(mark) = self.rest().chars().next().filter(|first| marks.contains(first)) else { return Ok(None) };
        let inner = &self.rest()[1..];
        let mut escaped = false;
        let end = inner.find(|c| {
            let found = c == mark && !escaped;
            escaped = c == '\\' && !escaped;
            found
        });
        let end = end.ok_or_else(|| self.error(format!("the {mark} is not closed")))?;
        self.offset += end + 2;
        Ok(Some(&inner[..end]))
    }

    pub(super) fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError::new(self.text, self.offset, message)
    }
}

/// The text that was meant; `Err` is the offset of a `\` that means nothing.
fn unescape(quoted: &str) -> Result<Vec<u8>, usize> {
    let mut text = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some(at) = rest.find('\\') {
        text.extend_from_slice(&rest.as_bytes()[..at]);
        let escaped = &rest[at + 1..];
        let (byte, length) = match escaped.as_bytes() {
            [same @ (b'\\' | b'"' | b'\''), ..] => (*same, 1),
            [b'n', ..] => (b'\n', 1),
            [b't', ..] => (b'\t', 1),
            [b'r', ..] => (b'\r', 1),
            [b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (u8::from_str_radix(&escaped[1..3], 16).unwrap_or_default(), 3)
            }
            _ => return Err(quoted.len() - rest.len() + at),
        };
        text.push(byte);
        rest = &escaped[length..];
    }
    text.extend_from_slice(rest.as_bytes());
    Ok(text)
}
