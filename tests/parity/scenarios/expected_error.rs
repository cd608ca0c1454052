//! Fails with an error that is a part of normal life: a warning.

use collectd::prelude::*;

pub(crate) struct ExpectedError;

impl Plugin for ExpectedError {
    const NAME: &'static str = "expected_error";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(ExpectedError)
    }
}

impl Read for ExpectedError {
    fn read(&self) -> Result {
        Err(Error::msg("80% of %s is gone").expected())
    }
}
