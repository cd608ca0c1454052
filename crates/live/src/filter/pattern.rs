//! Patterns for names: `web-*`, `/^web-[0-9]+$/`.

use std::str::FromStr;

use regex::bytes::Regex;

use super::{ParseError, glob, regular};

/// A glob pattern, or a regular expression between slashes.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Matcher);

/// What a text is compared with.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    /// This, from beginning to end.
    Is(Box<[u8]>),
    Matches(Regex),
}

impl Pattern {
    pub(super) fn matcher(&self) -> &Matcher {
        &self.0
    }
}

impl FromStr for Pattern {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some(inner) = text.strip_prefix('/') {
            let (inner, any_case) = match inner.strip_suffix("/i") {
                Some(inner) => (Some(inner), true),
                None => (inner.strip_suffix('/'), false),
            };
            if let Some(inner) = inner {
                return regular::compile(text, 1, inner.len(), any_case).map(|regex| Pattern(Matcher::Matches(regex)));
            }
        }
        if glob::is_literal(text) {
            return Ok(Pattern(Matcher::Is(text.as_bytes().into())));
        }
        let regex = glob::to_regex(text).map_err(|(offset, message)| ParseError::new(text, offset, message))?;
        let regex = Regex::new(&regex).map_err(|_| ParseError::new(text, 0, "a range between [ and ] is empty"))?;
        Ok(Pattern(Matcher::Matches(regex)))
    }
}

impl Matcher {
    pub(super) fn takes(&self, text: &[u8]) -> bool {
        match self {
            Matcher::Is(wanted) => **wanted == *text,
            Matcher::Matches(regex) => regex.is_match(text),
        }
    }
}
