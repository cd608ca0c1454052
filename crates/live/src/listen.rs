//! Where to listen: options of all commands that receive.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use clap::builder::NonEmptyStringValueParser;
use collectd_udp::{DEFAULT_BUFFER_SIZE, Endpoint, GROUP_V4, GROUP_V6, Interface, Listen, OpenError, PORT, Receiver};

use crate::console::{say, warn};

#[derive(clap::Args)]
#[group(skip)]
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

/// What was asked for in one go: it is enough if one of its addresses works, as on a machine with
/// one family only.
struct Wanted {
    addrs: Vec<SocketAddr>,
}

impl Args {
    /// Listens, says where, and warns of what is not as it should be.
    pub(crate) fn open(&self) -> anyhow::Result<Receiver> {
        let interface = self.interface.as_deref().map(Interface::named).transpose()?;
        let wanted = self.wanted()?;
        let mut builder = Receiver::builder();
        for addr in unique(&wanted) {
            builder = builder.listen(Listen::new(addr).interface(interface.clone()));
        }
        let receiver = builder.bind().context("cannot listen")?;
        check(&wanted, receiver.failures())?;
        for failure in receiver.failures() {
            warn(format_args!("not listening on {failure}"));
        }
        if let Some(warning) = small_buffer(receiver.granted()) {
            warn(warning);
        }
        let addrs: Vec<_> = receiver.local_addrs().iter().map(SocketAddr::to_string).collect();
        say(format_args!("listening on {}", addrs.join(", ")));
        Ok(receiver)
    }

    fn wanted(&self) -> anyhow::Result<Vec<Wanted>> {
        if self.listen.is_empty() {
            let groups = vec![SocketAddr::from((GROUP_V4, PORT)), SocketAddr::from((GROUP_V6, PORT))];
            return Ok(vec![Wanted { addrs: groups }]);
        }
        let resolve = |endpoint: &Endpoint| {
            let addrs = endpoint.resolve_listen().with_context(|| format!("cannot listen on {endpoint}"))?;
            Ok(Wanted { addrs })
        };
        self.listen.iter().map(resolve).collect()
    }
}

/// Each address once: a second socket for it would be refused.
fn unique(wanted: &[Wanted]) -> Vec<SocketAddr> {
    let mut unique = Vec::new();
    for &addr in wanted.iter().flat_map(|wanted| &wanted.addrs) {
        if !unique.contains(&addr) {
            unique.push(addr);
        }
    }
    unique
}

fn check(wanted: &[Wanted], failures: &[OpenError]) -> anyhow::Result<()> {
    for wanted in wanted {
        let failed: Vec<_> = failures.iter().filter(|failure| wanted.addrs.contains(&failure.addr)).collect();
        if failed.len() == wanted.addrs.len() {
            let reasons: Vec<_> = failed.iter().map(ToString::to_string).collect();
            bail!("cannot listen: {}", reasons.join("; "));
        }
    }
    Ok(())
}

/// A warning, if the kernel gave so little that short bursts get lost.
fn small_buffer(granted: usize) -> Option<String> {
    (granted < DEFAULT_BUFFER_SIZE / 8).then(|| {
        format!(
            "the receive buffer has {} KiB instead of {} KiB, so bursts may get lost; \
             as root, `sysctl net.core.rmem_max={DEFAULT_BUFFER_SIZE}` allows more",
            granted >> 10,
            DEFAULT_BUFFER_SIZE >> 10
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn addr(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    fn failure(port: u16) -> OpenError {
        OpenError { addr: addr(port), step: "bind", error: io::ErrorKind::AddrInUse.into() }
    }

    #[test]
    fn one_address_of_each_wish_must_work() {
        let wanted = [Wanted { addrs: vec![addr(1), addr(2)] }, Wanted { addrs: vec![addr(3)] }];
        check(&wanted, &[failure(2)]).unwrap();
        let error = check(&wanted, &[failure(3)]).unwrap_err().to_string();
        assert!(error.contains("127.0.0.1:3: cannot bind: "), "{error}");
        let error = check(&wanted, &[failure(1), failure(2)]).unwrap_err().to_string();
        assert!(error.contains("127.0.0.1:1") && error.contains("127.0.0.1:2"), "{error}");
    }

    #[test]
    fn addresses_that_are_named_twice_are_opened_once() {
        let wanted = [Wanted { addrs: vec![addr(1), addr(2)] }, Wanted { addrs: vec![addr(2), addr(3)] }];
        assert_eq!(unique(&wanted), [addr(1), addr(2), addr(3)]);
    }

    #[test]
    fn only_a_much_smaller_buffer_is_worth_a_warning() {
        assert_eq!(small_buffer(DEFAULT_BUFFER_SIZE), None);
        assert_eq!(small_buffer(4 << 20), None);
        let warning = small_buffer(212_992).unwrap();
        assert!(warning.contains("208 KiB instead of 8192 KiB"), "{warning}");
        assert!(warning.contains("net.core.rmem_max=8388608"), "{warning}");
    }
}
