//! Searching by words.

use collectd_types::IdentifierRef;

use crate::serve::catalogue::write_text;

/// Words that must all be somewhere in `host/plugin-instance/type-instance`, in upper or lower case.
pub(in crate::serve) struct Words(Vec<Vec<u8>>);

impl Words {
    pub(in crate::serve) fn new(text: &[u8]) -> Self {
        let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        Words(words.map(<[u8]>::to_ascii_lowercase).collect())
    }

    /// Whether there are none, which are in everything.
    pub(in crate::serve) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::serve) fn are_in(&self, identifier: IdentifierRef<'_>) -> bool {
        let mut text = Vec::new();
        if !self.is_empty() {
            write_text(identifier, &mut text);
        }
        self.are_in_text(&text)
    }

    /// The same for names that are in lower case.
    pub(in crate::serve) fn are_in_text(&self, text: &[u8]) -> bool {
        self.0.iter().all(|word| text.windows(word.len()).any(|part| part == word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_must_be_there() {
        let identifier: collectd_types::Identifier = "Web1/cpu-0/cpu-idle".parse().unwrap();
        let found = |text: &str| Words::new(text.as_bytes()).are_in(identifier.view());
        for text in ["", " ", "web1", "IDLE web", "cpu-0/cpu-i", "1/c"] {
            assert!(found(text), "{text}");
        }
        for text in ["web2", "idle web2", "cpu-1", "web1cpu"] {
            assert!(!found(text), "{text}");
        }
    }
}
