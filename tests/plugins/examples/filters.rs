//! A match and a target that do what their configuration says, mistakes included.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU32, Ordering};

use collectd::filter::{Action, Match, Target, ValuesMut};
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Asked {
    /// "new", "call" or "drop".
    #[serde(default)]
    panic_in: String,
    /// How many calls fail first.
    #[serde(default)]
    failures: u32,
    #[serde(default)]
    type_instance: String,
    /// Stays behind in valgrind's eyes if nobody drops it.
    #[serde(default)]
    memory: Vec<u32>,
    #[serde(skip)]
    calls: AtomicU32,
}

impl Asked {
    fn reach(&self, place: &str) {
        assert!(self.panic_in != place, "counted to {}", self.memory.len());
    }

    fn call(&self) -> Result {
        self.reach("call");
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        if number < self.failures {
            return Err(Error::msg(format_args!("call {number} fails")));
        }
        Ok(())
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.reach("drop");
    }
}

impl Match for Asked {
    const NAME: &'static str = "asked";
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        config.reach("new");
        Ok(config)
    }

    fn matches(&self, values: ValuesRef<'_>) -> Result<bool> {
        self.call()?;
        Ok(values.type_instance() == self.type_instance.as_str())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Changes {
    #[serde(default)]
    panic_in: String,
    host: Option<Text>,
    plugin: Option<Text>,
    plugin_instance: Option<Text>,
    type_instance: Option<Text>,
    /// `Gauge 0 1.5`: an index and a value.
    #[serde(default)]
    gauge: Vec<(usize, f64)>,
    #[serde(default)]
    derive: Vec<(usize, i64)>,
    /// In seconds.
    time: Option<u64>,
    interval: Option<u64>,
    #[serde(default)]
    add: Vec<(String, String)>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    then: String,
}

/// `"x" 127` is that often an x; `@` stands for a NUL byte, which no configuration can have.
#[derive(Deserialize)]
struct Text(String, Option<usize>);

impl Text {
    fn text(&self) -> String {
        with_nul(&self.0.repeat(self.1.unwrap_or(1)))
    }
}

fn with_nul(text: &str) -> String {
    text.replace('@', "\0")
}

impl Target for Changes {
    const NAME: &'static str = "changes";
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        assert!(config.panic_in != "new", "told to panic");
        Ok(config)
    }

    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        assert!(self.panic_in != "call", "told to panic");
        if let Some(name) = &self.host {
            values.set_host(name.text())?;
        }
        if let Some(name) = &self.plugin {
            values.set_plugin(name.text())?;
        }
        if let Some(name) = &self.plugin_instance {
            values.set_plugin_instance(name.text())?;
        }
        if let Some(name) = &self.type_instance {
            values.set_type_instance(name.text())?;
        }
        for &(index, gauge) in &self.gauge {
            values.set_value(index, Value::Gauge(gauge))?;
        }
        for &(index, derive) in &self.derive {
            values.set_value(index, Value::Derive(derive))?;
        }
        if let Some(time) = self.time {
            values.set_time(Time::from_secs(time))?;
        }
        if let Some(interval) = self.interval {
            values.set_interval(Interval::from_secs(interval))?;
        }
        for (key, text) in &self.add {
            values.insert_meta(key, with_nul(text))?;
        }
        for key in &self.remove {
            let removed = values.remove_meta(key);
            log::info!("removed {key}: {removed}");
        }
        Ok(match self.then.as_str() {
            "stop" => Action::Stop,
            "return" => Action::Return,
            _ => Action::Continue,
        })
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        assert!(self.panic_in != "drop", "told to panic");
    }
}

/// Names that cannot be, and names that are taken.
macro_rules! nameless {
    ($($type:ident $name:expr),+) => {
        $(struct $type;

        impl Target for $type {
            const NAME: &'static str = $name;
            type Config = ();

            fn new((): ()) -> Result<Self> {
                Ok($type)
            }

            fn invoke(&self, _: &mut ValuesMut<'_>) -> Result<Action> {
                Ok(Action::Continue)
            }
        })+
    };
}

const LONG: &str = match std::str::from_utf8(&[b'x'; 128]) {
    Ok(name) => name,
    Err(_) => "",
};

nameless!(Again "CHANGES", TooLong LONG, Longest LONG.split_at(127).0, Empty "", Nul "a\0b", Builtin "Write");

collectd::module!(|module: &mut Module| {
    module.matching::<Asked>()?;
    module.target::<Changes>()?;
    module.target::<Longest>()?;
    let refused = [
        module.target::<Again>(),
        module.target::<TooLong>(),
        module.target::<Empty>(),
        module.target::<Nul>(),
        module.target::<Builtin>(),
    ];
    for error in refused.into_iter().filter_map(Result::err) {
        log::warn!("{error}");
    }
    Ok(())
});
