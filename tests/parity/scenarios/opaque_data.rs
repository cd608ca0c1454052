//! A callback has what it captures.

use collectd::prelude::*;

pub(crate) struct OpaqueData;

impl Plugin for OpaqueData {
    const NAME: &'static str = "opaque_data";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(OpaqueData)
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        let data = String::from("spam");
        callbacks.read("spam", move || {
            log::info!("{data}");
            Ok(())
        })?;
        callbacks.read("without", || {
            log::info!("without");
            Ok(())
        })?;
        Ok(())
    }
}
