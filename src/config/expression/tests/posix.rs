//! The same expressions in the C library, which bash asks: `[[ text =~ expression ]]` is `regcomp` with
//! `REG_EXTENDED` and `regexec`, as in collectd.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::super::Regex;

/// For each expression and text: 0 if they match, 1 if not, 2 if the expression is none.
fn ask_bash(pairs: &[(String, String)]) -> Vec<u8> {
    let script = r#"mapfile -t lines
        for ((i = 0; i < ${#lines[@]}; i += 2)); do [[ ${lines[i + 1]} =~ ${lines[i]} ]]; echo $?; done"#;
    let mut command = Command::new("bash");
    command.args(["-c", script]).env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash runs");
    let mut input = child.stdin.take().expect("a pipe");
    let lines: String = pairs.iter().map(|(regex, text)| format!("{regex}\n{text}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).expect("bash reads"));
    let output = child.wait_with_output().expect("bash ends");
    writer.join().expect("bash has read it all");
    let answers: Vec<u8> = output.stdout.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0').collect();
    assert_eq!(answers.len(), pairs.len(), "one answer each");
    answers
}

fn ask_ours((regex, text): &(String, String)) -> u8 {
    match Regex::new(regex) {
        Ok(regex) => u8::from(!regex.is_match(text)),
        Err(_) => 2,
    }
}

/// Sets, nearly all of them well-formed.
fn bracket() -> impl Strategy<Value = String> {
    let member = prop_oneof![
        6 => "[a-e0-2_.*\\\\^|()$+?{}& ~-]",
        2 => "[a-c]-[c-e]",
        1 => "[b-e]-[a-d]",
        1 => Just("[:alpha:]".to_owned()),
        1 => Just("[:digit:]".to_owned()),
        1 => Just("[:punct:]".to_owned()),
        1 => Just("[:space:]".to_owned()),
        1 => Just("[.a.]".to_owned()),
        1 => Just("[=b=]".to_owned()),
    ];
    let members = proptest::collection::vec(member, 0..4);
    (any::<bool>(), any::<bool>(), members, prop_oneof![9 => Just("]"), 1 => Just("")]).prop_map(
        |(is_negated, has_bracket, members, end)| {
            let start = ["[", "[^"][usize::from(is_negated)];
            format!("{start}{}{}{end}", ["", "]"][usize::from(has_bracket)], members.concat())
        },
    )
}

/// Expressions out of all that both sides know, nearly all of them well-formed.
fn expression() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        8 => "[a-e]",
        2 => Just(".".to_owned()),
        2 => Just("^".to_owned()),
        2 => Just("$".to_owned()),
        2 => "\\\\[.*+?(){}|^$/-]",
        2 => "\\\\[wWsS<>b]",
        1 => "[ _/}\\]#~&0-2-]",
        4 => bracket(),
    ];
    let repeated = (atom, repetition()).prop_map(|(atom, repetition)| atom + &repetition);
    let whole = repeated.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            3 => proptest::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}|{b}")),
            3 => (inner.clone(), repetition()).prop_map(|(inner, repetition)| format!("({inner}){repetition}")),
            1 => inner.prop_map(|inner| format!("(|{inner})")),
        ]
    });
    proptest::collection::vec(whole, 1..3).prop_map(|parts| parts.concat())
}

fn repetition() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        2 => Just("*"), 2 => Just("+"), 2 => Just("?"), 1 => Just("{2}"), 1 => Just("{1,}"), 1 => Just("{,2}"),
        1 => Just("{0,1}"), 1 => Just("{2,1}"), 1 => Just("{"),
    ];
    prop_oneof![6 => Just(String::new()), 3 => one.clone().prop_map(str::to_owned), 1 => (one.clone(), one).prop_map(|(a, b)| format!("{a}{b}"))]
}

#[test]
fn the_c_library_gives_the_same_answers() {
    let mut runner = TestRunner::deterministic();
    let pair = (expression(), "[a-e0-2_.*/ \\]\\\\^-]{0,6}");
    let pairs: Vec<_> = (0..10_000).map(|_| pair.new_tree(&mut runner).expect("no filter").current()).collect();
    let theirs = ask_bash(&pairs);
    let mut counts = [0; 3];
    for (pair, theirs) in pairs.iter().zip(theirs) {
        // Nothing special to the C library: the documented difference.
        if Regex::new(&pair.0).is_err_and(|error| error.problem().contains("\")\" without a \"(\"")) {
            continue;
        }
        assert_eq!(ask_ours(pair), theirs, "expression {:?}, text {:?}", pair.0, pair.1);
        counts[usize::from(theirs)] += 1;
    }
    assert!(counts.iter().all(|&count| count > 500), "{counts:?}");
}

proptest! {
    /// Whatever stands there, it is compiled or refused with one line, and what is compiled can be asked.
    #[test]
    fn any_text_is_compiled_or_refused(text in "\\PC{0,40}", signs in "[a(){}\\[\\]|*+?.^$\\\\<:=,0-9-]{0,20}") {
        for expression in [text, signs] {
            match Regex::new(&expression) {
                Ok(regex) => {
                    regex.is_match(&expression);
                }
                Err(error) => {
                    let text = error.to_string();
                    prop_assert!(!text.contains(char::is_control), "{text:?}");
                    // What the crate says about it would be unexpected.
                    prop_assert!(!text.contains("in each other"), "{text}");
                }
            }
        }
    }

    /// A text in which every special sign has its backslash is a search for that text.
    #[test]
    fn escaped_texts_stand_for_themselves(text in "[ -~äöü]{0,20}") {
        let escaped: String = text.chars().map(|sign| match sign.is_ascii_punctuation() && !"<>`'".contains(sign) {
            true => format!("\\{sign}"),
            false => sign.to_string(),
        }).collect();
        let regex = Regex::new(&format!("^{escaped}$")).unwrap();
        prop_assert!(regex.is_match(&text));
        let longer = text + "x";
        prop_assert!(!regex.is_match(longer));
    }
}
