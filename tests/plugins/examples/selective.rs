//! Reports names that collectd's plugins `interface`, `df` and `protocols` report too, as far as ignore lists with
//! the same keys let them pass; and has every type of the configuration that is more than a number or a text.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::time::Duration;

use collectd::config::{IgnoreList, Port, Regex, Seconds, Selection};
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(default = "ten_seconds")]
    timeout: Seconds,
    /// `Retry 3 0.5`: how often, and how long to wait.
    retry: Option<(u8, Seconds)>,
    #[serde(default)]
    listen: Vec<Port>,
    /// `<Node "a">`, by the name.
    #[serde(default)]
    node: HashMap<String, Node>,
    /// Interfaces that are named in the log.
    #[serde(default)]
    highlight: Vec<Regex>,
    #[serde(default)]
    interface: Selection,
    #[serde(default)]
    device: Selection,
    #[serde(default)]
    mount_point: Selection,
    #[serde(default, rename = "FSType")]
    fs_type: Selection,
    #[serde(default)]
    value: Selection,
    #[serde(default)]
    ignore_selected: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Node {
    port: Port,
}

fn ten_seconds() -> Seconds {
    Seconds::from_secs(10)
}

struct Selective {
    highlight: Vec<Regex>,
    interfaces: IgnoreList,
    devices: IgnoreList,
    mount_points: IgnoreList,
    fs_types: IgnoreList,
    values: IgnoreList,
}

impl Plugin for Selective {
    const NAME: &'static str = "selective";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        let timeout = Duration::from(config.timeout);
        let wait = config.retry.map(|(times, wait)| (times, wait.to_interval().to_raw()));
        let ports: Vec<u16> = config.listen.into_iter().map(Port::number).collect();
        let mut nodes: Vec<_> = config.node.iter().map(|(name, node)| format!("{name}:{}", node.port)).collect();
        nodes.sort();
        log::info!("new {timeout:?} {wait:?} {ports:?} {nodes:?} {:?}", config.highlight);
        let ignore = config.ignore_selected;
        Ok(Selective {
            highlight: config.highlight,
            interfaces: config.interface.ignore_list(ignore),
            devices: config.device.ignore_list(ignore),
            mount_points: config.mount_point.ignore_list(ignore),
            fs_types: config.fs_type.ignore_list(ignore),
            values: config.value.ignore_list(ignore),
        })
    }
}

impl Read for Selective {
    fn read(&self) -> Result {
        for name in interfaces()?.iter().filter(|name| !self.interfaces.is_ignored(name)) {
            if self.highlight.iter().any(|regex| regex.is_match(name)) {
                log::info!("highlight {name}");
            }
            report("interface", name)?;
        }
        for mount in mounts()?.iter().filter(|mount| !self.is_ignored(mount)) {
            report("mount", &mount.name())?;
        }
        for name in values()?.iter().filter(|name| !self.values.is_ignored(name)) {
            report("value", name)?;
        }
        // The last of each read.
        Ok(Values::new("gauge").type_instance("done").gauge(1.0).dispatch()?)
    }
}

impl Selective {
    fn is_ignored(&self, mount: &Mount) -> bool {
        self.devices.is_ignored(&mount.device)
            || self.mount_points.is_ignored(&mount.dir)
            || self.fs_types.is_ignored(&mount.fs_type)
    }
}

fn report(list: &str, name: &str) -> Result {
    Ok(Values::new("gauge").plugin_instance(list).type_instance(name).gauge(1.0).dispatch()?)
}

fn interfaces() -> Result<Vec<String>> {
    let text = std::fs::read_to_string("/proc/net/dev")?;
    Ok(text.lines().skip(2).filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned())).collect())
}

struct Mount {
    device: String,
    dir: String,
    fs_type: String,
}

impl Mount {
    /// As `df` names it.
    fn name(&self) -> String {
        match self.dir.strip_prefix('/') {
            None | Some("") => "root".to_owned(),
            Some(dir) => dir.replace('/', "-"),
        }
    }
}

/// Of several at one place the first.
fn mounts() -> Result<Vec<Mount>> {
    let text = std::fs::read_to_string("/proc/mounts")?;
    let mut mounts: Vec<Mount> = Vec::new();
    for line in text.lines() {
        let mut words = line.split(' ').map(str::to_owned);
        if let (Some(device), Some(dir), Some(fs_type)) = (words.next(), words.next(), words.next())
            && mounts.iter().all(|mount| mount.dir != dir)
        {
            mounts.push(Mount { device, dir, fs_type });
        }
    }
    Ok(mounts)
}

/// `Tcp:InSegs`: a line of names of each protocol is followed by one of numbers.
fn values() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in ["/proc/net/snmp", "/proc/net/netstat"] {
        let text = std::fs::read_to_string(file)?;
        let headings = text.lines().step_by(2).filter_map(|line| line.split_once(':'));
        names.extend(
            headings.flat_map(|(protocol, fields)| {
                fields.split_whitespace().map(move |field| format!("{protocol}:{field}"))
            }),
        );
    }
    Ok(names)
}

collectd::plugin!(Selective: Read);
