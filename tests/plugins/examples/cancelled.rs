//! Registers each kind of callback twice, and takes the second one back before the daemon calls it.
#![forbid(unsafe_code)]

use std::time::Duration;

use collectd::prelude::*;

struct Cancelled;

/// Says who was called for what.
struct Voice(&'static str);

impl Voice {
    fn say(&self, what: &str) {
        log::info!("{} {what}", self.0);
    }
}

impl Read for Voice {
    fn read(&self) -> Result {
        self.say("reads");
        Ok(())
    }
}

impl Write for Voice {
    fn write(&self, _: ValuesRef<'_>) -> Result {
        self.say("writes");
        Ok(())
    }
}

impl Flush for Voice {
    fn flush(&self, _: Option<Duration>, _: Option<&Identifier>) -> Result {
        self.say("flushes");
        Ok(())
    }
}

impl Notify for Voice {
    fn notify(&self, _: NotificationRef<'_>) -> Result {
        self.say("hears");
        Ok(())
    }
}

impl Missing for Voice {
    fn missing(&self, _: MetricRef<'_>) -> Result<Missed> {
        self.say("misses");
        Ok(Missed::Continue)
    }
}

impl CacheEvent for Voice {
    fn subscribe(&self, _: ValuesRef<'_>) -> Result<bool> {
        self.say("subscribes");
        Ok(true)
    }

    fn expired(&self, _: MetricRef<'_>) -> Result {
        self.say("sees it expire");
        Ok(())
    }
}

impl Log for Voice {
    fn log(&self, _: LogLevel, _: &str) -> Result {
        // To standard error.
        self.say("logs");
        Ok(())
    }
}

impl Plugin for Cancelled {
    const NAME: &'static str = "cancelled";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Cancelled)
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        for name in ["kept", "cancelled"] {
            let instance = callbacks.instance(name, Arc::new(Voice(name))).read().write().flush().notify();
            let handle = instance.missing().cache_event().log().register()?;
            if name == "cancelled" {
                handle.cancel();
            }
        }
        let reads = callbacks.reads()?;
        for (name, group) in [("single", "stays"), ("first", "goes"), ("second", "goes")] {
            reads.add(ReadOptions::new(name).group(group), move || Voice(name).read())?;
        }
        callbacks.notify("group", move |_| {
            log::info!("{} reads were in the group", reads.cancel_group("goes"));
            Ok(())
        })?;
        Ok(())
    }
}

collectd::plugin!(Cancelled);
