use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use collectd::config::{Block, Port, Regex, Scalar, Seconds, Selection};
use collectd::{LogLevel, config};
use serde::Deserialize;

use self::read::{Even, Limited, Many as Several};

mod read;

/// \fBnot bold\n .TH \x1b[31m
///
/// * a point
/// * another [`one`](Block)
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Options<T> {
    /// Its default is in `impl Default`.
    size: T,
    timeout: Seconds,
    /// `"a\b"` in a comment.
    #[doc = "\x1b[31mred"]
    text: String,
    mode: Mode,
    address: Option<IpAddr>,
    listen: Vec<SocketAddr>,
    file: PathBuf,
    names: Vec<String>,
    port: Option<Port>,
    limited: Limited<1024, { 64 << 10 }>,
    even: Even,
    level: LogLevel,
    ratio: f64,
    #[serde(rename = "TTL", alias = "TimeToLive")]
    ttl: NonZeroU16,
    r#type: Box<str>,
    anything: Option<Scalar>,
    #[serde(flatten)]
    common: Common,
    #[serde(skip)]
    calls: AtomicU32,
    made: String,
}

impl<T> Default for Options<T> {
    fn default() -> Self {
        Options {
            size: 2 * SIZE,
            timeout: Seconds::from_secs(10),
            text: "a \"b\" \\c".to_owned(),
            mode: Mode::Slow,
            address: None,
            listen: Vec::new(),
            file: PathBuf::from("/run/x"),
            names: vec!["a".into(), String::from("b")],
            port: Default::default(),
            limited: Limited(2048),
            even: Even(2),
            level: LogLevel::Notice,
            ratio: -0.5,
            ttl: NonZeroU16::MIN,
            r#type: "gauge".into(),
            anything: None,
            common: Common::default(),
            calls: AtomicU32::new(0),
            made: format!("{SIZE}"),
        }
    }
}

const SIZE: u8 = 1 + 3;

/// What several have.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Common {
    #[serde(default)]
    match_: Vec<Regex>,
    #[serde(default)]
    interface: Selection,
    #[serde(default, deserialize_with = "config::list")]
    host: Vec<String>,
    #[serde(deserialize_with = "read::percent", default = "hundred")]
    percent: u8,
    #[serde(deserialize_with = "read::strange")]
    strange: Duration,
    backend: Option<Backend>,
    #[serde(default)]
    backends: Vec<Backend>,
    #[serde(default)]
    limit: BTreeMap<Mode, u8>,
    #[serde(default)]
    nodes: HashMap<String, Node>,
    foreign: Option<humantime::Duration>,
    made_by_macro: Option<Generated>,
    tree: Option<Block>,
    either: Option<Either>,
    #[serde(rename = "not a key", alias = "\x1b[2J\u{202e}")]
    odd_name: Option<bool>,
    many: Several,
}

fn hundred() -> u8 {
    SIZE as u8 * 25
}

/// How it works.
#[derive(Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Mode {
    /// As fast as it can.
    Fast,
    #[default]
    #[serde(alias = "tardy")]
    Slow,
    #[serde(skip)]
    Internal,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
enum Backend {
    /// To standard output.
    Stdout,
    File(PathBuf),
    Pair(String, u16),
    Http {
        #[serde(rename = "URL")]
        url: String,
        #[serde(default)]
        retries: u8,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    #[serde(rename = "$arguments")]
    addresses: Vec<String>,
    /// Nodes below it.
    #[serde(default)]
    node: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Number(u8),
    Text(String),
}
