//! Fails with an error.

use collectd::prelude::*;

pub(crate) struct OtherError;

impl Plugin for OtherError {
    const NAME: &'static str = "other_error";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(OtherError)
    }
}

impl Read for OtherError {
    fn read(&self) -> Result {
        Err(Error::msg("80% of %s is gone"))
    }
}
