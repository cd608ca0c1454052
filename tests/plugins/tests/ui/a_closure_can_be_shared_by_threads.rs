use std::cell::Cell;
use std::rc::Rc;

use collectd::prelude::*;

fn register(callbacks: &mut Callbacks) -> Result {
    let count = Cell::new(0);
    callbacks.write("counts", move |_| {
        count.set(count.get() + 1);
        Ok(())
    })?;
    let name = Rc::new("a name".to_owned());
    callbacks.read("names", move || {
        log::info!("{name}");
        Ok(())
    })?;
    Ok(())
}

fn main() {}
