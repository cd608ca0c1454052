//! A read that ends itself, and goes on as another; a writer that is taken back before there are values.

use std::time::Duration;

use collectd::prelude::*;

pub(crate) struct Unregistered;

/// The daemon would refuse the second one if the first one were still there.
fn options(group: &str) -> ReadOptions {
    ReadOptions::new("").interval(Duration::from_millis(100)).group(group)
}

impl Plugin for Unregistered {
    const NAME: &'static str = "unregistered";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Unregistered)
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        let reads = callbacks.reads()?;
        callbacks.read(options("first"), move || {
            log::info!("first read");
            reads.cancel_group("first");
            let own = reads.clone();
            reads.add(options("second"), move || {
                log::info!("second read");
                own.cancel_group("second");
                Ok(())
            })?;
            Ok(())
        })?;
        let handle = callbacks.write("", |values| {
            if values.plugin() == Self::NAME {
                log::info!("this must not be called");
            }
            Ok(())
        })?;
        handle.cancel();
        Ok(())
    }
}
