use collectd::prelude::*;

struct Nothing;

fn setup(module: &mut Module) -> Result {
    module.plugin::<Nothing>().register()?;
    module.matching::<Nothing>()?;
    module.target::<Nothing>()?;
    Ok(())
}

fn main() {}
