//! `rust_network`: a drop-in for collectd's `network` plugin.
//!
//! Value lists of the daemon are packed into datagrams of collectd's binary protocol and sent to every
//! `Server`. The daemon's write threads only fill a buffer; resolving and sending are done by a thread of
//! each server. A packet leaves when it is full, on a flush, at shutdown, and when its oldest value list
//! has waited for the linger time.

#[cfg(test)]
extern crate collectd_test_host as _;

mod buffer;
mod config;
mod queue;
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use collectd::prelude::*;
use collectd::{IdentifierRef, NameRef};
use collectd_udp::SendOptions;

use buffer::Buffer;
pub use config::Config;
use server::Server;

/// How long a stopping daemon waits for what is still to be sent.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(5);

/// Set by whoever received a value list from the network: sending it on would make a loop.
const RECEIVED: &str = "network:received";

/// The plugin.
pub struct Network {
    buffer: Buffer,
    servers: Arc<[Server]>,
}

impl Plugin for Network {
    const NAME: &'static str = "rust_network";
    const OTHER_BLOCKS: &'static [&'static str] = &["network"];
    type Config = Config;

    fn check(config: &Config) -> Result {
        config.check().map_err(Error::msg)
    }

    fn new(config: Config) -> Result<Self> {
        if config.servers().is_empty() {
            log::warn!("there is no Server in the configuration: nothing will be sent");
        }
        let options = SendOptions { ttl: config.time_to_live(), ..SendOptions::default() };
        let servers = config.servers().iter().map(|server| Server::start(server, options.clone()));
        let servers: Arc<[Server]> = servers.collect::<std::io::Result<_>>()?;
        let receivers = Arc::clone(&servers);
        let send = move |packet: Arc<[u8]>| receivers.iter().for_each(|server| server.send(Arc::clone(&packet)));
        let buffer = Buffer::start(config.max_packet_size(), config.linger(), Box::new(send))?;
        Ok(Network { buffer, servers })
    }
}

impl Write for Network {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        if self.servers.is_empty() || values.meta().is_true(RECEIVED) {
            return Ok(());
        }
        let complete = |values| self.buffer.push(values).map_err(|error| cannot_send(values, &error));
        if !values.time().is_unset() && !values.host().is_empty() {
            return complete(values);
        }
        // `plugin_write`, unlike a dispatch, fills in nothing, and receivers drop what lacks time or host.
        let host = collectd::hostname();
        let [given, plugin, plugin_instance, type_, type_instance] = values.identifier().names();
        let host = if given.is_empty() { NameRef::until_nul(host.as_bytes()) } else { given };
        let identifier = IdentifierRef::new([host, plugin, plugin_instance, type_, type_instance]);
        let time = if values.time().is_unset() { Time::now() } else { values.time() };
        complete(ValuesRef::new(time, values.interval(), identifier, values.data()))
    }
}

fn cannot_send(values: ValuesRef<'_>, error: &collectd_wire::EncodeError) -> Error {
    Error::msg(format_args!("cannot send {}: {error}", values.identifier()))
}

impl Flush for Network {
    /// Packets hold value lists of all metrics, so the whole packet goes.
    fn flush(&self, older_than: Option<Duration>, _identifier: Option<&Identifier>) -> Result {
        self.buffer.flush(older_than.unwrap_or(Duration::ZERO));
        Ok(())
    }
}

impl Shutdown for Network {
    fn shutdown(&self) -> Result {
        self.buffer.close();
        self.servers.iter().for_each(Server::close);
        let deadline = Instant::now() + SHUTDOWN_PATIENCE;
        self.servers.iter().for_each(|server| server.join(deadline));
        Ok(())
    }
}

collectd::plugin!(Network: Write, Flush, Shutdown);
