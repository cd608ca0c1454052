//! What is wrong with a pattern or an expression, and where.

use std::fmt;

/// Why a text is no pattern or no expression.
///
/// Displayed as three lines: what is wrong, the text, and a mark below the column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ParseError {
    text: String,
    /// In bytes, at most the length of the text.
    offset: usize,
    message: String,
}

impl ParseError {
    pub(super) fn new(text: &str, offset: usize, message: impl Into<String>) -> Self {
        ParseError { text: text.to_owned(), offset: offset.min(text.len()), message: message.into() }
    }

    /// What is wrong, without the place.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Which character is wrong, counted from 1; one behind the last if something is missing at the end.
    pub(crate) fn column(&self) -> usize {
        self.text.char_indices().take_while(|&(at, _)| at < self.offset).count() + 1
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A character each, so that the mark is where it belongs.
        let text: String = self.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let column = self.column();
        write!(f, "column {column}: {}\n  {text}\n  {:>column$}", self.message, '^')
    }
}

impl std::error::Error for ParseError {}
