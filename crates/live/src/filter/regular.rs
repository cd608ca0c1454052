//! Regular expressions over names, which are bytes.

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;

use super::ParseError;

/// How much memory one expression may take.
const SIZE_LIMIT: usize = 1 << 20;

/// Compiles the part of `text` that begins at `start` and is `length` bytes long.
pub(super) fn compile(text: &str, start: usize, length: usize, any_case: bool) -> Result<Regex, ParseError> {
    let expression = &text[start..start + length];
    let built = RegexBuilder::new(expression).case_insensitive(any_case).size_limit(SIZE_LIMIT).build();
    built.map_err(|error| {
        let (offset, message) = place(expression).unwrap_or_else(|| match error {
            regex::Error::CompiledTooBig(_) => (0, "the expression takes too much memory".to_owned()),
            _ => (0, "it is not a regular expression".to_owned()),
        });
        ParseError::new(text, start + offset, message)
    })
}

/// Where it is wrong, and why; `regex` itself says that in lines of its own.
fn place(expression: &str) -> Option<(usize, String)> {
    let error = ParserBuilder::new().utf8(false).build().parse(expression).err()?;
    match &error {
        regex_syntax::Error::Parse(error) => Some((error.span().start.offset, error.kind().to_string())),
        regex_syntax::Error::Translate(error) => Some((error.span().start.offset, error.kind().to_string())),
        _ => None,
    }
}
