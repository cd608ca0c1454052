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

/// Makes types known to the daemon.
///
/// # Safety
///
/// There is only one thread, as in the configuration phase.
pub(crate) unsafe fn register(sets: &[DataSet]) {
    for set in sets {
        // SAFETY: what the caller promises.
        let status = unsafe { ffi::register_data_set(set) };
        if status != 0 {
            let type_ = set.type_();
            ffi::log(LogLevel::Error, format_args!("the daemon did not take the type \"{type_}\", status {status}"));
        }
    }
}
