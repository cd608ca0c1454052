use collectd::prelude::*;

struct Config {
    port: u16,
}

struct Server(u16);

impl Plugin for Server {
    const NAME: &'static str = "server";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        Ok(Server(config.port))
    }
}

fn main() {}
