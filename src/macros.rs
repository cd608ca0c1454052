//! The macros that make a crate a plugin.

/// Makes a `cdylib` crate a collectd plugin: a type and the callbacks that it implements.
///
/// ```
/// use collectd::prelude::*;
///
/// struct Uptime(std::time::Instant);
///
/// impl Plugin for Uptime {
///     const NAME: &'static str = "uptime_rs";
///     type Config = ();
///
///     fn new((): ()) -> Result<Self> {
///         Ok(Uptime(std::time::Instant::now()))
///     }
/// }
///
/// impl Read for Uptime {
///     fn read(&self) -> Result {
///         Values::new("uptime").gauge(self.0.elapsed().as_secs_f64()).dispatch()?;
///         Ok(())
///     }
/// }
///
/// collectd::plugin!(Uptime: Read);
/// # let types = "uptime value:GAUGE:0:4294967295";
/// # let mut host = collectd_testing::Host::builder().module(module_register).types(types).start();
/// # host.read();
/// # assert_eq!(host.take_values()[0].identifier().plugin, "uptime_rs");
/// ```
///
/// A type for filter chains is listed alone, as in `collectd::plugin!(Regex: Match);` or
/// `collectd::plugin!(Replace: Target);`, see [`filter`](crate::filter).
///
/// A plugin that registers everything itself, in [`Plugin::callbacks`](crate::Plugin::callbacks), is named alone:
/// `collectd::plugin!(Hosts);`.
///
/// The callbacks are `Read`, `Write`, `Flush`, `Notify`, `Missing`, `CacheEvent`, `Log` and `Shutdown`. A type that
/// lacks one that is listed does not compile.
#[macro_export]
macro_rules! plugin {
    ($filter:ty: Match $(,)?) => {
        $crate::__module!(
            |module: &mut $crate::Module| Ok(module.matching::<$filter>()?),
            <$filter as $crate::filter::Match>::NAME,
            "Match"
        );
    };
    ($filter:ty: Target $(,)?) => {
        $crate::__module!(
            |module: &mut $crate::Module| Ok(module.target::<$filter>()?),
            <$filter as $crate::filter::Target>::NAME,
            "Target"
        );
    };
    ($plugin:ty: $($callback:ident),+ $(,)?) => {
        $crate::__module!(
            |module: &mut $crate::Module| {
                let registration = module.plugin::<$plugin>();
                $(let registration = $crate::__callback!(registration, $callback);)+
                registration.register()?;
                Ok(())
            },
            <$plugin as $crate::Plugin>::NAME,
            concat!($(stringify!($callback), " "),+)
        );
    };
    ($plugin:ty $(,)?) => {
        $crate::__module!(
            |module: &mut $crate::Module| Ok(module.plugin::<$plugin>().register()?),
            <$plugin as $crate::Plugin>::NAME,
            ""
        );
    };
}

/// Makes a `cdylib` crate a collectd module: a function that registers one or several plugins.
///
/// From 5.10 on the daemon reads `<Plugin …>` blocks only for plugins that it has loaded, by the names of their
/// files. Of several plugins in one file, only the one with the name of the file can be configured.
///
/// ```
/// use collectd::prelude::*;
/// # struct Load; struct Store;
/// # impl Plugin for Load {
/// #     const NAME: &'static str = "load_rs";
/// #     type Config = ();
/// #     fn new((): ()) -> Result<Self> { Ok(Load) }
/// # }
/// # impl Read for Load { fn read(&self) -> Result { Ok(()) } }
/// # impl Plugin for Store {
/// #     const NAME: &'static str = "store_rs";
/// #     type Config = ();
/// #     fn new((): ()) -> Result<Self> { Ok(Store) }
/// # }
/// # impl Write for Store { fn write(&self, _: ValuesRef<'_>) -> Result { Ok(()) } }
///
/// collectd::module!(|module: &mut Module| {
///     module.plugin::<Load>().read().register()?;
///     module.plugin::<Store>().write().register()?;
///     Ok(())
/// });
/// # let mut host = collectd_testing::Host::start(module_register, "");
/// # host.read();
/// # assert_eq!(host.registered().len(), 8);
/// ```
#[macro_export]
macro_rules! module {
    ($setup:expr) => {
        $crate::__module!($setup, "", "");
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __module {
    ($setup:expr, $name:expr, $callbacks:expr) => {
        /// The daemon calls this when it has loaded the file.
        #[unsafe(no_mangle)]
        pub extern "C" fn module_register() {
            const PARTS: &[&str] = &$crate::about::parts(
                $name,
                [option_env!("CARGO_PKG_NAME"), option_env!("CARGO_PKG_VERSION")],
                $callbacks,
            );
            static ABOUT: [u8; $crate::about::len(PARTS)] = $crate::about::join(PARTS);
            $crate::module_register($setup, &ABOUT);
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __callback {
    ($registration:ident, Read) => {
        $registration.read()
    };
    ($registration:ident, Write) => {
        $registration.write()
    };
    ($registration:ident, Flush) => {
        $registration.flush()
    };
    ($registration:ident, Notify) => {
        $registration.notify()
    };
    ($registration:ident, Missing) => {
        $registration.missing()
    };
    ($registration:ident, CacheEvent) => {
        $registration.cache_event()
    };
    ($registration:ident, Log) => {
        $registration.log()
    };
    ($registration:ident, Shutdown) => {
        $registration.shutdown()
    };
    ($registration:ident, $other:ident) => {
        compile_error!(concat!(
            "`",
            stringify!($other),
            "` is not a callback; there are Read, Write, Flush, Notify, Missing, CacheEvent, Log and Shutdown"
        ))
    };
}
