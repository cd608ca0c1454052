//! Network interfaces by name.

use std::ffi::CString;
use std::io;
use std::num::NonZeroU32;

use crate::sys;

/// A network interface of this machine: the one to join a group on, or to send through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    name: String,
    index: NonZeroU32,
}

impl Interface {
    /// Looks an interface up by its name, `eth0` say.
    ///
    /// # Errors
    ///
    /// There is no such interface now.
    pub fn named(name: &str) -> Result<Self, InterfaceError> {
        let failed = |error| InterfaceError { name: name.to_owned(), error };
        let c_name = CString::new(name).map_err(|e| failed(e.into()))?;
        let index = sys::interface_index(&c_name).map_err(failed)?;
        Ok(Interface { name: name.to_owned(), index })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kernel's number for it, as it was when it was looked up.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index.get()
    }
}

/// An interface that this machine does not have.
#[derive(Debug, thiserror::Error)]
#[error("network interface \"{name}\": {error}")]
pub struct InterfaceError {
    /// The name as it was given.
    pub name: String,
    /// What the system said.
    pub error: io::Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_interfaces_are_errors_with_their_name() {
        let long = "x".repeat(300);
        for name in ["nosuchif0", "", "lo\0", long.as_str()] {
            let error = Interface::named(name).expect_err(name).to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
