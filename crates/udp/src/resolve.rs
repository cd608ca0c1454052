//! Names of hosts and services to addresses, through `getaddrinfo`.

use std::ffi::CString;
use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

use crate::sys::{LookupError, lookup};

/// Finds the addresses to send to, best first.
///
/// `service` is a port number or a name from `/etc/services`. Numeric addresses take no look-up;
/// for names the call blocks as long as the system's resolver takes, which may be many seconds.
///
/// # Errors
///
/// [`ResolveError`], which tells apart what may work later ([`ResolveError::is_temporary`]).
pub fn resolve(host: &str, service: &str) -> Result<Vec<SocketAddr>, ResolveError> {
    if let (Ok(ip), Some(port)) = (host.parse::<IpAddr>(), parse_port(service)) {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    if host == "*" {
        let reason = "this stands for the addresses of this machine, to listen on".to_owned();
        return Err(ResolveError::NotKnown { host: host.to_owned(), reason });
    }
    find(Some(host), service)
}

/// Finds the addresses to listen on: as [`resolve`], and `*` is every address of this machine,
/// of both families, if its kernel has both.
///
/// # Errors
///
/// As [`resolve`].
pub fn resolve_listen(host: &str, service: &str) -> Result<Vec<SocketAddr>, ResolveError> {
    if host == "*" { find(None, service) } else { resolve(host, service) }
}

/// Why a host or a service has no address.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The resolver cannot say now, as without a name server: trying later may help.
    #[error("cannot resolve \"{host}\" now: {reason}")]
    TryAgain {
        /// The host that was asked for.
        host: String,
        /// The resolver's text.
        reason: String,
    },
    /// There is no such host, or it has no address.
    #[error("cannot resolve \"{host}\": {reason}")]
    NotKnown {
        /// The host that was asked for.
        host: String,
        /// The resolver's text.
        reason: String,
    },
    /// The service is neither a port number nor a name that this machine knows.
    #[error("unknown service \"{service}\": {reason}")]
    UnknownService {
        /// The service that was asked for.
        service: String,
        /// The resolver's text.
        reason: String,
    },
    /// The system failed while resolving.
    #[error("cannot resolve \"{host}\": {error}")]
    System {
        /// The host that was asked for.
        host: String,
        /// What the system said.
        error: io::Error,
    },
}

impl ResolveError {
    /// Whether the same question may have an answer later, without a change of configuration.
    ///
    /// A name that is not known counts as permanent, though somebody may register it some day.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, ResolveError::TryAgain { .. } | ResolveError::System { .. })
    }
}

/// Without a host: the wildcard address of each family.
fn find(host: Option<&str>, service: &str) -> Result<Vec<SocketAddr>, ResolveError> {
    let shown = host.unwrap_or("*");
    // `getaddrinfo` cuts numbers to 16 bits without a word, and takes "+1" and "" too.
    let looks_numeric = service.bytes().all(|b| b.is_ascii_digit() || b == b'+' || b == b'-');
    if looks_numeric && parse_port(service).is_none() {
        let reason = "a port is a number from 0 to 65535".to_owned();
        return Err(ResolveError::UnknownService { service: service.to_owned(), reason });
    }
    let not_known = || ResolveError::NotKnown { host: shown.to_owned(), reason: "this is not a name".to_owned() };
    // An empty host is to `getaddrinfo` what `*` is to us.
    let c_host = match host {
        Some("") => return Err(not_known()),
        Some(host) => Some(CString::new(host).map_err(|_| not_known())?),
        None => None,
    };
    let c_service = CString::new(service).map_err(|_| ResolveError::UnknownService {
        service: service.to_owned(),
        reason: "this is not a name".to_owned(),
    })?;
    let found = lookup(c_host.as_deref(), &c_service).map_err(|e| explain(e, shown, service))?;
    let mut addresses: Vec<SocketAddr> = Vec::with_capacity(found.len());
    for address in found {
        if !addresses.contains(&address) && (host.is_some() || has_family(address)) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(not_known()) } else { Ok(addresses) }
}

/// Whether the kernel has the family at all. One that is only switched off may be there later.
fn has_family(address: SocketAddr) -> bool {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP));
    !socket.is_err_and(|error| error.raw_os_error() == Some(libc::EAFNOSUPPORT))
}

fn explain(error: LookupError, host: &str, service: &str) -> ResolveError {
    let host = host.to_owned();
    match error {
        LookupError::System(error) => ResolveError::System { host, error },
        LookupError::Code(code, reason) => match code {
            libc::EAI_AGAIN => ResolveError::TryAgain { host, reason },
            libc::EAI_SERVICE => ResolveError::UnknownService { service: service.to_owned(), reason },
            libc::EAI_MEMORY => {
                let error = io::Error::new(io::ErrorKind::OutOfMemory, reason);
                ResolveError::System { host, error }
            }
            _ => ResolveError::NotKnown { host, reason },
        },
    }
}

fn parse_port(service: &str) -> Option<u16> {
    let digits = !service.is_empty() && service.bytes().all(|b| b.is_ascii_digit());
    if digits { service.parse().ok() } else { None }
}
