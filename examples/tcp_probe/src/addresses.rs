//! The addresses of a target.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use serde::Deserialize;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout_at};

use crate::connect::Failure;

/// How long the addresses of a name are used.
const FRESH: Duration = Duration::from_secs(60);

/// Which of the addresses are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Family {
    /// All, in the order in which the system prefers them.
    #[default]
    Any,
    /// Those of version 4.
    Ipv4,
    /// Those of version 6.
    Ipv6,
}

impl Family {
    fn has(self, address: &SocketAddr) -> bool {
        match self {
            Family::Any => true,
            Family::Ipv4 => address.is_ipv4(),
            Family::Ipv6 => address.is_ipv6(),
        }
    }
}

type Lookup = fn(&str, u16) -> io::Result<Vec<SocketAddr>>;

/// The addresses of a name. It is looked up on a thread of its own, at most once at a time; meanwhile those that are
/// known serve.
pub(crate) struct Addresses {
    host: String,
    port: u16,
    family: Family,
    lookup: Lookup,
    known: Vec<SocketAddr>,
    /// When they are to be looked up again; an address by itself never is.
    stale: Option<Instant>,
    pending: Option<JoinHandle<io::Result<Vec<SocketAddr>>>>,
}

impl Addresses {
    pub(crate) fn new(host: String, port: u16, family: Family) -> Self {
        Addresses::with_lookup(host, port, family, system)
    }

    pub(crate) fn with_lookup(host: String, port: u16, family: Family, lookup: Lookup) -> Self {
        let literal: Option<IpAddr> = host.parse().ok();
        let known: Vec<_> = literal.map(|address| SocketAddr::new(address, port)).into_iter().collect();
        let stale = literal.is_none().then(Instant::now);
        Addresses { host, port, family, lookup, known, stale, pending: None }
    }

    /// Those to try. It waits only as long as none is known, and goes on with looking up after the deadline.
    pub(crate) async fn known(&mut self, deadline: Instant) -> Result<Vec<SocketAddr>, Failure> {
        if self.pending.is_none() && self.stale.is_some_and(|stale| Instant::now() >= stale) {
            let (host, port, lookup) = (self.host.clone(), self.port, self.lookup);
            self.pending = Some(spawn_blocking(move || lookup(&host, port)));
        }
        if let Some(pending) = self.pending.as_mut().filter(|pending| self.known.is_empty() || pending.is_finished()) {
            let Ok(found) = timeout_at(deadline, pending).await else {
                return Err(Failure::Name("the name servers do not answer".to_owned()));
            };
            self.pending = None;
            match found.map_err(io::Error::other).flatten() {
                Ok(found) => {
                    self.known = found;
                    self.stale = Some(Instant::now() + FRESH);
                }
                // What was known may still be right, and the next probe asks again.
                Err(error) if self.known.is_empty() => return Err(Failure::Name(error.to_string())),
                Err(_) => {}
            }
        }
        let tried: Vec<_> = self.known.iter().filter(|address| self.family.has(address)).copied().collect();
        if tried.is_empty() { Err(Failure::Name("no address of the family".to_owned())) } else { Ok(tried) }
    }

    /// Has a name looked up at the next occasion: the target may have moved.
    pub(crate) fn doubt(&mut self) {
        if let Some(stale) = &mut self.stale {
            *stale = Instant::now();
        }
    }
}

/// As programs look names up: in the system's files, by its name servers.
fn system(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs()?.collect())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::sync::{Mutex, PoisonError};
    use std::thread::sleep;

    use tokio::runtime::Builder;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(100)
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let result = runtime.block_on(work);
        runtime.shutdown_background();
        result
    }

    fn both(_host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)), SocketAddr::from(([127, 0, 0, 1], port))])
    }

    fn never(_host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        sleep(Duration::from_secs(60));
        Err(io::ErrorKind::TimedOut.into())
    }

    #[test]
    fn addresses_are_never_looked_up() {
        run(async {
            for host in ["192.0.2.1", "2001:db8::1"] {
                let mut addresses = Addresses::with_lookup(host.into(), 80, Family::Any, never);
                addresses.doubt();
                let known = addresses.known(soon()).await.unwrap();
                assert_eq!(known, [SocketAddr::new(host.parse().unwrap(), 80)]);
                assert!(addresses.pending.is_none());
            }
        });
    }

    #[test]
    fn a_family_can_be_chosen() {
        run(async {
            for (family, count) in [(Family::Any, 2), (Family::Ipv4, 1), (Family::Ipv6, 1)] {
                let mut addresses = Addresses::with_lookup("web".into(), 80, family, both);
                let known = addresses.known(soon()).await.unwrap();
                assert_eq!(known.len(), count);
                assert!(known.iter().all(|address| family.has(address)));
            }
            let mut addresses = Addresses::with_lookup("127.0.0.1".into(), 80, Family::Ipv6, both);
            let failure = addresses.known(soon()).await.unwrap_err();
            assert_eq!(failure.to_string(), "no address: no address of the family");
        });
    }

    #[test]
    fn who_does_not_answer_is_asked_once_and_waited_for_no_longer_than_allowed() {
        run(async {
            let mut addresses = Addresses::with_lookup("web".into(), 80, Family::Any, never);
            let mut thread = None;
            for _ in 0..2 {
                let failure = addresses.known(soon()).await.unwrap_err();
                assert_eq!(failure.to_string(), "no address: the name servers do not answer");
                let pending = addresses.pending.as_ref().expect("it goes on").id();
                assert_eq!(*thread.get_or_insert(pending), pending);
            }
        });
    }

    /// What the next lookups find.
    static ANSWERS: Mutex<Option<mpsc::Receiver<io::Result<Vec<SocketAddr>>>>> = Mutex::new(None);

    fn answers(_host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        let answers = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
        answers.as_ref().expect("a test has set it").recv().expect("an answer")
    }

    #[test]
    fn what_is_known_serves_until_there_is_something_new() {
        let (answer, receiver) = mpsc::channel();
        *ANSWERS.lock().unwrap() = Some(receiver);
        run(async {
            let mut addresses = Addresses::with_lookup("web".into(), 80, Family::Any, answers);
            answer.send(both("", 1)).unwrap();
            assert_eq!(addresses.known(soon()).await.unwrap()[0].port(), 1);
            // Nobody asks again within the minute, unless there is doubt.
            addresses.known(soon()).await.unwrap();
            assert!(addresses.pending.is_none());
            for (answered, port) in [(Err(io::ErrorKind::NotFound.into()), 1), (both("", 2), 2)] {
                addresses.doubt();
                assert_eq!(addresses.known(soon()).await.unwrap()[0].port(), 1, "not answered yet");
                answer.send(answered).unwrap();
                while !addresses.pending.as_ref().is_none_or(JoinHandle::is_finished) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                assert_eq!(addresses.known(soon()).await.unwrap()[0].port(), port);
            }
        });
    }
}
