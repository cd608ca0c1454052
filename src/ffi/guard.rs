//! Panics end here: unwinding into the daemon's C code would abort it.

use std::any::Any;
use std::cell::RefCell;
use std::mem;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::thread;

use super::context::{Scope, is_guarded};
use super::log::{LogLevel, log};
use crate::Error;

thread_local! {
    /// What the hook saw of the last panic: the payload alone does not know the place.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Why an author's code did not do its work.
pub(crate) enum Failure {
    /// It returned an error with this text.
    Error { text: String, is_expected: bool },
    /// It panicked, here with this message.
    Panic(String),
}

/// Runs an author's code for this plugin, and catches its panics.
///
/// Whatever the code left half done is the author's: plugins are `Sync`, so it sits behind locks that know
/// about poisoning, which is why asserting unwind safety here is right.
pub(crate) fn guard<T>(plugin: &'static str, code: impl FnOnce() -> Result<T, Error>) -> Result<T, Failure> {
    let _scope = Scope::guard(plugin);
    // The `Display` and `Drop` of an error are the author's code as well.
    let code = || code().map_err(|error| Failure::Error { text: error.to_string(), is_expected: error.is_expected() });
    // A log callback may run while another panic unwinds, of which the place is still to be told.
    let outer = thread::panicking().then(take_seen).flatten();
    let result = match panic::catch_unwind(AssertUnwindSafe(code)) {
        Ok(result) => result,
        Err(payload) => Err(Failure::Panic(describe(payload))),
    };
    if outer.is_some() {
        remember(outer);
    }
    result
}

/// Lets [`guard`] name the place of a panic, and reports panics of threads that nobody guards.
pub(crate) fn install_panic_hook() {
    panic::set_hook(Box::new(|info| {
        let message = format!("panicked at {}: {}", place(info), text(info.payload()));
        if is_guarded() {
            remember(Some(message));
        } else {
            // A log callback of ours must not run now: its panic would abort the daemon.
            let _hook = Scope::panic_hook();
            let thread = thread::current();
            log(LogLevel::Error, format_args!("thread \"{}\" {message}", thread.name().unwrap_or("unnamed")));
        }
    }));
}

fn describe(payload: Box<dyn Any + Send>) -> String {
    let text = text(&*payload);
    // The hook does not see `resume_unwind`; what it saw before may be another panic, which the author caught.
    let seen = take_seen().filter(|seen| seen.ends_with(text));
    let message = seen.unwrap_or_else(|| format!("panicked: {text}"));
    // The payload is the author's own type; should its drop panic too, it is left alone.
    if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(second);
    }
    message
}

fn remember(seen: Option<String>) {
    let _gone = LAST_PANIC.try_with(|last| last.replace(seen));
}

fn take_seen() -> Option<String> {
    LAST_PANIC.try_with(RefCell::take).ok().flatten()
}

fn place(info: &PanicHookInfo<'_>) -> String {
    info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string)
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(not a text)")
}
