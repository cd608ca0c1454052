//! Not the same again and again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use collectd::{Name, Notification};

use crate::outbox::Message;

/// How many metrics are remembered. Beyond, notifications are not held back; the queue has its own limit.
const MOST: usize = 1000;

/// Lets the first notification of a metric through, and holds back those with the same severity that follow too soon. The last one of
/// these goes when the time is over.
#[derive(Debug)]
pub(crate) struct Limiter {
    interval: Duration,
    known: HashMap<Key, Known>,
}

/// Names with a NUL between them, which is in none, and the severity: that it is over is not held back.
type Key = (Vec<u8>, i32);

#[derive(Debug)]
struct Known {
    /// When the next one may go.
    next: Instant,
    held: Option<Message>,
}

impl Limiter {
    pub(crate) fn new(interval: Duration) -> Self {
        Limiter { interval, known: HashMap::new() }
    }

    /// The notification, if it may go now.
    pub(crate) fn pass(&mut self, notification: Notification, now: Instant) -> Option<Message> {
        let next = now.checked_add(self.interval).filter(|_| !self.interval.is_zero());
        let Some(next) = next else { return Some(Message { notification, held_back: 0 }) };
        let key = key(&notification);
        if let Some(known) = self.known.get_mut(&key).filter(|known| known.held.is_some() || known.next > now) {
            let held_back = known.held.as_ref().map_or(0, |held| held.held_back + 1);
            known.held = Some(Message { notification, held_back });
            return None;
        }
        if self.known.len() >= MOST {
            self.known.retain(|_, known| known.held.is_some() || known.next > now);
        }
        if self.known.len() < MOST {
            self.known.insert(key, Known { next, held: None });
        }
        Some(Message { notification, held_back: 0 })
    }

    /// One that has been held back for long enough, or, at the end, any.
    pub(crate) fn due(&mut self, now: Instant, is_end: bool) -> Option<Message> {
        let is_due = |known: &&mut Known| known.held.is_some() && (is_end || known.next <= now);
        let known = self.known.values_mut().find(is_due)?;
        known.next = now.checked_add(self.interval).unwrap_or(now);
        known.held.take()
    }

    /// When there will be one.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.known.values().filter(|known| known.held.is_some()).map(|known| known.next).min()
    }
}

fn key(notification: &Notification) -> Key {
    let id = &notification.identifier;
    let names = [&id.host, &id.plugin, &id.plugin_instance, &id.type_, &id.type_instance];
    (names.map(Name::as_bytes).join(&0), notification.severity.code())
}

#[cfg(test)]
mod tests {
    use collectd::Severity;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn notification(host: &str, severity: Severity, message: &str) -> Notification {
        let built = Notification::failure(message).host(host).build();
        Notification { severity, ..built.expect("a notification") }
    }

    fn text(message: Option<Message>) -> Option<(String, u64)> {
        message.map(|message| (message.notification.view().text().into_owned(), message.held_back))
    }

    #[test]
    fn the_last_of_those_held_back_goes_with_the_number_of_the_others() {
        let mut limiter = Limiter::new(MINUTE);
        let start = Instant::now();
        let pass = |limiter: &mut Limiter, message: &str, seconds| {
            text(limiter.pass(notification("h", Severity::Failure, message), start + Duration::from_secs(seconds)))
        };
        assert_eq!(pass(&mut limiter, "one", 0), Some(("one".to_owned(), 0)));
        assert_eq!(limiter.next_due(), None);
        for (seconds, message) in [(1, "two"), (2, "three"), (59, "four")] {
            assert_eq!(pass(&mut limiter, message, seconds), None);
        }
        assert_eq!(limiter.next_due(), Some(start + MINUTE));
        assert_eq!(text(limiter.due(start + Duration::from_secs(59), false)), None);
        assert_eq!(text(limiter.due(start + MINUTE, false)), Some(("four".to_owned(), 2)));
        assert_eq!(text(limiter.due(start + MINUTE, false)), None);
        // That was one, too.
        assert_eq!(pass(&mut limiter, "five", 61), None);
        assert_eq!(text(limiter.due(start + Duration::from_secs(62), true)), Some(("five".to_owned(), 0)));
        assert_eq!(pass(&mut limiter, "six", 200), Some(("six".to_owned(), 0)));
    }

    #[test]
    fn another_metric_or_severity_is_not_held_back() {
        let mut limiter = Limiter::new(MINUTE);
        let now = Instant::now();
        for (host, severity) in [("a", Severity::Failure), ("a", Severity::Okay), ("b", Severity::Failure)] {
            assert!(limiter.pass(notification(host, severity, "m"), now).is_some());
            assert!(limiter.pass(notification(host, severity, "m"), now).is_none());
        }
        let mut limiter = Limiter::new(Duration::ZERO);
        assert!((0..3).all(|_| limiter.pass(notification("a", Severity::Okay, "m"), now).is_some()));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut limiter = Limiter::new(MINUTE);
        let now = Instant::now();
        for host in 0..2 * MOST {
            assert!(limiter.pass(notification(&host.to_string(), Severity::Okay, "m"), now).is_some());
        }
        assert_eq!(limiter.known.len(), MOST);
        // Of those there was no room for; and of one that is remembered.
        assert!(limiter.pass(notification(&MOST.to_string(), Severity::Okay, "m"), now).is_some());
        assert!(limiter.pass(notification("0", Severity::Okay, "m"), now).is_none());
        // What is over makes room.
        assert!(limiter.pass(notification("new", Severity::Okay, "m"), now + MINUTE).is_some());
        assert_eq!(limiter.known.len(), 2);
    }
}
