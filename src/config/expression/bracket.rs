//! Bracket expressions: `[^[:alnum:]_.-]`.

use super::translate::{Input, Mistake, push_byte};

const CLASSES: [&str; 12] =
    ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"];

/// One member of the set.
enum Member {
    Byte(u8),
    /// A class or an equivalence, which can be no end of a range.
    Set(String),
}

/// Translates what follows the bracket at `at`. A backslash is nothing special inside, nor are `[`, `&&` and
/// whatever else means something to the crate there.
pub(super) fn translate(input: &mut Input<'_>, at: usize) -> Result<String, Mistake> {
    let unclosed = Mistake { at, problem: "\"[\" is not closed" };
    let mut class = String::from(if input.take(b"^") { "[^" } else { "[" });
    let mut is_first = true;
    loop {
        let start = input.position;
        if input.take(b"]") && !is_first {
            class.push(']');
            return Ok(class);
        }
        input.position = start;
        // In the middle it can only stand for a range.
        let is_hyphen = input.peek() == Some(b'-') && !is_first;
        let member = member(input, unclosed)?;
        if is_hyphen && input.peek() != Some(b']') {
            return Err(Mistake { at: start, problem: "this \"-\" must be at the beginning or the end" });
        }
        is_first = false;
        match (member, range_follows(input)) {
            (Member::Set(set), _) => class.push_str(&set),
            (Member::Byte(byte), false) => push_byte(&mut class, byte),
            (Member::Byte(first), true) => {
                input.position += 1;
                match self::member(input, unclosed)? {
                    Member::Byte(last) if first <= last => {
                        push_byte(&mut class, first);
                        class.push('-');
                        push_byte(&mut class, last);
                    }
                    Member::Byte(_) => return Err(Mistake { at: start, problem: "the range ends before it begins" }),
                    Member::Set(_) => return Err(Mistake { at: start, problem: "a class cannot end a range" }),
                }
            }
        }
    }
}

/// Whether there is a hyphen that is not the last member.
fn range_follows(input: &Input<'_>) -> bool {
    let mut ahead = input.clone();
    ahead.take(b"-") && ahead.peek() != Some(b']')
}

fn member(input: &mut Input<'_>, unclosed: Mistake) -> Result<Member, Mistake> {
    let at = input.position;
    let mistake = |problem| Mistake { at, problem };
    if input.take(b"[:") {
        let class = input.until(b":]").ok_or(unclosed)?;
        let known = CLASSES.iter().find(|known| known.as_bytes() == class);
        let known = known.ok_or(mistake("there is no class of this name"))?;
        return Ok(Member::Set(format!("[:{known}:]")));
    }
    for (start, end, is_set) in [(b"[.", b".]", false), (b"[=", b"=]", true)] {
        if input.take(start) {
            let [byte] = *input.until(end).ok_or(unclosed)? else {
                return Err(mistake("only a single character can stand here"));
            };
            let mut set = String::new();
            push_byte(&mut set, byte);
            return Ok(if is_set { Member::Set(set) } else { Member::Byte(byte) });
        }
    }
    input.next().map(Member::Byte).ok_or(unclosed)
}
