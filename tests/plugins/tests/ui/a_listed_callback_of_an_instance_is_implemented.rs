use collectd::prelude::*;

struct Node;

fn register(callbacks: &mut Callbacks) -> Result {
    callbacks.instance("node", Arc::new(Node)).write().cache_event().register()?;
    Ok(())
}

fn main() {}
