//! types.db as collectd reads it. What a file defines here, collectd 5.12 was asked for: its types, its
//! names, the bits of its limits.

use collectd_types::{CheckError, DataSet, Kind, LineProblem, LineProblemKind, SourceProblem, TypesDb, Value, Values};

#[path = "types_db/laws.rs"]
mod laws;
#[path = "types_db/limits.rs"]
mod limits;

/// What a file defines, a line for each type, and what is wrong with it.
fn read(content: impl AsRef<[u8]>) -> (Vec<String>, Vec<LineProblem>) {
    let mut types = TypesDb::new();
    let problems = types.parse(content.as_ref());
    (types.iter().map(ToString::to_string).collect(), problems)
}

/// The line defines this, and nothing is wrong with it.
fn defines(line: &str, expected: &str) {
    assert_eq!(read(line), (vec![expected.to_owned()], vec![]), "{line:?}");
}

/// The line is skipped, and this is why.
fn skipped(line: &str, why: &str) {
    let (types, problems) = read(line);
    assert!(types.is_empty(), "{line:?}: {types:?}");
    assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [why], "{line:?}");
    assert!(problems[0].is_skipped());
}

/// The line defines this, and this is odd about it.
fn odd(line: &str, expected: &str, why: &[&str]) {
    let (types, problems) = read(line);
    assert_eq!(types, [expected], "{line:?}");
    assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), why, "{line:?}");
    assert!(!problems.iter().any(LineProblem::is_skipped));
}

#[test]
fn comments_and_blank_lines_define_nothing() {
    for line in ["", "\n\n", " \t \r\n", "# v value:GAUGE:0:U", "  # v value:GAUGE:0:U", "#v value:GAUGE:0:U", " #"] {
        assert_eq!(read(line), (vec![], vec![]), "{line:?}");
    }
}

#[test]
fn words_are_separated_by_blanks_and_not_by_commas() {
    let two = "two rx:DERIVE:0:U, tx:DERIVE:0:U";
    defines(two, two);
    defines("two rx:DERIVE:0:U tx:DERIVE:0:U", two);
    defines("\t two\t\trx:DERIVE:0:U,\ttx:DERIVE:0:U, \n", two);
    defines("two rx:DERIVE:0:U\rtx:DERIVE:0:U\r\n", two);
    defines("type, value:GAUGE:0:U", "type, value:GAUGE:0:U");
    skipped("two rx:DERIVE:0:U,tx:DERIVE:0:U", "line 1: data source 1 has 7 parts between colons, not 4");
    skipped("two rx:DERIVE:0:U , tx:DERIVE:0:U", "line 1: data source 2 has 1 bytes, and none has fewer than 11");
}

#[test]
fn a_data_source_has_four_parts_and_eleven_bytes() {
    defines("t v:GAUGE:0:U", "t v:GAUGE:0:U");
    defines("t ::value::GAUGE:::0:U::", "t value:GAUGE:0:U");
    skipped("t v:GAUGE::1", "line 1: data source 1 has 10 bytes, and none has fewer than 11");
    skipped("t v:GAUGE:0:,", "line 1: data source 1 has 3 parts between colons, not 4");
    skipped("t value:GAUGE:0", "line 1: data source 1 has 3 parts between colons, not 4");
    skipped("t value:GAUGE:0:U:1", "line 1: data source 1 has 5 parts between colons, not 4");
    skipped("t a:GAUGE:0:U:1:2:3:4:5", "line 1: data source 1 has 9 parts between colons, not 4");
    skipped("t", "line 1: skipped: there is no data source");
}

#[test]
fn there_are_no_comments_behind_data_sources() {
    skipped("t value:GAUGE:0:U # note", "line 1: data source 2 has 1 bytes, and none has fewer than 11");
    defines("t value:GAUGE:0:U #note:GAUGE:0:U", "t value:GAUGE:0:U, #note:GAUGE:0:U");
}

#[test]
fn kinds_and_u_have_no_case() {
    defines("t v:gAuGe:u:u", "t v:GAUGE:U:U");
    defines("t v:Counter:0:9 w:absolute:1:2 x:DERIVE:0:U", "t v:COUNTER:0:9, w:ABSOLUTE:1:2, x:DERIVE:0:U");
    skipped("t value:GAUGES:0:U", "line 1: data source 1 is neither GAUGE nor DERIVE, COUNTER, ABSOLUTE");
    skipped("t a:GAUGE:0:U b:FOO:0:100", "line 1: data source 2 is neither GAUGE nor DERIVE, COUNTER, ABSOLUTE");
}

#[test]
fn names_are_cut_after_127_bytes_and_otherwise_free() {
    let (name, cut) = ("n".repeat(127), "n".repeat(130));
    defines(&format!("{name} {name}:GAUGE:0:U"), &format!("{name} {name}:GAUGE:0:U"));
    odd(
        &format!("{cut} {cut}:GAUGE:0:U"),
        &format!("{name} {name}:GAUGE:0:U"),
        &[
            "line 1: the name of the type was cut after 127 bytes",
            "line 1: data source 1 has a name of more than 127 bytes, which was cut",
        ],
    );
    defines("café wei,rd/-:GAUGE:0:U", "café wei,rd/-:GAUGE:0:U");
    defines("wei:rd value:GAUGE:0:U", "wei:rd value:GAUGE:0:U");

    let set = DataSet::from_line(b"\xff\x0b value:GAUGE:0:U").unwrap();
    assert_eq!(set.type_(), &b"\xff\x0b"[..]);
    assert_eq!(set.to_string(), r"\xff\x0b value:GAUGE:0:U");
    assert_eq!(set.to_line(), b"\xff\x0b value:GAUGE:0:U");
}

#[test]
fn the_64th_data_source_is_ignored() {
    let sources = |count: usize| (0..count).map(|n| format!("d{n}:GAUGE:0:100")).collect::<Vec<_>>().join(", ");
    let most = format!("many {}", sources(63));
    defines(&most, &most);
    odd(
        &format!("many {}", sources(64)),
        &most,
        &["line 1: there are more than 63 data sources; the rest was ignored"],
    );
    odd(&format!("{most} junk"), &most, &["line 1: there are more than 63 data sources; the rest was ignored"]);
}

#[test]
fn data_sources_may_share_a_name() {
    let line = "t v:GAUGE:0:U, v:DERIVE:0:U";
    odd(line, line, &["line 1: data source 2 has the name of an earlier one"]);
}

#[test]
fn later_definitions_win_unless_they_are_wrong() {
    let mut types = TypesDb::new();
    assert_eq!(types.parse(b"a value:GAUGE:0:1\nb value:GAUGE:0:1\n"), []);
    let problems = types.parse(b"\r\na value:DERIVE:0:2\nb value:FOO:0:2222");
    assert_eq!(problems[0].to_string(), "line 2: it replaces a type that was known");
    assert_eq!((problems[0].is_skipped(), problems[1].is_skipped(), problems[1].line), (false, true, 3));
    assert_eq!(types.get("a").unwrap().to_string(), "a value:DERIVE:0:2");
    assert_eq!(types.get(b"b").unwrap().to_string(), "b value:GAUGE:0:1");
    assert_eq!((types.len(), types.get("A"), types.get("")), (2, None, None));

    let replaced = types.insert("a other:GAUGE:U:U".parse().unwrap()).unwrap();
    assert_eq!(replaced.sources()[0].kind, Kind::Derive);
}

#[test]
fn a_nul_ends_the_line() {
    odd(
        "t value:GAUGE:0:U\0 more:GAUGE:0:U",
        "t value:GAUGE:0:U",
        &["line 1: there is a NUL byte; what follows it was ignored"],
    );
    skipped("\0t value:GAUGE:0:U", "line 1: skipped: there is no data source");
    defines("t value:GAUGE:0:U\0\n", "t value:GAUGE:0:U");
}

/// A line that defines a type and has this many bytes.
fn line_of(len: usize) -> String {
    format!("{:len$}", "long value:GAUGE:0:U")
}

#[test]
fn lines_of_4093_bytes_are_the_longest() {
    let after = "after value:GAUGE:0:U";
    let cases = [
        // bytes, whether it counts, whether the next line does
        (4093, true, true),
        (4094, false, false),
        (4095, false, true),
        (4096, false, true),
        (8188, false, true),
        (8189, false, false),
        (8190, false, true),
        (12284, false, false),
    ];
    for (len, long_counts, after_counts) in cases {
        let (types, problems) = read(format!("{}\n{after}\nlast value:GAUGE:0:U", line_of(len)));
        let mut expected = vec!["last value:GAUGE:0:U"];
        let mut lost = vec![];
        if long_counts {
            expected.push("long value:GAUGE:0:U");
        } else {
            lost.push((1, LineProblemKind::TooLong));
        }
        if after_counts {
            expected.insert(0, after);
        } else {
            lost.push((2, LineProblemKind::AfterTooLong));
        }
        assert_eq!(types, expected, "{len}");
        assert_eq!(problems.iter().map(|it| (it.line, it.kind)).collect::<Vec<_>>(), lost, "{len}");
    }
    // At the end of the file there is one more.
    assert_eq!(read(line_of(4094)).0.len(), 1);
    assert_eq!(read(line_of(4095)).1.len(), 1);
}

#[test]
fn a_long_comment_is_skipped_like_any_line() {
    let (types, problems) = read(format!("{}\na value:GAUGE:0:U\nb value:GAUGE:0:U", "#".repeat(4094)));
    assert_eq!(types, ["b value:GAUGE:0:U"]);
    assert_eq!(problems.iter().map(|it| it.line).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_nul_hides_how_long_a_line_is() {
    let mut line = line_of(4095).into_bytes();
    line[1000] = 0;
    line.extend_from_slice(b"tail value:GAUGE:0:U\nnext value:GAUGE:0:U");
    let (types, problems) = read(line);
    assert_eq!(types, ["long value:GAUGE:0:U", "next value:GAUGE:0:U", "tail value:GAUGE:0:U"]);
    assert_eq!(problems.iter().map(|it| (it.line, it.kind)).collect::<Vec<_>>(), [(1, LineProblemKind::Nul)]);
}

#[test]
fn problems_name_line_and_data_source() {
    let (_, problems) = read("# one\n\nt a:GAUGE:0:U b:GAUGE:x:1,,\n");
    let at = |problem| LineProblemKind::Source { index: 1, problem };
    let kinds: Vec<_> = problems.iter().map(|problem| (problem.line, problem.kind)).collect();
    assert_eq!(kinds, [(3, at(SourceProblem::Minimum)), (3, at(SourceProblem::Maximum))]);
}

#[test]
fn value_lists_are_checked_against_their_type() {
    let mut types = TypesDb::new();
    types.parse(b"mixed a:GAUGE:0:U, b:DERIVE:0:U\n");
    let mixed = || Values::new("mixed").gauge(1.0);

    let values = mixed().derive(2);
    let set = types.check(values.view()).unwrap();
    let labelled: Vec<_> = set.label(values.view()).map(|(source, value)| (source.name.to_string(), value)).collect();
    assert_eq!(labelled, [("a".into(), Value::Gauge(1.0)), ("b".into(), Value::Derive(2))]);

    let error = |values: Values| types.check(values.view()).unwrap_err();
    assert_eq!(error(Values::new("Mixed").gauge(1.0)).to_string(), "type \"Mixed\" is not in types.db");
    assert_eq!(error(mixed()).to_string(), "type \"mixed\" has 2 values, not 1");
    assert_eq!(error(mixed().derive(1).derive(1)).to_string(), "type \"mixed\" has 2 values, not 3");
    let wrong = error(mixed().counter(1));
    assert_eq!(wrong.to_string(), "\"b\" of type \"mixed\" is a derive, not a counter");
    assert!(matches!(wrong, CheckError::Kind { expected: Kind::Derive, got: Kind::Counter, .. }));
}

#[test]
fn a_data_set_is_made_of_a_line() {
    assert_eq!("".parse::<DataSet>(), Err(LineProblemKind::NoDataSource));
    assert_eq!("# v value:GAUGE:0:U".parse::<DataSet>(), Err(LineProblemKind::NoDataSource));
    let long = line_of(10_000).parse::<DataSet>().unwrap();
    assert_eq!(long.to_string(), "long value:GAUGE:0:U");
}

#[test]
fn files_add_up() {
    let directory = tempfile::tempdir().unwrap();
    let mut types = TypesDb::new();
    for (name, content) in [("types.db", "a value:GAUGE:0:1\n"), ("types.db.custom", "b value:GAUGE:0:1\n")] {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        assert_eq!(types.read_file(path).unwrap(), []);
    }
    let error = types.read_file(directory.path().join("missing")).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert_eq!(types.len(), 2);
}

#[test]
fn the_installed_file_has_no_problem() {
    let path = "/usr/share/collectd/types.db";
    let mut types = TypesDb::new();
    let problems = types.read_file(path).unwrap_or_else(|error| panic!("{path}, of Debian's collectd-core: {error}"));
    assert_eq!(problems, []);
    assert!(types.len() > 300, "{}", types.len());
    for line in [
        "absolute value:ABSOLUTE:0:U",
        "bitrate value:GAUGE:0:4294967295",
        "counter value:COUNTER:U:U",
        "if_octets rx:DERIVE:0:U, tx:DERIVE:0:U",
        "load shortterm:GAUGE:0:5000, midterm:GAUGE:0:5000, longterm:GAUGE:0:5000",
        "percent value:GAUGE:0:100.1",
        "temperature value:GAUGE:U:U",
        "time_dispersion value:GAUGE:-1000000:1000000",
    ] {
        let set: DataSet = line.parse().unwrap();
        assert_eq!(types.get(set.type_()), Some(&set));
        assert_eq!(set.to_string(), line);
    }
}
