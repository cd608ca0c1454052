//! Uses what the framework offers once, and logs what comes of it; a match and a target that read their blocks as trees.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use collectd::config::Scalar;
use collectd::filter::{Action, Match, Target, ValuesMut};
use collectd::prelude::*;
use collectd::{Complaint, DataSet, DispatchError, MetaValue, cache, data_set, options};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// At which level it says that it was made.
    level: LogLevel,
    /// A line of types.db.
    r#type: String,
}

struct Survey {
    is_done: AtomicBool,
    own_type: DataSet,
}

impl Plugin for Survey {
    const NAME: &'static str = "survey";
    type Config = Config;

    fn check(config: &Config) -> Result {
        Ok(data_set::register(&config.r#type.parse()?)?)
    }

    fn new(config: Config) -> Result<Self> {
        collectd::log_at(config.level, format_args!("made at level {}", config.level));
        let own_type: DataSet = config.r#type.parse()?;
        log::info!("type after the configuration: {}", shown(data_set::register(&own_type)));
        Ok(Survey { is_done: false.into(), own_type })
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        let options = ReadOptions::new("often").interval(Duration::from_millis(125));
        callbacks.read(options, || Ok(gauge("often").gauge(1.0).dispatch()?))?;
        Ok(())
    }
}

impl Read for Survey {
    fn read(&self) -> Result {
        if self.is_done.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        for (level, text) in [(LogLevel::Error, "error"), (LogLevel::Warning, "warning"), (LogLevel::Info, "info")] {
            collectd::log_at(level, format_args!("level {text} 100%n %s"));
        }
        collectd::notice!("level notice");
        log::info!("from the log crate");
        for round in 1..=3 {
            TROUBLE.complain(LogLevel::Warning, format_args!("trouble {round}"));
        }
        TROUBLE.release(format_args!("no more trouble"));
        globals();
        values(self)?;
        overrides()?;
        rates()?;
        refused();
        let heard = Notification::okay("anybody there?").dispatch()?;
        log::info!("somebody listens: {heard}");
        Ok(gauge("end").gauge(1.0).dispatch()?)
    }
}

static TROUBLE: Complaint = Complaint::new();

/// The second that the values are of; in the past, so that no clock is before it.
const SECOND: u64 = 1_700_000_000;

fn gauge(type_instance: &str) -> Values {
    Values::new("gauge").type_instance(type_instance)
}

fn globals() {
    log::info!("clock before {:.3}", Time::now().rfc3339());
    log::info!("host {} interval {:?}", collectd::hostname(), options::interval());
    log::info!("timeout {} queue {:?}", options::timeout(), options::number("WriteQueueLimitHigh"));
    log::info!("time {} {:.9}", Time::from_secs(SECOND).rfc3339(), Time::from_raw((SECOND << 30) + 1).rfc3339());
}

fn values(survey: &Survey) -> Result {
    gauge("plain").gauge(1.5).dispatch()?;
    let unix = SystemTime::UNIX_EPOCH + Duration::from_millis(SECOND * 1000 + 500);
    gauge("explicit")
        .host("elsewhere")
        .plugin("p")
        .plugin_instance("i")
        .time(unix)
        .interval(Duration::from_millis(2500))
        .gauge(-0.0)
        .dispatch()?;
    let values = Values::new(survey.own_type.type_());
    values.counter(u64::MAX).gauge(0.1).derive(i64::MIN).absolute(7).dispatch()?;
    survey.own_type.values([1.9, 2.5, -3.9, 4.0])?.type_instance("numbers").dispatch()?;
    let meta = gauge("meta").gauge(1.0).meta("text", "t\u{e9}").meta("signed", -7).meta("unsigned", u64::MAX);
    meta.meta("double", 1e20).meta("boolean", true).dispatch()?;
    gauge("shorn").gauge(1.0).meta("stays", 1).meta("goes", 2).dispatch()?;
    Ok(Values::new("load").gauges([1.0, f64::NAN, 3.0]).dispatch()?)
}

/// One value list for several dispatches.
fn overrides() -> Result<(), DispatchError> {
    let template = gauge("template").host("h").meta("kept", 1).gauge(1.0);
    template.dispatch()?;
    template.clone().type_instance("override").replace_values([Value::Gauge(2.0)]).without_meta("kept").dispatch()?;
    template.clone().meta("more", "m").dispatch()
}

fn rates() -> Result<(), DispatchError> {
    let at = |second, values: Values| values.time(Time::from_secs(SECOND + second)).interval(Duration::from_secs(10));
    for (second, counted) in [(0, u64::from(u32::MAX) - 9), (10, 10)] {
        at(second, Values::new("counter").type_instance("rate").counter(counted)).dispatch()?;
        at(second, Values::new("derive").type_instance("rate").derive(-(counted as i64))).dispatch()?;
        at(second, Values::new("absolute").type_instance("rate").absolute(counted)).dispatch()?;
    }
    Ok(())
}

/// What never reaches the daemon.
fn refused() {
    let long = "x".repeat(128);
    for (what, values) in [
        ("type", Values::new("no_such_type").gauge(1.0)),
        ("count", Values::new("load").gauge(1.0)),
        ("kind", gauge("refused").derive(1)),
        ("name", gauge(&long).gauge(1.0)),
        ("time", gauge("refused").time(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).gauge(1.0)),
    ] {
        log::info!("refused {what}: {}", shown(values.dispatch()));
    }
}

fn shown<E: std::fmt::Display>(result: Result<(), E>) -> String {
    result.map_or_else(|error| error.to_string(), |()| "fine".to_owned())
}

impl Write for Survey {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let meta = values.meta().to_meta();
        let as_text: Vec<_> = meta.iter().map(|(key, value)| format!("{key}={}", value.to_text())).collect();
        log::info!("as text {}", as_text.join(" "));
        let meta: Vec<_> = meta.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
        let rates = cache::rates(values.identifier());
        let (time, interval) = (values.time().rfc3339(), values.interval());
        log::info!("wrote {values} at {time:.3} every {interval:?} rates {rates:?} meta {}", meta.join(" "));
        log::info!("clock after {:.3}", Time::now().rfc3339());
        let set = data_set::find(values.type_()).ok_or_else(|| Error::msg("a type that nobody knows"))?;
        let labels = set.label(values).map(|(source, value)| {
            format!("{} is the {} {value} of {:?} to {:?}", source.name, source.kind, source.min, source.max)
        });
        log::info!("sources of {}: {}", set.type_(), labels.collect::<Vec<_>>().join(", "));
        Ok(())
    }
}

/// `TypeInstance "a" "b"`: whether it is one of these.
struct OneOf(Vec<String>);

impl Match for OneOf {
    const NAME: &'static str = "one_of";
    type Config = Block;

    fn new(block: Block) -> Result<Self> {
        let mut names = Vec::new();
        for line in block.find_all("TypeInstance") {
            for value in line.values() {
                match value {
                    Scalar::String(name) => names.push(name.clone()),
                    other => return Err(line.error(format_args!("{other} is no name")).into()),
                }
            }
        }
        Ok(OneOf(names))
    }

    fn matches(&self, values: ValuesRef<'_>) -> Result<bool> {
        Ok(self.0.iter().any(|name| *name == values.type_instance().to_string_lossy()))
    }
}

/// `Label "key" true`: adds meta data, of the kind that stands there. `Remove "key"` takes it away.
struct Labelled {
    labels: Vec<(String, MetaValue)>,
    remove: Vec<String>,
}

impl Target for Labelled {
    const NAME: &'static str = "labelled";
    type Config = Block;

    fn new(block: Block) -> Result<Self> {
        let label = |line: &Block| match line.values() {
            [Scalar::String(key), Scalar::String(text)] => Ok((key.clone(), text.as_str().into())),
            [Scalar::String(key), Scalar::Number(number)] => Ok((key.clone(), (*number).into())),
            [Scalar::String(key), Scalar::Boolean(value)] => Ok((key.clone(), (*value).into())),
            _ => Err(line.error("a label is a name and a value")),
        };
        let remove = block.find_all("Remove").map(|line| Ok(line.string()?.to_owned())).collect::<Result<_>>()?;
        Ok(Labelled { labels: block.find_all("Label").map(label).collect::<Result<_, _>>()?, remove })
    }

    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        for (key, value) in &self.labels {
            values.insert_meta(key, value.clone())?;
        }
        for key in &self.remove {
            log::info!("{key} was there: {}", values.remove_meta(key));
        }
        Ok(Action::Continue)
    }
}

collectd::module!(|module: &mut Module| {
    module.matching::<OneOf>()?;
    module.target::<Labelled>()?;
    module.plugin::<Survey>().read().write().register()?;
    Ok(())
});
