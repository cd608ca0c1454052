//! What sockets listen on.

use clap::builder::NonEmptyStringValueParser;
use collectd_net::{Endpoint, ReaderBuilder};

pub(crate) use super::live::Live;
use crate::console::{say, warn};

#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Where from")]
pub(crate) struct Args {
    /// Listen here instead of collectd's groups; may be repeated.
    #[arg(long, value_name = "ADDR[:PORT]", long_help = LISTEN_HELP)]
    listen: Vec<Endpoint>,

    /// Join groups on this network interface; of other addresses, take only what arrives there.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    interface: Option<String>,
}

const LISTEN_HELP: &str = "\
Listen here instead of collectd's groups; may be repeated.

ADDR is an address, a host name, or * for every address of this machine; a multicast group is \
joined. An IPv6 address with a port is written [ADDR]:PORT. The port is 25826 if not given.";

impl Args {
    /// Opens the sockets, says where they listen, and warns of what is not as it should be.
    pub(crate) fn open(&self, mut builder: ReaderBuilder) -> anyhow::Result<Live> {
        for endpoint in &self.listen {
            builder = builder.listen(endpoint.clone());
        }
        if let Some(interface) = &self.interface {
            builder = builder.interface(interface.as_str());
        }
        let reader = builder.build()?;
        for warning in reader.warnings() {
            warn(warning);
        }
        let addrs: Vec<_> = reader.local_addrs().iter().map(ToString::to_string).collect();
        say(format_args!("listening on {}", addrs.join(", ")));
        Ok(Live::new(reader))
    }
}
