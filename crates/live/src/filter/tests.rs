use collectd_net::{ContentRef, Notification, Time, Values};
use proptest::prelude::*;

use super::{Args, Filter};

/// The arguments of a command that has these only.
#[derive(clap::Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn of_args(args: &[&str]) -> Filter {
    let cli: Cli = clap::Parser::try_parse_from([&["x"], args].concat()).unwrap();
    cli.args.filter()
}

fn filter(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn swap() -> Values {
    let swap = Values::new("swap").host("web-1.foobar.org").plugin("swap").plugin_instance("0").type_instance("used");
    swap.time(Time::from_secs(1_700_000_000)).interval(std::time::Duration::from_secs(10)).gauge(48_082_944.0)
}

fn full() -> Notification {
    let full = Notification::failure("disk is full").host("db-1").plugin("df").time(Time::from_secs(8));
    full.build().unwrap()
}

fn takes_values(text: &str, values: &Values) -> bool {
    filter(text).takes_content(ContentRef::Values(values.view()))
}

fn takes_notification(text: &str) -> bool {
    filter(text).takes_content(ContentRef::Notification(full().view()))
}

#[test]
fn expressions_are_true_or_false() {
    for text in [
        "",
        " \t",
        r#"host ~ "foobar" && plugin == "swap" && value > 1e6"#,
        "plugin==swap&&type==swap&&type_instance==used&&plugin_instance==0",
        "host == 'web-1.foobar.org'",
        r#"host == "web\x2d1.foobar.org""#,
        r"host ~ /^web-\d+\.FOOBAR/i && host !~ /FOOBAR/",
        r#"host ~ "web-\d\." "#,
        "value == 48082944 && value != 1 && value >= 48082944.0 && value <= 4.8082944e7",
        "!(value < 48082944 || value > 48082944) && !!value == 48082944",
        "time == 1700000000 && time > 1.6e9 && interval == 10",
        "kind == values && kind != notification",
        // "and" binds tighter.
        "plugin == swap || plugin == x && plugin == y",
        "!(plugin == swap && plugin == x)",
        r#"message != "x" || value > 0"#,
    ] {
        assert!(takes_values(text, &swap()), "{text}");
    }
    for text in [
        "plugin == SWAP",
        "plugin == swa",
        "value > 48082944",
        "value == nan",
        "interval != 10",
        "(plugin == swap || plugin == x) && plugin == y",
        "!plugin == swap",
        // Not there.
        r#"message != "x""#,
        "severity != okay",
        "user != nobody",
        "from != 127.0.0.1",
    ] {
        assert!(!takes_values(text, &swap()), "{text}");
    }
}

#[test]
fn notifications_have_a_severity_and_a_message() {
    for text in ["severity == failure && message ~ full", "kind == notification", "severity != Warning", "time == 8"] {
        assert!(takes_notification(text), "{text}");
    }
    for text in ["severity == okay", "value > 0", "value != 0", "interval < 1", "message !~ full", "kind == 'values'"] {
        assert!(!takes_notification(text), "{text}");
    }
}

#[test]
fn any_value_of_a_list_will_do_and_integers_are_exact() {
    let mixed = Values::new("t").host("h").plugin("p").counter(u64::MAX).derive(i64::MIN).absolute(7).gauge(f64::NAN);
    for text in [
        "value == 18446744073709551615 && value == -9223372036854775808 && value == 7 && value == nan",
        "value == 7.0 && value > 18446744073709551614 && value < -9.2e18",
        "value == -9223372036854775808.0",
    ] {
        assert!(takes_values(text, &mixed), "{text}");
    }
    for text in [
        "value > 18446744073709551615",
        "value == 18446744073709551616",
        "value == 1.8446744073709552e19",
        "value == inf",
    ] {
        assert!(!takes_values(text, &mixed), "{text}");
    }
    let infinite = Values::new("t").host("h").plugin("p").gauge(f64::NEG_INFINITY);
    assert!(takes_values("value == -inf && value < -1e300 && value != inf", &infinite));
}

#[test]
fn names_may_be_any_bytes() {
    let odd = Values::new("t").host(b"a\xff\n\"b").plugin("münchen").gauge(1.0);
    assert!(takes_values(r#"host == "a\xff\n\"b""#, &odd));
    assert!(takes_values(r#"host ~ "^a(?-u:\xff)" && plugin ~ "^m.nchen$" && plugin == "münchen""#, &odd));
    assert!(takes_values("plugin == münchen", &odd));
}

#[test]
fn what_is_wrong_is_pointed_at() {
    for (text, column, message) in [
        ("hots == a", 1, r#"there is no "hots", only host, plugin, "#),
        ("  host = a", 8, r#""equal" is =="#),
        ("host =~ a", 6, "a regular expression is matched with ~"),
        ("host", 5, "one of == != < <= > >= ~ !~ is missing here"),
        ("host ==", 8, "a text is missing here"),
        ("host ~", 7, "a regular expression is missing here"),
        ("host == \"a", 9, "the \" is not closed"),
        ("host ~ /a", 8, "the / is not closed"),
        (r#"host == "ä\q""#, 11, r#"the \ stands before none of \ " ' n t r xNN"#),
        (r#"host == "\x4""#, 10, r#"the \ stands before none of"#),
        ("host < a", 6, r#""host" goes with ==, !=, ~ and !~"#),
        ("value ~ 5", 7, r#""value" goes with ==, !=, <, <=, > and >="#),
        ("severity > okay", 10, r#""severity" goes with == and !="#),
        ("value > 1x", 9, "a number is missing here, such as 1e6"),
        ("value > \"1\"", 9, "a number is missing here"),
        ("severity == bad", 13, "it is neither \"failure\" nor \"warning\" or \"okay\""),
        ("kind == value", 9, "it is neither \"values\" nor \"notification\""),
        ("from == localhost", 9, "it is not an IP address"),
        ("(host == a", 1, "the parenthesis is not closed"),
        ("(host == a host", 12, "&&, || or ) is missing before this"),
        ("host == a)", 10, "there is no parenthesis that this one could close"),
        ("host == a & host == b", 11, "\"and\" is &&, \"or\" is ||"),
        ("host == a host == b", 11, "&& or || is missing before this"),
        ("host == a && ", 14, "a comparison is missing"),
        ("host ~ \"ü(\"", 10, "unclosed group"),
        ("host ~ /a**/ && host ~ /[b/", 25, "unclosed character class"),
        (r"host ~ '(?<n>a)\1'", 16, "backreferences are not supported"),
        ("host ~ /a{99999}{99999}/", 9, "the expression takes too much memory"),
    ] {
        let error = text.parse::<Filter>().expect_err(text);
        assert_eq!(error.column(), column, "{text}: {error}");
        assert!(error.message().starts_with(message), "{text}: {error}");
    }
    let error = "ä\t== 1".parse::<Filter>().unwrap_err().to_string();
    assert!(error.starts_with("column 1: there is no \"ä\", "), "{error}");
    assert!(error.ends_with("\n  ä == 1\n  ^"), "{error}");
}

#[test]
fn depth_has_a_limit() {
    let nested = |depth: usize| format!("{}host == a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(nested(99).parse::<Filter>().is_ok());
    let error = nested(100_000).parse::<Filter>().unwrap_err();
    assert_eq!((error.column(), error.message()), (101, "more than 100 ( or ! inside each other"));
    assert!(format!("{}host == a", "!".repeat(100_000)).parse::<Filter>().is_err());
    let wide = vec!["(host == a)"; 10_000].join(" && ");
    assert!(wide.parse::<Filter>().is_ok());
}

#[test]
fn options_are_alternatives_each_and_all_together() {
    let takes = |args: &[&str], values: &Values| of_args(args).takes_content(ContentRef::Values(values.view()));
    let swap = swap();
    assert!(takes(&[], &swap) && of_args(&[]).expression.is_none());
    for args in [
        &["--host", "web-*"][..],
        &["--host", "db-*", "--host", "/foobar/", "--plugin", "swap"],
        &["--plugin", "/^SW/i", "--plugin-instance", "?", "--type", "[s]wap", "--type-instance", "used"],
        &["--filter", "plugin == swap", "--filter", "value > 1"],
    ] {
        assert!(takes(args, &swap), "{args:?}");
    }
    for args in [
        &["--host", "web"][..],
        &["--host", "web-*", "--plugin", "load", "--plugin", "cpu"],
        &["--plugin-instance", ""],
        &["--host", "web-*", "--filter", "plugin == load"],
        &["--filter", "plugin == swap", "--filter", "value < 1"],
    ] {
        assert!(!takes(args, &swap), "{args:?}");
    }
    for (pattern, column) in [("/a(/", 3), ("a[b", 2), ("x[b-a]", 1), ("a\\", 2)] {
        let error = pattern.parse::<super::Pattern>().unwrap_err();
        assert_eq!(error.column(), column, "{error}");
    }
}

/// Expressions, and what they say about values 0 to 9.
fn expression() -> impl Strategy<Value = (String, [bool; 10])> {
    let relation = prop_oneof![Just("=="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
    let leaf = (relation, 0i64..10).prop_map(|(relation, number)| {
        let holds = |value: i64| match relation {
            "==" => value == number,
            "!=" => value != number,
            "<" => value < number,
            "<=" => value <= number,
            ">" => value > number,
            _ => value >= number,
        };
        (format!("value{relation}{number}"), std::array::from_fn(|value| holds(value.try_into().unwrap())))
    });
    leaf.prop_recursive(6, 40, 3, |inner| {
        let not = inner.clone().prop_map(|(text, table)| (format!("! ({text})"), table.map(|holds| !holds)));
        let of_two = |symbol: &'static str, both: fn(bool, bool) -> bool| {
            move |((a, left), (b, right)): ((String, [bool; 10]), (String, [bool; 10]))| {
                (format!("({a}) {symbol} ({b})"), std::array::from_fn(|value| both(left[value], right[value])))
            }
        };
        let pairs = (inner.clone(), inner);
        prop_oneof![
            not,
            pairs.clone().prop_map(of_two("&&", |a, b| a && b)),
            pairs.prop_map(of_two("||", |a, b| a || b))
        ]
    })
}

proptest! {
    #[test]
    fn expressions_mean_what_they_say((text, table) in expression()) {
        let filter = filter(&text);
        let held: Vec<_> = (0..10).map(|value| {
            let values = Values::new("t").host("h").plugin("p").derive(value);
            filter.takes_content(ContentRef::Values(values.view()))
        }).collect();
        prop_assert_eq!(held, table, "{}", text);
    }

    /// What is quoted comes back, whatever it is.
    #[test]
    fn every_text_can_be_written(name in "\\PC{0,30}|[\"'\\\\\n\t]{0,10}") {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let values = Values::new("t").host(&name).plugin("p").gauge(1.0);
        let wanted = values.check().is_ok();
        prop_assert_eq!(takes_values(&format!("host == \"{quoted}\""), &values), wanted || name.is_empty());
        let pattern = regex_syntax::escape(&name).replace('"', "\\\"");
        prop_assert_eq!(takes_values(&format!("host ~ \"^{pattern}$\""), &values), wanted || name.is_empty());
    }

    #[test]
    fn nothing_makes_it_panic(text in "(host|value|kind|severity|from|[ ()!&|=~<>\"'/\\\\.a-z0-9ä\\[\\]*+?{},-]){0,20}|\\PC{0,30}") {
        let error = text.parse::<Filter>().err();
        if let Some(error) = error {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column()));
            prop_assert_eq!(error.to_string().lines().count(), 3);
        }
        let _ = text.parse::<super::Pattern>();
    }
}
