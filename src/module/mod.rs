//! The plugins of one `.so` file, from `module_register` to shutdown.

mod slot;

use std::any::TypeId;
use std::ffi::c_int;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::callback::{self, RegisterError, Registration};
use crate::config::Block;
use crate::ffi::{self, Failure, LogLevel, Scope, TreeError, guard, log};
use crate::filter::{self, Match, Target};
use crate::report::report;
use crate::{DataSet, Error, Plugin, Result, data_set, logger, trace};
use slot::{Entry, Slot};

/// The plugins of this module. The daemon's config, init and shutdown callbacks carry no data, so they find
/// theirs here. Each `.so` file has a list of its own.
static PLUGINS: Mutex<Vec<Arc<dyn Entry>>> = Mutex::new(Vec::new());

/// The plugins that a `.so` file is to have, for [`module!`](crate::module!).
#[derive(Default)]
pub struct Module {
    entries: Vec<Arc<dyn Entry>>,
    data_sets: Vec<DataSet>,
    filters: Vec<filter::Entry>,
}

impl Module {
    /// Begins to register a plugin; its callbacks are named on the result. They are registered when the plugin is made.
    ///
    /// That fails if the module has a plugin of this name already.
    pub fn plugin<P: Plugin>(&mut self) -> Registration<'_, P> {
        Registration::new(|listed| {
            let name = P::NAME;
            if self.entries.iter().any(|entry| entry.name().eq_ignore_ascii_case(name)) {
                return Err(RegisterError::Duplicate { kind: "plugin", name: name.to_owned() });
            }
            self.entries.push(Arc::new(Slot::new(listed)));
            Ok(())
        })
    }

    /// Adds a match for filter chains.
    ///
    /// # Errors
    ///
    /// If the module has a match of this name already, or it cannot be one.
    pub fn matching<M: Match>(&mut self) -> Result<(), RegisterError> {
        self.filter(filter::Entry::matching::<M>())
    }

    /// Adds a target for filter chains.
    ///
    /// # Errors
    ///
    /// If the module, or the daemon itself, has a target of this name already, or it cannot be one.
    pub fn target<T: Target>(&mut self) -> Result<(), RegisterError> {
        self.filter(filter::Entry::target::<T>())
    }

    fn filter(&mut self, entry: filter::Entry) -> Result<(), RegisterError> {
        entry.check_beside(&self.filters)?;
        self.filters.push(entry);
        Ok(())
    }
}

impl Module {
    /// Makes a type known to the daemon that is not in the administrator's types.db, see
    /// [`data_set`](crate::data_set). Only here: later other threads may be looking types up.
    pub fn data_set(&mut self, set: DataSet) {
        self.data_sets.push(set);
    }
}

/// What `module_register` does: the daemon calls it when it has loaded the file.
#[doc(hidden)]
pub fn module_register(setup: impl FnOnce(&mut Module) -> Result, about: &'static [u8]) {
    // Nobody reads it here, but the linker must think so: it leaves out what is not used.
    let _ = std::hint::black_box(about);
    ffi::set_main_thread();
    ffi::install_panic_hook();
    logger::install();
    forget_past_lives();
    let mut module = Module::default();
    let result = guard("rust", || setup(&mut module));
    // Before anything is logged for it: the name of the first plugin is the best there is for the file.
    let filters = module.filters.iter().map(filter::Entry::name);
    let mut names = module.entries.iter().map(|entry| entry.name()).chain(filters);
    let name = names.find(|name| callback::is_name(name)).unwrap_or("rust");
    let _scope = Scope::enter(name);
    if let Err(failure) = result {
        report(name, "module_register", &failure);
        return;
    }
    if ffi::is_metric_family_daemon() {
        let what = "this is a collectd 6, which needs another version of this plugin; it stays out of service";
        return log(LogLevel::Error, format_args!("{what}"));
    }
    // SAFETY: the daemon loads plugins while it reads its configuration, when it has no other thread.
    unsafe { data_set::register_all(&module.data_sets) };
    let plugins = module.entries.into_iter().map(add);
    for result in plugins.chain(module.filters.iter().map(filter::Entry::register)) {
        if let Err(error) = result {
            log(LogLevel::Error, format_args!("{error}"));
        }
    }
}

/// A daemon loads a file once. In a test process one daemon comes after the other, and what is left of those before must
/// not be taken for this one's.
fn forget_past_lives() {
    let mut plugins = plugins();
    let before = plugins.len();
    plugins.retain(|entry| !entry.is_over());
    if plugins.is_empty() && before > 0 {
        callback::give_all_names_back();
        ffi::forget_defaults();
        ffi::end::begin();
    }
}

fn add(entry: Arc<dyn Entry>) -> Result<(), RegisterError> {
    let shared = Arc::clone(&entry);
    // The daemon may call back at once, so the entry has to be there first. One that could not be shut down is in its way.
    let mut plugins = plugins();
    plugins.retain(|other| other.type_id_of_plugin() != entry.type_id_of_plugin());
    plugins.push(entry);
    drop(plugins);
    shared.register()
}

/// The daemon's config callback.
pub(crate) fn configure(name: &str, block: Result<Block, TreeError>) -> c_int {
    let matches = |entry: &&Arc<dyn Entry>| entry.blocks().any(|block| block.eq_ignore_ascii_case(name));
    let Some(entry) = plugins().iter().find(matches).cloned() else { return FAILURE };
    let result = guard(entry.name(), || {
        let mut block = block.map_err(Error::untraced)?;
        trace::take_switch(entry.name(), &mut block);
        entry.configure(name, block)
    });
    status(entry.name(), "config", result)
}

/// The daemon's init callback.
pub(crate) fn init<P: Plugin>() -> c_int {
    let Some(entry) = find::<P>() else { return FAILURE };
    let result = guard(P::NAME, || {
        ffi::end::begin();
        ffi::set_defaults(P::NAME);
        entry.init()
    });
    status(P::NAME, "init", result)
}

/// The daemon's shutdown callback.
pub(crate) fn shutdown<P: Plugin>() -> c_int {
    let Some(entry) = find::<P>() else { return FAILURE };
    let mut result = SUCCESS;
    // One after the other: a panic in one must not be inside the unwinding of another, nor keep it from being called.
    let steps = entry.end().into_iter().map(|shutdown| ("shutdown", shutdown));
    for (what, step) in steps.chain([("drop", Box::new(move || entry.let_go()) as callback::ShutdownFn)]) {
        if status(P::NAME, what, guard(P::NAME, step)) != SUCCESS {
            result = FAILURE;
        }
    }
    let is_last = plugins().iter().all(|entry| entry.is_over());
    if is_last {
        callback::end_writers();
        if !ffi::end::end() {
            let text = "a thread of the plugin is still in the daemon, which goes on to its end";
            log(LogLevel::Warning, format_args!("{text}"));
        }
    }
    result
}

const SUCCESS: c_int = 0;
const FAILURE: c_int = -1;

fn status(plugin: &'static str, what: &str, result: Result<(), Box<Failure>>) -> c_int {
    let Err(failure) = result else { return SUCCESS };
    report(plugin, what, &failure);
    FAILURE
}

fn plugins() -> MutexGuard<'static, Vec<Arc<dyn Entry>>> {
    PLUGINS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find<P: Plugin>() -> Option<Arc<dyn Entry>> {
    plugins().iter().find(|entry| entry.type_id_of_plugin() == TypeId::of::<P>()).cloned()
}
