//! What is wrong with a configuration, and where.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::{show, suggest};

/// Why a configuration was refused: the path of the key and the problem with it.
///
/// Displayed as `path: problem`, or as the problem alone at top level:
///
/// ```text
/// unknown field "PerCoer", expected "PerCore"
/// <Server "example.org">: MaxPacketSize: 70000 does not fit, expected a number from 1024 to 65535
/// ```
///
/// The value at fault is part of the message, cut if long, with control characters escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    /// `None` until the innermost deserializer that knows the place has seen it.
    path: Option<String>,
    problem: String,
}

/// What sort of mistake an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A required key or argument is not there.
    MissingKey,
    /// A key that nobody asked for.
    UnknownKey,
    /// A key that may stand once only stands there several times.
    GivenTwice,
    /// Too few or too many values, or arguments where none are taken.
    WrongCount,
    /// A string where a number is needed, a line where a block is needed, and so on.
    WrongType,
    /// The right type, but a value that does not fit.
    InvalidValue,
    /// A word that is none of those that are known.
    UnknownValue,
    /// A problem found by the type's own checks.
    Other,
}

impl Error {
    /// What sort of mistake it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The keys and blocks that lead to the mistake, empty at top level.
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or_default()
    }

    /// The mistake without its place.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    pub(super) fn new(kind: ErrorKind, problem: impl Into<String>) -> Self {
        Error { kind, path: None, problem: problem.into() }
    }

    /// Says where it happened, unless a place further in is known already.
    pub(super) fn or_at(mut self, path: impl FnOnce() -> String) -> Self {
        self.path.get_or_insert_with(path);
        self
    }

    pub(super) fn is_placed(&self) -> bool {
        self.path.is_some()
    }

    /// Names the value that a foreign message ("invalid IP address syntax") leaves out.
    pub(super) fn about(mut self, value: impl FnOnce() -> String) -> Self {
        if self.kind == ErrorKind::Other && self.path.is_none() {
            let value = value();
            if !self.problem.contains(value.trim_matches('"')) {
                self.problem = format!("{value}: {}", self.problem);
            }
        }
        self
    }

    pub(super) fn unknown_key(key: &str, known: &[&str]) -> Self {
        let known: Vec<&str> = known.iter().copied().filter(|name| !super::de::is_reserved(name)).collect();
        let problem = format!("unknown field {}, {}", show::text(key), suggest::expected(key, &known));
        Error::new(ErrorKind::UnknownKey, problem)
    }

    pub(super) fn unknown_value(value: &str, known: &[&str]) -> Self {
        let problem = format!("unknown value {}, {}", show::text(value), suggest::expected(value, known));
        Error::new(ErrorKind::UnknownValue, problem)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path() {
            "" => f.write_str(&self.problem),
            path => write!(f, "{path}: {}", self.problem),
        }
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error::new(ErrorKind::Other, show::message(&message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        mismatch(ErrorKind::WrongType, found, &expected.to_string())
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        mismatch(ErrorKind::InvalidValue, found, &expected.to_string())
    }

    fn invalid_length(len: usize, expected: &dyn Expected) -> Self {
        let problem = format!("{len} values, expected {}", describe(&expected.to_string()));
        Error::new(ErrorKind::WrongCount, problem)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Error::unknown_value(variant, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Error::unknown_key(field, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        let problem = if super::de::is_reserved(field) {
            "missing argument".to_owned()
        } else {
            format!("missing key {}", show::text(field))
        };
        Error::new(ErrorKind::MissingKey, problem)
    }

    fn duplicate_field(field: &'static str) -> Self {
        let problem = format!("{} given twice", show::text(field));
        Error::new(ErrorKind::GivenTwice, problem)
    }
}

/// A value that is not what the type takes, in the words of a configuration.
fn mismatch(kind: ErrorKind, found: Unexpected<'_>, expected: &str) -> Error {
    let wanted = describe(expected);
    let (value, sort) = match found {
        Unexpected::Float(number) => (show::number(number), Some("a number")),
        Unexpected::Signed(number) => (number.to_string(), Some("a number")),
        Unexpected::Unsigned(number) => (number.to_string(), Some("a number")),
        Unexpected::Bool(value) => (value.to_string(), Some("a boolean")),
        Unexpected::Char(character) => (show::text(&character.to_string()), Some("a string")),
        Unexpected::Str(string) => (show::text(string), Some("a string")),
        other => (describe(&show::message(&other.to_string())), None),
    };
    let problem = match (found, sort) {
        (_, None) => format!("{value} found, expected {wanted}"),
        (Unexpected::Float(number), _) if kind == ErrorKind::WrongType && wanted.starts_with("a number from") => {
            unfit(number, &wanted)
        }
        (Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_), _)
            if kind == ErrorKind::InvalidValue =>
        {
            format!("{value} does not fit, expected {wanted}")
        }
        (_, Some(_)) if kind == ErrorKind::InvalidValue => {
            format!("{value} is not valid, expected {wanted}")
        }
        (_, Some(sort)) => {
            let hint = hint(found, &wanted);
            format!("{value} is {sort}, expected {wanted}{hint}")
        }
    };
    Error::new(kind, problem)
}

/// A number outside of a range, or between two whole numbers.
pub(super) fn unfit(number: f64, wanted: &str) -> String {
    let value = show::number(number);
    if number.is_finite() && number.fract() != 0.0 {
        format!("{value} is not a whole number, expected {wanted}")
    } else {
        format!("{value} does not fit, expected {wanted}")
    }
}

/// What to write instead, where the quotes are the mistake.
fn hint(found: Unexpected<'_>, wanted: &str) -> &'static str {
    let number = wanted.starts_with("a number");
    let boolean = wanted == "a boolean";
    let string = wanted.contains("string");
    match found {
        Unexpected::Str(text) if number && text.trim().parse::<f64>().is_ok() => " (write it without quotes)",
        Unexpected::Str(text) if boolean && super::de::boolean_word(text).is_some() => " (write it without quotes)",
        Unexpected::Str(_) if boolean => " (true or false)",
        Unexpected::Bool(_) | Unexpected::Float(_) | Unexpected::Signed(_) | Unexpected::Unsigned(_) if string => {
            " (write it in quotes)"
        }
        _ => "",
    }
}

/// serde names Rust types; who writes a configuration knows numbers, strings and blocks.
fn describe(expected: &str) -> String {
    if let Some((min, max)) = range(expected) {
        return format!("a number from {min} to {max}");
    }
    match expected {
        "f32" | "f64" => "a number".to_owned(),
        "a map" | "map" => "a block".to_owned(),
        "a sequence" | "sequence" => "a list of values".to_owned(),
        "unit" | "unit value" => "nothing".to_owned(),
        _ if expected.starts_with("struct ") => "a block".to_owned(),
        _ => expected.to_owned(),
    }
}

/// The limits of the integer type of that name.
fn range(name: &str) -> Option<(i128, i128)> {
    Some(match name {
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" | "usize" => (0, u64::MAX.into()),
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "i64" | "isize" => (i64::MIN.into(), i64::MAX.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde::de::Error as _;

    use super::*;

    fn wrong_type(found: Unexpected<'_>, expected: &str) -> String {
        Error::invalid_type(found, &expected).to_string()
    }

    #[test]
    fn the_path_comes_first_and_the_innermost_wins() {
        let error = Error::custom("no").or_at(|| "<A>: B".into()).or_at(|| "<A>".into());
        assert_eq!(error.to_string(), "<A>: B: no");
        assert_eq!(error.path(), "<A>: B");
        assert_eq!(error.problem(), "no");
        assert_eq!(Error::custom("no").or_at(String::new).to_string(), "no");
    }

    #[test]
    fn types_have_the_names_of_a_configuration() {
        assert_eq!(wrong_type(Unexpected::Str("abc"), "u16"), "\"abc\" is a string, expected a number from 0 to 65535");
        assert_eq!(
            wrong_type(Unexpected::Str("80"), "u16"),
            "\"80\" is a string, expected a number from 0 to 65535 (write it without quotes)"
        );
        assert_eq!(
            wrong_type(Unexpected::Float(80.0), "a string"),
            "80 is a number, expected a string (write it in quotes)"
        );
        assert_eq!(
            wrong_type(Unexpected::Bool(true), "a string"),
            "true is a boolean, expected a string (write it in quotes)"
        );
        assert_eq!(
            wrong_type(Unexpected::Str("on"), "a boolean"),
            "\"on\" is a string, expected a boolean (write it without quotes)"
        );
        assert_eq!(
            wrong_type(Unexpected::Float(300.7), "u8"),
            "300.7 is not a whole number, expected a number from 0 to 255"
        );
        assert_eq!(wrong_type(Unexpected::Map, "f64"), "a block found, expected a number");
        assert_eq!(wrong_type(Unexpected::Seq, "struct X"), "a list of values found, expected a block");
    }

    #[test]
    fn values_at_fault_are_named_once() {
        let error = Error::custom("invalid IP address syntax").about(|| "\"300.1.1.1\"".into());
        assert_eq!(error.to_string(), "\"300.1.1.1\": invalid IP address syntax");
        let error = Error::custom("no host 'x y'").about(|| "\"x y\"".into());
        assert_eq!(error.to_string(), "no host 'x y'");
    }

    #[test]
    fn foreign_messages_are_data() {
        let error = Error::custom(format!("a\nb{}", "x".repeat(5000)));
        assert!(error.to_string().starts_with("a\\nb"));
        assert!(error.to_string().len() < 1100);
    }

    #[test]
    fn missing_keys_are_told_apart() {
        assert_eq!(Error::missing_field("X").kind(), ErrorKind::MissingKey);
        assert_eq!(Error::missing_field("X").to_string(), "missing key \"X\"");
        assert_eq!(Error::missing_field("$argument").to_string(), "missing argument");
        assert_eq!(Error::custom("missing").kind(), ErrorKind::Other);
    }

    #[test]
    fn reserved_names_are_no_suggestions() {
        let error = Error::unknown_field("Hots", &["$argument", "Host"]);
        assert_eq!(error.to_string(), "unknown field \"Hots\", expected \"Host\"");
        assert_eq!(Error::duplicate_field("A").to_string(), "\"A\" given twice");
    }

    #[test]
    fn is_a_plain_error() {
        fn check<T: std::error::Error + Send + Sync + 'static>() {}
        check::<Error>();
    }
}
