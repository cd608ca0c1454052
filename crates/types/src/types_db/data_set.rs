//! Data sets: what types.db says about one type.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use smallvec::SmallVec;

use super::line;
use super::problem::LineProblemKind;
use crate::{Kind, Name, Number, Value, Values, ValuesRef};

/// What a type is: the data sources that its value lists have. Made from a line of types.db.
///
/// ```
/// use collectd_types::DataSet;
///
/// let load: DataSet = "load short:GAUGE:0:5000, mid:GAUGE:0:5000, long:GAUGE:0:5000".parse().unwrap();
/// assert_eq!(load.type_(), "load");
/// assert_eq!(load.sources()[2].name, "long");
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct DataSet {
    type_: Name,
    sources: Box<[DataSource]>,
}

/// A data source: what one of the values of a list is.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct DataSource {
    /// Its name, `value` if it is the only one of its type.
    pub name: Name,
    /// Its kind.
    pub kind: Kind,
    /// The least value that is plausible; of a kind with a rate, the least rate. Not NaN.
    pub min: Option<f64>,
    /// The greatest value or rate that is plausible. Not NaN.
    pub max: Option<f64>,
}

impl DataSource {
    /// A data source without limits.
    pub fn new(name: Name, kind: Kind) -> Self {
        DataSource { name, kind, min: None, max: None }
    }
}

/// How a value list differs from what its type demands.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// No types.db has this type.
    #[error("type \"{type_}\" is not in types.db")]
    UnknownType {
        /// The type of the value list.
        type_: Name,
    },
    /// There are too many or too few values.
    #[error("type \"{type_}\" has {expected} values, not {got}")]
    Count {
        /// The type of the value list.
        type_: Name,
        /// How many data sources the type has.
        expected: usize,
        /// How many values there are.
        got: usize,
    },
    /// A value is of another kind than its data source.
    #[error("\"{data_source}\" of type \"{type_}\" is a {expected}, not a {got}")]
    Kind {
        /// The type of the value list.
        type_: Name,
        /// The name of the data source.
        data_source: Name,
        /// Its kind.
        expected: Kind,
        /// The kind of the value.
        got: Kind,
    },
    /// A number cannot be a value of its data source.
    #[error("\"{data_source}\" of type \"{type_}\" is a {kind}, which cannot be {number}")]
    Number {
        /// The type of the value list.
        type_: Name,
        /// The name of the data source.
        data_source: Name,
        /// Its kind.
        kind: Kind,
        /// The number.
        number: Box<str>,
    },
}

impl DataSet {
    /// Parses a line of types.db, of any length; oddities that collectd accepts are accepted. (For
    /// text there is [`FromStr`].)
    ///
    /// # Errors
    ///
    /// If collectd would skip the line, or it is blank or a comment.
    pub fn from_line(line: &[u8]) -> Result<DataSet, LineProblemKind> {
        line::parse(line, &mut |_| ())?.ok_or(LineProblemKind::NoDataSource)
    }

    /// A type with these data sources; `None` without a type or a data source. A limit that is NaN is none.
    pub fn from_sources(type_: Name, sources: impl IntoIterator<Item = DataSource>) -> Option<DataSet> {
        let limit = |limit: Option<f64>| limit.filter(|limit| !limit.is_nan());
        let sources = sources.into_iter();
        let sources: Vec<_> =
            sources.map(|source| DataSource { min: limit(source.min), max: limit(source.max), ..source }).collect();
        (!type_.is_empty() && !sources.is_empty()).then(|| DataSet::new(type_, sources))
    }

    pub(super) fn new(type_: Name, sources: Vec<DataSource>) -> Self {
        DataSet { type_, sources: sources.into() }
    }

    /// The type that this defines.
    pub fn type_(&self) -> &Name {
        &self.type_
    }

    /// The data sources, at least one; in types.db at most 63.
    pub fn sources(&self) -> &[DataSource] {
        &self.sources
    }

    /// Whether a value list has as many values as this has data sources, each of its kind. Its type is
    /// not looked at.
    ///
    /// collectd itself checks the number only: what it gets as the wrong kind, it reads as garbage.
    ///
    /// # Errors
    ///
    /// If the values differ in number or kind.
    pub fn check(&self, values: ValuesRef<'_>) -> Result<(), CheckError> {
        let (expected, got) = (self.sources.len(), values.data().len());
        if expected != got {
            return Err(CheckError::Count { type_: self.type_.clone(), expected, got });
        }
        match self.label(values).find(|(source, value)| source.kind != value.kind()) {
            None => Ok(()),
            Some((source, value)) => Err(CheckError::Kind {
                type_: self.type_.clone(),
                data_source: source.name.clone(),
                expected: source.kind,
                got: value.kind(),
            }),
        }
    }

    /// A value list of this type: each number becomes a value of the kind that its data source has. For code that
    /// does not know the type beforehand; who does writes `Values::new("load").gauges(…)`.
    ///
    /// ```
    /// use collectd_types::{DataSet, Values};
    ///
    /// let octets: DataSet = "if_octets rx:DERIVE:0:U, tx:DERIVE:0:U".parse().unwrap();
    /// assert_eq!(octets.values([11.9, 22.0]).unwrap(), Values::new("if_octets").derives([11, 22]));
    /// assert!(octets.values([11.9]).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If there are not as many numbers as data sources, or one [cannot be](Number::to_value) of the kind.
    pub fn values<N: Into<Number>>(&self, numbers: impl IntoIterator<Item = N>) -> Result<Values, CheckError> {
        let numbers: SmallVec<[Number; 4]> = numbers.into_iter().map(Into::into).collect();
        let (expected, got) = (self.sources.len(), numbers.len());
        if expected != got {
            return Err(CheckError::Count { type_: self.type_.clone(), expected, got });
        }
        let mut values = Values::new(self.type_.as_bytes());
        for (source, number) in self.sources.iter().zip(numbers) {
            values = values.value(self.value(source, number)?);
        }
        Ok(values)
    }

    fn value(&self, source: &DataSource, number: Number) -> Result<Value, CheckError> {
        number.to_value(source.kind).ok_or_else(|| CheckError::Number {
            type_: self.type_.clone(),
            data_source: source.name.clone(),
            kind: source.kind,
            number: number.to_string().into(),
        })
    }

    /// The values of a list, each with its data source; as many as there are of both.
    pub fn label<'a>(&'a self, values: ValuesRef<'a>) -> impl Iterator<Item = (&'a DataSource, Value)> {
        self.sources.iter().zip(values.values())
    }

    /// The line of types.db that defines this, without its end. [`from_line`](Self::from_line) reads it
    /// back. If there are many long names it can have more than the 4093 bytes that a file's lines may
    /// have.
    pub fn to_line(&self) -> Vec<u8> {
        let mut line = self.type_.as_bytes().to_vec();
        for (index, source) in self.sources.iter().enumerate() {
            line.extend_from_slice(if index == 0 { b" " } else { b", " });
            line.extend_from_slice(source.name.as_bytes());
            line.push(b':');
            line.extend(source.kind.name().bytes().map(|byte| byte.to_ascii_uppercase()));
            for limit in [source.min, source.max] {
                line.push(b':');
                line.extend_from_slice(limit_text(limit).as_bytes());
            }
        }
        line
    }
}

/// Reads a line of types.db, see [`DataSet::from_line`].
impl FromStr for DataSet {
    type Err = LineProblemKind;

    fn from_str(line: &str) -> Result<DataSet, LineProblemKind> {
        DataSet::from_line(line.as_bytes())
    }
}

/// The line of types.db that defines this, see [`to_line`](DataSet::to_line); in names, what is not
/// UTF-8 and control characters are escaped.
impl fmt::Display for DataSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::escape::fmt_escaped(&self.to_line(), f)
    }
}

/// A number in full, or with an exponent if it would be longer than an integer of 64 bits. Both are exact.
fn limit_text(limit: Option<f64>) -> String {
    use alloc::format;
    let Some(limit) = limit else { return String::from("U") };
    let plain = format!("{limit}");
    if plain.len() > 20 { format!("{limit:e}") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_sets_are_made_of_sources() {
        let name = |text| Name::new(text).unwrap();
        let source = || DataSource { min: Some(0.5), max: Some(f64::NAN), ..DataSource::new(name("x"), Kind::Derive) };
        let set = DataSet::from_sources(name("t"), [source(), DataSource::new(name("y"), Kind::Gauge)]).unwrap();
        assert_eq!(set, "t x:DERIVE:0.5:U, y:GAUGE:U:U".parse().unwrap());
        assert_eq!(DataSet::from_sources(name("t"), []), None);
        assert_eq!(DataSet::from_sources(Name::EMPTY, [source()]), None);
    }

    #[test]
    fn numbers_that_do_not_fit_are_named() {
        let set: DataSet = "t x:DERIVE:U:U, y:COUNTER:U:U".parse().unwrap();
        let text = |error: CheckError| error.to_string();
        assert_eq!(text(set.values([1, -1]).unwrap_err()), r#""y" of type "t" is a counter, which cannot be -1"#);
        assert_eq!(
            text(set.values([f64::NAN, 1.0]).unwrap_err()),
            r#""x" of type "t" is a derive, which cannot be NaN"#
        );
        assert_eq!(text(set.values([1.0]).unwrap_err()), r#"type "t" has 2 values, not 1"#);
        assert_eq!(set.values([1u64, u64::MAX]).unwrap(), Values::new("t").derive(1).counter(u64::MAX));
    }
}
