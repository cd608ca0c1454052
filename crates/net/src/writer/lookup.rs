//! Looking a name up again, while packets go on to where they went.

use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use collectd_udp::ResolveError;

type Answer = Result<Vec<SocketAddr>, ResolveError>;

/// How long to wait for an answer before going on without it. Mostly it is there by then.
pub(super) const MOMENT: Duration = Duration::from_millis(100);

/// A question to the resolver, which may take long to answer, or for ever.
#[derive(Debug, Default)]
pub(super) struct Lookup(Option<Receiver<Answer>>);

impl Lookup {
    /// Whether there is no answer yet.
    pub(super) fn is_pending(&self) -> bool {
        self.0.is_some()
    }

    /// Asks in a thread of its own. If there can be none, there is no answer.
    pub(super) fn ask(&mut self, question: impl FnOnce() -> Answer + Send + 'static) {
        let (sender, answer) = mpsc::channel();
        let thread = thread::Builder::new().name("resolver".to_owned());
        // Who asked may be gone.
        let spawned = thread.spawn(move || drop(sender.send(question())));
        self.0 = spawned.is_ok().then_some(answer);
    }

    /// The addresses that were found, if that took no longer than this.
    pub(super) fn answer(&mut self, wait: Duration) -> Option<Vec<SocketAddr>> {
        match self.0.as_ref()?.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                self.0 = None;
                None
            }
            Ok(answer) => {
                self.0 = None;
                answer.ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_answer_is_there_later() {
        let mut lookup = Lookup::default();
        assert_eq!(lookup.answer(MOMENT), None);
        let (go, gone) = mpsc::channel::<()>();
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        lookup.ask(move || {
            let _ = gone.recv();
            Ok(vec![address])
        });
        assert_eq!(lookup.answer(Duration::from_millis(10)), None);
        assert!(lookup.is_pending());
        drop(go);
        assert_eq!(lookup.answer(Duration::from_secs(20)), Some(vec![address]));
        assert!(!lookup.is_pending());
    }

    #[test]
    fn no_answer_ends_the_question() {
        let mut lookup = Lookup::default();
        let reason = "not today".to_owned();
        lookup.ask(|| Err(ResolveError::TryAgain { host: "h".to_owned(), reason }));
        assert_eq!(lookup.answer(Duration::from_secs(20)), None);
        assert!(!lookup.is_pending());
    }
}
