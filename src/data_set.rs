//! Data sets: what the daemon knows about the types of value lists.
//!
//! The daemon has them from its types.db files. A plugin that needs a type of its own can bring it, in
//! [`module!`](crate::module!):
//!
//! ```no_run
//! use collectd::prelude::*;
//! # struct Fans;
//! # impl Plugin for Fans {
//! #     const NAME: &'static str = "fans";
//! #     type Config = ();
//! #     fn new((): ()) -> Result<Self> { Ok(Fans) }
//! # }
//! # impl Read for Fans { fn read(&self) -> Result { Ok(()) } }
//!
//! collectd::module!(|module: &mut Module| {
//!     module.data_set("fan_state  speed:GAUGE:0:U, starts:DERIVE:0:U".parse()?);
//!     module.plugin::<Fans>().read().register()?;
//!     Ok(())
//! });
//! ```
//!
//! A type that depends on the configuration comes from [`register`], in [`Plugin::check`](crate::Plugin::check).
//!
//! If a types.db that the daemon reads before `LoadPlugin` defines the type too, the plugin's definition
//! replaces it; one that it reads afterwards replaces the plugin's. The default one it reads last.

pub use collectd_types::{DataSet, DataSource};

use crate::{LogLevel, NameRef, ffi};

/// A copy of what the daemon knows about a type: its data sources with their names, kinds and limits.
///
/// For code that runs from [`Plugin::new`](crate::Plugin::new) on; before, the daemon may not have read
/// its types.db files yet. Upper and lower case differ.
///
/// ```
/// # use collectd_test_host as _;
/// let load = collectd::data_set::find("load").expect("types.db has it");
/// assert_eq!(load.sources().len(), 3);
/// for source in load.sources() {
///     println!("{} is a {} from {:?} to {:?}", source.name, source.kind, source.min, source.max);
/// }
/// assert_eq!(collectd::data_set::find("no_such_type"), None);
/// ```
pub fn find(type_: impl AsRef<[u8]>) -> Option<DataSet> {
    ffi::find_data_set(NameRef::new(type_.as_ref()).ok()?)
}

/// Makes a type known to the daemon, or gives it another definition, while the daemon reads its configuration: from
/// [`Plugin::check`](crate::Plugin::check), or where a match or target is made.
///
/// ```no_run
/// use collectd::prelude::*;
/// use collectd::{DataSet, data_set};
///
/// /// `<Plugin probe_rs>` with `Type "probe a:GAUGE:U:U, b:GAUGE:U:U"`.
/// #[derive(Deserialize)]
/// #[serde(rename_all = "PascalCase", deny_unknown_fields)]
/// struct Config {
///     r#type: String,
/// }
/// # struct Probe;
/// # impl Read for Probe { fn read(&self) -> Result { Ok(()) } }
///
/// impl Plugin for Probe {
///     const NAME: &'static str = "probe_rs";
///     type Config = Config;
///
///     fn check(config: &Config) -> Result {
///         Ok(data_set::register(&config.r#type.parse()?)?)
///     }
///     // …
/// #   fn new(_: Config) -> Result<Self> { Ok(Probe) }
/// }
/// # collectd::plugin!(Probe: Read);
/// ```
///
/// # Errors
///
/// If the configuration has been read, or this is another thread: then others may be looking types up, and the daemon
/// does not lock them. Or if the daemon refuses.
pub fn register(set: &DataSet) -> Result<(), RegisterError> {
    if !ffi::is_configuring() {
        return Err(RegisterError::TooLate);
    }
    // SAFETY: while the daemon reads its configuration it has one thread, and this is it.
    match unsafe { ffi::register_data_set(set) } {
        0 => Ok(()),
        status => Err(RegisterError::Refused { status }),
    }
}

/// Why a type was not made known to the daemon.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The daemon has read its configuration, or this is not its main thread.
    #[error("types can be registered only while the daemon reads its configuration")]
    TooLate,
    /// The daemon refused; it has logged why.
    #[error("the daemon refused the type with status {status}")]
    Refused {
        /// What the daemon returned.
        status: i32,
    },
}

/// Makes the types of a module known to the daemon.
///
/// # Safety
///
/// There is only one thread, as in the configuration phase.
pub(crate) unsafe fn register_all(sets: &[DataSet]) {
    for set in sets {
        // SAFETY: what the caller promises.
        let status = unsafe { ffi::register_data_set(set) };
        if status != 0 {
            let type_ = set.type_();
            ffi::log(LogLevel::Error, format_args!("the daemon did not take the type \"{type_}\", status {status}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use collectd_test_host::Host;

    use super::*;

    #[test]
    fn only_the_thread_that_reads_the_configuration_may_register() {
        let host = Host::lock();
        let set: DataSet = "late a:GAUGE:U:U".parse().unwrap();
        assert_eq!(register(&set), Err(RegisterError::TooLate));
        assert!(host.take().is_empty());
    }
}
