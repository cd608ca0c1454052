//! What the test host reports: `kind key=value key="text"`, one event a line.

/// One thing that happened.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) kind: String,
    fields: Vec<(String, String)>,
}

impl Event {
    pub(super) fn parse(line: &str) -> Self {
        let (kind, mut rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut fields = Vec::new();
        while let Some((key, after)) = rest.trim_start().split_once('=') {
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => unquote(quoted),
                None => {
                    let (word, after) = after.split_at(after.find(' ').unwrap_or(after.len()));
                    (word.to_owned(), after)
                }
            };
            fields.push((key.to_owned(), value));
            rest = after;
        }
        Event { kind: kind.to_owned(), fields }
    }

    /// A field, empty if it is not there.
    pub(super) fn text(&self, key: &str) -> &str {
        self.fields.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }

    /// A field that is a number, 0 if it is not there.
    pub(super) fn number(&self, key: &str) -> i64 {
        self.text(key).parse().unwrap_or(0)
    }

    /// All fields whose names end like this, with the rest of their names.
    pub(super) fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, i64)> {
        self.fields.iter().filter_map(move |(key, value)| Some((key.strip_suffix(end)?, value.parse().ok()?)))
    }
}

/// The text up to the closing quote, and what follows it.
fn unquote(text: &str) -> (String, &str) {
    let mut value = Vec::new();
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return (String::from_utf8_lossy(&value).into_owned(), &text[at + 1..]),
            b'\\' => match bytes.next() {
                Some((at, b'x')) => {
                    let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                    value.push(hex.unwrap_or(b'?'));
                    bytes.nth(1);
                }
                other => value.extend(other.map(|(_, byte)| byte)),
            },
            _ => value.push(byte),
        }
    }
    (String::from_utf8_lossy(&value).into_owned(), "")
}

/// Text as a word of a command.
pub(super) fn quoted(text: &str) -> String {
    let mut word = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => word.extend(['\\', char::from(byte)]),
            b' '..=b'~' => word.push(char::from(byte)),
            _ => word += &format!("\\x{byte:02x}"),
        }
    }
    word + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back() {
        let event = Event::parse(r#"log severity=3 text="a \"b\" \\ \xc3\xa4=1" context=- thread="main""#);
        assert_eq!((event.kind.as_str(), event.number("severity")), ("log", 3));
        assert_eq!((event.text("text"), event.text("context"), event.text("thread")), ("a \"b\" \\ ä=1", "-", "main"));
        let stats = Event::parse("stats read_owned=2 read_freed=1 write_owned=0");
        assert_eq!(stats.ending("_owned").collect::<Vec<_>>(), [("read", 2), ("write", 0)]);
        assert_eq!(stats.number("nothing"), 0);
    }

    #[test]
    fn no_line_is_a_problem() {
        for line in ["", " ", "=", "a =", "a b=\"", "a b=\"\\", "a b=\"\\x", "a b=\"\\x4", "a b=\"\\xä", "a \"=\"=\"\""]
        {
            let _ = Event::parse(line);
        }
        assert_eq!(quoted("a \"b\"\\\nä"), r#""a \"b\"\\\x0a\xc3\xa4""#);
    }
}
