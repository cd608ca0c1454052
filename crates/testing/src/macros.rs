//! A plugin of the test itself.

/// A [`Builder`](crate::Builder) for a plugin, with the arguments of `collectd::plugin!`: `host!(Dice: Read, Write)`.
///
/// Unlike `plugin!`, it makes no function that a file could have only one of, so that a test program has as many as it
/// wants.
#[macro_export]
macro_rules! host {
    ($filter:ty: Match $(,)?) => {
        $crate::host!(|module: &mut ::collectd::Module| ::core::result::Result::Ok(module.matching::<$filter>()?))
    };
    ($filter:ty: Target $(,)?) => {
        $crate::host!(|module: &mut ::collectd::Module| ::core::result::Result::Ok(module.target::<$filter>()?))
    };
    ($plugin:ty: $($callback:ident),+ $(,)?) => {
        $crate::__named!($plugin, |module: &mut ::collectd::Module| {
            let registration = module.plugin::<$plugin>();
            $(let registration = ::collectd::__callback!(registration, $callback);)+
            registration.register()?;
            ::core::result::Result::Ok(())
        })
    };
    (|$module:ident: &mut $type:ty| $setup:expr) => {{
        extern "C" fn module_register() {
            ::collectd::module_register(|$module: &mut $type| $setup, &[]);
        }
        $crate::Host::builder().module(module_register)
    }};
    ($plugin:ty $(,)?) => {
        $crate::__named!($plugin, |module: &mut ::collectd::Module| {
            module.plugin::<$plugin>().register()?;
            ::core::result::Result::Ok(())
        })
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __named {
    ($plugin:ty, $setup:expr) => {{
        extern "C" fn module_register() {
            ::collectd::module_register($setup, &[]);
        }
        $crate::Host::builder().module_named(<$plugin as ::collectd::Plugin>::NAME, module_register)
    }};
}
