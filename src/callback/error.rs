//! Why something could not be registered.

/// Why a plugin, or something of it, could not be registered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// This file has one of this kind and name already, or the daemon itself has. collectd ignores case in the names of
    /// plugins, writers, matches and targets.
    #[error("{kind} \"{name}\" is there already")]
    Duplicate {
        /// What was to be registered: "plugin", "match", "target", or the kind of a callback.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The name is empty, has a NUL byte, or is too long for its kind.
    #[error("{name:?} cannot be the name of a {kind}")]
    Name {
        /// What was to be registered: "plugin", "callback", "group", "match" or "target".
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The interval of a read is longer than collectd can count.
    #[error("{interval:?} is too long for an interval")]
    Interval {
        /// The interval.
        interval: std::time::Duration,
    },
    /// The plugin has failed, or the daemon stops, or it takes no further reads, see
    /// [`Reads::add`](super::Reads::add).
    #[error("the plugin is out of service")]
    OutOfService,
    /// The daemon is too old for this kind of callback.
    #[error("this daemon has no {kind} callbacks: they need collectd {since} or newer")]
    Unsupported {
        /// What was to be registered.
        kind: &'static str,
        /// The first release that has it.
        since: &'static str,
    },
    /// The daemon refused a registration.
    #[error("the daemon refused to register the {kind} callback, status {status}")]
    Refused {
        /// What was registered.
        kind: &'static str,
        /// What the daemon returned.
        status: i32,
    },
}
