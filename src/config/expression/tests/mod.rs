mod posix;

use std::time::{Duration, Instant};

use super::*;
use crate::config::Block;

fn regex(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = Regex::new(text).err().unwrap_or_else(|| panic!("{text} is taken"));
    assert_eq!(error.to_string(), message);
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
}

#[test]
fn each_element_means_what_it_means_to_collectd() {
    for (expression, yes, no) in [
        ("", &["", "a"][..], &[][..]),
        ("^eth[0-9]+$", &["eth0", "eth12"], &["eth", "veth0", "eth0a"]),
        ("eth", &["veth0"], &["ETH"]),
        ("^(df|cpu)$", &["df", "cpu"], &["dfx", "xcpu"]),
        ("^df|cpu$", &["dfx", "xcpu"], &["xdfx"]),
        ("a||b", &[""], &[]),
        ("^.$", &["a", "\n", "\\"], &["", "ab", "ä"]),
        ("^..$", &["ä"], &["ääa"]),
        ("a{2}b", &["aab"], &["ab"]),
        ("^a{2,}$", &["aa", "aaaa"], &["a"]),
        ("^a{,2}$", &["", "aa"], &["aaa"]),
        ("^a{1,2}$", &["a", "aa"], &["", "aaa"]),
        ("^a{,}$", &["", "aaa"], &["b"]),
        ("^a+?$", &["", "a", "aa"], &["b"]),
        ("^(ab)+{2}$", &["abab", "ababab"], &["ab", ""]),
        ("^[[:alpha:]]+$", &["abcXYZ"], &["ä", "a1", ""]),
        ("^[^[:space:]]$", &["a", "-"], &[" ", "\n", "\t"]),
        ("^[]a]$", &["]", "a"], &["b"]),
        ("^[^]a]$", &["b", "\n"], &["]", "a"]),
        ("^[a-c-]$", &["a", "b", "-"], &["d"]),
        ("^[-a]$", &["-", "a"], &["b"]),
        (r"^[\d]$", &["\\", "d"], &["1"]),
        ("^[[a]$", &["[", "a"], &["b"]),
        ("^[a&&b]$", &["a", "&", "b"], &["c"]),
        ("^[~-~]$", &["~"], &["a"]),
        ("^[[.a.][=b=][.c.]-e]$", &["a", "b", "d"], &["f", "."]),
        ("[:alpha:]", &["l", ":"], &["b"]),
        (r"\<up\>", &["up", "is up", "up-1"], &["upper", "sup"]),
        (r"\bup\B", &["upper"], &["up", "sup"]),
        (r"^\w\W\s\S$", &["a- b"], &["--  "]),
        (r"^\d\D$", &["1a"], &["d1"]),
        (r"\`a\'", &["a"], &["a\n", "\na"]),
        (r"^\.\*\[\\\/\-$", &[".*[\\/-"], &[]),
        ("^a}]$", &["a}]"], &[]),
        ("^# ~&$", &["# ~&"], &[]),
        ("^(?i)ETH(?-i)X$", &["ethX"], &["ethx"]),
        ("^(?:a|b)(?<name>c)(?P<more>d)$", &["acd"], &["ac"]),
        ("(?m)^b$", &["a\nb"], &["ab"]),
        ("größe", &["/mnt/größe"], &["/mnt/groesse"]),
        ("^[ä]+$", &["ä"], &["a"]),
    ] {
        let regex = regex(expression);
        for text in yes {
            assert!(regex.is_match(text), "{expression} does not match {text:?}");
        }
        for text in no {
            assert!(!regex.is_match(text), "{expression} matches {text:?}");
        }
        assert_eq!(regex.as_str(), expression);
    }
}

#[test]
fn names_are_bytes() {
    assert!(regex("^a.b$").is_match(b"a\xffb"));
    assert!(regex("^[^a]$").is_match(b"\xc3"));
    assert!(!regex("^[[:print:]]$").is_match(b"\xc3"));
}

#[test]
fn mistakes_are_pointed_at_on_one_line() {
    refused("a(b|c", r#""a(b|c": "(" is not closed, at "(b|c""#);
    refused("a((b)c", r#""a((b)c": "(" is not closed, at "((b)c""#);
    refused("(", r#""(": "(" is not closed"#);
    refused("a)b", r#""a)b": ")" without a "(" before ("\)" stands for itself), at ")b""#);
    refused("x[0-9", r#""x[0-9": "[" is not closed, at "[0-9""#);
    refused("x[", r#""x[": "[" is not closed, at "[""#);
    refused("x[]", r#""x[]": "[" is not closed, at "[]""#);
    refused("x[^]", r#""x[^]": "[" is not closed, at "[^]""#);
    refused("x[[:alpha:]", r#""x[[:alpha:]": "[" is not closed, at "[[:alpha:]""#);
    refused("x[[:alpha]", r#""x[[:alpha]": "[" is not closed, at "[[:alpha]""#);
    refused("[[:alfa:]]", r#""[[:alfa:]]": there is no class of this name, at "[:alfa:]]""#);
    refused("[a[.ab.]]", r#""[a[.ab.]]": only a single character can stand here, at "[.ab.]]""#);
    refused("[z-a]", r#""[z-a]": the range ends before it begins, at "z-a]""#);
    refused("[ä-a]", r#""[ä-a]": the range ends before it begins, at "ä-a]""#);
    refused("[a-[:digit:]]", r#""[a-[:digit:]]": a class cannot end a range, at "a-[:digit:]]""#);
    let hyphen = "this \"-\" must be at the beginning or the end";
    refused("[a-c-e]", &format!(r#""[a-c-e]": {hyphen}, at "-e]""#));
    refused("[[:digit:]-z]", &format!(r#""[[:digit:]-z]": {hyphen}, at "-z]""#));
    refused("*a", r#""*a": nothing to repeat"#);
    for (expression, rest) in
        [("a|+", "+"), ("(?)", "?)"), ("^*", "*"), ("a${2}", "{2}"), (r"\<+", "+"), ("(?i)*", "*")]
    {
        let problem = if rest == "?)" { continue } else { "nothing to repeat" };
        let shown = expression.replace('\\', r"\\");
        refused(expression, &format!(r#""{shown}": {problem}, at "{rest}""#));
    }
    for expression in ["a{", "a{}", "a{x}", "a{2", "a{2,1}", "a{32768}", "a{99999999999}"] {
        let problem = "\"{\" without numbers such as {2}, {2,} or {2,5}";
        refused(expression, &format!("\"{expression}\": {problem}, at \"{}\"", &expression[1..]));
    }
    refused("a\\", r#""a\\": nothing follows "\", at "\\""#);
    refused(r"(a)\1", r#""(a)\\1": back references are not supported, at "\\1""#);
    refused(r"a\pz", r#""a\\pz": "\" before this letter means nothing, at "\\pz""#);
    let unknown = "\"(?\" is followed by none of \":\", \"<name>\" and the flags i, m, s";
    for expression in ["(?=a)", "(?x)", "(?", "(?<1>a)", "(?<=a)", "(?<name", "(?P=n)", "(?u:a)"] {
        refused(expression, &format!("\"{expression}\": {unknown}"));
    }
}

#[test]
fn messages_are_bounded_and_free_of_line_breaks() {
    let text = Regex::new(&format!("{}\n(", "a\n".repeat(5_000))).unwrap_err().to_string();
    assert!(text.len() < 400 && !text.contains(char::is_control), "{text:?}");
    let text = Regex::new(&format!("({}", "\n".repeat(5_000))).unwrap_err().to_string();
    assert!(text.len() < 600 && !text.contains(char::is_control), "{text:?}");
}

#[test]
fn what_takes_too_much_is_refused_soon() {
    let start = Instant::now();
    let large = "((a{99}){99}){99}";
    refused(large, &format!("{large:?}: it takes more than 1 MiB when compiled"));
    assert!(Regex::new("(a{,32767}b{,32767}){,32767}").is_err());
    refused(&"a".repeat(16 * 1024 + 1), &format!("\"{}…\": it is longer than 16384 bytes", "a".repeat(64)));
    for deep in ["(".repeat(8_000) + &")".repeat(8_000), "a".to_owned() + &"*".repeat(16_000)] {
        let text = Regex::new(&deep).unwrap_err().to_string();
        assert!(text.ends_with("it has more than 250 parentheses in each other, or a name twice"), "{text}");
    }
    assert!(Regex::new("(?<a>x)(?<a>y)").is_err());
    assert!(Regex::new(&"a".repeat(10_000)).is_ok());
    // A long text takes no longer than it must: the C library would take for ever.
    let slow = regex("^(a|a|a|a)*(b|c)(a*)*$");
    assert!(!slow.is_match("a".repeat(100_000)));
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn errors_name_the_key() {
    let line = |text: &str| Block::new("Match").value(text);
    let text = line("a(").to::<Regex>().unwrap_err().to_string();
    assert_eq!(text, r#"Match: "a(": "(" is not closed, at "(""#);
    let text = line("a").value("b(").to::<Vec<Regex>>().unwrap_err().to_string();
    assert_eq!(text, r#"Match: "b(": "(" is not closed, at "(""#);
    let text = line("a(").value("b").to::<(Regex, String)>().unwrap_err().to_string();
    assert_eq!(text, r#"Match: "a(": "(" is not closed, at "(""#);
    let text = Block::new("Match").value(5).to::<Option<Regex>>().unwrap_err().to_string();
    assert_eq!(text, "Match: 5 is a number, expected a regular expression as a string (write it in quotes)");
    assert_eq!(line("^a").to(), Ok(Some(regex("^a"))));
    assert_eq!(line("a").to::<Regex>(), "a".parse());
    assert_eq!(format!("{:?}", regex("a\"")), r#"Regex("a\"")"#);
}
