//! What holds for every input.

use collectd_types::{DataSet, TypesDb};
use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes that look like a file often enough to come far.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-z]{1,4} ".prop_map(String::into_bytes),
        4 => source(),
        2 => Just(b"\n".to_vec()),
        1 => vec(any::<u8>(), 0..8),
        1 => (4080usize..4100).prop_map(|len| vec![b' '; len]),
        1 => "[ ,:#U\t\r\n\\x00-]{1,3}".prop_map(String::into_bytes),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn source() -> impl Strategy<Value = Vec<u8>> {
    let limit =
        || prop_oneof!["U", "-?[0-9]{1,20}", any::<f64>().prop_map(|number| format!("{number:e}")), "[0-9a-fx.]{1,5}"];
    let name = vec(prop_oneof![9 => 0x21u8..0x7f, 1 => 1u8..], 1..140);
    (name, "GAUGE|DERIVE|counter|Absolute", limit(), limit()).prop_map(|(name, kind, min, max)| {
        let mut text = name;
        text.extend_from_slice(format!(":{kind}:{min}:{max}, ").as_bytes());
        text
    })
}

proptest! {
    #[test]
    fn nothing_panics(bytes in vec(any::<u8>(), 0..5000)) {
        TypesDb::new().parse(&bytes);
        let _ = DataSet::from_line(&bytes);
    }

    #[test]
    fn what_was_read_is_read_again(content in content()) {
        let mut types = TypesDb::new();
        let problems = types.parse(&content);
        let lines = content.split(|&byte| byte == b'\n').count();
        prop_assert!(problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
        prop_assert!(problems.is_sorted_by_key(|problem| problem.line));

        let mut again = TypesDb::new();
        for set in types.iter() {
            prop_assert!((1..=63).contains(&set.sources().len()));
            prop_assert_eq!(&DataSet::from_line(&set.to_line()).unwrap(), set);
            if set.to_line().is_ascii() && !set.to_line().iter().any(u8::is_ascii_control) {
                prop_assert_eq!(&set.to_string().parse::<DataSet>().unwrap(), set);
            }
            again.insert(set.clone());
        }
        prop_assert_eq!(again, types);
    }

    #[test]
    fn reading_in_parts_is_reading_at_once(first in content(), second in content()) {
        let first = [&first[..], b"\n\n\n"].concat();
        let (mut parts, mut whole) = (TypesDb::new(), TypesDb::new());
        let count = parts.parse(&first).len() + parts.parse(&second).len();
        let problems = whole.parse(&[first, second].concat());
        prop_assert_eq!(problems.len(), count);
        prop_assert_eq!(parts, whole);
    }
}

#[test]
fn large_files_of_one_byte_are_no_burden() {
    for byte in [b'#', b':', b' ', b'a', b'\n', b'\0', b'\r'] {
        let mut types = TypesDb::new();
        let problems = types.parse(&vec![byte; 1 << 20]);
        assert!(types.is_empty() && problems.len() <= (1 << 20) / 4095 + 1, "{byte:#x}: {}", problems.len());
    }
}
