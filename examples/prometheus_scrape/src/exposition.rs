//! The text that is served: lines of Prometheus' text format 0.0.4, and of OpenMetrics 1.0.
//!
//! ```text
//! # TYPE http_requests_total counter
//! http_requests_total{method="get",code="200"} 1027 1395066363000
//! ```

use std::borrow::Cow;

/// Each is compared with all before it, so that a line of nothing but labels would take for ever.
const MOST_LABELS: usize = 100;

/// What a line says that matters here.
#[derive(Debug, PartialEq)]
pub(crate) enum Line<'t> {
    /// Of which kind the metrics of a family are.
    Type { family: &'t str, kind: &'t str },
    /// A number.
    Sample(Sample<'t>),
    /// The end of an OpenMetrics text.
    End,
    /// A comment, a description, or nothing.
    Other,
}

/// A number with its name. When it was measured is not looked at, nor is an example that may follow.
#[derive(Debug, PartialEq)]
pub(crate) struct Sample<'t> {
    pub(crate) name: &'t str,
    pub(crate) labels: Vec<(&'t str, Cow<'t, str>)>,
    pub(crate) value: f64,
}

/// Why a line is none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum LineError {
    #[error("it does not begin with the name of a metric")]
    Name,
    #[error("after {after:?} there is no name of a label")]
    LabelName { after: String },
    #[error("label {label:?}: no value in quotes")]
    LabelValue { label: String },
    #[error("label {label:?} is there twice")]
    Duplicate { label: String },
    #[error("there are more than {MOST_LABELS} labels")]
    TooManyLabels,
    #[error("label {label:?} is neither followed by a comma nor by the end of the labels")]
    LabelEnd { label: String },
    #[error("{text:?} is not a number")]
    Value { text: String },
    #[error("{text:?} is not a time")]
    Time { text: String },
}

/// Reads one line, without its end.
pub(crate) fn parse(line: &str) -> Result<Line<'_>, LineError> {
    let line = line.trim_matches(is_blank);
    match line.strip_prefix('#') {
        Some(comment) => Ok(parse_comment(comment)),
        None if line.is_empty() => Ok(Line::Other),
        None => parse_sample(line).map(Line::Sample),
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r')
}

fn parse_comment(comment: &str) -> Line<'_> {
    let mut words = comment.split(is_blank).filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some("TYPE"), Some(family), Some(kind)) => Line::Type { family, kind },
        (Some("EOF"), None, None) => Line::End,
        _ => Line::Other,
    }
}

fn parse_sample(line: &str) -> Result<Sample<'_>, LineError> {
    let (name, rest) = split_name(line, true).ok_or(LineError::Name)?;
    let rest = rest.trim_start_matches(is_blank);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => parse_labels(name, rest)?,
        None => (Vec::new(), rest),
    };
    let mut words = rest.split(is_blank).filter(|word| !word.is_empty());
    let text = words.next().unwrap_or_default();
    let value = text.parse().map_err(|_| LineError::Value { text: text.to_owned() })?;
    match words.next() {
        // An example follows the sign.
        None | Some("#") => {}
        Some(time) if time.parse::<f64>().is_ok() => {}
        Some(time) => return Err(LineError::Time { text: time.to_owned() }),
    }
    Ok(Sample { name, labels, value })
}

/// A name at the beginning, which has colons if it is that of a metric.
fn split_name(text: &str, is_metric: bool) -> Option<(&str, &str)> {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_' || is_metric && c == ':';
    let end = text.find(|c: char| !is_first(c) && !c.is_ascii_digit()).unwrap_or(text.len());
    text.starts_with(is_first).then(|| text.split_at(end))
}

type Labels<'t> = Vec<(&'t str, Cow<'t, str>)>;

fn parse_labels<'t>(name: &'t str, mut rest: &'t str) -> Result<(Labels<'t>, &'t str), LineError> {
    let mut labels: Labels<'t> = Vec::new();
    let mut after = name;
    loop {
        rest = rest.trim_start_matches(is_blank);
        // After a comma too: older versions have one at the end.
        if let Some(rest) = rest.strip_prefix('}') {
            return Ok((labels, rest));
        }
        let Some((label, next)) = split_name(rest, false) else {
            return Err(LineError::LabelName { after: after.to_owned() });
        };
        let owned = || label.to_owned();
        let next = next.trim_start_matches(is_blank).strip_prefix('=').map(|next| next.trim_start_matches(is_blank));
        let quoted = next.and_then(|next| next.strip_prefix('"')).and_then(unquote);
        let (value, next) = quoted.ok_or_else(|| LineError::LabelValue { label: owned() })?;
        if labels.len() == MOST_LABELS {
            return Err(LineError::TooManyLabels);
        }
        if labels.iter().any(|(other, _)| *other == label) {
            return Err(LineError::Duplicate { label: owned() });
        }
        labels.push((label, value));
        let next = next.trim_start_matches(is_blank);
        rest = match next.strip_prefix(',') {
            Some(next) => next,
            None if next.starts_with('}') => next,
            None => return Err(LineError::LabelEnd { label: owned() }),
        };
        after = label;
    }
}

/// The text up to the closing quotation mark, and what follows that.
fn unquote(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find(['"', '\\'])?;
    if text[end..].starts_with('"') {
        return Some((text[..end].into(), &text[end + 1..]));
    }
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some((value.into(), chars.as_str())),
            '\\' => match chars.next()? {
                'n' => value.push('\n'),
                c @ ('"' | '\\') => value.push(c),
                // Prometheus leaves what it does not know as it is.
                c => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample<'t>(name: &'t str, labels: &[(&'t str, &'t str)], value: f64) -> Line<'t> {
        let labels = labels.iter().map(|(label, value)| (*label, Cow::Borrowed(*value))).collect();
        Line::Sample(Sample { name, labels, value })
    }

    #[test]
    fn samples_of_both_formats() {
        let get = [("method", "get"), ("code", "200")];
        for (line, expected) in [
            ("up 1", sample("up", &[], 1.0)),
            ("a:b_1 -0.5e3\r", sample("a:b_1", &[], -500.0)),
            ("r{method=\"get\",code=\"200\"} 1027 1395066363000", sample("r", &get, 1027.0)),
            ("  r {  method = \"get\" , code=\"200\" , }\t1027", sample("r", &get, 1027.0)),
            ("r{method=\"get\",code=\"200\"} 1 # {trace_id=\"a\"} 0.67 1.5", sample("r", &get, 1.0)),
            ("r{method=\"get\",code=\"200\"} 1 1.5 # {} 0.67", sample("r", &get, 1.0)),
            ("up{} +Inf", sample("up", &[], f64::INFINITY)),
            (r#"up{a="\"\\\n\x}, é"} 1"#, sample("up", &[("a", "\"\\\n\\x}, é")], 1.0)),
        ] {
            assert_eq!(parse(line), Ok(expected), "{line}");
        }
        let Ok(Line::Sample(nan)) = parse("up NaN") else { panic!("a sample") };
        assert!(nan.value.is_nan());
    }

    #[test]
    fn comments() {
        assert_eq!(parse("# TYPE up gauge"), Ok(Line::Type { family: "up", kind: "gauge" }));
        assert_eq!(parse("#\tTYPE  up\tgauge "), Ok(Line::Type { family: "up", kind: "gauge" }));
        assert_eq!(parse("# EOF"), Ok(Line::End));
        for line in
            ["", "  ", "#", "# HELP up is it?", "# UNIT a_seconds seconds", "# TYPE up", "# EOF is near", "#TYPING a b"]
        {
            assert_eq!(parse(line), Ok(Line::Other), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (line, message) in [
            ("<html>", "it does not begin with the name of a metric"),
            ("1up 1", "it does not begin with the name of a metric"),
            ("up", "\"\" is not a number"),
            ("up one", "\"one\" is not a number"),
            ("up 1 now", "\"now\" is not a time"),
            ("up{1=\"a\"} 1", "after \"up\" there is no name of a label"),
            ("up{a=\"b\",:=\"a\"} 1", "after \"a\" there is no name of a label"),
            ("up{a} 1", "label \"a\": no value in quotes"),
            ("up{a=b} 1", "label \"a\": no value in quotes"),
            ("up{a=\"b} 1", "label \"a\": no value in quotes"),
            ("up{a=\"b\\", "label \"a\": no value in quotes"),
            ("up{a=\"b\" c=\"d\"} 1", "label \"a\" is neither followed by a comma nor by the end of the labels"),
            ("up{a=\"b\",a=\"c\"} 1", "label \"a\" is there twice"),
            ("up{a=\"b\"", "label \"a\" is neither followed by a comma nor by the end of the labels"),
            ("up{", "after \"up\" there is no name of a label"),
            ("up \x1b[2J", "\"\\u{1b}[2J\" is not a number"),
        ] {
            assert_eq!(parse(line).unwrap_err().to_string(), message, "{line}");
        }
    }

    #[test]
    fn a_line_of_nothing_but_labels_takes_no_time() {
        let labels = |count: usize| (0..count).map(|number| format!("l{number}=\"\",")).collect::<String>();
        assert!(parse(&format!("up{{{}}} 1", labels(100))).is_ok());
        assert_eq!(parse(&format!("up{{{}}} 1", labels(500_000))), Err(LineError::TooManyLabels));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            name in "[a-zA-Z_:][a-zA-Z0-9_:]{0,9}",
            labels in prop::collection::btree_map("[a-zA-Z_][a-zA-Z0-9_]{0,5}", any::<String>(), 0..4),
            value: f64,
            time in prop::option::of(any::<i64>()),
        ) {
            let quote = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let written: Vec<_> = labels.iter().map(|(label, value)| format!("{label}=\"{}\"", quote(value))).collect();
            let time = time.map(|time| format!(" {time}")).unwrap_or_default();
            let line = format!("{name}{{{}}} {value:?}{time}", written.join(","));
            let Ok(Line::Sample(read)) = parse(&line) else { return Err(TestCaseError::fail(line)) };
            prop_assert_eq!(read.name, name);
            prop_assert_eq!(read.value.to_bits(), value.to_bits());
            let read: Vec<_> = read.labels.iter().map(|(label, value)| (*label, value.as_ref())).collect();
            let expected: Vec<_> = labels.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect();
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn nothing_is_too_much(text: String, cut in 0_usize..50) {
            let line = "r{method=\"g\\\\et\",code=\"200\"} 1027 1395066363000 # {a=\"b\"} 1";
            let (start, end) = line.split_at(cut);
            let _ = parse(&text);
            let _ = parse(&format!("{start}{text}{end}"));
            let _ = parse(&format!("{start}{text}"));
            let _ = parse(&format!("# {text}"));
        }
    }
}
