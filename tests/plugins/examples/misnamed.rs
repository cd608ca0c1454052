//! Three plugins, two of them with names that collectd cannot have.
#![forbid(unsafe_code)]

use collectd::prelude::*;

struct Named<const NAME: usize>;

const NAMES: [&str; 3] = ["", "mis\0named", "misnamed"];

impl<const NAME: usize> Plugin for Named<NAME> {
    const NAME: &'static str = NAMES[NAME];
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Named)
    }
}

impl<const NAME: usize> Read for Named<NAME> {
    fn read(&self) -> Result {
        Ok(Values::new("gauge").gauge(1.0).dispatch()?)
    }
}

collectd::module!(|module: &mut Module| {
    module.plugin::<Named<0>>().read().register()?;
    module.plugin::<Named<1>>().read().register()?;
    module.plugin::<Named<2>>().read().register()?;
    Ok(())
});
