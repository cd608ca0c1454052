use collectd::prelude::*;

struct Counter(u32);

impl Plugin for Counter {
    const NAME: &'static str = "counter";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Counter(0))
    }
}

impl Read for Counter {
    fn read(&mut self) -> Result {
        self.0 += 1;
        Ok(())
    }
}

fn main() {}
