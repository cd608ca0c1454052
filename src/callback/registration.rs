//! Which callbacks an object has: for plugins and for instances alike.

use std::sync::Arc;

use super::service::{Registered, Service};
use super::{CacheEvent, Flush, Log, Missing, Notify, Read, ReadOptions, RegisterError, Shutdown, Write};
use super::{cache_event, flush, log, missing, notification, read, write};
use crate::Result;

/// An object of which the callbacks are being listed: a plugin, see [`Module::plugin`](crate::Module::plugin), or an
/// instance, see [`Callbacks::instance`](super::Callbacks::instance).
#[must_use = "nothing is registered without a call of `register`"]
pub struct Registration<'r, T, Registered = ()> {
    listed: Listed<T>,
    finish: Box<dyn FnOnce(Listed<T>) -> Result<Registered, RegisterError> + 'r>,
}

/// The callbacks of an object, in the order in which they are registered.
pub(crate) struct Listed<T> {
    steps: Vec<Step<T>>,
    pub(crate) shutdown: Option<fn(&T) -> Result>,
}

type Step<T> = Box<dyn Fn(&Arc<T>, &str, &Service) -> Result<Arc<Registered>, RegisterError> + Send + Sync>;

impl<T> Listed<T> {
    /// Registers them all under a name, which is empty for the plugin itself.
    pub(crate) fn register(
        &self,
        target: &Arc<T>,
        name: &str,
        service: &Service,
    ) -> Result<Vec<Arc<Registered>>, RegisterError> {
        self.steps.iter().map(|register| register(target, name, service)).collect()
    }
}

impl<'r, T, Out> Registration<'r, T, Out> {
    pub(crate) fn new(finish: impl FnOnce(Listed<T>) -> Result<Out, RegisterError> + 'r) -> Self {
        Registration { listed: Listed { steps: Vec::new(), shutdown: None }, finish: Box::new(finish) }
    }

    /// Has its [`Read`] called, as often as the plugin's interval says.
    pub fn read(self) -> Self
    where
        T: Read,
    {
        self.read_with(ReadOptions::default())
    }

    /// Has its [`Read`] called with a name, an interval or a group of its own.
    pub fn read_with(self, options: impl Into<ReadOptions>) -> Self
    where
        T: Read,
    {
        let options = options.into();
        self.with(move |target, name, service| read::register(target, &options.below(name), service))
    }

    /// Has its [`Write`] called.
    pub fn write(self) -> Self
    where
        T: Write,
    {
        self.with(write::register)
    }

    /// Has its [`Flush`] called.
    pub fn flush(self) -> Self
    where
        T: Flush,
    {
        self.with(flush::register)
    }

    /// Has its [`Notify`] called.
    pub fn notify(self) -> Self
    where
        T: Notify,
    {
        self.with(notification::register)
    }

    /// Has its [`Missing`] called.
    pub fn missing(self) -> Self
    where
        T: Missing,
    {
        self.with(missing::register)
    }

    /// Has its [`CacheEvent`] called.
    pub fn cache_event(self) -> Self
    where
        T: CacheEvent,
    {
        self.with(cache_event::register)
    }

    /// Has its [`Log`] called.
    pub fn log(self) -> Self
    where
        T: Log,
    {
        self.with(log::register)
    }

    /// Has its [`Shutdown`] called.
    pub fn shutdown(mut self) -> Self
    where
        T: Shutdown,
    {
        self.listed.shutdown = Some(T::shutdown);
        self
    }

    /// Adds the plugin to the module, or registers the callbacks of the instance.
    ///
    /// # Errors
    ///
    /// If the name is taken or cannot be used; for an instance also if the daemon refuses.
    pub fn register(self) -> Result<Out, RegisterError> {
        (self.finish)(self.listed)
    }

    fn with(
        mut self,
        register: impl Fn(&Arc<T>, &str, &Service) -> Result<Arc<Registered>, RegisterError> + Send + Sync + 'static,
    ) -> Self {
        self.listed.steps.push(Box::new(register));
        self
    }
}
