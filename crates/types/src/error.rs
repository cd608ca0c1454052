//! What can be wrong with a value list that somebody builds.

use crate::{Field, NameError, TimeError};

/// A part of a value list or notification that cannot be sent, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field} cannot be used: {problem}")]
#[non_exhaustive]
pub struct FieldError {
    /// The part.
    pub field: Field,
    /// What is wrong with it.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a [field](FieldError).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It is not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// collectd's clock cannot express it.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// It is longer than the daemon's structure.
    #[error("it has {len} bytes, more than {max}")]
    TooLong {
        /// How many bytes it has.
        len: usize,
        /// How many it may have.
        max: usize,
    },
    /// It must not be empty.
    #[error("it is empty")]
    Empty,
}

impl FieldError {
    /// Says that this part has this problem.
    pub fn new(field: Field, problem: impl Into<Problem>) -> Self {
        FieldError { field, problem: problem.into() }
    }
}
