//! Two plugins in one file, which work on threads of every kind, and say in whose context.
#![forbid(unsafe_code)]

use std::thread::JoinHandle;

use collectd::context::Context;
use collectd::prelude::*;
use collectd::thread;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    /// Whether a thread that has entered a context panics.
    #[serde(default)]
    panic: bool,
}

struct Contexts(Config);

impl Plugin for Contexts {
    const NAME: &'static str = "contexts";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        log::info!("new: {:?}", Context::current());
        Ok(Contexts(config))
    }
}

impl Read for Contexts {
    fn read(&self) -> Result {
        on_all_threads("first")?;
        // The listeners run on the thread that notifies.
        let notify = || Notification::okay("from a plain thread").dispatch();
        join(std::thread::spawn(notify))??;
        if self.0.panic {
            let context = Context::current();
            let thread = std::thread::Builder::new().name("entered".to_owned());
            join(thread.spawn(move || context.run(|| panic!("told to panic")))?).unwrap_err();
        }
        Ok(())
    }
}

impl Notify for Contexts {
    fn notify(&self, _: NotificationRef<'_>) -> Result {
        work("first", "notified")
    }
}

impl Write for Contexts {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        if values.type_instance().to_string().starts_with("first-") || values.plugin() == "producer" {
            let context = Context::current();
            log::info!("write {values}: {} {:?}", context.plugin(), context.interval());
        }
        Ok(())
    }
}

/// Without a name of its own in a LoadPlugin line.
struct Second;

impl Plugin for Second {
    const NAME: &'static str = "contexts_second";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Second)
    }
}

impl Read for Second {
    fn read(&self) -> Result {
        on_all_threads("second")
    }
}

fn on_all_threads(which: &str) -> Result {
    work(which, "callback")?;
    let context = Context::current();

    let which = which.to_owned();
    let name = which.clone();
    join(std::thread::spawn(move || work(&name, "plain")))??;

    let (name, kept) = (which.clone(), context.clone());
    join(std::thread::spawn(move || {
        kept.run(|| work(&name, "run"))?;
        work(&name, "after")
    }))??;

    let (name, kept) = (which.clone(), context);
    join(std::thread::spawn(move || {
        kept.adopt();
        work(&name, "adopted")
    }))??;

    let name = which.clone();
    let nested = move || {
        let inner = thread::Builder::new().name("inner").stack_size(200 << 10);
        work(&name, "spawned")?;
        join(inner.spawn(move || work(&name, "nested"))?)?
    };
    join(thread::spawn(nested))??;
    Ok(())
}

/// What shows the context: a value with its defaults, and a line in the log.
fn work(which: &str, place: &str) -> Result {
    let thread = std::thread::current();
    log::info!("{which}-{place} on {:?}: {:?}", thread.name().unwrap_or_default(), Context::current());
    Ok(Values::new("gauge").type_instance(format!("{which}-{place}")).gauge(1.0).dispatch()?)
}

fn join<T>(thread: JoinHandle<T>) -> Result<T> {
    thread.join().map_err(|_| Error::msg("the thread panicked"))
}

collectd::module!(|module: &mut Module| {
    module.plugin::<Contexts>().read().write().notify().register()?;
    module.plugin::<Second>().read().register()?;
    Ok(())
});
