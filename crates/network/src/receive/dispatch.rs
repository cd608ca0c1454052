//! What is in a packet, on its way to the daemon.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use collectd::config::Selection;
use collectd::{Dispatch, DispatchError, DispatchRoom, Meta, MetaRef, NotificationRef, SharedMeta, Time, ValuesRef};
use collectd_net::InterfaceId;
use collectd_wire::{DecodeError, DecodeErrorKind, Item, Items, Origin, Skipped};

use super::replay::Sections;
use super::trouble::{Brief, ByClock, ByUser, Teller, Trouble};
use super::{Networks, Shared};
use crate::config::Listen;
use crate::counters::{Incoming, Unused};

/// Set on everything that is dispatched here.
pub(crate) const RECEIVED: &str = "network:received";
const USERNAME: &str = "network:username";
const IP_ADDRESS: &str = "network:ip_address";

/// What a `Listen` demands, besides signatures and encryption.
pub(super) struct Rules {
    allow_from: Networks,
    user_hosts: BTreeMap<Vec<u8>, Selection>,
    replay_window: Option<Duration>,
    has_users: bool,
    teller: Teller,
}

impl Rules {
    pub(super) fn new(listen: &Listen) -> Self {
        let hosts = listen.user_hosts().iter();
        Rules {
            allow_from: listen.allow_from().clone(),
            user_hosts: hosts.map(|(user, hosts)| (user.clone().into_bytes(), hosts.clone())).collect(),
            replay_window: listen.replay_window(),
            has_users: listen.auth_file().is_some(),
            teller: Teller::new(listen.to_string()),
        }
    }

    /// Tells how often there was what was not told.
    pub(super) fn tell_rest(&self) {
        self.teller.tell_rest();
    }

    pub(super) fn allow_from(&self) -> &Networks {
        &self.allow_from
    }

    /// Whether this user may report for this host. The daemon makes other names of those with a slash: nobody may.
    fn allow_host(&self, user: Option<&[u8]>, host: &[u8]) -> bool {
        let hosts = || user.and_then(|user| self.user_hosts.get(user));
        self.user_hosts.is_empty() || !host.contains(&b'/') && hosts().is_some_and(|hosts| hosts.contains(host))
    }
}

/// Goes through packets, one after the other.
pub(super) struct Dispatcher<'l> {
    shared: &'l Shared,
    counters: &'l Incoming,
    rules: &'l Rules,
    /// Whether the socket is of IPv6, which shows IPv4 addresses in its own way.
    is_v6: bool,
    /// Against replays, if they are not wanted.
    sections: Option<Sections<'l>>,
    meta: Option<(Sender, SharedMeta)>,
    room: DispatchRoom,
}

/// Who made a value list, as far as meta data tells.
#[derive(PartialEq, Eq)]
struct Sender {
    address: SocketAddr,
    user: Option<Vec<u8>>,
}

impl<'l> Dispatcher<'l> {
    pub(super) fn new(shared: &'l Shared, counters: &'l Incoming, rules: &'l Rules, is_v6: bool) -> Self {
        let sections = shared.replays.as_ref().zip(rules.replay_window);
        let sections = sections.map(|(replays, window)| Sections::new(replays, window));
        Dispatcher { shared, counters, rules, is_v6, sections, meta: None, room: DispatchRoom::default() }
    }

    /// Dispatches what is in a packet, or in the part of it that was received.
    pub(super) fn packet(&mut self, mut items: Items<'_>, bytes: &[u8], from: SocketAddr, is_cut: bool) {
        if is_cut {
            self.counters.too_long.add(1);
            self.tell(Trouble::TooLong, from, format_args!("{}", Trouble::TooLong));
        }
        if let Some(sections) = &mut self.sections {
            sections.next_packet();
        }
        let mut accepted = 0;
        self.room.make();
        while let Some(item) = items.next() {
            match item {
                Ok(Item::Values(values)) => {
                    accepted += usize::from(self.values(values, items.origin(), from));
                }
                Ok(Item::Notification(notification)) => self.notification(notification, items.origin(), from),
                // That was said already.
                Err(error) if is_cut && error.kind == DecodeErrorKind::Truncated => {}
                Err(error) => self.malformed(error, bytes, from),
            }
        }
        self.counters.accepted.add(accepted);
        self.skipped(items.skipped(), from);
    }

    pub(super) fn tell_not_allowed(&self, from: SocketAddr) {
        self.tell(Trouble::NotAllowed, from, format_args!("{}", Trouble::NotAllowed));
    }

    fn malformed(&self, error: DecodeError, packet: &[u8], from: SocketAddr) {
        self.counters.malformed(error.kind);
        let (trouble, offset) = (Trouble::Malformed(error.kind), error.offset);
        let user = ByUser::at(packet, offset);
        let why = if user.0.is_some() && !self.rules.has_users { ", and no AuthFile at all" } else { "" };
        self.tell(trouble, from, format_args!("{trouble}{why}{user}, at byte {offset}"));
    }

    fn tell(&self, trouble: Trouble, from: SocketAddr, text: std::fmt::Arguments<'_>) {
        self.rules.teller.tell(trouble, from, text);
    }

    /// Whether the daemon has got it.
    fn values(&mut self, values: ValuesRef<'_>, origin: Origin<'_>, from: SocketAddr) -> bool {
        if let Err(why) = self.admit(values, origin) {
            self.counters.unused(why, 1);
            // What comes back, or on several paths, is no trouble.
            if !matches!(why, Unused::Loop | Unused::Duplicate) {
                let (name, user) = (Brief(values.identifier()), ByUser(origin.user()));
                let clock = self.clock(why, values.time());
                self.tell(Trouble::Unused(why), from, format_args!("{name}{user} is not taken: {why}{clock}"));
            }
            return false;
        }
        let dispatched = self.with_meta(origin, from).and_then(|meta| meta.dispatch(values));
        dispatched.map_err(|error| self.refused(values, &error, from)).is_ok()
    }

    fn admit(&mut self, values: ValuesRef<'_>, origin: Origin<'_>) -> Result<(), Unused> {
        if !self.rules.allow_host(origin.user(), values.host().as_bytes()) {
            return Err(Unused::Host);
        }
        if let Some(sent) = &self.shared.sent
            && sent.has(self.shared.keys.metric(values.identifier()), values.time(), Instant::now)
        {
            return Err(Unused::Loop);
        }
        let shared = self.shared;
        let key = || shared.keys.values(values, origin.user());
        self.admit_once(values.time(), key, origin)
    }

    /// Whether the clock is the reason.
    fn clock(&self, why: Unused, time: Time) -> ByClock {
        ByClock { time, now: Time::now(), window: self.rules.replay_window.filter(|_| why == Unused::Replay) }
    }

    fn refused(&self, values: ValuesRef<'_>, error: &DispatchError, from: SocketAddr) {
        let why = match error {
            DispatchError::Check(_) => Unused::Type,
            DispatchError::Field(_) => Unused::Incomplete,
            _ => Unused::Refused,
        };
        self.counters.unused(why, 1);
        let text = format_args!("{} is not taken: {error}", Brief(values.identifier()));
        self.tell(Trouble::Unused(why), from, text);
    }

    fn notification(&mut self, notification: NotificationRef<'_>, origin: Origin<'_>, from: SocketAddr) {
        if let Err(why) = self.admit_notification(notification, origin) {
            self.counters.unused(why, 1);
            if why != Unused::Duplicate {
                let (user, clock) = (ByUser(origin.user()), self.clock(why, notification.time));
                self.tell(Trouble::Unused(why), from, format_args!("a notification{user} is not taken: {why}{clock}"));
            }
            return;
        }
        let mut meta = Meta::new();
        meta.insert(RECEIVED, true);
        match (NotificationRef { meta: MetaRef::new(&meta), ..notification }).dispatch() {
            // That nobody listens is nobody's fault.
            Ok(_) => self.counters.notifications.add(1),
            Err(error) => {
                self.counters.unused(Unused::Refused, 1);
                let text = format_args!("a notification is not taken: {error}");
                self.tell(Trouble::Unused(Unused::Refused), from, text);
            }
        }
    }

    fn admit_notification(&mut self, notification: NotificationRef<'_>, origin: Origin<'_>) -> Result<(), Unused> {
        if !self.rules.allow_host(origin.user(), notification.identifier.host().as_bytes()) {
            return Err(Unused::Host);
        }
        let shared = self.shared;
        let key = || shared.keys.notification(notification, origin.user());
        self.admit_once(notification.time, key, origin)
    }

    /// Refuses what is recorded, or came on another path.
    fn admit_once(&mut self, time: Time, key: impl FnOnce() -> u64, origin: Origin<'_>) -> Result<(), Unused> {
        if self.sections.as_mut().is_some_and(|sections| !sections.takes(origin, time)) {
            return Err(Unused::Replay);
        }
        match &self.shared.duplicates {
            Some(seen) if !seen.is_new(key(), Instant::now()) => Err(Unused::Duplicate),
            _ => Ok(()),
        }
    }

    /// The meta data of this sender, made anew only when it is another one than before.
    fn with_meta(&mut self, origin: Origin<'_>, from: SocketAddr) -> Result<&SharedMeta, DispatchError> {
        let is_known = self.meta.as_ref().is_some_and(|(sender, _)| {
            sender.address.ip() == from.ip()
                && scope(sender.address) == scope(from)
                && sender.user.as_deref() == origin.user()
        });
        if !is_known {
            let mut meta = Meta::new();
            meta.insert(RECEIVED, true);
            if let Some(user) = origin.user() {
                meta.insert(USERNAME, String::from_utf8_lossy(user).into_owned());
            }
            meta.insert(IP_ADDRESS, address_text(from, self.is_v6));
            let sender = Sender { address: from, user: origin.user().map(<[u8]>::to_vec) };
            self.meta = Some((sender, SharedMeta::new(&meta)?));
        }
        match &self.meta {
            Some((_, meta)) => Ok(meta),
            None => unreachable!("it was made above"),
        }
    }

    fn skipped(&self, skipped: Skipped, from: SocketAddr) {
        let incomplete = skipped.value_lists() + skipped.notifications();
        let unprotected = skipped.unsigned_parts + skipped.unencrypted_parts;
        for (why, count) in [(Unused::Incomplete, incomplete), (Unused::Unprotected, unprotected)] {
            if count > 0 {
                self.counters.unused(why, count as usize);
                self.tell(Trouble::Unused(why), from, format_args!("{count} in a packet are not taken: {why}"));
            }
        }
    }
}

fn scope(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(address) => address.scope_id(),
    }
}

/// As `getnameinfo` writes it.
fn address_text(address: SocketAddr, is_v6: bool) -> String {
    match (address.ip(), scope(address)) {
        (IpAddr::V4(address), _) if is_v6 => address.to_ipv6_mapped().to_string(),
        (ip, 0) => ip.to_string(),
        (ip, scope) => match InterfaceId::from(scope).find() {
            Ok(interface) => format!("{ip}%{}", interface.name()),
            Err(_) => format!("{ip}%{scope}"),
        },
    }
}
