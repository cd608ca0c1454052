//! Value lists on their way from a plugin to a writer.

use super::survey::RUN;

/// What the writer of the sample saw of its own value list of this name.
#[track_caller]
fn written(name: &str) -> &'static str {
    let all = RUN.all("survey plugin: wrote [");
    all.iter().find(|line| line.contains(name)).unwrap_or_else(|| panic!("no {name:?} in {all:#?}"))
}

#[test]
fn what_is_left_out_is_filled_in() {
    let line = written(" here/survey/gauge/plain ");
    assert!(line.contains("[(1, 1.5)] at 20") && line.contains(" every 0.500000000 s "), "{line}");
    assert_eq!(RUN.rows["here/survey/gauge-plain"][0].1, "1.500000");
}

#[test]
fn time_interval_and_host_can_be_set() {
    let line = written(" elsewhere/p-i/gauge/explicit ");
    assert!(line.contains("[(1, -0.0)] at 2023-11-14T22:13:20.500Z every 2.500000000 s "), "{line}");
    assert_eq!(RUN.rows["elsewhere/p-i/gauge-explicit"], [("1700000000.500".to_owned(), "-0.000000".to_owned())]);
}

#[test]
fn every_kind_of_value_arrives() {
    let line = written(" here/survey/survey_mixed ");
    let expected = "[(0, 18446744073709551615), (1, 0.1), (2, -9223372036854775808), (3, 7)]";
    assert!(line.contains(expected), "{line}");
    assert!(written(" here/survey/load ").contains("[(1, 1.0), (1, NaN), (1, 3.0)]"));
}

#[test]
fn numbers_become_values_of_the_kinds_of_their_type() {
    let line = written(" here/survey/survey_mixed/numbers ");
    assert!(line.contains("[(0, 1), (1, 2.5), (2, -3), (3, 4)]"), "{line}");
}

#[test]
fn meta_data_of_every_kind_arrives() {
    let line = written(" here/survey/gauge/meta ");
    let expected = "meta text=String(\"t\u{e9}\") signed=Signed(-7) unsigned=Unsigned(18446744073709551615) \
                    double=Double(1e20) boolean=Boolean(true)";
    assert!(line.ends_with(expected), "{line}");
    assert!(written(" here/survey/load ").ends_with(" meta "));
}

#[test]
fn meta_data_can_be_shown() {
    let shown = "as text text=t\u{e9} signed=-7 unsigned=18446744073709551615 double=1e+20 boolean=true";
    RUN.assert_said(&format!("survey plugin: {shown}"));
}

#[test]
fn one_value_list_serves_for_several_dispatches() {
    let lines = RUN.all("survey plugin: wrote [");
    let of = |name: &str| -> Vec<_> {
        let lines = lines.iter().filter(|line| line.contains(name));
        lines.map(|line| line.split_once("[(").map_or("", |(_, rest)| rest)).collect()
    };
    let [first, second] = of(" h/survey/gauge/template ")[..] else { panic!("{lines:#?}") };
    assert!(first.starts_with("1, 1.0)]") && first.ends_with("meta kept=Signed(1)"), "{first}");
    assert!(second.starts_with("1, 1.0)]") && second.ends_with("meta kept=Signed(1) more=String(\"m\")"), "{second}");
    let [other] = of(" h/survey/gauge/override ")[..] else { panic!("{lines:#?}") };
    assert!(other.starts_with("1, 2.0)]") && other.ends_with("meta "), "{other}");
}

/// Reckoned from the value before: a counter that wraps at 32 bits, a derive that falls, an absolute.
#[test]
fn a_writer_finds_the_rates_of_its_value_list() {
    for (type_, first, second) in
        [("counter", "NaN", "2.0"), ("derive", "NaN", "429496727.6"), ("absolute", "429496728.6", "1.0")]
    {
        let name = format!(" here/survey/{type_}/rate ");
        let lines = RUN.all("survey plugin: wrote [");
        let rates: Vec<_> = lines.iter().filter(|line| line.contains(&name)).collect();
        assert_eq!(rates.len(), 2, "{lines:#?}");
        assert!(rates[0].contains(&format!(" rates Some([{first}]) ")), "{}", rates[0]);
        assert!(rates[1].contains(&format!(" rates Some([{second}]) ")), "{}", rates[1]);
    }
}

#[test]
fn a_writer_finds_names_kinds_and_limits_of_the_data_sources() {
    let line = RUN.first("survey plugin: sources of survey_mixed: ");
    let expected = "c is the counter 18446744073709551615 of Some(0.0) to None, g is the gauge 0.1 of Some(-1.5) to Some(1e300), \
                    d is the derive -9223372036854775808 of None to None, a is the absolute 7 of Some(0.0) to Some(9.0)";
    assert_eq!(line, expected);
}

#[test]
fn what_the_daemon_would_drop_is_an_error() {
    for line in [
        "type: type \"no_such_type\" is not in types.db",
        "count: type \"load\" has 3 values, not 1",
        "kind: \"value\" of type \"gauge\" is a gauge, not a derive",
        "name: type instance cannot be used: it has 128 bytes, more than 127",
        "time: time cannot be used: it is before 1970",
    ] {
        RUN.assert_said(&format!("survey plugin: refused {line}"));
    }
    assert!(
        !RUN.log.contains("Dataset not found") && !RUN.rows.keys().any(|name| name.contains("refused")),
        "{}",
        RUN.log
    );
}

#[test]
fn a_read_has_an_interval_of_its_own() {
    let line = written(" here/survey/gauge/often ");
    assert!(line.contains(" every 0.125000000 s "), "{line}");
    assert!(written(" here/survey/gauge/end ").contains(" every 0.500000000 s "));
}

#[test]
fn a_type_can_come_from_the_configuration() {
    assert_eq!(RUN.rows["here/survey/survey_mixed"][0].1, "18446744073709551615,0.100000,-9223372036854775808,7");
    let refused = "types can be registered only while the daemon reads its configuration";
    assert_eq!(RUN.first("survey plugin: type after the configuration: "), refused);
}
