//! What is wrong with a line of types.db.

/// A problem with a line of a file like types.db.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {kind}")]
#[non_exhaustive]
pub struct LineProblem {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: LineProblemKind,
}

/// What is wrong with a line. About most of what it does not skip, collectd is silent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineProblemKind {
    /// With its end it has 4095 bytes or more, so it is skipped, even if it is a comment.
    #[error("skipped: it has more than 4093 bytes")]
    TooLong,
    /// collectd's reader skips it together with the line before, which is [too long](Self::TooLong) by
    /// a number of bytes that it does not expect (4095 with its end, or a multiple).
    #[error("skipped: so is the line before, and collectd overlooks where that ends")]
    AfterTooLong,
    /// There is a type alone, so it is skipped. collectd does not say so.
    #[error("skipped: there is no data source")]
    NoDataSource,
    /// A data source is odd, or so wrong that the line is skipped.
    #[error("data source {} {problem}", .index + 1)]
    Source {
        /// Which data source, counted from 0.
        index: usize,
        /// What is wrong with it.
        problem: SourceProblem,
    },
    /// The name of the type was cut after [`Name::MAX_LEN`](crate::Name::MAX_LEN) bytes. Type names on
    /// the network are cut as well.
    #[error("the name of the type was cut after 127 bytes")]
    TypeTruncated,
    /// What follows the 63rd data source was ignored.
    #[error("there are more than 63 data sources; the rest was ignored")]
    TooManySources,
    /// What follows a NUL byte was ignored.
    #[error("there is a NUL byte; what follows it was ignored")]
    Nul,
    /// The type was known and got a new definition. Of use where it is meant.
    #[error("it replaces a type that was known")]
    Replaced,
}

/// What is wrong with a data source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceProblem {
    /// It has fewer than 11 bytes, the length of `v:GAUGE:0:U`. A comma counts.
    #[error("has {len} bytes, and none has fewer than 11")]
    TooShort {
        /// How many bytes it has.
        len: usize,
    },
    /// There are not four parts between colons. Commas without a blank do not separate data sources.
    #[error("has {count} parts between colons, not 4")]
    Parts {
        /// How many parts there are; empty ones do not count.
        count: usize,
    },
    /// Its kind is unknown.
    #[error("is neither GAUGE nor DERIVE, COUNTER, ABSOLUTE")]
    Kind,
    /// Its name was cut after [`Name::MAX_LEN`](crate::Name::MAX_LEN) bytes.
    #[error("has a name of more than 127 bytes, which was cut")]
    NameTruncated,
    /// An earlier one has the same name.
    #[error("has the name of an earlier one")]
    SameName,
    /// Its minimum does not end where the number ends, or is no number, which counts as 0.
    #[error("has a minimum that is not entirely a number")]
    Minimum,
    /// Its maximum does not end where the number ends, or is no number, which counts as 0.
    #[error("has a maximum that is not entirely a number")]
    Maximum,
}

impl LineProblem {
    /// Whether the line defines no type because of this problem.
    pub const fn is_skipped(&self) -> bool {
        self.kind.is_skipped()
    }
}

impl LineProblemKind {
    /// Whether the line defines no type because of this problem.
    pub const fn is_skipped(&self) -> bool {
        match self {
            Self::TooLong | Self::AfterTooLong | Self::NoDataSource => true,
            Self::Source { problem, .. } => {
                matches!(problem, SourceProblem::TooShort { .. } | SourceProblem::Parts { .. } | SourceProblem::Kind)
            }
            Self::TypeTruncated | Self::TooManySources | Self::Nul | Self::Replaced => false,
        }
    }
}
