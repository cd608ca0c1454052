//! Glob patterns, as shells have them.

/// A regular expression for the same names. `Err` is the offset of what is wrong, and why.
///
/// `?` is a character where a name is UTF-8, `*` any bytes.
pub(super) fn to_regex(glob: &str) -> Result<String, (usize, &'static str)> {
    let mut regex = String::from("^");
    let mut rest = glob.char_indices();
    while let Some((at, character)) = rest.next() {
        match character {
            '*' => regex.push_str("(?s-u:.)*"),
            '?' => regex.push_str("(?s:.)"),
            '\\' => {
                let (_, escaped) = rest.next().ok_or((at, "there is nothing behind the \\"))?;
                push_literal(&mut regex, escaped);
            }
            '[' => {
                let class = glob[at + 1..].strip_prefix(['!', '^']).unwrap_or(&glob[at + 1..]);
                let start = glob.len() - class.len();
                // What stands first is one of the characters, even if it is the closing bracket.
                let end = class.char_indices().skip(1).find(|&(_, c)| c == ']');
                let end = start + end.ok_or((at, "the [ is not closed"))?.0;
                push_class(&mut regex, &glob[start..end], start > at + 1);
                rest = glob.char_indices();
                rest.by_ref().take_while(|&(place, _)| place < end).for_each(drop);
            }
            _ => push_literal(&mut regex, character),
        }
    }
    regex.push('$');
    Ok(regex)
}

/// Whether there is anything in it that a name would not have.
pub(super) fn is_literal(text: &str) -> bool {
    !text.contains(['*', '?', '[', '\\'])
}

fn push_literal(regex: &mut String, character: char) {
    regex.push_str(&regex_syntax::escape(character.encode_utf8(&mut [0; 4])));
}

fn push_class(regex: &mut String, class: &str, negated: bool) {
    regex.push_str(if negated { "[^" } else { "[" });
    let mut characters = class.chars().peekable();
    while let Some(first) = characters.next() {
        push_literal(regex, first);
        // Two characters and what is between, unless the - is the last.
        let mut ahead = characters.clone();
        if let (Some('-'), Some(last)) = (ahead.next(), ahead.next()) {
            regex.push('-');
            push_literal(regex, last);
            characters = ahead;
        }
    }
    regex.push(']');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::bytes::Regex;

    use super::*;

    fn matches(glob: &str, name: impl AsRef<[u8]>) -> bool {
        Regex::new(&to_regex(glob).unwrap()).unwrap().is_match(name.as_ref())
    }

    #[test]
    fn globs_are_for_the_whole_name() {
        for (glob, takes, refuses) in [
            ("", &[""][..], &["a"][..]),
            ("web*", &["web", "web-1", "web\n"], &["a web"]),
            ("*.example.*", &["a.example.org", ".example."], &["a-example.org", "example.org"]),
            ("m?nchen", &["münchen", "mXnchen"], &["mnchen", "muenchen"]),
            ("db[0-9a]", &["db1", "dba"], &["dbb", "db", "db11"]),
            ("db[!0-9]", &["dbx", "dbé"], &["db1"]),
            ("[]-]", &["]", "-"], &["[", "a"]),
            ("[a^&&~\\d]", &["a", "^", "&", "~", "\\", "d"], &["5", "b"]),
            (r"\*\[a.b+", &["*[a.b+"], &["x[a.b+", "*[axb+"]),
        ] {
            assert!(takes.iter().all(|name| matches(glob, name)), "{glob}");
            assert!(!refuses.iter().any(|name| matches(glob, name)), "{glob}");
        }
        assert!(matches("a*b", b"a\xff\xfeb"), "names may be any bytes");
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        assert_eq!(to_regex("ä[b"), Err((2, "the [ is not closed")));
        assert_eq!(to_regex("ab[]"), Err((2, "the [ is not closed")));
        assert_eq!(to_regex("ab\\"), Err((2, "there is nothing behind the \\")));
    }

    proptest! {
        #[test]
        fn every_glob_is_an_expression_or_an_error(glob in r"[-a-c*?!^&~\]\[\\ä]{0,12}|\PC{0,8}") {
            if let Ok(regex) = to_regex(&glob) {
                // A range may be the wrong way round.
                prop_assert!(Regex::new(&regex).is_ok() || glob.contains('-'), "{}: {}", glob, regex);
            }
        }

        #[test]
        fn a_literal_takes_itself_only(name in "[a-z.+(){}|^$#-]{0,12}", other in "[a-z.+(){}|^$#-]{0,12}") {
            prop_assert!(is_literal(&name) && matches(&name, &name));
            prop_assert_eq!(matches(&name, &other), name == other);
        }
    }
}
