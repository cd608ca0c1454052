//! Doc comments as text.

use crate::shell::Plain;

use syn::{Attribute, Expr, Lit, Meta};

/// The doc comment of an item: its paragraphs, each on one line, with an empty line between them.
pub(super) fn text(attributes: &[Attribute]) -> String {
    let mut paragraphs = vec![String::new()];
    let mut is_code = false;
    for line in
        attributes.iter().filter_map(line).flat_map(|line| line.split('\n').map(str::to_owned).collect::<Vec<_>>())
    {
        let line = line.trim();
        if line.starts_with("```") {
            is_code = !is_code;
        }
        // Examples in Rust say nothing to administrators.
        if is_code || line.starts_with("```") {
            continue;
        }
        let starts_anew = line.is_empty() || line.starts_with(['*', '-', '#', '|']);
        if starts_anew && paragraphs.last().is_some_and(|last| !last.is_empty()) {
            paragraphs.push(String::new());
        }
        if let Some(last) = paragraphs.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(line);
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    let paragraphs = paragraphs.iter().map(|paragraph| Plain(without_links(paragraph)).to_string());
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

fn line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    match &pair.value {
        Expr::Lit(literal) if pair.path.is_ident("doc") => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// `[text](address)` and ``[`name`]`` without their brackets.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['[', '`']) {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        // What is in a code span stays as it is.
        if rest.starts_with('`') {
            let end = rest[1..].find('`').map_or(rest.len(), |end| end + 2);
            plain.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let Some(end) = rest.find(']') else { break };
        let after = &rest[end + 1..];
        let target = after.strip_prefix('(').and_then(|address| address.find(')'));
        let inner = &rest[1..end];
        if let Some(len) = target {
            plain.push_str(inner);
            rest = &after[len + 2..];
        } else if inner.starts_with('`') && inner.ends_with('`') && inner.len() > 1 {
            plain.push_str(inner);
            rest = after;
        } else {
            plain.push('[');
            rest = &rest[1..];
        }
    }
    plain.push_str(rest);
    plain
}

/// The texts between backquotes.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The first line for this key that a comment shows, as in `` `Server "host" 25826`: where to send to ``. It is taken
/// for an example if the daemon can read it.
pub(super) fn example(doc: &str, key: &str) -> Option<String> {
    code_spans(doc).find_map(|span| {
        let inner = span.strip_prefix('<').map_or(Some(span), |head| head.strip_suffix('>'))?;
        let words = words(inner)?;
        let (first, values) = words.split_first()?;
        let is_line = first.eq_ignore_ascii_case(key) && !values.is_empty();
        let is_readable = values.iter().all(|value| is_value(value));
        (is_line && is_readable).then(|| format!("{key} {}", values.join(" ")))
    })
}

/// The words of a line, those in quotes with their quotes.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let end = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_len(quoted)? + 2
        } else {
            rest.find([' ', '\t', '"']).unwrap_or(rest.len())
        };
        words.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    Some(words)
}

fn quoted_len(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

/// Whether the daemon reads a word of a line as a value.
fn is_value(word: &str) -> bool {
    let is_word = || word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_number = || {
        let digits = word.trim_start_matches(['+', '-']);
        word.len() - digits.len() <= 1
            && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
            && digits.ends_with(|c: char| c.is_ascii_digit())
    };
    !word.is_empty() && !word.chars().any(char::is_control) && (word.starts_with('"') || is_word() || is_number())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_a_line_that_the_daemon_can_read() {
        let doc = "`Server \"host\" 25826`, `Server \"h\"`: where to send to";
        assert_eq!(example(doc, "Server").as_deref(), Some("Server \"host\" 25826"));
        assert_eq!(example("`<node \"a b\">` and more", "Node").as_deref(), Some("Node \"a b\""));
        assert_eq!(example("as in `Gauge -0.5 x_1`", "Gauge").as_deref(), Some("Gauge -0.5 x_1"));
        for none in ["`Server`", "`Server …`", "Server 1", "`Server \"x`", "`Server 1.`", "`Servers 1`", "`Server a-b`"]
        {
            assert_eq!(example(none, "Server"), None, "{none}");
        }
    }

    #[test]
    fn links_are_text() {
        assert_eq!(
            without_links("a [list](super::x) of [`Regex`]: `[a](b)` [x] y["),
            "a list of `Regex`: `[a](b)` [x] y["
        );
    }
}
