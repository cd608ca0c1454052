use collectd::prelude::*;

fn register(callbacks: &mut Callbacks) -> Result {
    let name = "a name".to_owned();
    callbacks.read("names", || {
        log::info!("{name}");
        Ok(())
    })?;
    Ok(())
}

fn main() {}
