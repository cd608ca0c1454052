use collectd::prelude::*;

struct Reader;

impl Plugin for Reader {
    const NAME: &'static str = "reader";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Reader)
    }
}

impl Read for Reader {
    fn read(&self) -> Result {
        Ok(())
    }
}

collectd::plugin!(Reader: Read, Write);

fn main() {}
