//! Minimum and maximum: numbers as C's `strtod` reads them.

use collectd_types::{DataSet, LineProblemKind, SourceProblem, TypesDb};
use proptest::prelude::*;

fn min(text: &str) -> Option<f64> {
    let set: DataSet = format!("number value:GAUGE:{text}:100").parse().unwrap();
    assert_eq!(set.sources()[0].max, Some(100.0));
    set.sources()[0].min
}

/// What collectd 5.12 makes of a minimum, as the bits of its double; none where it has NaN.
const MINIMA: &[(&str, Option<u64>)] = &[
    ("inf", Some(0x7ff0_0000_0000_0000)),
    ("-inf", Some(0xfff0_0000_0000_0000)),
    ("INFINITY", Some(0x7ff0_0000_0000_0000)),
    ("infx", Some(0x7ff0_0000_0000_0000)),
    ("nan", None),
    ("-NaN", None),
    ("nan(12)", None),
    ("0x10", Some(0x4030_0000_0000_0000)),
    ("0x1.8p3", Some(0x4028_0000_0000_0000)),
    ("0x", Some(0x0000_0000_0000_0000)),
    ("0x.8", Some(0x3fe0_0000_0000_0000)),
    ("1e3", Some(0x408f_4000_0000_0000)),
    ("1e", Some(0x3ff0_0000_0000_0000)),
    ("1e+", Some(0x3ff0_0000_0000_0000)),
    ("1e400", Some(0x7ff0_0000_0000_0000)),
    ("-1e400", Some(0xfff0_0000_0000_0000)),
    ("1e-400", Some(0x0000_0000_0000_0000)),
    ("abc", Some(0x0000_0000_0000_0000)),
    ("-5", Some(0xc014_0000_0000_0000)),
    ("+5", Some(0x4014_0000_0000_0000)),
    ("-0", Some(0x8000_0000_0000_0000)),
    (".5", Some(0x3fe0_0000_0000_0000)),
    ("5.", Some(0x4014_0000_0000_0000)),
    (".", Some(0x0000_0000_0000_0000)),
    ("12abc", Some(0x4028_0000_0000_0000)),
    ("1,5", Some(0x3ff0_0000_0000_0000)),
    ("1d3", Some(0x3ff0_0000_0000_0000)),
    ("\x0b7", Some(0x401c_0000_0000_0000)),
    ("\x0c-7", Some(0xc01c_0000_0000_0000)),
    ("+-3", Some(0x0000_0000_0000_0000)),
    ("0x1p-1074", Some(0x0000_0000_0000_0001)),
    ("0x1.fffffffffffff8p0", Some(0x4000_0000_0000_0000)),
    ("Ux", Some(0x0000_0000_0000_0000)),
    ("UU", Some(0x0000_0000_0000_0000)),
    ("u", None),
    ("18446744073709551615", Some(0x43f0_0000_0000_0000)),
    ("9007199254740993", Some(0x4340_0000_0000_0000)),
    ("0x20000000000001", Some(0x4340_0000_0000_0000)),
    ("4.9e-324", Some(0x0000_0000_0000_0001)),
    ("2.4703282292062327e-324", Some(0x0000_0000_0000_0000)),
    ("2.4703282292062328e-324", Some(0x0000_0000_0000_0001)),
    ("1.7976931348623159e308", Some(0x7ff0_0000_0000_0000)),
    ("0X1P+4", Some(0x4030_0000_0000_0000)),
    ("0x1p", Some(0x3ff0_0000_0000_0000)),
    ("0xg", Some(0x0000_0000_0000_0000)),
    ("infinit", Some(0x7ff0_0000_0000_0000)),
    ("0x1p-1075", Some(0x0000_0000_0000_0000)),
    ("0x1.8p-1074", Some(0x0000_0000_0000_0002)),
    ("i", Some(0x0000_0000_0000_0000)),
    ("n", Some(0x0000_0000_0000_0000)),
    ("in", Some(0x0000_0000_0000_0000)),
    ("-0x1p3", Some(0xc020_0000_0000_0000)),
    ("1_000", Some(0x3ff0_0000_0000_0000)),
    ("1e5000000000000000000000", Some(0x7ff0_0000_0000_0000)),
    ("0x1p99999999999999999999", Some(0x7ff0_0000_0000_0000)),
    ("0x1.fffffffffffff7ffp1023", Some(0x7fef_ffff_ffff_ffff)),
    ("0x1.fffffffffffff8p1023", Some(0x7ff0_0000_0000_0000)),
    ("0x8000000000000400", Some(0x43e0_0000_0000_0000)),
    ("0x8000000000000c00", Some(0x43e0_0000_0000_0002)),
    ("0x800000000000040000001", Some(0x4520_0000_0000_0001)),
    ("0x0.0000000000000000000000000000001p100", Some(0x3e70_0000_0000_0000)),
    ("2.2250738585072012e-308", Some(0x0010_0000_0000_0000)),
    ("nan(_x1)z", None),
    ("nan(", None),
    ("infinity5", Some(0x7ff0_0000_0000_0000)),
    ("\x0c\x0b-0x5", Some(0xc014_0000_0000_0000)),
    ("0x1.0p+", Some(0x3ff0_0000_0000_0000)),
    ("0x.p1", Some(0x0000_0000_0000_0000)),
    ("0x1.8.8", Some(0x3ff8_0000_0000_0000)),
    ("..5", Some(0x0000_0000_0000_0000)),
    ("-", Some(0x0000_0000_0000_0000)),
    ("+", Some(0x0000_0000_0000_0000)),
    ("5e+3x", Some(0x40b3_8800_0000_0000)),
    ("0x1p-1022", Some(0x0010_0000_0000_0000)),
    ("0x1.fffffffffffffp-1023", Some(0x0010_0000_0000_0000)),
];

#[test]
fn limits_have_the_bits_that_they_have_in_the_daemon() {
    for &(text, bits) in MINIMA {
        assert_eq!(min(text).map(f64::to_bits), bits, "{text:?}");
    }
}

#[test]
fn limits_that_are_not_entirely_numbers_are_reported() {
    for (text, whole) in [
        ("1e3", true),
        ("nan(12)", true),
        ("-inf", true),
        ("0x.8", true),
        ("abc", false),
        ("1e", false),
        ("1,5", false),
    ] {
        let problems = TypesDb::new().parse(format!("t value:GAUGE:{text}:100").as_bytes());
        let problem = LineProblemKind::Source { index: 0, problem: SourceProblem::Minimum };
        assert_eq!(problems.iter().map(|it| it.kind).collect::<Vec<_>>(), vec![problem; usize::from(!whole)], "{text}");
    }
}

proptest! {
    #[test]
    fn hexadecimal_doubles_are_exact(bits: u64) {
        let number = f64::from_bits(bits);
        prop_assume!(number.is_finite());
        let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) & 0x7ff);
        let (lead, exponent) = if exponent == 0 { (0, -1022) } else { (1, i64::try_from(exponent).unwrap() - 1023) };
        let sign = if number.is_sign_negative() { "-" } else { "" };
        let text = format!("{sign}0x{lead}.{fraction:013x}p{exponent}");
        prop_assert_eq!(min(&text).map(f64::to_bits), Some(bits));
    }

    #[test]
    fn hexadecimal_integers_are_rounded_once(number: u128, zeros in 0usize..40) {
        let text = format!("0x{}{number:X}.{}", "0".repeat(zeros), "0".repeat(zeros));
        prop_assert_eq!(min(&text), Some(number as f64));
    }

    #[test]
    fn decimals_are_what_rust_reads(bits: u64) {
        let number = f64::from_bits(bits);
        prop_assume!(number.is_finite());
        prop_assert_eq!(min(&format!("{number:e}")).map(f64::to_bits), Some(bits));
        prop_assert_eq!(min(&format!("{number}")).map(f64::to_bits), Some(bits));
    }
}
