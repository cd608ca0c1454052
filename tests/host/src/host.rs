//! The fake daemon in this very process.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Event;

/// The daemon of the fake has one state per process: tests take turns.
static TURN: Mutex<()> = Mutex::new(());

thread_local! {
    static HAS_TURN: Cell<bool> = const { Cell::new(false) };
}

mod c {
    use super::{c_char, c_void};

    unsafe extern "C" {
        pub(super) fn fake_run(command: *const c_char) -> bool;
        pub(super) fn fake_take() -> *mut c_char;
        pub(super) fn fake_module(name: *const c_char, module_register: extern "C" fn()) -> bool;
        pub(super) fn thread_role() -> *const c_char;
        pub(super) fn free(memory: *mut c_void);
    }
}

/// The fake daemon of this process, as long as this value lives: nobody else has it, and it starts empty.
#[derive(Debug)]
pub struct Host {
    _turn: MutexGuard<'static, ()>,
}

impl Host {
    /// Waits for its turn, then forgets every registration, value and event. The daemon knows its host's name, as it does
    /// when callbacks run.
    ///
    /// # Panics
    ///
    /// When this thread has one already: it would wait for itself.
    #[track_caller]
    pub fn lock() -> Host {
        assert!(!HAS_TURN.replace(true), "this thread has a fake daemon already: drop that one first");
        // A test that failed left nothing behind that the reset does not clear.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let host = Host { _turn: turn };
        host.reset();
        host.run("set Hostname fake.example.org");
        host
    }

    /// Runs one command, and returns all events since the last look.
    ///
    /// # Panics
    ///
    /// When the daemon refuses the command, and when it saw the plugin misbehave.
    #[track_caller]
    pub fn run(&self, command: &str) -> Vec<Event> {
        let (ok, events) = self.try_run(command);
        assert!(ok, "the fake daemon refuses {command:?}: {events:#?}");
        let abuse = events.iter().find(|event| event.kind() == "abuse");
        assert!(abuse.is_none(), "{command:?}: {abuse:?}");
        events
    }

    /// Runs one command; says whether it was possible, and returns all events since the last look.
    ///
    /// # Panics
    ///
    /// When the command contains a NUL.
    #[track_caller]
    pub fn try_run(&self, command: &str) -> (bool, Vec<Event>) {
        let command = CString::new(command).expect("a command without NUL");
        // SAFETY: the pointer is a string that outlives the call; the turn keeps other commands out.
        let ok = unsafe { c::fake_run(command.as_ptr()) };
        let mut events = self.take();
        events.retain(|event| event.kind() != "done");
        (ok, events)
    }

    /// Lets the next `config` command load a plugin that is linked into this process: at the `LoadPlugin` line with its name,
    /// or, where there is none, before the first `<Plugin>` block. Without a name it is called twice where there are several lines, the first time to see what it registers: the name
    /// of its first configuration, or `match_` or `target_` with that of its first filter.
    ///
    /// # Panics
    ///
    /// When the name contains a NUL.
    #[track_caller]
    pub fn module(&self, name: &str, module_register: extern "C" fn()) {
        let name = CString::new(name).expect("a name without NUL");
        // SAFETY: the name is copied, and a function of this program lives as long as it does.
        let _ = unsafe { c::fake_module(name.as_ptr(), module_register) };
    }

    /// Returns all events since the last look: what code under test did by calling the daemon's functions itself.
    pub fn take(&self) -> Vec<Event> {
        // SAFETY: locks on its own, and hands over a string made with malloc.
        let text = unsafe { c::fake_take() };
        // SAFETY: never NULL, terminated, and ours alone.
        let lines = unsafe { CStr::from_ptr(text) };
        let events = lines.to_string_lossy().lines().map(Event::parse).collect();
        // SAFETY: came from malloc, and nothing refers to it any more.
        unsafe { c::free(text.cast()) };
        events
    }

    fn reset(&self) {
        let _ = self.try_run("reset");
    }
}

/// Whether this is a thread of the fake daemon of this process, one that reads or writes.
pub fn is_daemon_thread() -> bool {
    // SAFETY: callable from any thread.
    let role = unsafe { c::thread_role() };
    // SAFETY: a terminated string of this thread's own.
    let role = unsafe { CStr::from_ptr(role) };
    role != c"other"
}

impl Drop for Host {
    fn drop(&mut self) {
        // While it is still our turn: callbacks of this test must not run in the next.
        self.reset();
        HAS_TURN.set(false);
    }
}
