//! Makes the mistakes that its configuration names: each is a read of that name.
#![forbid(unsafe_code)]

use std::time::{Duration, SystemTime};

use collectd::cache::Cache;
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(default)]
    mistake: Vec<String>,
    /// Registers a writer: for `fail` one that fails, for others a slow one.
    writer: Option<String>,
    /// What else a configuration can get wrong.
    #[serde(default)]
    port: u16,
    #[serde(default)]
    verbose: bool,
    #[serde(default)]
    mode: Mode,
    server: Option<(String, u16)>,
    node: Option<Node>,
}

#[derive(Deserialize, Default, Debug)]
enum Mode {
    #[default]
    Fast,
    Slow,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Node {
    #[serde(rename = "$argument")]
    name: String,
    weight: Option<f64>,
}

struct Blunders(Config);

impl Plugin for Blunders {
    const NAME: &'static str = "blunders";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let Config { port, verbose, mode, server, node, .. } = &config;
        let node = node.as_ref().map(|node| (&node.name, node.weight));
        log::debug!("{port} {verbose} {mode:?} {server:?} {node:?}");
        Ok(Blunders(config))
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        match self.0.writer.as_deref() {
            Some("fail") => drop(callbacks.write("", |_| Err(Error::msg("the disk is full")))?),
            Some(_) => drop(callbacks.write("", |_| {
                std::thread::sleep(Duration::from_millis(50));
                Ok(())
            })?),
            None => {}
        }
        for mistake in &self.0.mistake {
            if mistake == "echo" {
                callbacks.notify("echo", |_| make("echo"))?;
            }
            let name = mistake.clone();
            match mistake.as_str() {
                "group" => callbacks.read(ReadOptions::new("a").group(""), || Ok(()))?,
                "forever" => callbacks.read(ReadOptions::new("a").interval(Duration::MAX), || Ok(()))?,
                _ => callbacks.read(mistake.as_str(), move || make(&name))?,
            };
        }
        Ok(())
    }
}

fn make(mistake: &str) -> Result {
    let gauge = || Values::new("gauge").gauge(1.0);
    match mistake {
        "type" => Values::new("no_such_type").gauge(1.0).dispatch()?,
        "no type" => Values::new("").gauge(1.0).dispatch()?,
        "count" => Values::new("load").gauge(1.0).dispatch()?,
        "kind" => Values::new("load").derives([1, 2, 3]).dispatch()?,
        "name" => gauge().type_instance("x".repeat(128)).dispatch()?,
        "nul" => gauge().plugin_instance("a\0b").dispatch()?,
        "time" => gauge().time(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).dispatch()?,
        "meta" => gauge().meta("key", "a\0b").dispatch()?,
        "message" => drop(Notification::okay("x".repeat(256)).dispatch()?),
        "echo" => drop(Notification::okay("hello").dispatch()?),
        "writer" => gauge().write_to("nobody")?,
        "writers" => gauge().write_to_all()?,
        "identifier" => drop("host/plugin".parse::<Identifier>()?),
        "command" => drop(std::process::Command::new("true").status()?),
        "old" => {
            for seconds in [2_000_000_000, 1_999_999_990] {
                gauge().type_instance("old").time(Time::from_secs(seconds)).dispatch()?;
            }
        }
        "many" => (0..20).try_for_each(|_| gauge().dispatch())?,
        "slow" => std::thread::sleep(Duration::from_millis(300)),
        "panic" => drop(Vec::<u8>::with_capacity(1).remove(mistake.len())),
        "thread" => drop(std::thread::spawn(|| panic!("what now")).join()),
        "cache" => {
            let mut cache = Cache::new();
            let _entries = cache.entries();
            drop(Cache::new().names());
        }
        "expected" => return Err(Error::msg("the device is away").expected()),
        other => return Err(Error::msg(format_args!("there is no mistake called {other}"))),
    }
    Ok(())
}

collectd::plugin!(Blunders);
