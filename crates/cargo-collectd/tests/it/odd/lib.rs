//! Has [everything](https://example.org) that a type can be, `.so /etc/passwd` and 'quotes'.
//!
//! .so /etc/passwd

mod options;

use collectd::prelude::*;
use options as o;

const NAME: &str = env!("CARGO_PKG_NAME");

struct Odd;

impl Plugin for Odd {
    const NAME: &'static str = NAME;
    type Config = o::Options<u8>;

    fn new(_: Self::Config) -> Result<Self> {
        Ok(Odd)
    }
}

impl Read for Odd {
    fn read(&self) -> Result {
        Ok(())
    }
}

collectd::plugin!(Odd: Read);

#[cfg(test)]
mod tests;
