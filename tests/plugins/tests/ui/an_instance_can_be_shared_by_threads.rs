use std::cell::Cell;

use collectd::prelude::*;

struct Counter(Cell<u32>);

impl Flush for Counter {
    fn flush(&self, _: Option<std::time::Duration>, _: Option<&Identifier>) -> Result {
        self.0.set(0);
        Ok(())
    }
}

fn register(callbacks: &mut Callbacks) -> Result {
    callbacks.instance("counter", Arc::new(Counter(Cell::new(0)))).register()?;
    Ok(())
}

fn main() {}
