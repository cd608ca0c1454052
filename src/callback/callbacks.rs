//! Callbacks that a plugin registers when it is made: closures, instances, further reads.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::closure::Closure;
use super::registration::{Listed, Registration};
use super::service::{Registered, Service};
use super::{Missed, ReadOptions, RegisterError, flush, log, missing, notification, read, write};
use crate::ffi::DaemonContext;
use crate::{Identifier, LogLevel, MetricRef, NotificationRef, Result, ValuesRef};

/// Registers what [`plugin!`](crate::plugin) cannot list, in [`Plugin::callbacks`](crate::Plugin::callbacks).
///
/// The daemon knows each callback as `PLUGIN/name`, where the name is what it is registered under here; an empty one
/// stands for the plugin itself. A name can be used once for each kind of callback. The name stands in the log lines
/// about the callback, in `FLUSH plugin="PLUGIN/name"`, and in [`write_to("PLUGIN/name")`](crate::WriteTo::write_to).
///
/// ```no_run
/// use std::collections::BTreeMap;
/// use std::sync::Arc;
/// use std::time::Duration;
/// use collectd::prelude::*;
///
/// /// `<Plugin hosts_rs>` with `Host "a" 5` and `Host "b" 60`: name and seconds.
/// #[derive(Deserialize)]
/// #[serde(rename_all = "PascalCase", deny_unknown_fields)]
/// struct Config {
///     host: BTreeMap<String, u32>,
/// }
///
/// struct Hosts(Config);
///
/// impl Plugin for Hosts {
///     const NAME: &'static str = "hosts_rs";
///     type Config = Config;
///
///     fn new(config: Config) -> Result<Self> {
///         Ok(Hosts(config))
///     }
///
///     fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
///         for (host, &seconds) in &self.0.host {
///             let options = ReadOptions::new(host).interval(Duration::from_secs(seconds.into()));
///             let values = Values::new("gauge").host(host);
///             callbacks.read(options, move || Ok(values.clone().gauge(1.0).dispatch()?))?;
///         }
///         Ok(())
///     }
/// }
///
/// collectd::plugin!(Hosts);
/// ```
pub struct Callbacks {
    service: Arc<Service>,
    shutdowns: Vec<ShutdownFn>,
    has_late_reads: bool,
    /// Most lists of the daemon may be changed on its main thread only.
    _not_send: PhantomData<*const ()>,
}

pub(crate) type ShutdownFn = Box<dyn FnOnce() -> Result + Send>;

impl Callbacks {
    pub(crate) fn new(service: Arc<Service>) -> Self {
        Callbacks { service, shutdowns: Vec::new(), has_late_reads: false, _not_send: PhantomData }
    }

    /// Registers what is listed for the plugin itself.
    pub(crate) fn add_listed<T>(
        &mut self,
        listed: &Listed<T>,
        target: &Arc<T>,
        name: &str,
    ) -> Result<CallbackHandle, RegisterError>
    where
        T: Send + Sync + 'static,
    {
        if let Some(shutdown) = listed.shutdown {
            let target = Arc::clone(target);
            self.shutdowns.push(Box::new(move || shutdown(&target)));
        }
        let registered = listed.register(target, name, &self.service)?;
        Ok(CallbackHandle { service: Arc::clone(&self.service), registered: registered.into() })
    }

    /// What is to be called when the daemon stops, in this order.
    pub(crate) fn into_shutdowns(self) -> Vec<ShutdownFn> {
        self.shutdowns.into_iter().rev().collect()
    }

    /// Registers a [`Read`](super::Read). The options are its name, as `"disks"`, or [`ReadOptions`] with an interval
    /// and a group too.
    ///
    /// # Errors
    ///
    /// Those of [`RegisterError`], as for all functions of this type.
    pub fn read(
        &mut self,
        options: impl Into<ReadOptions>,
        closure: impl Fn() -> Result + Send + Sync + 'static,
    ) -> Result<CallbackHandle, RegisterError> {
        let registered = read::register(&Arc::new(Closure(closure)), &options.into(), &self.service)?;
        Ok(self.handle(registered))
    }

    /// Registers a [`Write`](super::Write).
    ///
    /// # Errors
    ///
    /// Those of [`RegisterError`].
    pub fn write(
        &mut self,
        name: &str,
        closure: impl Fn(ValuesRef<'_>) -> Result + Send + Sync + 'static,
    ) -> Result<CallbackHandle, RegisterError> {
        let registered = write::register(&Arc::new(Closure(closure)), name, &self.service)?;
        Ok(self.handle(registered))
    }

    /// Registers a [`Flush`](super::Flush).
    ///
    /// # Errors
    ///
    /// Those of [`RegisterError`].
    pub fn flush(
        &mut self,
        name: &str,
        closure: impl Fn(Option<Duration>, Option<&Identifier>) -> Result + Send + Sync + 'static,
    ) -> Result<CallbackHandle, RegisterError> {
        let registered = flush::register(&Arc::new(Closure(closure)), name, &self.service)?;
        Ok(self.handle(registered))
    }

    /// Registers a [`Notify`](super::Notify).
    ///
    /// # Errors
    ///
    /// Those of [`RegisterError`].
    pub fn notify(
        &mut self,
        name: &str,
        closure: impl Fn(NotificationRef<'_>) -> Result + Send + Sync + 'static,
    ) -> Result<CallbackHandle, RegisterError> {
        let registered = notification::register(&Arc::new(Closure(closure)), name, &self.service)?;
        Ok(self.handle(registered))
    }

    /// Registers a [`Missing`](super::Missing).
    ///
    /// # Errors
    ///
    /// Those of [`RegisterError`].
    pub fn missing(
        &mut self,
        name: &str,
        closure: impl Fn(MetricRef<'_>) -> Result<Missed> + Send + Sync + 'static,
    ) -> Result<CallbackHandle, RegisterError> {
        let registered = missing::register(&Arc::new(Closure(closure)), name, &self.service)?;
        Ok(self.handle(registered))
    }

    /// Registers a [`Log`](super::Log).
    ///
    /// # Errors
    ///
    /// Those of [`RegisterError`].
    pub fn log(
        &mut self,
        name: &str,
        closure: impl Fn(LogLevel, &str) -> Result + Send + Sync + 'static,
    ) -> Result<CallbackHandle, RegisterError> {
        let registered = log::register(&Arc::new(Closure(closure)), name, &self.service)?;
        Ok(self.handle(registered))
    }

    /// Has a closure called when the daemon stops, see [`Shutdown`](super::Shutdown).
    pub fn shutdown(&mut self, closure: impl FnOnce() -> Result + Send + 'static) {
        self.shutdowns.push(Box::new(closure));
    }

    /// Begins to register an instance: any object that has callbacks. They are listed on the result, and what that
    /// registers can be taken back as a whole.
    ///
    /// ```no_run
    /// # use collectd::prelude::*;
    /// # use std::collections::BTreeMap;
    /// # use std::sync::Arc;
    /// /// `<Plugin store_rs>` with a `<Node "name">` for each server.
    /// #[derive(Deserialize)]
    /// #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    /// struct Config {
    ///     node: BTreeMap<String, Node>,
    /// }
    ///
    /// #[derive(Clone, Deserialize)]
    /// #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    /// struct Node {
    ///     path: std::path::PathBuf,
    /// }
    ///
    /// impl Write for Node {
    ///     fn write(&self, values: ValuesRef<'_>) -> Result {
    ///         Ok(std::fs::write(&self.path, values.to_string())?)
    ///     }
    /// }
    ///
    /// struct Store(Config);
    ///
    /// impl Plugin for Store {
    ///     const NAME: &'static str = "store_rs";
    ///     type Config = Config;
    ///
    ///     fn new(config: Config) -> Result<Self> {
    ///         Ok(Store(config))
    ///     }
    ///
    ///     fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
    ///         for (name, node) in &self.0.node {
    ///             callbacks.instance(name, Arc::new(node.clone())).write().register()?;
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// collectd::plugin!(Store);
    /// ```
    pub fn instance<T: Send + Sync + 'static>(
        &mut self,
        name: &str,
        object: Arc<T>,
    ) -> Registration<'_, T, CallbackHandle> {
        let name = name.to_owned();
        Registration::new(move |listed| self.add_listed(&listed, &object, &name))
    }

    /// For reads that come and go while the daemon runs. The result can be kept and shared.
    ///
    /// # Errors
    ///
    /// Those of [`RegisterError`].
    pub fn reads(&mut self) -> Result<Reads, RegisterError> {
        // The daemon starts its read threads only if there is a read when all plugins are initialised.
        if !self.has_late_reads {
            let rare = ReadOptions::new("/reads").interval(Duration::from_secs(86400));
            self.read(rare, || Ok(()))?;
            self.has_late_reads = true;
        }
        Ok(Reads { service: Arc::clone(&self.service), context: DaemonContext::current() })
    }

    fn handle(&self, registered: Arc<Registered>) -> CallbackHandle {
        CallbackHandle { service: Arc::clone(&self.service), registered: [registered].into() }
    }
}

/// Registers reads and takes them back at any time, from any thread; see [`Callbacks::reads`].
#[derive(Clone)]
pub struct Reads {
    service: Arc<Service>,
    /// Of the plugin: threads of the author's own have none.
    context: DaemonContext,
}

impl Reads {
    /// Registers a read, which runs for the first time at once.
    ///
    /// # Errors
    ///
    /// Those of [`RegisterError`]. It is too late when the daemon stops, and under `collectd -T`, which calls every
    /// read once, when the plugin is made.
    pub fn add(
        &self,
        options: impl Into<ReadOptions>,
        closure: impl Fn() -> Result + Send + Sync + 'static,
    ) -> Result<CallbackHandle, RegisterError> {
        if !self.service.takes_reads() {
            return Err(RegisterError::OutOfService);
        }
        let _context = self.context.enter();
        let registered = read::register(&Arc::new(Closure(closure)), &options.into(), &self.service)?;
        Ok(CallbackHandle { service: Arc::clone(&self.service), registered: [registered].into() })
    }

    /// Takes all reads of a group back, and says how many they were; see [`CallbackHandle::cancel`].
    pub fn cancel_group(&self, group: &str) -> usize {
        self.service.cancel_group(group)
    }
}

/// Callbacks that can be taken back. They stay where this is dropped.
#[derive(Clone)]
pub struct CallbackHandle {
    service: Arc<Service>,
    registered: Arc<[Arc<Registered>]>,
}

impl CallbackHandle {
    /// Takes them back, at any time, from any thread and from within the callbacks themselves. No call begins after
    /// this; one that is under way goes on.
    ///
    /// A read is unregistered, and its name is free again. The daemon drops what belongs to it when it would have been
    /// due next. Callbacks of the other kinds cannot be unregistered safely while the daemon runs: they stay in its
    /// lists, with their names, and do nothing.
    pub fn cancel(&self) {
        for registered in self.registered.iter() {
            self.service.cancel(registered);
        }
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks").field("plugin", &self.service.plugin()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reads").field("plugin", &self.service.plugin()).finish_non_exhaustive()
    }
}

impl fmt::Debug for CallbackHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.registered.iter().map(|registered| registered.name_text()).collect();
        f.debug_tuple("CallbackHandle").field(&names).finish()
    }
}
