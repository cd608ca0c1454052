//! What all callbacks share: the plugin behind the registration, and what happens when it fails.

use std::ffi::{CStr, CString, c_int};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::complaint::Complaint;
use crate::ffi::{self, Failure, Handle, LogLevel, Scope, guard, sys};
use crate::{Error, Plugin};

/// What a callback returns to the daemon.
pub(super) const SUCCESS: c_int = 0;
pub(super) const FAILURE: c_int = -1;

/// A plugin in service, shared by all its registrations.
pub(crate) struct Instance<P> {
    pub(crate) plugin: P,
    /// Cleared when a later registration fails: what is registered already stays with the daemon, and does
    /// nothing any more.
    in_service: AtomicBool,
}

impl<P: Plugin> Instance<P> {
    pub(crate) fn new(plugin: P) -> Arc<Self> {
        Arc::new(Instance { plugin, in_service: AtomicBool::new(true) })
    }

    pub(crate) fn take_out_of_service(&self) {
        self.in_service.store(false, Ordering::Relaxed);
    }
}

/// One registration.
pub(super) struct Callback<P, const IS_LOG: bool = false> {
    instance: Arc<Instance<P>>,
    complaint: Complaint,
}

impl<P: Plugin, const IS_LOG: bool> Handle for Callback<P, IS_LOG> {
    const FREED_WITH_LOG_CALLBACKS: bool = IS_LOG;

    fn plugin(&self) -> &'static str {
        P::NAME
    }
}

impl<P: Plugin, const IS_LOG: bool> Callback<P, IS_LOG> {
    pub(super) fn user_data(instance: &Arc<Instance<P>>) -> sys::user_data_t {
        ffi::user_data(Callback::<P, IS_LOG>::new(instance))
    }

    pub(super) fn new(instance: &Arc<Instance<P>>) -> Self {
        Callback { instance: Arc::clone(instance), complaint: Complaint::new() }
    }

    /// Whether the plugin does anything: not if a later registration has failed.
    pub(super) fn is_in_service(&self) -> bool {
        self.instance.in_service.load(Ordering::Relaxed)
    }

    /// Runs the author's code, and reports how it went: to the log, and as the daemon's return code.
    pub(super) fn run(&self, what: &str, code: impl FnOnce(&P) -> Result<(), Error>) -> c_int {
        if self.call(what, code).is_some() { SUCCESS } else { FAILURE }
    }

    /// Runs the author's code, and reports to the log how it went; what it returned, if it has not failed.
    pub(super) fn call<T>(&self, what: &str, code: impl FnOnce(&P) -> Result<T, Error>) -> Option<T> {
        if !self.is_in_service() {
            return None;
        }
        let result = guard(P::NAME, || code(&self.instance.plugin));
        let _scope = Scope::enter(P::NAME);
        match result {
            Ok(returned) => {
                self.complaint.release(format_args!("{what} works again"));
                Some(returned)
            }
            Err(failure) => {
                self.complain(what, failure);
                None
            }
        }
    }

    fn complain(&self, what: &str, failure: Failure) {
        match failure {
            Failure::Error { text, is_expected } => {
                let level = if is_expected { LogLevel::Warning } else { LogLevel::Error };
                self.complaint.complain(level, format_args!("{what} failed: {text}"));
            }
            Failure::Panic(message) => self.complaint.complain(LogLevel::Error, format_args!("{what} {message}")),
        }
    }
}

/// Why a plugin could not be registered.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// This module has a plugin of this name already. collectd ignores case.
    #[error("plugin \"{name}\" is there already")]
    Duplicate {
        /// The name.
        name: &'static str,
    },
    /// The name is empty or has a NUL byte.
    #[error("{name:?} cannot be the name of a plugin")]
    Name {
        /// The name.
        name: &'static str,
    },
    /// The daemon is too old for this kind of callback.
    #[error("this daemon has no {kind} callbacks: they need collectd {since} or newer")]
    Unsupported {
        /// What was to be registered.
        kind: &'static str,
        /// The first release that has it.
        since: &'static str,
    },
    /// This module, or the daemon itself, has a match or target of this name already. collectd ignores case.
    #[error("{kind} \"{name}\" is there already")]
    DuplicateFilter {
        /// What was registered: "match" or "target".
        kind: &'static str,
        /// The name.
        name: &'static str,
    },
    /// The name of a match or target is empty, has more than 127 bytes or a NUL byte.
    #[error("{name:?} cannot be the name of a {kind}")]
    FilterName {
        /// What was registered: "match" or "target".
        kind: &'static str,
        /// The name.
        name: &'static str,
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

/// Passes a checked name to one of the daemon's registration functions.
pub(super) fn register(
    name: &'static str,
    kind: &'static str,
    function: impl FnOnce(&CStr) -> c_int,
) -> Result<(), RegisterError> {
    let c_name = CString::new(name).ok().filter(|_| is_name(name)).ok_or(RegisterError::Name { name })?;
    match function(&c_name) {
        0 => Ok(()),
        status => Err(RegisterError::Refused { kind, status }),
    }
}

/// Whether collectd can have a plugin of this name.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('\0')
}
