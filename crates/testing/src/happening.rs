//! What happened in the daemon.

use std::fmt;

use collectd_test_host::{Event, Meta as EventMeta};
use collectd_types::{Identifier, Interval, Kind, Meta, MetaValue, Name, Notification, Severity, Time, Value, Values};

use crate::failed::harmless;

/// One thing that happened, in [`Host::take`](crate::Host::take).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Happening {
    /// The plugin dispatched a value list. Host, time and interval are filled in as the daemon does.
    Values(Values),
    /// The plugin dispatched a notification.
    Notification(Notification),
    /// A line was logged.
    Log(Line),
    /// A callback returned.
    Called(Call),
}

impl Happening {
    /// The value list, if it is one.
    pub fn values(&self) -> Option<&Values> {
        if let Happening::Values(it) = self { Some(it) } else { None }
    }

    /// The notification, if it is one.
    pub fn notification(&self) -> Option<&Notification> {
        if let Happening::Notification(it) = self { Some(it) } else { None }
    }

    /// The line of the log, if it is one; the daemon's own are among them.
    pub fn log(&self) -> Option<&Line> {
        if let Happening::Log(it) = self { Some(it) } else { None }
    }
}

/// A kind of callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Callback {
    /// For a `<Plugin>` block.
    Config,
    /// At the start.
    Init,
    /// For new values.
    Read,
    /// For values of any plugin.
    Write,
    /// To write out what is held back.
    Flush,
    /// For metrics that get no values any more.
    Missing,
    /// For what becomes of chosen metrics.
    CacheEvent,
    /// For notifications of any plugin.
    Notification,
    /// At the end.
    Shutdown,
    /// For lines of the log.
    Log,
    /// In a rule of a filter chain.
    Match,
    /// What a rule of a filter chain does.
    Target,
}

const CALLBACKS: [(Callback, &str); 12] = [
    (Callback::Config, "config"),
    (Callback::Init, "init"),
    (Callback::Read, "read"),
    (Callback::Write, "write"),
    (Callback::Flush, "flush"),
    (Callback::Missing, "missing"),
    (Callback::CacheEvent, "cache_event"),
    (Callback::Notification, "notification"),
    (Callback::Shutdown, "shutdown"),
    (Callback::Log, "log"),
    (Callback::Match, "match"),
    (Callback::Target, "target"),
];

impl Callback {
    pub(crate) fn from_word(word: &str) -> Option<Callback> {
        CALLBACKS.iter().find(|(_, known)| *known == word).map(|(callback, _)| *callback)
    }

    pub(crate) fn word(self) -> &'static str {
        CALLBACKS.iter().find(|(known, _)| *known == self).map_or("", |(_, word)| word)
    }
}

impl fmt::Display for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.word().replace('_', " "))
    }
}

/// A callback that returned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Which kind.
    pub callback: Callback,
    /// The name that it was registered with.
    pub name: String,
    /// What it returned; 0 is success. Of several calls of a write callback, that of the last one that failed.
    pub status: i32,
    /// How often it was called for this, which is more than once for write callbacks alone.
    pub calls: u64,
}

/// A callback that was registered, or should have been.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registered {
    /// Which kind.
    pub callback: Callback,
    /// Its name.
    pub name: String,
    /// Of a read, how often it is called.
    pub interval: Option<Interval>,
    /// Whether the daemon has refused it.
    pub refused: bool,
}

/// How important a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Something does not work.
    Error,
    /// Something may stop working.
    Warning,
    /// Normal, and worth knowing.
    Notice,
    /// Normal.
    Info,
    /// For developers; most daemons drop these.
    Debug,
}

impl Level {
    fn from_code(code: i32) -> Level {
        match code {
            ..=3 => Level::Error,
            4 => Level::Warning,
            5 => Level::Notice,
            6 => Level::Info,
            _ => Level::Debug,
        }
    }

    pub(crate) fn code(self) -> i32 {
        3 + self as i32
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
            Level::Info => "info",
            Level::Debug => "debug",
        })
    }
}

/// A line of the log. Shown as `error: dice plugin: there is no dice`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// How important it is.
    pub level: Level,
    /// The text.
    pub text: String,
    /// Whether the daemon itself says so, and no plugin.
    pub by_daemon: bool,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.level)?;
        harmless(&self.text, f)
    }
}

/// What an event of the fake daemon is to a test, if it is anything.
pub(crate) fn happening(event: &Event, hostname: &str) -> Option<Happening> {
    match event.kind() {
        "dispatch" if is_from_plugin(event) => Some(Happening::Values(values(event, Some(hostname)))),
        "notification" if is_from_plugin(event) => Some(Happening::Notification(notification(event))),
        "log" => Some(Happening::Log(line(event))),
        "returned" => call(event).map(Happening::Called),
        _ => None,
    }
}

fn is_from_plugin(event: &Event) -> bool {
    event.bytes("origin") == Some(b"plugin")
}

/// The value list of an event, completed if this host has a name for that.
pub(crate) fn values(event: &Event, hostname: Option<&str>) -> Values {
    let kinds = event.text("kinds").split(',').map(|code| code.parse().ok().and_then(Kind::from_code));
    let mut kinds = kinds.map(|kind| kind.unwrap_or(Kind::Gauge));
    let numbers = event.values().into_iter();
    let numbers = numbers.map(|bits| Value::from_bits(kinds.next().unwrap_or(Kind::Gauge), bits));
    let part = |key: &str| event.bytes(key).unwrap_or_default();
    let (time, interval) = if hostname.is_some() { ("full_time", "full_interval") } else { ("time", "interval") };
    let host = hostname.map(str::as_bytes).filter(|_| part("host").is_empty()).unwrap_or(part("host"));
    let values = Values::new(part("type"))
        .host(host)
        .plugin(part("plugin"))
        .plugin_instance(part("plugin_instance"))
        .type_instance(part("type_instance"))
        .time(Time::from_raw(event.number(time)))
        .interval(Interval::from_raw(event.number(interval)))
        .values(numbers);
    event.meta().into_iter().fold(values, |values, (key, value)| values.meta(&key, meta_value(value)))
}

fn notification(event: &Event) -> Notification {
    let name = |key: &str| Name::new(event.bytes(key).unwrap_or_default()).unwrap_or_default();
    let mut meta = Meta::new();
    for (key, value) in event.meta() {
        meta.insert(key, meta_value(value));
    }
    Notification {
        time: Time::from_raw(event.number("time")),
        severity: Severity::from_code(event.number("severity")).unwrap_or(Severity::Failure),
        identifier: Identifier {
            host: name("host"),
            plugin: name("plugin"),
            plugin_instance: name("plugin_instance"),
            type_: name("type"),
            type_instance: name("type_instance"),
        },
        message: event.bytes("message").unwrap_or_default().to_vec(),
        meta,
    }
}

fn meta_value(value: EventMeta) -> MetaValue {
    match value {
        EventMeta::Text(bytes) => MetaValue::String(String::from_utf8_lossy(&bytes).into_owned()),
        EventMeta::Signed(number) => MetaValue::Signed(number),
        EventMeta::Unsigned(number) => MetaValue::Unsigned(number),
        EventMeta::Double(number) => MetaValue::Double(number),
        EventMeta::Boolean(value) => MetaValue::Boolean(value),
    }
}

fn line(event: &Event) -> Line {
    Line {
        level: Level::from_code(event.number("severity")),
        text: lossy(event, "text"),
        by_daemon: event.bytes("origin") == Some(b"daemon"),
    }
}

fn call(event: &Event) -> Option<Call> {
    let callback = Callback::from_word(event.text("callback").split('.').next().unwrap_or_default())?;
    let calls = event.bytes("calls").map_or(1, |_| event.number("calls"));
    Some(Call { callback, name: lossy(event, "name"), status: event.number("status"), calls })
}

pub(crate) fn lossy(event: &Event, key: &str) -> String {
    String::from_utf8_lossy(event.bytes(key).unwrap_or_default()).into_owned()
}
