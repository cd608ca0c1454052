use std::cell::Cell;

use collectd::prelude::*;

struct Counter(Cell<u32>);

impl Plugin for Counter {
    const NAME: &'static str = "counter";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Counter(Cell::new(0)))
    }
}

fn main() {}
