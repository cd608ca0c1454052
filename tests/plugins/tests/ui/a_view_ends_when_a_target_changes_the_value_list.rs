use collectd::filter::{Action, Target, ValuesMut};
use collectd::prelude::*;

struct Changer;

impl Target for Changer {
    const NAME: &'static str = "changer";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Changer)
    }

    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        let before = values.view();
        values.set_host("other")?;
        log::info!("it was {before}");
        Ok(Action::Continue)
    }
}

fn main() {}
