use collectd::prelude::*;

struct Sender;

impl Plugin for Sender {
    const NAME: &'static str = "sender";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Sender)
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        // Most lists of the daemon may be changed on its main thread only.
        std::thread::scope(|scope| {
            scope.spawn(|| callbacks.read("a", || Ok(())));
        });
        Ok(())
    }
}

fn main() {}
