use collectd_types::{Time, Value, Values, ValuesRef};
use proptest::prelude::*;

use super::*;

const TYPES: &[u8] = b"gauge value:GAUGE:U:U\nderive value:DERIVE:U:U\nif_octets rx:DERIVE:0:U, tx:DERIVE:0:U\n\
    all c:COUNTER:U:U, g:GAUGE:U:U, d:DERIVE:U:U, a:ABSOLUTE:U:U\n";

fn parser() -> Parser {
    let mut types = TypesDb::new();
    assert_eq!(types.parse(TYPES), []);
    Parser::new(types, Interval::UNSET)
}

/// What a line says, and what is odd about it: its column, and the text.
fn read(line: &str) -> Result<(Vec<String>, Vec<String>), String> {
    let mut parser = parser();
    let parsed = parser.parse(line.as_bytes()).map_err(|problem| shown(&problem))?;
    let items = match parsed.content {
        Content::Nothing => Vec::new(),
        Content::Values(sent) => sent.lists().map(with_interval).collect(),
        Content::Notification(notification) => vec![notification.to_string()],
    };
    Ok((items, parsed.odd.iter().map(shown).collect()))
}

fn with_interval(values: ValuesRef<'_>) -> String {
    format!("{values} {}", values.interval().as_secs_f64())
}

fn shown(problem: &Problem) -> String {
    format!("{}: {}", problem.at, problem.text)
}

#[track_caller]
fn says(line: &str, items: &[&str]) {
    assert_eq!(read(line), Ok((items.iter().map(|item| (*item).to_owned()).collect(), vec![])), "{line}");
}

#[test]
fn lines_say_value_lists() {
    says("", &[]);
    says(" \t", &[]);
    says("# PUTVAL h/p/gauge N:1", &[]);
    says("PUTVAL h/p/gauge 7:1.5", &["[7] h/p/gauge [(1, 1.5)] 0"]);
    says("putval h/p-i/gauge-j-k/l 7:U", &["[7] h/p-i/gauge/j-k/l [(1, NaN)] 0"]);
    says("PUTVAL h/p/gauge N:1", &["[0] h/p/gauge [(1, 1.0)] 0"]);
    says(r#"PUTVAL "h x/p/gauge-\"q\"" 7:1"#, &[r#"[7] h x/p/gauge/"q" [(1, 1.0)] 0"#]);
    says(
        "PUTVAL h/p/if_octets interval=2.5 7:1:2 Interval=\"10\" 8:3:0x10 meta:k=\"v\"",
        &["[7] h/p/if_octets [(2, 1), (2, 2)] 2.5", "[8] h/p/if_octets [(2, 3), (2, 16)] 10"],
    );
    says("PUTVAL h/p/all 7:1:U:-3:4", &["[7] h/p/all [(0, 1), (1, NaN), (2, -3), (3, 4)] 0"]);
}

#[test]
fn lines_say_notifications() {
    says("PUTNOTIF severity=okay time=7 message=fine host=h", &["[7] h OKAY: fine"]);
    says(
        "putnotif Severity=FAILURE TIME=7.5 message=\"a \\\"b\\\" c\" host=\"h\" plugin=p plugin_instance=i type=t \
         type_instance=j s:k=\"v\" ",
        &["[7] h/p-i/t/j FAILURE: a \"b\" c"],
    );
    says(r#"PUTNOTIF severity=warning time=7 message=a"b host="""#, &[r#"[7]  WARNING: a"b"#]);
}

#[test]
fn what_is_odd_is_sent_and_said() {
    let long = "x".repeat(130);
    for (line, item, odd) in [
        ("PUTVAL h/p/derive 7:1.5", "[7] h/p/derive [(2, 1)] 0", "21: \".5\" behind the number is ignored"),
        ("PUTVAL h/p/all 7:-1:1:1:1", "(0, 18446744073709551615)", "17: it does not fit into a counter"),
        ("PUTVAL h/p/if_octets 7:1", "[(2, 1), (2, 0)]", "24: the type has 2 values: those missing are 0"),
        ("PUTVAL h/p/gauge 7::1", "(1, 1.0)", "19: nothing stands beside a colon"),
        ("PUTVAL h/p/gauge 0:7:1", "[7] h", "17: 0 is no time"),
        ("PUTVAL h/p/gauge interval=1x 7:1", "] 1", "27: \"x\" behind the number is ignored"),
        ("PUTVAL h/p/gauge interval=0 7:1", "] 0", "26: not a positive number of seconds"),
        ("PUTVAL h/p/gauge interval=1", "", "27: there are no values"),
        (&format!("PUTNOTIF severity=okay time=7 message=m host={long}"), "OKAY: m", "45: it has 130 bytes"),
    ] {
        let (items, all) = read(line).unwrap();
        assert!(items.concat().contains(item), "{line}: {items:?}");
        assert!(matches!(&all[..], [text] if text.starts_with(odd)), "{line}: {all:?}");
    }
}

#[test]
fn what_is_wrong_is_said_where() {
    let long = "x".repeat(128);
    for (line, problem) in [
        ("GETVAL h/p/gauge", "0: neither PUTVAL nor PUTNOTIF"),
        (" PUTVALUE h/p/gauge N:1", "1: neither PUTVAL nor PUTNOTIF"),
        ("PUTVAL h/p/gauge N:1\0", "20: a NUL byte"),
        ("PUTVAL", "6: identifier and values are missing"),
        ("PUTVAL h/p/gauge ", "17: the values are missing"),
        ("PUTVAL h/p N:1", "7: not an identifier"),
        ("PUTVAL h//gauge N:1", "9: the plugin is missing"),
        (&format!("PUTVAL h/p-{long}/gauge N:1"), "11: the plugin instance has 128 bytes, more than 127"),
        ("PUTVAL h/p-i/gaug-x N:1", "13: type \"gaug\" is not in types.db"),
        ("PUTVAL \"h/p/gauge N:1", "7: the quote that begins here"),
        ("PUTVAL h/p/gauge \"N:1\\", "21: a backslash"),
        ("PUTVAL h/p/gauge intervall=1 N:1", "17: no option is named \"intervall\""),
        ("PUTVAL h/p/gauge N:x", "19: \"x\" is not a gauge"),
        ("PUTVAL h/p/gauge N:1 \"N:x\"", "24: \"x\" is not a gauge"),
        ("PUTVAL h/p/if_octets N:1:U", "25: \"U\" is not a derive"),
        ("PUTVAL h/p/gauge N:1:2", "21: a value too many: the type has 1"),
        ("PUTVAL h/p/gauge N", "18: there is no value behind the time"),
        ("PUTVAL h/p/gauge 1x:1", "17: not a time"),
        ("PUTVAL h/p/gauge -1:1", "17: this time cannot be used: it is before 1970"),
        ("PUTVAL h/p/gauge nan:1", "17: this time cannot be used: it is not a number"),
        ("PUTNOTIF", "8: the option severity is missing"),
        ("PUTNOTIF severity=warn time=7 message=m", "18: no severity"),
        ("PUTNOTIF severity=okay message=m", "32: the option time is missing"),
        ("PUTNOTIF severity=okay time=N message=m", "28: not a time"),
        ("PUTNOTIF severity=okay time=7 message=\"\"", "40: the option message is missing"),
        ("PUTNOTIF severity=okay time=7 message=the roof", "42: no option"),
        ("PUTNOTIF severity= time=7", "18: nothing stands behind the ="),
        ("PUTNOTIF message=\"a\"b", "20: there must be a blank"),
        ("PUTNOTIF message=\"a", "17: the quote that begins here"),
        ("PUTNOTIF n:x=1", "9: meta data are of text only"),
        ("PUTNOTIF s:=1", "9: meta data are of text only"),
        ("PUTNOTIF hosts=1", "9: no option is named \"hosts\""),
    ] {
        let error = read(line).unwrap_err();
        assert!(error.starts_with(problem), "{line}: {error}");
    }
}

#[test]
fn an_interval_can_be_given_for_all_lines() {
    let parser = parser();
    let mut parser = Parser::new(parser.types, Interval::from_secs(60));
    let parsed = parser.parse(b"PUTVAL h/p/gauge 7:1 interval=5 8:1").unwrap();
    let Content::Values(sent) = parsed.content else { panic!("{parsed:?}") };
    assert!(sent.lists().map(ValuesRef::interval).eq([Interval::from_secs(60), Interval::from_secs(5)]));
}

#[test]
fn without_types_there_are_notifications_only() {
    let mut parser = Parser::new(TypesDb::new(), Interval::UNSET);
    let problem = parser.parse(b"PUTVAL h/p/gauge 7:1").unwrap_err();
    assert_eq!(problem.text, "type \"gauge\" is not in types.db, which there is not: --types-db names one");
    assert!(parser.parse(b"PUTNOTIF severity=okay time=7 message=m").is_ok());
}

/// A word as it may stand in a line, with quotes where they are needed.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What the daemon's own `PUTVAL` can express of a name: no part may have the next separator in it.
const NAME: &str = "[ -,.0-~äß€][ -,.0-~äß€]{0,20}";
const TEXT: &str = "[ -~äß€]{1,60}";

proptest! {
    #[test]
    fn what_is_printed_is_read(
        (host, plugin) in (NAME, NAME),
        (instance, other) in ("[ -.0-~]{0,20}", "[ -~]{0,20}"),
        (secs, millis, interval) in (1u64..1 << 33, 0u64..1000, 1u64..10_000),
        (counter, gauge, derive, absolute) in any::<(u64, f64, i64, u64)>(),
    ) {
        let time = Time::try_from(std::time::UNIX_EPOCH + std::time::Duration::from_millis(secs * 1000 + millis)).unwrap();
        let values = Values::new("all").host(&host).plugin(&plugin).plugin_instance(&instance).type_instance(&other);
        let values = values.time(time).interval(Interval::from_secs(interval));
        let values = values.counter(counter).gauge(gauge).derive(derive).absolute(absolute);
        let view = values.view();
        let identifier = String::from_utf8(view.identifier().to_bytes()).unwrap();
        let line = format!("PUTVAL {} interval={interval} {}", quoted(&identifier), view.putval());
        let mut parser = parser();
        let parsed = parser.parse(line.as_bytes()).map_err(|problem| TestCaseError::fail(shown(&problem)))?;
        prop_assert_eq!(parsed.odd, &[]);
        let Content::Values(sent) = parsed.content else { panic!("{parsed:?}") };
        let [read] = sent.lists().collect::<Vec<_>>()[..] else { panic!("{sent:?}") };
        prop_assert_eq!(read.identifier(), view.identifier());
        prop_assert_eq!(read.interval(), view.interval());
        // As exact as the text: to a thousandth, and to 15 digits.
        prop_assert_eq!(read.putval().to_string(), view.putval().to_string());
        for (read, value) in read.values().zip(view.values()) {
            let is_gauge = matches!(value, Value::Gauge(_));
            prop_assert!(read == value || is_gauge && (read.as_f64() / gauge - 1.0).abs() < 1e-14 || gauge.is_nan());
        }
    }

    #[test]
    fn notifications_that_are_printed_are_read(names in prop::array::uniform5("[ -~äß€]{0,30}"), message in TEXT, secs in 1u64..1 << 33) {
        let [host, plugin, plugin_instance, type_, type_instance] = &names;
        let line = format!(
            "PUTNOTIF severity=warning time={secs} host={} plugin={} plugin_instance={} type={} type_instance={} message={}",
            quoted(host), quoted(plugin), quoted(plugin_instance), quoted(type_), quoted(type_instance), quoted(&message),
        );
        let mut parser = parser();
        let parsed = parser.parse(line.as_bytes()).map_err(|problem| TestCaseError::fail(shown(&problem)))?;
        let Content::Notification(read) = parsed.content else { panic!("{parsed:?}") };
        prop_assert_eq!(read.identifier.names().map(|name| name.to_string_lossy().into_owned()), names);
        prop_assert_eq!((read.message, read.time), (message.as_bytes(), Time::from_secs(secs)));
    }

    #[test]
    fn nothing_makes_it_panic(line in prop_oneof![
        "(?s)(PUTVAL|PUTNOTIF|#)?.{0,60}",
        "PUTVAL [hp/\"\\\\ -]{0,9}/p/(gauge|all|if_octets) [NU0-9:.\"\\\\ =a-z-]{0,40}",
        "PUTNOTIF ([a-z:_]{0,9}=[a-z0-9\"\\\\ ]{0,9} ?){0,5}",
    ], bytes: Vec<u8>) {
        let mut parser = parser();
        for line in [line.as_bytes(), &bytes] {
            match parser.parse(line) {
                Err(problem) => prop_assert!(problem.at <= line.len()),
                Ok(parsed) => prop_assert!(parsed.odd.iter().all(|odd| odd.at <= line.len())),
            }
        }
    }
}
