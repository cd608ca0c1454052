//! A plugin whose author forgot to list its callbacks.
#![forbid(unsafe_code)]

use collectd::prelude::*;

struct Idle;

impl Plugin for Idle {
    const NAME: &'static str = "idle";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Idle)
    }
}

collectd::plugin!(Idle);
