//! One plugin of a module, from its configuration to its end.

use std::any::TypeId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::callback::{self, Callbacks, Listed, RegisterError, Service, ShutdownFn};
use crate::config::{self, Block};
use crate::ffi::{self, LogLevel, log};
use crate::{Error, Plugin, Result};

/// A plugin of the module, whatever its type.
pub(super) trait Entry: Send + Sync {
    fn name(&self) -> &'static str;
    fn blocks(&self) -> Box<dyn Iterator<Item = &'static str>>;
    fn type_id_of_plugin(&self) -> TypeId;
    /// Registers what the daemon needs before it reads on in its configuration.
    fn register(&self) -> Result<(), RegisterError>;
    /// Takes a block of one of these names.
    fn configure(&self, name: &str, block: Block) -> Result;
    fn init(&self) -> Result;
    /// Ends the plugin's service; what it wants to have called then, in this order.
    fn end(&self) -> Vec<ShutdownFn>;
    /// Gives the plugin up; callbacks that are still registered may keep it.
    fn let_go(&self) -> Result;
    /// Whether it is out of service.
    fn is_over(&self) -> bool;
}

pub(super) struct Slot<P: Plugin> {
    listed: Listed<P>,
    state: Mutex<State<P>>,
}

enum State<P: Plugin> {
    /// The daemon reads its configuration.
    Configuring { block: Option<Block>, config: Option<P::Config>, stands_in_for: Option<&'static str> },
    /// [`Plugin::new`] and [`Plugin::callbacks`] have succeeded.
    Running { plugin: Arc<P>, service: Arc<Service>, shutdowns: Vec<ShutdownFn> },
    /// It has failed, or the daemon stops.
    OutOfService,
}

impl<P: Plugin> Slot<P> {
    pub(super) fn new(listed: Listed<P>) -> Self {
        Slot { listed, state: Mutex::new(State::Configuring { block: None, config: None, stands_in_for: None }) }
    }

    fn state(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the configuration, that of an empty block if there was none; and whose blocks there were.
    fn take_config(&self) -> Result<(P::Config, Option<&'static str>)> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::OutOfService) {
            State::Configuring { config: Some(config), stands_in_for, .. } => Ok((config, stands_in_for)),
            State::Configuring { .. } => Ok((read::<P>(&Block::new("Plugin"))?, None)),
            // An error in a block stops the daemon, unless it was only asked to check.
            State::Running { .. } | State::OutOfService => Err(Error::msg("the plugin is not configured")),
        }
    }

    /// Registers all callbacks, or leaves none in service.
    fn register_callbacks(&self, plugin: &Arc<P>, service: &Arc<Service>) -> Result<Vec<ShutdownFn>> {
        let failing = FailOnDrop(Some(service));
        let mut callbacks = Callbacks::new(Arc::clone(service));
        callbacks.add_listed(&self.listed, plugin, "").map_err(Error::untraced)?;
        plugin.callbacks(&mut callbacks)?;
        failing.succeeded();
        service.started();
        Ok(callbacks.into_shutdowns())
    }
}

/// Takes a plugin out of service whichever way its registration fails: a panic of the author's too.
struct FailOnDrop<'s>(Option<&'s Service>);

impl FailOnDrop<'_> {
    fn succeeded(mut self) {
        self.0 = None;
    }
}

impl Drop for FailOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(service) = self.0 {
            service.fail();
        }
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

    fn configure(&self, name: &str, block: Block) -> Result {
        let mut state = self.state();
        let State::Configuring { block: known, config, stands_in_for } = &mut *state else {
            return Err(Error::msg("the daemon configures the plugin after its start"));
        };
        let other = P::OTHER_BLOCKS.iter().find(|other| other.eq_ignore_ascii_case(name));
        *stands_in_for = stands_in_for.or(other.copied());
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
        if matches!(*self.state(), State::Running { .. }) {
            return Ok(());
        }
        let (config, stands_in_for) = self.take_config()?;
        let plugin = Arc::new(P::new(config)?);
        let service = Service::new(P::NAME, stands_in_for);
        let shutdowns = self.register_callbacks(&plugin, &service)?;
        if service.is_idle() && shutdowns.is_empty() {
            log(LogLevel::Warning, format_args!("has no callbacks, so that nothing of it will ever be called"));
        }
        *self.state() = State::Running { plugin, service, shutdowns };
        Ok(())
    }

    fn end(&self) -> Vec<ShutdownFn> {
        match &mut *self.state() {
            State::Running { service, shutdowns, .. } => {
                service.close();
                std::mem::take(shutdowns)
            }
            _ => Vec::new(),
        }
    }

    fn let_go(&self) -> Result {
        let state = std::mem::replace(&mut *self.state(), State::OutOfService);
        // Not while the state is locked: its `Drop` is the author's code.
        if let State::Running { plugin, .. } = state {
            drop(plugin);
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        matches!(*self.state(), State::OutOfService)
    }
}

fn read<P: Plugin>(block: &Block) -> Result<P::Config> {
    let config = config::from_block(block).map_err(Error::untraced)?;
    P::check(&config)?;
    Ok(config)
}
