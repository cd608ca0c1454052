//! Two plugins of the same name. The second one is left out, or with `INSIST` in the environment nothing is registered.
#![forbid(unsafe_code)]

use collectd::prelude::*;

struct First;
struct Second;

impl Plugin for First {
    const NAME: &'static str = "twins";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(First)
    }
}

impl Plugin for Second {
    const NAME: &'static str = "Twins";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Second)
    }
}

impl Read for First {
    fn read(&self) -> Result {
        Ok(Values::new("gauge").type_instance("first").gauge(1.0).dispatch()?)
    }
}

impl Read for Second {
    fn read(&self) -> Result {
        Ok(Values::new("gauge").type_instance("second").gauge(2.0).dispatch()?)
    }
}

collectd::module!(|module: &mut Module| {
    module.plugin::<First>().read().register()?;
    match module.plugin::<Second>().read().register() {
        Err(error) if std::env::var_os("INSIST").is_none() => log::warn!("without the second one: {error}"),
        result => result?,
    }
    Ok(())
});
