//! One connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no address: {0}")]
    Name(String),
    #[error("{0} does not answer in time")]
    Timeout(SocketAddr),
    #[error("{0} refuses connections")]
    Refused(SocketAddr),
    #[error("{address} cannot be reached: {error}")]
    Unreachable { address: SocketAddr, error: io::Error },
    #[error("{address}: {error}")]
    Other { address: SocketAddr, error: io::Error },
}

/// What failures are counted as: type instances.
pub(crate) const KINDS: [&str; 5] = ["name", "timeout", "refused", "unreachable", "other"];

impl Failure {
    fn new(address: SocketAddr, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Failure::Refused(address),
            io::ErrorKind::TimedOut => Failure::Timeout(address),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Failure::Unreachable { address, error }
            }
            _ => Failure::Other { address, error },
        }
    }

    /// The place in [`KINDS`].
    pub(crate) fn kind(&self) -> usize {
        match self {
            Failure::Name(_) => 0,
            Failure::Timeout(_) => 1,
            Failure::Refused(_) => 2,
            Failure::Unreachable { .. } => 3,
            Failure::Other { .. } => 4,
        }
    }
}

/// Tries the addresses, of which there is one at least, until one accepts. Each has its share of the time that is left.
/// Says how long it took with the one that did, and closes the connection.
pub(crate) async fn connect(addresses: &[SocketAddr], deadline: Instant) -> Result<Duration, Failure> {
    let mut failure = Failure::Name("none is known".to_owned());
    let mut untried = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for &address in addresses {
        let begin = Instant::now();
        let share = deadline.saturating_duration_since(begin) / untried;
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(_connection)) => return Ok(begin.elapsed()),
            Ok(Err(error)) => failure = Failure::new(address, error),
            Err(_) => failure = Failure::Timeout(address),
        }
        untried -= 1;
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use socket2::{Domain, Socket, Type};
    use tokio::runtime::Builder;

    use super::*;

    fn run(addresses: &[SocketAddr], limit: Duration) -> Result<Duration, Failure> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build().expect("a runtime");
        runtime.block_on(async { connect(addresses, Instant::now() + limit).await })
    }

    /// A port, and one connection that nobody has accepted yet: with no room for more there is no answer to others.
    fn socket(backlog: Option<i32>) -> (Socket, SocketAddr) {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
        backlog.into_iter().for_each(|backlog| socket.listen(backlog).expect("it is bound"));
        let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("it is bound");
        (socket, address)
    }

    #[test]
    fn one_address_that_accepts_is_enough() {
        let (_closed, closed) = socket(None);
        let (_hole, hole) = socket(Some(0));
        let waiting = std::net::TcpStream::connect(hole).expect("there is room for one");
        let (_open, open) = socket(Some(9));
        let limit = Duration::from_secs(2);
        for addresses in [&[open][..], &[closed, open], &[hole, open], &[hole, closed, open]] {
            let begin = Instant::now();
            let latency = run(addresses, limit).expect("one accepts");
            assert!(begin.elapsed() < limit, "the first took all of the time");
            assert!(latency < limit / 2, "that of the others is not counted: {latency:?}");
        }
        drop(waiting);
    }

    #[test]
    fn the_last_failure_is_told() {
        let (_closed, closed) = socket(None);
        let failure = run(&[closed, closed], Duration::from_secs(2)).unwrap_err();
        assert_eq!(failure.to_string(), format!("{closed} refuses connections"));
        let failure = run(&[], Duration::from_secs(2)).unwrap_err();
        assert_eq!(failure.to_string(), "no address: none is known");
        let (_hole, hole) = socket(Some(0));
        let waiting = std::net::TcpStream::connect(hole).expect("there is room for one");
        let failure = run(&[closed, hole], Duration::from_millis(100)).unwrap_err();
        assert_eq!(failure.to_string(), format!("{hole} does not answer in time"));
        drop(waiting);
    }
}
