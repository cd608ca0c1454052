use serde::Deserialize;

use super::*;
use crate::config::ErrorKind;
use crate::config::de::value::WARNINGS;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    host: String,
    #[serde(default)]
    per_core: bool,
    interval: Option<f64>,
    #[serde(default, alias = "Backlog")]
    queue: Queue,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
struct Queue {
    length: u32,
    limits: Limits,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Limits {
    max_packet_size: u16,
}

#[test]
fn fields_are_keys_without_case() {
    let config: Config = read([key!("HOST", "a"), key!("percore", true), key!("interval", 0.5)]).unwrap();
    let expected = Config { host: "a".into(), per_core: true, interval: Some(0.5), queue: Queue::default() };
    assert_eq!(config, expected);
}

#[test]
fn case_decides_between_fields_that_differ_in_nothing_else() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Both {
        #[serde(rename = "Key", default)]
        first: u8,
        #[serde(rename = "KEY", default)]
        second: u8,
    }
    assert_eq!(read::<Both>([key!("KEY", 2), key!("Key", 1)]).unwrap(), Both { first: 1, second: 2 });
}

#[test]
fn a_missing_key_is_named() {
    let error = read::<Config>([]).unwrap_err();
    assert_eq!(error.to_string(), "missing key \"Host\"");
    assert_eq!(error.kind(), ErrorKind::MissingKey);
    assert_eq!(error.path(), "");
}

#[test]
fn a_single_block_is_a_struct() {
    let config: Config =
        read([key!("Host", "a"), block!("Queue"; key!("Length", 3), block!("Limits"; key!("MaxPacketSize", 1452)))])
            .unwrap();
    assert_eq!(config.queue.length, 3);
    assert_eq!(config.queue.limits.max_packet_size, 1452);
}

#[test]
fn an_empty_block_is_a_struct_of_defaults() {
    let config: Config = read([key!("Host", "a"), block!("Queue";)]).unwrap();
    assert_eq!(config.queue, Queue::default());
    let text = refused::<Config>([key!("Host", "a"), block!("Queue"; block!("Limits";))]);
    assert_eq!(text, "<Queue>: <Limits>: missing key \"MaxPacketSize\"");
}

#[test]
fn errors_have_the_path_of_the_key() {
    let text = refused::<Config>([key!("Host", "a"), block!("Queue"; block!("Limits"; key!("maxpacketsize", 70000)))]);
    let expected = "<Queue>: <Limits>: maxpacketsize: 70000 does not fit, expected a number from 0 to 65535";
    assert_eq!(text, expected);
}

#[test]
fn unknown_keys_are_refused_with_the_closest_name_first() {
    let error = read::<Config>([key!("Host", "a"), key!("PerCoer", true)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownKey);
    let text = error.to_string();
    assert!(text.starts_with("unknown field \"PerCoer\", expected one of \"PerCore\", "), "{text}");
    assert!(text.contains("\"Backlog\""), "aliases are known: {text}");

    let text = refused::<Config>([key!("Host", "a"), block!("Queue"; key!("Lenght", 1))]);
    assert_eq!(text, "<Queue>: unknown field \"Lenght\", expected \"Length\" or \"Limits\"");
    let text = refused::<Limits>([key!("X\n", 1)]);
    assert_eq!(text, "unknown field \"X\\n\", expected \"MaxPacketSize\"");
}

#[test]
fn reserved_names_are_no_keys() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Named {
        #[serde(rename = "$argument")]
        _name: Option<String>,
    }
    let text = refused::<Named>([key!("$ARGUMENT", "a")]);
    assert_eq!(text, "unknown field \"$ARGUMENT\", none is expected");
}

#[test]
fn unknown_keys_pass_with_a_warning_where_the_type_ignores_them() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Loose {
        a: u8,
        inner: Option<Inner>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inner {
        #[serde(rename = "$argument")]
        name: String,
        legacy: Option<serde::de::IgnoredAny>,
    }
    let unknown = [key!("B", 1), key!("B", 2), block!("C", 1; key!("D", 1))];
    let inner = block!("Inner", "n"; key!("Lecagy", 1), key!("Legacy", 2));
    let config: Loose = read(unknown.into_iter().chain([key!("A", 1), inner])).unwrap();
    assert_eq!((config.a, config.inner.is_some_and(|inner| inner.name == "n" && inner.legacy.is_some())), (1, true));
    let expected = [
        "unknown field \"B\", expected \"a\" or \"inner\"; it is ignored",
        "unknown field \"C\", expected \"a\" or \"inner\"; it is ignored",
        "<Inner \"n\">: unknown field \"Lecagy\", expected \"Legacy\"; it is ignored",
    ];
    assert_eq!(WARNINGS.take(), expected);
}

#[test]
fn aliases_compare_without_case() {
    let config: Config = read([key!("Host", "a"), block!("backlog"; key!("Length", 7))]).unwrap();
    assert_eq!(config.queue.length, 7);
    let text = refused::<Config>([key!("Host", "a"), block!("Backlog";), block!("Queue";)]);
    assert!(text.contains("given twice"), "{text}");
}

#[test]
fn what_stands_once_cannot_be_given_twice() {
    let error = read::<Config>([key!("Host", "a"), key!("host", "b")]).unwrap_err();
    assert_eq!(error.to_string(), "Host: given twice: \"a\", \"b\"");
    assert_eq!(error.kind(), ErrorKind::GivenTwice);
    let text = refused::<Config>([key!("Host", "a"), block!("Queue";), block!("Queue";)]);
    assert_eq!(text, "Queue: given twice");
    let interval = || key!("Interval", 1);
    let text = refused::<Config>([key!("Host", "a"), interval(), interval(), interval()]);
    assert_eq!(text, "Interval: given 3 times: 1, 1, 1");
}

#[test]
fn a_line_is_no_block_and_a_block_is_no_value() {
    let text = refused::<Config>([key!("Host", "a"), key!("Queue", 3)]);
    assert_eq!(text, "Queue: 3 found, expected a block <Queue>");
    let text = refused::<Config>([block!("Host"; key!("Name", "a"))]);
    assert_eq!(text, "<Host>: a block found, expected a string");
    let text = refused::<Config>([block!("Host", "a"; key!("Name", "a"))]);
    assert_eq!(text, "<Host \"a\">: a block found, expected a string");
}

#[test]
fn one_value_is_not_two_or_none() {
    let text = refused::<Config>([key!("Host", "a", "b")]);
    assert_eq!(text, "Host: one value expected, 2 given: \"a\" \"b\"");
    assert_eq!(refused::<Config>([key!("Host")]), "<Host>: no value given, expected a string");
}

#[test]
fn unit_takes_an_empty_configuration_only() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Unit;
    assert_eq!(read::<()>([]), Ok(()));
    assert_eq!(read::<Unit>([]), Ok(Unit));
    assert_eq!(refused::<()>([key!("A", 1)]), "unknown field \"A\", none is expected");
    assert_eq!(refused::<Unit>([key!("A", 1)]), "unknown field \"A\", none is expected");
    let text = message(from_block::<()>(&block!("Plugin", "a";)));
    assert_eq!(text, "unexpected argument: \"a\"");
}

#[test]
fn newtypes_are_what_they_hold() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Seconds(f64);
    #[derive(Debug, PartialEq, Deserialize)]
    struct Whole(Inner);
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inner {
        timeout: Seconds,
    }
    let config: Whole = read([key!("Timeout", 1.5)]).unwrap();
    assert_eq!(config, Whole(Inner { timeout: Seconds(1.5) }));
}

#[test]
fn checks_of_the_type_itself_have_path_and_value() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "u16")]
    struct Even;
    impl TryFrom<u16> for Even {
        type Error = &'static str;
        fn try_from(value: u16) -> Result<Self, Self::Error> {
            if value.is_multiple_of(2) { Ok(Even) } else { Err("must be even") }
        }
    }
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Checked {
        _address: Option<std::net::IpAddr>,
        _even: Option<Even>,
        _many: Option<Vec<Even>>,
    }
    let text = refused::<Checked>([key!("Address", "300.1.1.1")]);
    assert_eq!(text, "Address: \"300.1.1.1\": invalid IP address syntax");
    assert_eq!(refused::<Checked>([key!("Even", 3)]), "Even: 3: must be even");
    assert_eq!(refused::<Checked>([key!("Many", 2, 4, 5, 6)]), "Many: 5: must be even");
}
