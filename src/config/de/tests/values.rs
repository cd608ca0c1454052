use std::collections::HashMap;
use std::num::NonZeroU8;

use serde::Deserialize;

use super::*;
use crate::config::de::value::WARNINGS;
use crate::config::{ErrorKind, Scalar};

#[derive(Debug, Deserialize)]
struct Config<T> {
    x: T,
}

fn value<T: serde::de::DeserializeOwned>(value: impl Into<Scalar>) -> Result<T, Error> {
    read::<Config<T>>([Block::new("X").value(value)]).map(|config| config.x)
}

#[test]
fn integers_are_checked() {
    assert_eq!(value::<u16>(65535), Ok(65535));
    assert_eq!(value::<u16>(-0.0), Ok(0));
    for (number, shown) in
        [(70000.0, "70000"), (-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf"), (1e300, "1e300")]
    {
        let error = value::<u16>(number).unwrap_err();
        assert_eq!(error.to_string(), format!("X: {shown} does not fit, expected a number from 0 to 65535"));
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
    }
    assert_eq!(message(value::<u16>(300.7)), "X: 300.7 is not a whole number, expected a number from 0 to 65535");
}

#[test]
fn the_limits_of_each_integer_type() {
    macro_rules! check {
        ($($int:ident)*) => {$({
            assert_eq!(value::<$int>(f64::from($int::MAX)), Ok($int::MAX));
            assert_eq!(value::<$int>(f64::from($int::MIN)), Ok($int::MIN));
            assert!(value::<$int>(f64::from($int::MAX) + 1.0).is_err());
            assert!(value::<$int>(f64::from($int::MIN) - 1.0).is_err());
        })*};
    }
    check! { u8 u16 u32 i8 i16 i32 }
    let two_to = |exponent| 2f64.powi(exponent);
    assert!(value::<u64>(two_to(64)).is_err());
    assert_eq!(value::<u64>(two_to(63)), Ok(1 << 63));
    assert!(value::<i64>(two_to(63)).is_err());
    assert_eq!(value::<i64>(-two_to(63)), Ok(i64::MIN));
    assert!(value::<i64>(-two_to(64)).is_err());
    assert_eq!(value::<usize>(10), Ok(10));
    assert_eq!(value::<i128>(-two_to(100)), Ok(-(1 << 100)));
    assert_eq!(value::<u128>(two_to(100)), Ok(1 << 100));
    assert!(value::<u128>(1e300).is_err());
    assert!(value::<u128>(-1).is_err());
}

#[test]
fn types_with_limits_of_their_own() {
    assert_eq!(value::<NonZeroU8>(1).map(NonZeroU8::get), Ok(1));
    let text = message(value::<NonZeroU8>(0));
    assert!(text.starts_with("X: 0 does not fit, expected a nonzero"), "{text}");
}

#[test]
fn floats() {
    assert_eq!(value::<f64>(0.1), Ok(0.1));
    assert!(value::<f64>(f64::NAN).unwrap().is_nan());
    assert_eq!(value::<f32>(0.5), Ok(0.5));
    assert_eq!(value::<f32>(f64::INFINITY), Ok(f32::INFINITY));
    assert_eq!(message(value::<f64>("0.1")), "X: \"0.1\" is a string, expected a number (write it without quotes)");
    assert!(message(value::<f32>(1e300)).starts_with("X: 1e300 does not fit, expected a number from "));
}

#[test]
fn quoted_numbers_are_refused() {
    assert_eq!(
        message(value::<u8>("80")),
        "X: \"80\" is a string, expected a number from 0 to 255 (write it without quotes)"
    );
    assert_eq!(message(value::<u8>("a")), "X: \"a\" is a string, expected a number from 0 to 255");
    assert_eq!(message(value::<u8>(true)), "X: true is a boolean, expected a number from 0 to 255");
}

#[test]
fn strings() {
    assert_eq!(value::<String>("a\nb"), Ok("a\nb".into()));
    assert_eq!(value::<char>("ä"), Ok('ä'));
    assert_eq!(message(value::<String>(80)), "X: 80 is a number, expected a string (write it in quotes)");
    assert_eq!(message(value::<String>(false)), "X: false is a boolean, expected a string (write it in quotes)");
    assert!(message(value::<char>("ab")).starts_with("X: \"ab\" is not valid, expected a character"));
}

#[test]
fn booleans() {
    assert_eq!(value::<bool>(true), Ok(true));
    assert_eq!(message(value::<bool>(1)), "X: 1 is a number, expected a boolean");
    assert_eq!(message(value::<bool>("maybe")), "X: \"maybe\" is a string, expected a boolean (true or false)");
}

#[test]
fn quoted_booleans_are_taken_with_a_warning() {
    #[derive(Deserialize)]
    struct Outer {
        outer: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        inner: HashMap<String, HashMap<String, bool>>,
    }
    for (word, expected) in
        [("true", true), ("Yes", true), ("ON", true), ("false", false), ("no", false), ("Off", false)]
    {
        let key = format!("Quoted{word}");
        let inner = block!("Inner", "a"; Block::new(&*key).value(word));
        let config: Outer = read([block!("Outer"; inner)]).unwrap();
        assert_eq!(config.outer.inner["a"][&key], expected);
        let warning = WARNINGS.take();
        assert_eq!(
            warning,
            [format!(
                "<Outer>: <Inner \"a\">: {key}: \"{word}\" is taken for {expected}, write it in lower case without quotes"
            )]
        );
    }
}

#[test]
fn what_is_shown_is_bounded_and_escaped() {
    let text = message(value::<u8>("x\u{1b}[2J\n".repeat(10_000)));
    assert!(text.len() < 400, "{text}");
    assert!(!text.contains(char::is_control), "{text:?}");
    let key = "K\n".repeat(10_000);
    let text = refused::<()>([Block::new(&*key).value(1)]);
    assert!(text.len() < 400 && !text.contains('\n'), "{text}");
    let name = "n\n".repeat(10_000);
    let text = refused::<HashMap<String, u8>>([block!("A", "x"; block!("B", &*name; key!("C", 1)))]);
    assert!(text.len() < 600 && !text.contains('\n'), "{text}");
}
