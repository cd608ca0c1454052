//! One address to receive on, and what it takes to have it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use collectd::LogLevel;
use collectd_udp::{BindError, Interface, Listen, Receiver};

use super::listener::Settings;

/// An address of a `Listen`.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) address: SocketAddr,
    /// Whether IPv4 has a socket of its own beside this one.
    pub(super) only_v6: bool,
    /// Whether other threads receive here too.
    pub(super) is_shared: bool,
}

impl Place {
    /// One for each address, or several where they can share it.
    pub(super) fn all(addresses: &[SocketAddr], threads: usize) -> Vec<Place> {
        let has_any_v4 = |port| addresses.contains(&SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port));
        let places = addresses.iter().map(|&address| {
            // Of several sockets in a group, each gets every datagram.
            let count = if address.ip().is_multicast() { 1 } else { threads };
            let only_v6 = address.is_ipv6() && has_any_v4(address.port());
            std::iter::repeat_n(Place { address, only_v6, is_shared: count > 1 }, count)
        });
        places.flatten().collect()
    }

    /// The first one of those that share an address fails if another daemon has it.
    pub(super) fn open(self, settings: &Settings, is_first: bool) -> Result<Receiver, String> {
        let interface = settings.interface.as_deref().map(Interface::named).transpose();
        let interface = interface.map_err(|error| error.to_string())?;
        let listen = Listen::new(self.address).interface(interface).only_v6(self.only_v6);
        let listen = listen.reuse_port(self.is_shared).claim_port(self.is_shared && is_first);
        // Otherwise the address is ours alone: of two daemons that share one, the first would get nothing any more.
        let listen = if settings.overlaps { listen.reuse_address(true) } else { listen };
        let builder = Receiver::builder().listen(listen).buffer_size(settings.buffer_size);
        let receiver = builder.max_datagram_size(settings.max_packet_size).bind();
        let receiver = receiver.map_err(|error: BindError| error.to_string())?;
        let (wanted, granted) = (settings.buffer_size, receiver.granted());
        if granted < wanted {
            let text = format_args!(
                "{}: the receive buffer has {granted} bytes instead of {wanted}; the limit is net.core.rmem_max",
                settings.name
            );
            collectd::log_at(LogLevel::Warning, text);
        }
        Ok(receiver)
    }
}
