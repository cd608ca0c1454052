use collectd::prelude::*;

struct Sender;

impl Plugin for Sender {
    const NAME: &'static str = "sender";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Sender)
    }
}

impl Write for Sender {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        // The daemon does not lock its meta data: not even a thread that ends before the callback may look.
        std::thread::scope(|scope| {
            scope.spawn(|| values.meta().value("key"));
        });
        Ok(())
    }
}

fn main() {}
