//! What senders do wrong, told in the log.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use collectd::{IdentifierRef, Interval, LogLevel, NameRef, Time, log_at};
use collectd_wire::{DecodeErrorKind, PartContent, parts};

use crate::counters::Unused;
use crate::troubles::{Line, Troubles};

/// Kinds of trouble that a sender can make, each with log lines of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Trouble {
    NotAllowed,
    TooLong,
    Malformed(DecodeErrorKind),
    Unused(Unused),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::NotAllowed => f.write_str("packets that AllowFrom does not allow"),
            Trouble::TooLong => f.write_str("packets that are longer than MaxPacketSize"),
            Trouble::Malformed(kind) => write!(f, "packets that cannot be read to their end: {kind}"),
            Trouble::Unused(why) => write!(f, "not taken: {why}"),
        }
    }
}

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unused::Loop => "this daemon has sent it",
            Unused::Duplicate => "it came before",
            Unused::Replay => "its packet came before, or its time is outside of the ReplayWindow",
            Unused::Host => "UserHosts does not allow the host",
            Unused::Incomplete => "without time, host, plugin, type or content, or with a name that is too long",
            Unused::Type => "types.db has another idea of the type",
            Unused::Unprotected => "not signed or encrypted as SecurityLevel demands",
            Unused::Refused => "the daemon refuses it",
        })
    }
}

/// Tells of the trouble with the senders of one `Listen`.
pub(super) struct Teller {
    /// Of the `Listen`.
    name: String,
    troubles: Troubles<Trouble>,
}

impl Teller {
    pub(super) fn new(name: String) -> Self {
        Teller { name, troubles: Troubles::default() }
    }

    /// Tells of something, unless that was done lately.
    pub(super) fn tell(&self, trouble: Trouble, from: SocketAddr, text: fmt::Arguments<'_>) {
        let Some(line) = self.troubles.note(trouble, from.ip(), Instant::now()) else { return };
        match line.untold {
            0 => self.log(line, text),
            untold => self.log(line, format_args!("{text} (and {untold} times more since the last such line)")),
        }
    }

    /// Tells how often there was what was not told, and does not come any more.
    pub(super) fn tell_rest(&self) {
        for (trouble, line) in self.troubles.rest(Instant::now()) {
            self.log(line, format_args!("{trouble} ({} times since the last such line)", line.untold));
        }
    }

    fn log(&self, line: Line, text: fmt::Arguments<'_>) {
        let name = &self.name;
        match line.from {
            Some(from) => log_at(LogLevel::Warning, format_args!("{name}: from {from}: {text}")),
            None => log_at(LogLevel::Warning, format_args!("{name}: from many senders: {text}")),
        }
        if line.is_last {
            let text = "so much trouble that there are few lines about it from now on; ReportStats counts all";
            log_at(LogLevel::Warning, format_args!("{name}: {text}"));
        }
    }
}

/// An identifier from the network, in no more room than a log line should take.
pub(super) struct Brief<'a>(pub(super) IdentifierRef<'a>);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 200;
        let text = self.0.to_string();
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{}…", &text[..end]),
            None => f.write_str(&text),
        }
    }
}

/// By whom something is signed or encrypted, or said to be, in no more room than a log line should take.
#[derive(Clone, Copy)]
pub(super) struct ByUser<'a>(pub(super) Option<&'a [u8]>);

impl<'a> ByUser<'a> {
    /// The user that the part at this place of a packet names, if it is one that does.
    pub(super) fn at(packet: &'a [u8], offset: usize) -> Self {
        let part = packet.get(offset..).and_then(|rest| parts(rest).next());
        ByUser(part.and_then(|part| match part.content() {
            Ok(PartContent::Signature { user, .. } | PartContent::Encrypted { user, .. }) => Some(user),
            _ => None,
        }))
    }
}

impl fmt::Display for ByUser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 64;
        let Some(user) = self.0 else { return Ok(()) };
        write!(f, " (user {:?})", NameRef::until_nul(&user[..user.len().min(LONGEST)]))
    }
}

/// How far a time is from this machine's clock, if that is further than it may be.
pub(super) struct ByClock {
    pub(super) time: Time,
    pub(super) now: Time,
    pub(super) window: Option<Duration>,
}

impl fmt::Display for ByClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One of the two is nothing.
        let [ahead, behind] = [self.time.since(self.now), self.now.since(self.time)].map(Interval::to_duration);
        match self.window {
            Some(window) if ahead > window => write!(f, " (it is {} s ahead of this machine's clock)", ahead.as_secs()),
            Some(window) if behind > window => write!(f, " (it is {} s behind this machine's clock)", behind.as_secs()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_bounded_room_and_no_effect() {
        let long = "ö".repeat(60);
        let names = ["h\n[error] all is lost", "\u{1b}[2J", "\u{202e}gpj", "", long.as_str()];
        let names = names.map(|name| NameRef::until_nul(name.as_bytes()));
        let shown = Brief(IdentifierRef::new(names)).to_string();
        assert!(shown.starts_with(r"h\x0a[error] all is lost/\x1b[2J-\xe2\x80\xaegpj"), "{shown}");
        let names = [[b'\xff'; 127]; 5];
        let names = names.each_ref().map(|name| NameRef::until_nul(name));
        let shown = Brief(IdentifierRef::new(names)).to_string();
        assert_eq!(shown.chars().count(), 201);
    }

    #[test]
    fn clocks_that_differ_are_told_apart_from_replays() {
        let shown = |time: u64, window: Option<u64>| {
            let (time, now) = (Time::from_secs(time), Time::from_secs(1000));
            ByClock { time, now, window: window.map(Duration::from_secs) }.to_string()
        };
        assert_eq!(shown(1000, Some(60)), "");
        assert_eq!(shown(1060, Some(60)), "");
        assert_eq!(shown(940, Some(60)), "");
        assert_eq!(shown(2000, None), "");
        assert_eq!(shown(1061, Some(60)), " (it is 61 s ahead of this machine's clock)");
        assert_eq!(shown(0, Some(60)), " (it is 1000 s behind this machine's clock)");
    }
}
