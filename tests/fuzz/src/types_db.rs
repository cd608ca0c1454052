//! types.db. The input is the content of a file.

use collectd_types::{CheckError, DataSet, TypesDb, Value, Values};

use crate::seeds;

pub(crate) fn run(content: &[u8]) {
    let mut types = TypesDb::new();
    let problems = types.parse(content);
    let lines = content.split(|&byte| byte == b'\n').count();
    assert!(problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
    assert!(problems.is_sorted_by_key(|problem| problem.line));
    for problem in &problems {
        let shown = problem.to_string();
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
    let mut again = TypesDb::new();
    for set in types.iter() {
        check_set(&types, set);
        again.insert(set.clone());
    }
    assert_eq!(again, types);
    assert_eq!(naive(content), types);
    check_parts(content);
}

/// Lines as collectd reads them, byte for byte.
fn naive(content: &[u8]) -> TypesDb {
    let mut types = TypesDb::new();
    let mut bytes = content.iter().copied().peekable();
    let mut drop = false;
    while bytes.peek().is_some() {
        // fgets with a buffer of 4,096 bytes; what fills it is a part of a line that is too long.
        let mut line = Vec::new();
        while line.len() < 4095 && line.last() != Some(&b'\n') {
            let Some(byte) = bytes.next() else { break };
            line.push(byte);
        }
        let full = line.len() == 4095 && !line.contains(&0);
        if let (false, false, Ok(set)) = (full, drop, DataSet::from_line(&line)) {
            types.insert(set);
        }
        drop = full;
    }
    types
}

/// It can be written and read again, and demands what it says.
fn check_set(types: &TypesDb, set: &DataSet) {
    assert!((1..=63).contains(&set.sources().len()));
    let line = set.to_line();
    assert_eq!(DataSet::from_line(&line).as_ref(), Ok(set));
    let shown = set.to_string();
    assert!(!shown.contains(char::is_control), "{shown:?}");
    if shown.as_bytes() == line {
        assert_eq!(shown.parse::<DataSet>().as_ref(), Ok(set));
    }
    for source in set.sources() {
        assert!(!source.min.is_some_and(f64::is_nan) && !source.max.is_some_and(f64::is_nan));
    }
    let values = set.sources().iter().map(|source| Value::from_bits(source.kind, 1));
    let list = Values::new(set.type_()).values(values);
    assert_eq!(types.check(list.view()), Ok(set));
    assert_eq!(set.label(list.view()).count(), set.sources().len());
    let longer = list.gauge(1.0);
    assert!(matches!(types.check(longer.view()), Err(CheckError::Count { .. })));
}

/// Reading two files is reading one that has the lines of both.
fn check_parts(content: &[u8]) {
    let (first, second) = content.split_at(content.len() / 2);
    // A line that is too long takes the next one with it.
    let first = [first, b"\n\n\n"].concat();
    let (mut parts, mut whole) = (TypesDb::new(), TypesDb::new());
    let problems = parts.parse(&first).len() + parts.parse(second).len();
    assert_eq!(whole.parse(&[&first, second].concat()).len(), problems);
    assert_eq!(parts, whole);
}

pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    let long = [&b"t "[..], &b"value:GAUGE:0:U, ".repeat(300)].concat();
    let mut seeds = seeds::texts([
        b"load shortterm:GAUGE:0:5000, midterm:GAUGE:0:5000, longterm:GAUGE:0:5000\n",
        b"# comment\nif_octets\trx:DERIVE:0:U,tx:derive:0:U\r\nabsolute value:ABSOLUTE:0:U\ncounter value:COUNTER:U:U",
        b"t v:GAUGE:-1e300:0x1p-3\nt v:GAUGE:nan:inf\nt v:GAUGE:0\nt v:ODD:0:1\nt\n\n v:GAUGE:0:1\nt v:GAUGE:1:0\n",
        &long,
        &[&[b' '; 4081][..], b"t v:GAUGE:0:1\nu v:GAUGE:0:1\nw v:GAUGE:0:1\n"].concat(),
        &[&[b' '; 4082][..], b"t v:GAUGE:0:1\nu v:GAUGE:0:1\nw v:GAUGE:0:1\n"].concat(),
        &[&[b' '; 4090][..], b"t v:GAUGE:0:1\nu v:GAUGE:0:1\nw v:GAUGE:0:1\n"].concat(),
    ]);
    seeds.extend(seeds::files("vectors", ".db"));
    seeds
}
