//! The work that driver.c measures, with the crate `collectd-plugin`.

use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::Duration;
use collectd_plugin::{
    collectd_plugin, ConfigItem, MetaValue, Plugin, PluginCapabilities, PluginManager, PluginRegistration, Value,
    ValueList, ValueListBuilder,
};

const NAME: &str = "peer_bench";
const TYPES: [&str; 4] = ["if_octets", "if_packets", "if_errors", "gauge"];

struct Bench {
    /// Not known to the compiler, as for a plugin that reads them from the system.
    interfaces: [String; 2],
    parts: [String; 2],
    name_only: AtomicBool,
    sum: AtomicU64,
}

impl PluginManager for Bench {
    fn name() -> &'static str {
        NAME
    }

    fn plugins(_config: Option<&[ConfigItem<'_>]>) -> Result<PluginRegistration, Box<dyn Error>> {
        let bench = Bench {
            interfaces: ["eth0", "wlp0s20f3"].map(str::to_owned),
            parts: ["total", "per-second"].map(str::to_owned),
            name_only: AtomicBool::new(false),
            sum: AtomicU64::new(0),
        };
        Ok(PluginRegistration::Single(Box::new(bench)))
    }
}

impl Bench {
    /// Nothing that was built can be used again, so `kept` is the same as `built`.
    fn dispatch(&self, work: &str, count: u32) -> Result<(), Box<dyn Error>> {
        let (with_meta, is_kept) = (work.ends_with("meta"), work.starts_with("kept"));
        for i in 0..count {
            let i = if is_kept { i % 8 } else { i };
            let (type_, which) = (TYPES[i as usize % 4], i as usize / 4 % 2);
            let (values, len) = match type_ {
                "gauge" => ([Value::Gauge(i.into()), Value::Gauge(0.0)], 1),
                _ => ([Value::Derive(i.into()), Value::Derive(2 * i64::from(i))], 2),
            };
            let mut list = ValueListBuilder::new(NAME, type_)
                .plugin_instance(&*self.interfaces[which])
                .type_instance(&*self.parts[which])
                .values(&values[..len]);
            if with_meta {
                list = list
                    .metadata("source", MetaValue::String("the benchmark".to_owned()))
                    .metadata("serial", MetaValue::UnsignedInt(i.into()));
            }
            list.submit()?;
        }
        Ok(())
    }

    fn report(&self) -> Result<(), Box<dyn Error>> {
        let sum = Value::Derive(self.sum.load(Ordering::Relaxed) as i64);
        ValueListBuilder::new(NAME, "derive").type_instance("checksum").values(&[sum]).submit()?;
        Ok(())
    }
}

impl Plugin for Bench {
    fn capabilities(&self) -> PluginCapabilities {
        PluginCapabilities::WRITE | PluginCapabilities::FLUSH
    }

    fn flush(&self, _timeout: Option<Duration>, request: Option<&str>) -> Result<(), Box<dyn Error>> {
        let Some(request) = request else { return Ok(()) };
        let mut words = request.split('/');
        let (verb, work) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match verb {
            "write" => {
                self.name_only.store(work == "name", Ordering::Relaxed);
                self.sum.store(0, Ordering::Relaxed);
                Ok(())
            }
            "result" => self.report(),
            _ => self.dispatch(work, words.next().unwrap_or_default().parse()?),
        }
    }

    fn write_values(&self, list: ValueList<'_>) -> Result<(), Box<dyn Error>> {
        let seen = if self.name_only.load(Ordering::Relaxed) {
            u64::from(list.plugin == "interface")
        } else {
            let length = |name: Option<&str>| name.map_or(0, str::len);
            let names = list.host.len()
                + 2 * list.plugin.len()
                + 3 * length(list.plugin_instance)
                + 5 * list.type_.len()
                + 7 * length(list.type_instance);
            let total: f64 = list.values.iter().map(|report| number(report.value)).sum();
            names as u64 + list.time.timestamp() as u64 + list.interval.num_seconds() as u64 + total as u64
        };
        self.sum.fetch_add(seen, Ordering::Relaxed);
        Ok(())
    }
}

fn number(value: Value) -> f64 {
    match value {
        Value::Gauge(x) => x,
        Value::Derive(n) => n as f64,
        Value::Counter(n) | Value::Absolute(n) => n as f64,
    }
}

collectd_plugin!(Bench);
