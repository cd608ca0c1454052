//! What is said of a key in words: of what kind it is, and what holds if it is missing.

use super::{Address, Argument, Default, Entry, Literal, Shape, Value, Word};

/// A sentence or two: `A whole number from 0 to 65535. Default: 80.`
pub(super) fn about(entry: &Entry) -> String {
    let mut text = capital(&kind(&entry.shape));
    if entry.shape.is_list() {
        text += match entry.shape.core() {
            Shape::Value(_) => "; there may be several, in one line or in several",
            _ => "; may be repeated",
        };
    }
    text += ". ";
    match &entry.default {
        Default::Required => text += "Required.",
        Default::Absent => text += "Optional.",
        Default::Literal(literal) => text += &format!("Default: {}.", shown(literal)),
        Default::Code(place) => text += &format!("Default: see {place}."),
    }
    if !entry.aliases.is_empty() {
        text += &format!(" Also called {}.", entry.aliases.join(", "));
    }
    text
}

/// What it takes, as the end of a sentence.
pub(super) fn kind(shape: &Shape) -> String {
    match shape {
        Shape::Nothing => "an empty block".to_owned(),
        Shape::Value(value) => of_value(value),
        Shape::Line(arguments) => match &arguments[..] {
            [one] => kind(&one.value),
            all => format!("a line with {}", listed(&all.iter().map(of_argument).collect::<Vec<_>>(), "and")),
        },
        Shape::List(inner) | Shape::Optional(inner) => kind(inner),
        Shape::Block(block) if block.options.is_empty() && !block.arguments.is_empty() => {
            format!("a line with {}", listed(&block.arguments.iter().map(of_argument).collect::<Vec<_>>(), "and"))
        }
        Shape::Block(_) => "a block".to_owned(),
        Shape::Map(key, value) => {
            let what = if matches!(value.core(), Shape::Block(_)) { "a block" } else { "a line" };
            format!("{what} for each name, which stands first ({}), followed by {}", kind(key), kind(value))
        }
        Shape::Choice(variants) => {
            let names: Vec<_> = variants.iter().map(|variant| format!("{:?}", variant.name)).collect();
            format!("{}, followed by what belongs to it", listed(&names, "or"))
        }
        Shape::Free(ty) => format!("a value of the type {ty}, whose form is not known here"),
    }
}

fn of_argument(argument: &Argument) -> String {
    let kind = kind(&argument.value);
    if argument.is_optional { format!("{kind} (which may be missing)") } else { kind }
}

fn of_value(value: &Value) -> String {
    match value {
        Value::Boolean => "true or false".to_owned(),
        // Numbers are doubles: beyond this they have gaps.
        Value::Integer(min, max) if *max > 1 << 53 && *min < -(1 << 53) => "a whole number".to_owned(),
        Value::Integer(min, max) if *max > 1 << 53 => format!("a whole number from {min}"),
        Value::Integer(min, max) => format!("a whole number from {min} to {max}"),
        Value::Number => "a number".to_owned(),
        Value::Text => "a text".to_owned(),
        Value::Path => "a path".to_owned(),
        Value::Character => "a single character in quotes".to_owned(),
        Value::Seconds => "a number of seconds".to_owned(),
        Value::Port => "a port: a number from 1 to 65535, or the name of a service in quotes".to_owned(),
        Value::Regex => "a POSIX extended regular expression".to_owned(),
        Value::Selection => "a name, or a regular expression between slashes".to_owned(),
        Value::Address(Address::Ip) => "an IP address in quotes".to_owned(),
        Value::Address(Address::V4) => "an IPv4 address in quotes".to_owned(),
        Value::Address(Address::V6) => "an IPv6 address in quotes".to_owned(),
        Value::Address(Address::Socket) => "an IP address and a port in quotes, with a colon between them".to_owned(),
        Value::Words(words, has_others) => {
            let mut names: Vec<_> = words.iter().map(|word| format!("{:?}", word.name)).collect();
            if *has_others {
                names.push("another word".to_owned());
            }
            listed(&names, "or")
        }
        Value::Any => "a text, a number, or true or false".to_owned(),
        Value::Checked(inner) => of_value(inner),
    }
}

/// The words of a value that have something said about them.
pub(super) fn explained(shape: &Shape) -> Vec<&Word> {
    match shape.core() {
        Shape::Value(Value::Words(words, _)) => words.iter().filter(|word| !word.doc.is_empty()).collect(),
        _ => Vec::new(),
    }
}

/// As the configuration has it.
pub(super) fn shown(literal: &Literal) -> String {
    match literal {
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(number) => number.to_string(),
        Literal::Number(number) => number.to_string(),
        Literal::Text(text) | Literal::Word(text) => quoted(text),
        Literal::List(list) => list.iter().map(shown).collect::<Vec<_>>().join(" "),
        Literal::None => "none".to_owned(),
    }
}

/// Between quotes, as the daemon reads it.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `a, b or c`.
fn listed(all: &[String], last: &str) -> String {
    match all {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [before @ .., end] => format!("{} {last} {end}", before.join(", ")),
    }
}
