//! A plugin: its name, its configuration and its state.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::Result;
use crate::callback::Callbacks;

/// What every plugin has. Its callbacks are further traits: [`Read`](crate::callback::Read),
/// [`Write`](crate::callback::Write) and the others in [`callback`](crate::callback); the ones to be
/// called are listed in [`plugin!`](crate::plugin), or registered in [`callbacks`](Self::callbacks).
/// [`guide::first_plugin`](crate::guide::first_plugin) makes one, step by step.
///
/// The daemon calls from many threads, different callbacks and even the same one at the same time. So a
/// plugin is shared by reference, and the compiler checks that it can be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be a plugin, and does not implement `Plugin`",
    label = "no `Plugin`",
    note = "write `impl Plugin for {Self}`, with its name, its configuration and `new`; its callbacks are further traits"
)]
pub trait Plugin: Send + Sync + Sized + 'static {
    /// The name after `LoadPlugin`, which is also the name of the file without `.so`.
    const NAME: &'static str;

    /// Further names of `<Plugin …>` blocks that this plugin reads, for one that replaces another.
    ///
    /// The daemon passes a block on only if a plugin of its name is loaded. So that one is loaded too, if its
    /// file is there; it gets no configuration then, as the block goes to who asked for it first. Which means
    /// that it keeps its block if it was loaded before this plugin.
    ///
    /// Who is configured by such a block stands in for that plugin: its write and flush callbacks have the name of the
    /// other one, so that a `Plugin "NAME"` of a filter chain's target and `FLUSH plugin=NAME` reach it.
    const OTHER_BLOCKS: &'static [&'static str] = &[];

    /// The keys of `<Plugin NAME>` blocks: a struct for serde, [`Block`](crate::config::Block) to read the
    /// tree, or `()` if there are none.
    ///
    /// It is read while the daemon reads its configuration. A mistake stops the start. Several blocks count as one; a
    /// key that must be there has to be in the first. If there is no block, the configuration is that of an empty one,
    /// read before [`new`](Self::new); a mistake then is an error as those of `new` are. A line `LogTraces true` is not
    /// among the keys, see [`Error`](crate::Error).
    type Config: DeserializeOwned + Send;

    /// Checks what the types of the configuration cannot express, while a mistake can still stop the start.
    ///
    /// # Errors
    ///
    /// What is wrong, with the key and the value in its text.
    fn check(_config: &Self::Config) -> Result {
        Ok(())
    }

    /// Makes the plugin. Called once, when the daemon has read its configuration and gone to the
    /// background: the first moment for threads, sockets and files.
    ///
    /// # Errors
    ///
    /// Logged by the framework. The plugin is out of service then: none of its callbacks is registered. The
    /// daemon goes on without it.
    fn new(config: Self::Config) -> Result<Self>;

    /// Registers callbacks besides those that [`plugin!`](crate::plugin) lists: closures, instances, further reads,
    /// see [`Callbacks`]. Called once, right after [`new`](Self::new), when those that are listed are registered.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new): none of its callbacks is in service then, those that were registered before included.
    fn callbacks(self: &Arc<Self>, _callbacks: &mut Callbacks) -> Result {
        Ok(())
    }
}
