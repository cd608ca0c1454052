//! What all callbacks share: the author's object behind the registration, and what happens when it fails.

use std::ffi::{CStr, CString, c_int};
use std::sync::Arc;

use super::service::Registered;
use crate::Error;
use crate::complaint::Complaint;
use crate::ffi::{self, Failure, Handle, Scope, guard, sys};
use crate::report::complain;

/// What a callback returns to the daemon.
pub(super) const SUCCESS: c_int = 0;
pub(super) const FAILURE: c_int = -1;

/// One registration, as the daemon keeps it.
pub(super) struct Callback<T, const IS_LOG: bool = false> {
    target: Arc<T>,
    registered: Arc<Registered>,
    complaint: Complaint,
}

impl<T: Send + Sync + 'static, const IS_LOG: bool> Handle for Callback<T, IS_LOG> {
    const FREED_WITH_LOG_CALLBACKS: bool = IS_LOG;

    fn plugin(&self) -> &'static str {
        self.registered.plugin()
    }
}

impl<T, const IS_LOG: bool> Drop for Callback<T, IS_LOG> {
    fn drop(&mut self) {
        self.registered.freed();
    }
}

impl<T: Send + Sync + 'static, const IS_LOG: bool> Callback<T, IS_LOG> {
    pub(super) fn user_data(target: &Arc<T>, registered: &Arc<Registered>) -> sys::user_data_t {
        ffi::user_data(Callback::<T, IS_LOG>::new(target, registered))
    }

    pub(super) fn new(target: &Arc<T>, registered: &Arc<Registered>) -> Self {
        Callback { target: Arc::clone(target), registered: Arc::clone(registered), complaint: Complaint::new() }
    }

    #[inline]
    pub(super) fn plugin(&self) -> &'static str {
        self.registered.plugin()
    }

    /// Whether it does anything: not if it was taken back, or its plugin is out of service.
    #[inline]
    pub(super) fn is_active(&self) -> bool {
        self.registered.is_active()
    }

    /// Runs the author's code, and reports how it went: to the log, and as the daemon's return code.
    #[inline]
    pub(super) fn run(&self, what: &str, code: impl FnOnce(&T) -> Result<(), Error>) -> c_int {
        if self.call(what, code).is_some() { SUCCESS } else { FAILURE }
    }

    /// Runs the author's code, and reports to the log how it went; what it returned, if it has not failed.
    #[inline]
    pub(super) fn call<R>(&self, what: &str, code: impl FnOnce(&T) -> Result<R, Error>) -> Option<R> {
        match guard(self.plugin(), || code(&self.target)) {
            Ok(returned) => {
                if self.complaint.is_failing() {
                    self.recovered(what);
                }
                Some(returned)
            }
            Err(failure) => {
                self.failed(what, &failure);
                None
            }
        }
    }

    #[cold]
    fn recovered(&self, what: &str) {
        let _scope = Scope::enter(self.plugin());
        let label = self.registered.label();
        self.complaint.release(format_args!("{label}{what} works again"));
    }

    #[cold]
    fn failed(&self, what: &str, failure: &Failure) {
        let label = self.registered.label();
        complain(&self.complaint, self.plugin(), format_args!("{label}{what}"), failure);
    }
}

/// Passes the name of a plugin to one of the registration functions for callbacks without data.
pub(super) fn register_plugin(
    name: &'static str,
    kind: &'static str,
    function: impl FnOnce(&CStr) -> c_int,
) -> Result<(), super::RegisterError> {
    let c_name = CString::new(name).ok().filter(|_| is_name(name));
    let c_name = c_name.ok_or_else(|| super::RegisterError::Name { kind: "plugin", name: name.to_owned() })?;
    match function(&c_name) {
        0 => Ok(()),
        status => Err(super::RegisterError::Refused { kind, status }),
    }
}

/// Whether collectd can have a plugin of this name.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('\0')
}
