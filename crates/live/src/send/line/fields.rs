//! The parts of a line between blanks and quotes, as the daemon splits a `PUTVAL`.

use std::ops::Range;

use super::{Problem, is_blank};

/// Splits lines, with memory that is used again.
#[derive(Default)]
pub(super) struct Fields {
    spans: Vec<Range<usize>>,
    /// The line without quotes and backslashes.
    plain: Vec<u8>,
    /// Where each byte of it was in the line.
    origins: Vec<usize>,
}

/// The fields of one line.
#[derive(Clone, Copy)]
pub(super) struct Split<'a> {
    text: &'a [u8],
    spans: &'a [Range<usize>],
    /// `None` if the text is the line itself.
    origins: Option<&'a [usize]>,
    line_len: usize,
}

impl Fields {
    /// Splits a line from this byte on.
    pub(super) fn split<'a>(&'a mut self, line: &'a [u8], from: usize) -> Result<Split<'a>, Problem> {
        self.spans.clear();
        if line.contains(&b'"') {
            self.plain.clear();
            self.origins.clear();
            self.split_quoted(line, from)?;
            let (text, origins) = (&self.plain, Some(&self.origins[..]));
            return Ok(Split { text, spans: &self.spans, origins, line_len: line.len() });
        }
        let mut at = from;
        while at < line.len() {
            let end = line[at..].iter().position(|byte| is_blank(*byte)).map_or(line.len(), |len| at + len);
            if end > at {
                self.spans.push(at..end);
            }
            at = end + 1;
        }
        Ok(Split { text: line, spans: &self.spans, origins: None, line_len: line.len() })
    }

    /// A quote may begin inside a field, but ends it. Within quotes a backslash makes a letter of what follows.
    fn split_quoted(&mut self, line: &[u8], from: usize) -> Result<(), Problem> {
        let mut quote = None;
        let mut field = None;
        let mut at = from;
        while at < line.len() {
            match line[at] {
                byte if quote.is_none() && is_blank(byte) => self.end(&mut field, at),
                b'"' if quote.is_some() => {
                    field.get_or_insert(self.plain.len());
                    self.end(&mut field, at);
                    quote = None;
                }
                b'"' => quote = Some(at),
                b'\\' if quote.is_some() => {
                    at += 1;
                    let Some(byte) = line.get(at) else {
                        return Err(Problem::new(at - 1, "a backslash at the end of the line"));
                    };
                    self.put(&mut field, *byte, at);
                }
                byte => self.put(&mut field, byte, at),
            }
            at += 1;
        }
        if let Some(quote) = quote {
            return Err(Problem::new(quote, "the quote that begins here does not end"));
        }
        self.end(&mut field, at);
        Ok(())
    }

    fn put(&mut self, field: &mut Option<usize>, byte: u8, at: usize) {
        field.get_or_insert(self.plain.len());
        self.plain.push(byte);
        self.origins.push(at);
    }

    fn end(&mut self, field: &mut Option<usize>, at: usize) {
        if let Some(start) = field.take() {
            self.spans.push(start..self.plain.len());
            // So that the end of a field has a place, too.
            self.plain.push(b' ');
            self.origins.push(at);
        }
    }
}

impl<'a> Split<'a> {
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn field(&self, index: usize) -> &'a [u8] {
        &self.text[self.spans[index].clone()]
    }

    /// Where this byte of a field is in the line; or its end. Behind the last field is the end of the line.
    pub(super) fn at(&self, index: usize, offset: usize) -> usize {
        match (self.spans.get(index), self.origins) {
            (None, _) => self.line_len,
            (Some(span), None) => span.start + offset,
            (Some(span), Some(origins)) => origins[span.start + offset],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Result<Vec<(String, usize)>, Problem> {
        let mut fields = Fields::default();
        let split = fields.split(line.as_bytes(), 0)?;
        let text = |index| String::from_utf8(split.field(index).to_vec()).unwrap();
        Ok((0..split.len()).map(|index| (text(index), split.at(index, 0))).collect())
    }

    #[test]
    fn fields_are_split_as_the_daemon_does() {
        for (line, expected) in [
            ("a\tb  c ", &[("a", 0), ("b", 2), ("c", 5)][..]),
            (r"a\ b", &[(r"a\", 0), ("b", 3)]),
            (r#"x="a b" c"#, &[("x=a b", 0), ("c", 8)]),
            (r#""a""b"c"#, &[("a", 1), ("b", 4), ("c", 6)]),
            (r#""a \"b\" \\ \n""#, &[(r#"a "b" \ n"#, 1)]),
            (r#"a "" b"#, &[("a", 0), ("", 3), ("b", 5)]),
            ("", &[]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(text, at)| ((*text).to_owned(), *at)).collect();
            assert_eq!(split(line), Ok(expected), "{line}");
        }
        assert_eq!(split(r#"a "b c"#).unwrap_err().at, 2);
        assert_eq!(split(r#"a "b \"#).unwrap_err().at, 5);
    }

    #[test]
    fn places_are_those_of_the_line() {
        let mut fields = Fields::default();
        let split = fields.split(br#"k="\"x" y"#, 0).unwrap();
        assert_eq!((split.field(0), split.at(0, 2), split.at(0, 3), split.at(0, 4)), (&br#"k="x"#[..], 4, 5, 6));
        assert_eq!((split.at(1, 0), split.at(1, 1), split.at(2, 0)), (8, 9, 9));
    }
}
