//! What was seen against what is expected.

use crate::scenario::{SIDES, Scenario};

#[track_caller]
pub(crate) fn assert_as_expected(scenario: &Scenario, seen: [&[String]; 2]) {
    let mut problems = String::new();
    for (side, seen) in SIDES.iter().zip(seen) {
        let expected = scenario.expected(*side);
        if expected != seen {
            problems += &format!("\n{side:?}, - expected, + seen:\n{}", difference(&expected, seen));
        }
    }
    let both = difference(seen[0], seen[1]);
    assert!(problems.is_empty(), "{}:{problems}\nBoth sides, as in the file:\n{both}", scenario.name);
}

/// Lines of both with a blank before them, of the first only with `-`, of the second only with `+`.
fn difference(first: &[String], second: &[String]) -> String {
    match (first, second) {
        ([], []) => String::new(),
        ([a, first @ ..], [b, second @ ..]) if a == b => format!(" {a}\n{}", difference(first, second)),
        _ => {
            let next = |line, lines: &[String]| lines.iter().position(|other| other == line);
            // The nearest line that both have ends what differs.
            let common = first.iter().enumerate().filter_map(|(at, line)| Some((at, next(line, second)?)));
            let (one, two) = common.min_by_key(|(one, two)| one + two).unwrap_or((first.len(), second.len()));
            let only = |sign, lines: &[String]| lines.iter().map(|line| format!("{sign}{line}\n")).collect::<String>();
            only('-', &first[..one]) + &only('+', &second[..two]) + &difference(&first[one..], &second[two..])
        }
    }
}

#[test]
fn differences_are_told_apart() {
    let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(difference(&lines("a b c d"), &lines("a x c d e")), " a\n-b\n+x\n c\n d\n+e\n");
    assert_eq!(difference(&lines("a"), &lines("b")), "-a\n+b\n");
}
