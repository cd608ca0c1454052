use collectd::prelude::*;
use std::rc::Rc;

struct Sender(Rc<str>);

impl Plugin for Sender {
    const NAME: &'static str = "sender";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Sender("shared".into()))
    }
}

fn main() {}
