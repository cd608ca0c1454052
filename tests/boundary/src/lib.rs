//! The work that `tests/peers/boundary/driver.c` measures, with our framework.

#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use collectd::prelude::*;
use collectd::{Identifier, Meta, SharedMeta};

const TYPES: [&str; 4] = ["if_octets", "if_packets", "if_errors", "gauge"];

struct Bench {
    /// Not known to the compiler, as for a plugin that reads them from the system.
    interfaces: [String; 2],
    parts: [String; 2],
    name_only: AtomicBool,
    sum: AtomicU64,
}

impl Plugin for Bench {
    const NAME: &'static str = "rust_bench";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Bench {
            interfaces: ["eth0", "wlp0s20f3"].map(str::to_owned),
            parts: ["total", "per-second"].map(str::to_owned),
            name_only: AtomicBool::new(false),
            sum: AtomicU64::new(0),
        })
    }
}

impl Bench {
    fn list(&self, i: u32) -> Values {
        let (type_, which) = (TYPES[i as usize % 4], i as usize / 4 % 2);
        let list = Values::new(type_).plugin_instance(&self.interfaces[which]).type_instance(&self.parts[which]);
        match type_ {
            "gauge" => list.gauge(i.into()),
            _ => list.derive(i.into()).derive(2 * i64::from(i)),
        }
    }

    fn built(&self, count: u32) -> Result {
        for i in 0..count {
            self.list(i).dispatch()?;
        }
        Ok(())
    }

    fn with_meta(&self, count: u32) -> Result {
        for i in 0..count {
            self.list(i).meta("source", "the benchmark").meta("serial", i).dispatch()?;
        }
        Ok(())
    }

    /// The same lists over and over.
    fn kept(&self, count: u32) -> Result {
        for list in self.lists().iter().cycle().take(count as usize) {
            list.dispatch()?;
        }
        Ok(())
    }

    fn with_kept_meta(&self, count: u32) -> Result {
        let meta = (0..8).map(shared_meta).collect::<Result<Vec<_>>>()?;
        for (list, meta) in self.lists().iter().zip(&meta).cycle().take(count as usize) {
            meta.dispatch(list.view())?;
        }
        Ok(())
    }

    /// Not on the heap, where a large block has the allocator sort all the small ones that are free.
    fn lists(&self) -> [Values; 8] {
        std::array::from_fn(|k| self.list(u32::try_from(k).unwrap_or_default()))
    }
}

/// The daemon's form of the meta data, made once.
fn shared_meta(i: u32) -> Result<SharedMeta> {
    let mut meta = Meta::new();
    meta.insert("source", "the benchmark");
    meta.insert("serial", i);
    Ok(SharedMeta::new(&meta)?)
}

impl Flush for Bench {
    fn flush(&self, _older_than: Option<Duration>, request: Option<&Identifier>) -> Result {
        let Some(request) = request else { return Ok(()) };
        let [verb, work, count] = [&request.host, &request.plugin, &request.type_].map(ToString::to_string);
        match verb.as_str() {
            "write" => {
                self.name_only.store(work == "name", Ordering::Relaxed);
                self.sum.store(0, Ordering::Relaxed);
                Ok(())
            }
            "result" => {
                let sum = self.sum.load(Ordering::Relaxed).cast_signed();
                Ok(Values::new("derive").type_instance("checksum").derive(sum).dispatch()?)
            }
            _ => {
                let count = count.parse()?;
                match work.as_str() {
                    "built" => self.built(count),
                    "meta" => self.with_meta(count),
                    "kept" => self.kept(count),
                    _ => self.with_kept_meta(count),
                }
            }
        }
    }
}

impl Write for Bench {
    fn write(&self, list: ValuesRef<'_>) -> Result {
        let seen = match self.name_only.load(Ordering::Relaxed) {
            true => u64::from(list.plugin() == "interface"),
            false => all_of(list),
        };
        self.sum.fetch_add(seen, Ordering::Relaxed);
        Ok(())
    }
}

/// How long each name is, and the numbers.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the values are small whole numbers")]
fn all_of(list: ValuesRef<'_>) -> u64 {
    let [host, plugin, plugin_instance, type_, type_instance] = list.identifier().names().map(|name| name.len() as u64);
    let names = host + 2 * plugin + 3 * plugin_instance + 5 * type_ + 7 * type_instance;
    let total: f64 = list.values().map(Value::as_f64).sum();
    names + list.time().as_secs() + (list.interval().to_raw() >> 30) + total as u64
}

collectd::plugin!(Bench: Flush, Write);
