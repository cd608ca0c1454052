//! Panics end here: unwinding into the daemon's C code would abort it.

use std::any::Any;
use std::cell::RefCell;
use std::mem;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::thread;
use std::time::Instant;

use super::context::{Scope, is_guarded, plugin_name};
use super::log::{LogLevel, log, log_trace};
use crate::Error;
use crate::quiet::Quiet;
use crate::trace::Trace;

thread_local! {
    /// What the hook saw of the last panic: the payload alone does not know the place.
    static LAST_PANIC: RefCell<Option<Box<Seen>>> = const { RefCell::new(None) };
}

/// Lets threads that panic over and over log their traces once a minute.
static TRACES: Quiet = Quiet::new();

/// A panic as the hook saw it.
struct Seen {
    message: String,
    trace: Option<Box<Trace>>,
}

/// Why an author's code did not do its work. Traces are there only if anybody in this file wants them.
pub(crate) enum Failure {
    /// It returned an error with this text.
    Error { text: String, is_expected: bool, trace: Option<Box<Trace>> },
    /// It panicked, here with this message.
    Panic { message: String, trace: Option<Box<Trace>> },
}

impl Failure {
    /// Where it came from.
    pub(crate) fn trace(&self) -> Option<&Trace> {
        let (Failure::Error { trace, .. } | Failure::Panic { trace, .. }) = self;
        trace.as_deref()
    }
}

/// Runs an author's code for this plugin, and catches its panics.
///
/// Whatever the code left half done is the author's: plugins are `Sync`, so it sits behind locks that know
/// about poisoning, which is why asserting unwind safety here is right.
// Inlined, and what is rare is not: that nothing goes wrong costs a few instructions.
#[inline]
pub(crate) fn guard<T>(plugin: &'static str, code: impl FnOnce() -> Result<T, Error>) -> Result<T, Box<Failure>> {
    let _scope = Scope::guard(plugin);
    // A log callback may run while another panic unwinds, of which the place is still to be told.
    let outer = if thread::panicking() { take_seen() } else { None };
    // The `Display` and `Drop` of an error are the author's code as well.
    let code = AssertUnwindSafe(|| code().map_err(failure));
    let result = panic::catch_unwind(code).unwrap_or_else(|payload| Err(describe(payload)));
    if outer.is_some() {
        remember(outer);
    }
    result
}

#[cold]
#[inline(never)]
fn failure(mut error: Error) -> Box<Failure> {
    let trace = error.take_trace();
    Box::new(Failure::Error { text: error.to_string(), is_expected: error.is_expected(), trace })
}

/// Lets [`guard`] name the place of a panic, and reports panics of threads that nobody guards.
pub(crate) fn install_panic_hook() {
    panic::set_hook(Box::new(|info| {
        let message = format!("panicked at {}: {}", place(info), text(info.payload()));
        let seen = Seen { message, trace: Trace::of_panic() };
        if is_guarded() {
            remember(Some(Box::new(seen)));
        } else {
            report_of_thread(&seen);
        }
    }));
}

fn report_of_thread(seen: &Seen) {
    // A log callback of ours must not run now: its panic would abort the daemon.
    let _hook = Scope::panic_hook();
    let thread = thread::current();
    log(LogLevel::Error, format_args!("thread \"{}\" {}", thread.name().unwrap_or("unnamed"), seen.message));
    if seen.trace.is_some() && TRACES.failed(Instant::now()).is_some() {
        log_trace(plugin_name().unwrap_or_default(), seen.trace.as_deref());
    }
}

#[cold]
fn describe(payload: Box<dyn Any + Send>) -> Box<Failure> {
    let text = text(&*payload);
    // The hook does not see `resume_unwind`; what it saw before may be another panic, which the author caught.
    let seen = take_seen().filter(|seen| seen.message.ends_with(text));
    let Seen { message, trace } = match seen {
        Some(seen) => *seen,
        None => Seen { message: format!("panicked: {text}"), trace: None },
    };
    // The payload is the author's own type; should its drop panic too, it is left alone.
    if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(second);
    }
    Box::new(Failure::Panic { message, trace })
}

#[cold]
fn remember(seen: Option<Box<Seen>>) {
    let _gone = LAST_PANIC.try_with(|last| last.replace(seen));
}

#[cold]
fn take_seen() -> Option<Box<Seen>> {
    LAST_PANIC.try_with(RefCell::take).ok().flatten()
}

fn place(info: &PanicHookInfo<'_>) -> String {
    info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string)
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(not a text)")
}
