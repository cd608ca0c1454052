//! Filter chains: matches and targets of one's own for `<Chain>` blocks.
//!
//! A [`Match`] says whether a rule applies to a value list; a [`Target`] changes it, or says what becomes of it.
//! Both have a name, which is the one in `<Match "name">` and `<Target "name">`, and a configuration, which is what
//! stands inside that block. Each such block makes one of them.
//!
//! ```no_run
//! use collectd::prelude::*;
//! use collectd::filter::{Action, Target, ValuesMut};
//!
//! /// `<Target "datacenter">` with `Name "fra1"`.
//! #[derive(Deserialize)]
//! #[serde(rename_all = "PascalCase", deny_unknown_fields)]
//! struct Datacenter {
//!     name: String,
//! }
//!
//! impl Target for Datacenter {
//!     const NAME: &'static str = "datacenter";
//!     type Config = Self;
//!
//!     fn new(config: Self) -> Result<Self> {
//!         Ok(config)
//!     }
//!
//!     fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
//!         values.insert_meta("datacenter", self.name.as_str())?;
//!         Ok(Action::Continue)
//!     }
//! }
//!
//! collectd::plugin!(Datacenter: Target);
//! ```
//!
//! The file is loaded with `LoadPlugin`, before the chain that uses it. With `AutoLoadPlugin` the daemon looks for
//! `match_NAME.so` and `target_NAME.so`. A file with several of them, or with plugins as well, is set up with
//! [`module!`](crate::module!), [`Module::matching`](crate::Module::matching) and
//! [`Module::target`](crate::Module::target).
//!
//! | | when | thread | a failure |
//! | --- | --- | --- | --- |
//! | `new` | at the block, while the daemon reads its configuration | main | stops the start |
//! | [`Match::matches`] | for each value list that comes to the rule | any write thread, several at once | is logged; counts as "no" |
//! | [`Target::invoke`] | for each value list that all matches of the rule let through | any write thread, several at once | is logged; the next target follows |
//! | `Drop` | if the chain around it is wrong; never when the daemon ends | main | a panic is logged |

mod r#match;
mod target;
mod values;

use std::ffi::{CStr, CString, c_int, c_void};

pub use r#match::Match;
pub use target::{Action, Target};
pub use values::{ChangeError, ValuesMut};

use crate::callback::RegisterError;
use crate::complaint::Complaint;
use crate::config::{self, Block};
use crate::ffi::{self, Handle, Scope, TreeError, guard};
use crate::report::{complain, report};
use crate::{Error, Name, Result, trace};
use serde::de::DeserializeOwned;

/// What all these functions return to the daemon when they fail.
const FAILURE: c_int = -1;
const SUCCESS: c_int = 0;

/// A match or target that a module is to have.
pub(crate) struct Entry {
    kind: &'static str,
    name: &'static str,
    register: fn() -> Result<(), RegisterError>,
}

impl Entry {
    pub(crate) fn matching<M: Match>() -> Self {
        Entry { kind: r#match::KIND, name: M::NAME, register: r#match::register::<M> }
    }

    pub(crate) fn target<T: Target>() -> Self {
        Entry { kind: target::KIND, name: T::NAME, register: target::register::<T> }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the daemon could tell them apart; it does not look for a second one itself.
    pub(crate) fn check_beside(&self, others: &[Entry]) -> Result<(), RegisterError> {
        let (kind, name) = (self.kind, self.name);
        let is_same = |other: &Entry| other.kind == kind && other.name.eq_ignore_ascii_case(name);
        if others.iter().any(is_same) || target::is_builtin(kind, name) {
            return Err(RegisterError::Duplicate { kind, name: name.to_owned() });
        }
        c_name(kind, name).map(drop)
    }

    pub(crate) fn register(&self) -> Result<(), RegisterError> {
        (self.register)()
    }
}

/// The daemon cuts longer names without a word, and would not find them again.
fn c_name(kind: &'static str, name: &'static str) -> Result<CString, RegisterError> {
    let fits = !name.is_empty() && name.len() <= Name::MAX_LEN;
    CString::new(name).ok().filter(|_| fits).ok_or_else(|| RegisterError::Name { kind, name: name.to_owned() })
}

fn register_name(
    kind: &'static str,
    name: &'static str,
    function: impl FnOnce(&CStr) -> c_int,
) -> Result<(), RegisterError> {
    match function(&c_name(kind, name)?) {
        0 => Ok(()),
        status => Err(RegisterError::Refused { kind, status }),
    }
}

/// One match or target of a chain: the author's, and what it has to complain about.
struct Filter<F> {
    filter: F,
    name: &'static str,
    complaint: Complaint,
}

impl<F: Send + Sync + 'static> Handle for Filter<F> {
    fn plugin(&self) -> &'static str {
        self.name
    }
}

impl<F> Filter<F> {
    /// Runs the author's code, and reports how it went: to the log, and as the daemon's return code.
    fn run(&self, what: &str, code: impl FnOnce(&F) -> Result<c_int>) -> c_int {
        let result = guard(self.name, || code(&self.filter));
        match result {
            Ok(status) => {
                if self.complaint.is_failing() {
                    let _scope = Scope::enter(self.name);
                    self.complaint.release(format_args!("{what} works again"));
                }
                status
            }
            Err(failure) => {
                complain(&self.complaint, self.name, what, &failure);
                FAILURE
            }
        }
    }
}

/// What the daemon's `create` functions do: the author's type from its block.
///
/// # Safety
///
/// `slot` is what the daemon passed to one of them.
unsafe fn create<C: DeserializeOwned, F: Send + Sync + 'static>(
    name: &'static str,
    tag: &str,
    block: Result<Block, TreeError>,
    new: fn(C) -> Result<F>,
    slot: *mut *mut c_void,
) -> c_int {
    let result = guard(name, || {
        let mut block = block.map_err(Error::untraced)?;
        trace::take_switch(name, &mut block);
        new(config::from_block(&block).map_err(Error::untraced)?)
    });
    match result {
        Ok(filter) => {
            let filter = Filter { filter, name, complaint: Complaint::new() };
            // SAFETY: what the caller promises.
            if unsafe { ffi::store(slot, filter) } { SUCCESS } else { FAILURE }
        }
        Err(failure) => {
            // Where the chain is in the file is not known; the daemon's own line about it follows.
            report(name, format_args!("<{tag} \"{name}\">"), &failure);
            FAILURE
        }
    }
}

fn unknown_data_set() -> Error {
    Error::msg("the daemon passed a value list without a known data set")
}
