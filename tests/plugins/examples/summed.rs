//! Dispatches parts of a total and their percentages; logs the daemon's options at its start.
#![forbid(unsafe_code)]

use collectd::prelude::*;
use collectd::{MultiValue, options};

struct Summed;

impl Plugin for Summed {
    const NAME: &'static str = "summed";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        log::info!("interval {:?} timeout {}", options::interval(), options::timeout());
        log::info!("reads {:?} writes {:?}", options::get("readthreads"), options::number("WriteThreads"));
        log::info!("lookup {:?} autoload {:?}", options::flag("FQDNLookup"), options::flag("autoloadplugin"));
        log::info!("host {:?} {}", options::get("Hostname"), collectd::hostname());
        log::info!("neither {:?} {:?}", options::number("BaseDir"), options::flag("Interval"));
        log::info!("none {:?} {:?}", options::get("NoSuchOption"), options::get("Base\0Dir"));
        Ok(Summed)
    }
}

impl Read for Summed {
    fn read(&self) -> Result {
        let parts = MultiValue::new(Values::new("memory")).gauge("used", 30.0).gauge("free", 10.0);
        parts.dispatch()?;
        parts.dispatch_percentages()?;
        Ok(())
    }
}

collectd::plugin!(Summed: Read);
