//! Which of the known names was meant: the list of alternatives of a message, closest first.

use super::show;

/// Alternatives that a message lists before it is cut.
const MAX_LISTED: usize = 16;
/// Longer words are compared by their beginning: the cost is quadratic.
const MAX_COMPARED: usize = 64;

/// `expected "A"`, `expected "A" or "B"`, `expected one of "A", "B", "C"`, the closest to `word` first.
pub(super) fn expected(word: &str, known: &[&str]) -> String {
    let names: Vec<String> = closest_first(word, known).into_iter().map(show::text).collect();
    match names.as_slice() {
        [] => "none is expected".to_owned(),
        [one] => format!("expected {one}"),
        [one, two] => format!("expected {one} or {two}"),
        many if many.len() <= MAX_LISTED => format!("expected one of {}", many.join(", ")),
        many => format!("expected one of {}, …", many[..MAX_LISTED].join(", ")),
    }
}

/// The names by their distance to `word`; equally distant ones keep their order.
fn closest_first<'a>(word: &str, known: &[&'a str]) -> Vec<&'a str> {
    let mut names: Vec<&str> = known.to_vec();
    names.sort_by_cached_key(|name| distance(word, name));
    names
}

/// Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the
/// other, without regard to ASCII case.
fn distance(left: &str, right: &str) -> usize {
    let left = folded(left);
    let right = folded(right);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, &from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &to) in right.iter().enumerate() {
            let substituted = last[column] + usize::from(from != to);
            let mut best = substituted.min(last[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && from == right[column - 1] && left[row - 1] == to;
            if swapped {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}

fn folded(word: &str) -> Vec<char> {
    word.chars().take(MAX_COMPARED).map(|character| character.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("PerCoer", "PerCore"), 1);
        assert_eq!(distance("percore", "PerCore"), 0);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("Host", "Hosts"), 1);
    }

    #[test]
    fn alternatives_come_closest_first() {
        assert_eq!(expected("x", &[]), "none is expected");
        assert_eq!(expected("PerCoer", &["PerCore"]), "expected \"PerCore\"");
        assert_eq!(expected("prot", &["Host", "Port"]), "expected \"Port\" or \"Host\"");
        assert_eq!(
            expected("intervall", &["Node", "Host", "Interval"]),
            "expected one of \"Interval\", \"Node\", \"Host\""
        );
    }

    #[test]
    fn many_alternatives_are_cut() {
        let names: Vec<String> = (0..40).map(|n| format!("Key{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = expected("Key39", &names);
        assert!(text.starts_with("expected one of \"Key39\", "), "{text}");
        assert!(text.ends_with(", …"), "{text}");
    }

    #[test]
    fn a_monstrous_word_is_compared_by_its_beginning() {
        let word = "x".repeat(1 << 20);
        assert_eq!(distance(&word, "x"), MAX_COMPARED - 1);
    }
}
