use collectd::filter::{Action, Target, ValuesMut};
use collectd::prelude::*;

struct Sender;

impl Target for Sender {
    const NAME: &'static str = "sender";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Sender)
    }

    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        std::thread::scope(|scope| {
            scope.spawn(move || values.remove_meta("key"));
        });
        Ok(Action::Continue)
    }
}

fn main() {}
