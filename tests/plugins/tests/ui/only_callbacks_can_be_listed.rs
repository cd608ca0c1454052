use collectd::prelude::*;

struct Reader;

impl Plugin for Reader {
    const NAME: &'static str = "reader";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Reader)
    }
}

collectd::plugin!(Reader: Frobnicate);

fn main() {}
