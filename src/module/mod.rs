//! The plugins of one `.so` file, from `module_register` to shutdown.

use std::any::TypeId;
use std::ffi::c_int;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::callback::{self, CacheEvent, Flush, Instance, Log, Missing, Notify, Read, RegisterError, Shutdown, Write};
use crate::config::{self, Block};
use crate::ffi::{self, Failure, LogLevel, Scope, TreeError, guard, log};
use crate::filter::{self, Match, Target};
use crate::{DataSet, Error, Plugin, Result, data_set, logger};

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
    /// Begins to register a plugin; its callbacks are named on the result.
    pub fn plugin<P: Plugin>(&mut self) -> Registration<'_, P> {
        Registration { module: self, callbacks: Vec::new(), shutdown: None }
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

/// A plugin of which the callbacks are being listed.
#[must_use = "nothing is registered without a call of `register`"]
pub struct Registration<'m, P: Plugin> {
    module: &'m mut Module,
    callbacks: Vec<RegisterFn<P>>,
    shutdown: Option<fn(&P) -> Result>,
}

type RegisterFn<P> = fn(&Arc<Instance<P>>) -> Result<(), RegisterError>;

impl<P: Plugin> Registration<'_, P> {
    /// Has its [`Read`] called.
    pub fn read(self) -> Self
    where
        P: Read,
    {
        self.with(callback::read::<P>)
    }

    /// Has its [`Write`] called.
    pub fn write(self) -> Self
    where
        P: Write,
    {
        self.with(callback::write::<P>)
    }

    /// Has its [`Flush`] called.
    pub fn flush(self) -> Self
    where
        P: Flush,
    {
        self.with(callback::flush::<P>)
    }

    /// Has its [`Notify`] called.
    pub fn notify(self) -> Self
    where
        P: Notify,
    {
        self.with(callback::notify::<P>)
    }

    /// Has its [`Missing`] called.
    pub fn missing(self) -> Self
    where
        P: Missing,
    {
        self.with(callback::missing::<P>)
    }

    /// Has its [`CacheEvent`] called.
    pub fn cache_event(self) -> Self
    where
        P: CacheEvent,
    {
        self.with(callback::cache_event::<P>)
    }

    /// Has its [`Log`] called.
    pub fn log(self) -> Self
    where
        P: Log,
    {
        self.with(callback::log::<P>)
    }

    /// Has its [`Shutdown`] called.
    pub fn shutdown(mut self) -> Self
    where
        P: Shutdown,
    {
        self.shutdown = Some(P::shutdown);
        self
    }

    /// Adds the plugin to the module.
    ///
    /// # Errors
    ///
    /// If the module has a plugin of this name already.
    pub fn register(self) -> Result<(), RegisterError> {
        let name = P::NAME;
        if self.module.entries.iter().any(|entry| entry.name().eq_ignore_ascii_case(name)) {
            return Err(RegisterError::Duplicate { name });
        }
        let state = Mutex::new(State::Configuring { block: None, config: None });
        self.module.entries.push(Arc::new(Slot { callbacks: self.callbacks, shutdown: self.shutdown, state }));
        Ok(())
    }

    fn with(mut self, callback: RegisterFn<P>) -> Self {
        self.callbacks.push(callback);
        self
    }
}

/// What `module_register` does: the daemon calls it when it has loaded the file.
#[doc(hidden)]
pub fn module_register(setup: impl FnOnce(&mut Module) -> Result) {
    ffi::install_panic_hook();
    logger::install();
    let mut module = Module::default();
    let result = guard("rust", || setup(&mut module));
    // Before anything is logged for it: the name of the first plugin is the best there is for the file.
    let filters = module.filters.iter().map(filter::Entry::name);
    let mut names = module.entries.iter().map(|entry| entry.name()).chain(filters);
    let name = names.find(|name| callback::is_name(name)).unwrap_or("rust");
    let _scope = Scope::enter(name);
    if let Err(failure) = result {
        report("module_register", &failure);
        return;
    }
    if ffi::is_metric_family_daemon() {
        let what = "this is a collectd 6, which needs another version of this plugin; it stays out of service";
        return log(LogLevel::Error, format_args!("{what}"));
    }
    // SAFETY: the daemon loads plugins while it reads its configuration, when it has no other thread.
    unsafe { data_set::register(&module.data_sets) };
    let plugins = module.entries.into_iter().map(add);
    for result in plugins.chain(module.filters.iter().map(filter::Entry::register)) {
        if let Err(error) = result {
            log(LogLevel::Error, format_args!("{error}"));
        }
    }
}

fn add(entry: Arc<dyn Entry>) -> Result<(), RegisterError> {
    let shared = Arc::clone(&entry);
    // The daemon may call back at once, so the entry has to be there first.
    plugins().push(entry);
    shared.register()
}

/// The daemon's config callback.
pub(crate) fn configure(name: &str, block: Result<Block, TreeError>) -> c_int {
    let matches = |entry: &&Arc<dyn Entry>| entry.blocks().any(|block| block.eq_ignore_ascii_case(name));
    let Some(entry) = plugins().iter().find(matches).cloned() else { return FAILURE };
    let result = guard(entry.name(), || entry.configure(block?));
    status(entry.name(), "config", result)
}

/// The daemon's init callback.
pub(crate) fn init<P: Plugin>() -> c_int {
    let Some(entry) = find::<P>() else { return FAILURE };
    let result = guard(P::NAME, || {
        ffi::set_defaults(P::NAME);
        entry.init()
    });
    status(P::NAME, "init", result)
}

/// The daemon's shutdown callback.
pub(crate) fn shutdown<P: Plugin>() -> c_int {
    let Some(entry) = find::<P>() else { return FAILURE };
    let result = status(P::NAME, "shutdown", guard(P::NAME, || entry.shutdown()));
    // Apart from it: if both panic, the second one must not be inside the unwinding of the first.
    let dropped = status(P::NAME, "drop", guard(P::NAME, || entry.let_go()));
    if result == SUCCESS { dropped } else { result }
}

const SUCCESS: c_int = 0;
const FAILURE: c_int = -1;

fn status(plugin: &'static str, what: &str, result: Result<(), Failure>) -> c_int {
    let Err(failure) = result else { return SUCCESS };
    let _scope = Scope::enter(plugin);
    report(what, &failure);
    FAILURE
}

fn report(what: &str, failure: &Failure) {
    match failure {
        Failure::Error { text, .. } => log(LogLevel::Error, format_args!("{what}: {text}")),
        Failure::Panic(message) => log(LogLevel::Error, format_args!("{what} {message}")),
    }
}

fn plugins() -> MutexGuard<'static, Vec<Arc<dyn Entry>>> {
    PLUGINS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find<P: Plugin>() -> Option<Arc<dyn Entry>> {
    plugins().iter().find(|entry| entry.type_id_of_plugin() == TypeId::of::<P>()).cloned()
}

/// A plugin of the module, whatever its type.
trait Entry: Send + Sync {
    fn name(&self) -> &'static str;
    fn blocks(&self) -> Box<dyn Iterator<Item = &'static str>>;
    fn type_id_of_plugin(&self) -> TypeId;
    /// Registers what the daemon needs before it reads on in its configuration.
    fn register(&self) -> Result<(), RegisterError>;
    fn configure(&self, block: Block) -> Result;
    fn init(&self) -> Result;
    fn shutdown(&self) -> Result;
    /// Gives the plugin up; callbacks that are still registered may keep it.
    fn let_go(&self) -> Result;
}

struct Slot<P: Plugin> {
    callbacks: Vec<RegisterFn<P>>,
    shutdown: Option<fn(&P) -> Result>,
    state: Mutex<State<P>>,
}

enum State<P: Plugin> {
    /// The daemon reads its configuration.
    Configuring { block: Option<Block>, config: Option<P::Config> },
    /// [`Plugin::new`] has succeeded.
    Running(Arc<Instance<P>>),
    /// It has failed, or the daemon stops.
    OutOfService,
}

impl<P: Plugin> Slot<P> {
    fn state(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the configuration; that of an empty block if there was none.
    fn take_config(&self) -> Result<P::Config> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::OutOfService) {
            State::Configuring { config: Some(config), .. } => Ok(config),
            State::Configuring { .. } => read::<P>(&Block::new("Plugin")),
            // An error in a block stops the daemon, unless it was only asked to check.
            State::Running(_) | State::OutOfService => Err(Error::msg("the plugin is not configured")),
        }
    }

    fn register_callbacks(&self, instance: &Arc<Instance<P>>) -> Result<(), RegisterError> {
        self.callbacks.iter().try_for_each(|register| register(instance))
    }
}

impl<P: Plugin> Entry for Slot<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn blocks(&self) -> Box<dyn Iterator<Item = &'static str>> {
        Box::new([P::NAME].into_iter().chain(P::OTHER_BLOCKS.iter().copied()))
    }

    fn type_id_of_plugin(&self) -> TypeId {
        TypeId::of::<P>()
    }

    fn register(&self) -> Result<(), RegisterError> {
        self.blocks().try_for_each(callback::config::register)?;
        callback::init::register::<P>()?;
        callback::shutdown::register::<P>()?;
        // After our own registration: the first one for a block gets it.
        for name in P::OTHER_BLOCKS {
            let blocks = format_args!("<Plugin {name}> blocks");
            match ffi::load_for_its_block(name) {
                Ok(true) => log(LogLevel::Info, format_args!("{name}.so was loaded for {blocks}; they are read here")),
                Ok(false) => {}
                Err(problem) => {
                    log(LogLevel::Notice, format_args!("{blocks} are not read, without {name}.so: {problem}"));
                }
            }
        }
        Ok(())
    }

    fn configure(&self, block: Block) -> Result {
        let mut state = self.state();
        let State::Configuring { block: known, config } = &mut *state else {
            return Err(Error::msg("the daemon configures the plugin after its start"));
        };
        match known {
            Some(known) => known.append(block),
            None => *known = Some(block),
        }
        if let Some(known) = known {
            *config = Some(read::<P>(known)?);
        }
        Ok(())
    }

    fn init(&self) -> Result {
        // The daemon may initialise its plugins again; this one is running already.
        if matches!(*self.state(), State::Running(_)) {
            return Ok(());
        }
        let instance = Instance::new(P::new(self.take_config()?)?);
        let registered = self.register_callbacks(&instance);
        if let Err(error) = registered {
            // Those that were registered stay with the daemon, and do nothing.
            instance.take_out_of_service();
            return Err(error.into());
        }
        *self.state() = State::Running(instance);
        Ok(())
    }

    fn shutdown(&self) -> Result {
        let instance = match &*self.state() {
            State::Running(instance) => Arc::clone(instance),
            _ => return Ok(()),
        };
        self.shutdown.map_or(Ok(()), |shutdown| shutdown(&instance.plugin))
    }

    fn let_go(&self) -> Result {
        let state = std::mem::replace(&mut *self.state(), State::OutOfService);
        drop(state);
        Ok(())
    }
}

fn read<P: Plugin>(block: &Block) -> Result<P::Config> {
    let config = config::from_block(block)?;
    P::check(&config)?;
    Ok(config)
}
