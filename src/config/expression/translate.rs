//! POSIX extended expressions, as the C library reads them, in the syntax of the crate `regex`.
//!
//! Byte by byte: collectd leaves the character set at "C", where every byte is a character.

use super::bracket;

/// Longer ones are refused unread.
const MAX_LEN: usize = 16 * 1024;
/// The highest number of repetitions that the C library takes.
const MAX_REPETITIONS: u32 = 32_767;

/// Why an expression is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) struct Mistake {
    /// Where it begins, in bytes.
    pub(super) at: usize,
    pub(super) problem: &'static str,
}

pub(super) fn translate(text: &str) -> Result<String, Mistake> {
    if text.len() > MAX_LEN {
        return Err(Mistake { at: 0, problem: "it is longer than 16384 bytes" });
    }
    let input = Input { bytes: text.as_bytes(), position: 0 };
    let mut translator =
        Translator { input, output: String::new(), atom: None, is_repeated: false, groups: Vec::new() };
    while translator.step()? {}
    match translator.groups.last() {
        Some(group) => Err(Mistake { at: group.at, problem: "\"(\" is not closed" }),
        None => Ok(translator.output),
    }
}

/// What is left of an expression.
#[derive(Clone)]
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    pub(super) position: usize,
}

impl Input<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.position += 1;
        Some(byte)
    }

    /// Passes over that text if it comes next.
    pub(super) fn take(&mut self, text: &[u8]) -> bool {
        let is_next = self.bytes[self.position..].starts_with(text);
        self.position += if is_next { text.len() } else { 0 };
        is_next
    }

    /// Passes over all bytes of a kind.
    fn take_while(&mut self, is_wanted: impl Fn(u8) -> bool) -> &[u8] {
        let start = self.position;
        while self.peek().is_some_and(&is_wanted) {
            self.position += 1;
        }
        &self.bytes[start..self.position]
    }

    /// What comes before a text, both of which are passed over.
    pub(super) fn until(&mut self, end: &[u8]) -> Option<&[u8]> {
        let rest = &self.bytes[self.position..];
        let len = rest.windows(end.len()).position(|window| window == end)?;
        self.position += len + end.len();
        Some(&rest[..len])
    }
}

struct Translator<'a> {
    input: Input<'a>,
    output: String,
    /// Where in the output that begins which a repetition would repeat.
    atom: Option<usize>,
    /// Whether it is a repetition already.
    is_repeated: bool,
    groups: Vec<Group>,
}

/// An open parenthesis: its place in the input and in the output.
struct Group {
    at: usize,
    start: usize,
}

impl Translator<'_> {
    /// Translates the next element; whether there was one.
    fn step(&mut self) -> Result<bool, Mistake> {
        let at = self.input.position;
        let mistake = |problem| Mistake { at, problem };
        let Some(byte) = self.input.next() else {
            return Ok(false);
        };
        match byte {
            b'(' => self.open(at)?,
            b')' => {
                let unmatched = mistake("\")\" without a \"(\" before (\"\\)\" stands for itself)");
                let group = self.groups.pop().ok_or(unmatched)?;
                self.output.push(')');
                self.follow_with_repetition(group.start);
            }
            b'|' | b'^' | b'$' => {
                self.output.push(char::from(byte));
                self.atom = None;
            }
            b'.' => self.atom(|output| output.push('.')),
            b'[' => {
                let class = bracket::translate(&mut self.input, at)?;
                self.atom(|output| output.push_str(&class));
            }
            b'*' => self.repeat(at, "*")?,
            b'+' => self.repeat(at, "+")?,
            b'?' => self.repeat(at, "?")?,
            b'{' => {
                let repetition = self.interval().ok_or(mistake("\"{\" without numbers such as {2}, {2,} or {2,5}"))?;
                self.repeat(at, &repetition)?;
            }
            b'\\' => self.escape(at)?,
            byte => self.atom(|output| push_byte(output, byte)),
        }
        Ok(true)
    }

    fn atom(&mut self, push: impl FnOnce(&mut String)) {
        let start = self.output.len();
        push(&mut self.output);
        self.follow_with_repetition(start);
    }

    fn follow_with_repetition(&mut self, start: usize) {
        self.atom = Some(start);
        self.is_repeated = false;
    }

    /// A group, or what the crate has beyond POSIX, where "(?" means nothing: flags, groups without capture
    /// and groups with a name.
    fn open(&mut self, at: usize) -> Result<(), Mistake> {
        let unknown = Mistake { at, problem: "\"(?\" is followed by none of \":\", \"<name>\" and the flags i, m, s" };
        let start = self.output.len();
        self.output.push('(');
        self.atom = None;
        let mut is_flag = false;
        if self.input.take(b"?") {
            self.output.push('?');
            if self.input.take(b"<") || self.input.take(b"P<") {
                let name = self.input.until(b">").ok_or(unknown)?;
                let name = std::str::from_utf8(name).ok().filter(|name| is_name(name)).ok_or(unknown)?;
                self.output.push_str(&format!("<{name}>"));
            } else {
                let flags = self.input.take_while(|byte| matches!(byte, b'i' | b'm' | b's' | b'-'));
                self.output.extend(flags.iter().copied().map(char::from));
                match self.input.next() {
                    Some(b':') => self.output.push(':'),
                    Some(b')') => is_flag = true,
                    _ => return Err(unknown),
                }
            }
        }
        if is_flag {
            self.output.push(')');
        } else {
            self.groups.push(Group { at, start });
        }
        Ok(())
    }

    /// To the crate a second repetition ("a+?") would change the first one; to POSIX it repeats that.
    fn repeat(&mut self, at: usize, repetition: &str) -> Result<(), Mistake> {
        let start = self.atom.ok_or(Mistake { at, problem: "nothing to repeat" })?;
        if self.is_repeated {
            self.output.insert_str(start, "(?:");
            self.output.push(')');
        }
        self.output.push_str(repetition);
        self.is_repeated = true;
        Ok(())
    }

    /// What follows "{".
    fn interval(&mut self) -> Option<String> {
        let min = self.number()?;
        let is_range = self.input.take(b",");
        let max = if is_range { self.number()? } else { None };
        if !self.input.take(b"}") {
            return None;
        }
        match (min, max) {
            (None, _) if !is_range => None,
            (Some(min), Some(max)) if min > max => None,
            (Some(min), _) if !is_range => Some(format!("{{{min}}}")),
            (min, Some(max)) => Some(format!("{{{},{max}}}", min.unwrap_or(0))),
            (min, None) => Some(format!("{{{},}}", min.unwrap_or(0))),
        }
    }

    /// A number of repetitions, if there is one; nothing if it is too large.
    fn number(&mut self) -> Option<Option<u32>> {
        let digits = self.input.take_while(|byte| byte.is_ascii_digit());
        if digits.is_empty() {
            return Some(None);
        }
        let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
        (number <= MAX_REPETITIONS).then_some(Some(number))
    }

    fn escape(&mut self, at: usize) -> Result<(), Mistake> {
        let mistake = |problem| Err(Mistake { at, problem });
        match self.input.next() {
            None => return mistake("nothing follows \"\\\""),
            Some(b'`') => self.assert("\\A"),
            Some(b'\'') => self.assert("\\z"),
            Some(byte @ (b'<' | b'>' | b'b' | b'B')) => self.assert(&format!("\\{}", char::from(byte))),
            Some(byte @ (b'w' | b'W' | b's' | b'S' | b'd' | b'D')) => {
                self.atom(|output| output.extend(['\\', char::from(byte)]));
            }
            Some(b'0'..=b'9') => return mistake("back references are not supported"),
            Some(byte) if byte.is_ascii_alphabetic() => return mistake("\"\\\" before this letter means nothing"),
            Some(byte) => self.atom(|output| push_byte(output, byte)),
        }
        Ok(())
    }

    /// Something that matches between bytes, and cannot be repeated.
    fn assert(&mut self, assertion: &str) {
        self.output.push_str(assertion);
        self.atom = None;
    }
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A byte that stands for itself.
pub(super) fn push_byte(output: &mut String, byte: u8) {
    if byte.is_ascii_alphanumeric() {
        output.push(char::from(byte));
    } else {
        output.push_str(&format!("\\x{byte:02X}"));
    }
}
