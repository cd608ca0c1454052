//! What callbacks are called, and what happens if two of a kind have the same name.

use collectd::prelude::*;

pub(crate) struct CallbackNames;

impl Plugin for CallbackNames {
    const NAME: &'static str = "callback_names";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(CallbackNames)
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        let read = |which| {
            move || {
                log::info!("{which} read");
                Ok(())
            }
        };
        callbacks.read("", read("first"))?;
        callbacks.read("more", read("more"))?;
        if let Err(error) = callbacks.read("", read("second")) {
            log::info!("{error}");
        }
        let write = |which| {
            move |values: ValuesRef<'_>| {
                if values.plugin() == Self::NAME {
                    log::info!("{which} write");
                }
                Ok(())
            }
        };
        callbacks.write("", write("first"))?;
        if let Err(error) = callbacks.write("", write("second")) {
            log::info!("{error}");
        }
        Ok(())
    }
}
