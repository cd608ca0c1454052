//! Threads that keep the [`Context`] of who starts them, and where to put an async runtime.
//!
//! [`Plugin::new`](crate::Plugin::new) is the first moment for a thread: before, the daemon may still go to the
//! background, where no thread follows. [`Shutdown`](crate::callback::Shutdown) is the last: when it is over, the daemon
//! takes down what threads dispatch and log to. What a thread dispatches later is an error,
//! [`DispatchError::Stopped`](crate::DispatchError::Stopped), and what it logs goes to standard error. A [`Worker`] is
//! told to stop there:
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use collectd::prelude::*;
//! use collectd::thread::Worker;
//!
//! struct Heartbeat {
//!     beat: Worker,
//! }
//!
//! impl Plugin for Heartbeat {
//!     const NAME: &'static str = "heartbeat";
//!     type Config = ();
//!
//!     fn new((): ()) -> Result<Self> {
//!         let beat = Worker::spawn("beat", |stop| {
//!             while !stop.wait(Duration::from_secs(1)) {
//!                 if let Err(error) = Values::new("gauge").gauge(1.0).dispatch() {
//!                     log::error!("{error}");
//!                 }
//!             }
//!         })?;
//!         Ok(Heartbeat { beat })
//!     }
//! }
//!
//! impl Shutdown for Heartbeat {
//!     fn shutdown(&self) -> Result {
//!         Ok(self.beat.stop()?)
//!     }
//! }
//!
//! collectd::plugin!(Heartbeat: Shutdown);
//! ```
//!
//! A panic on such a thread, as on any other of the plugin's, is logged with its place and the name of the thread. It
//! ends the thread, and not the daemon.
//!
//! # An async runtime
//!
//! A runtime is started in `new`, its threads adopt the context, and `shutdown` ends it in bounded time. A read
//! callback that waits for its tasks needs a limit of its own, because the daemon waits for it before it calls
//! `shutdown`. With tokio, features `rt-multi-thread` and `time`:
//!
//! ```no_run
//! use std::sync::{Mutex, PoisonError};
//! use std::time::Duration;
//!
//! use collectd::context::Context;
//! use collectd::prelude::*;
//! use tokio::runtime::{Builder, Handle, Runtime};
//!
//! struct Probes {
//!     tasks: Handle,
//!     runtime: Mutex<Option<Runtime>>,
//! }
//!
//! impl Plugin for Probes {
//!     const NAME: &'static str = "probes";
//!     type Config = ();
//!
//!     fn new((): ()) -> Result<Self> {
//!         let context = Context::current();
//!         let mut builder = Builder::new_multi_thread();
//!         builder.worker_threads(2).thread_name("probes").on_thread_start(move || context.adopt());
//!         let runtime = builder.enable_time().build()?;
//!         Ok(Probes { tasks: runtime.handle().clone(), runtime: Mutex::new(Some(runtime)) })
//!     }
//! }
//!
//! impl Read for Probes {
//!     fn read(&self) -> Result {
//!         let probes = ["a", "b"].map(|name| self.tasks.spawn(probe(name)));
//!         self.tasks.block_on(async {
//!             for probe in probes {
//!                 tokio::time::timeout(Duration::from_secs(5), probe).await???;
//!             }
//!             Ok(())
//!         })
//!     }
//! }
//!
//! async fn probe(name: &str) -> Result {
//!     tokio::time::sleep(Duration::from_millis(100)).await;
//!     Ok(Values::new("gauge").type_instance(name).gauge(1.0).dispatch()?)
//! }
//!
//! impl Shutdown for Probes {
//!     fn shutdown(&self) -> Result {
//!         if let Some(runtime) = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take() {
//!             // Tasks end where they wait; what blocks has a second.
//!             runtime.shutdown_timeout(Duration::from_secs(1));
//!         }
//!         Ok(())
//!     }
//! }
//!
//! collectd::plugin!(Probes: Read, Shutdown);
//! ```

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::context::Context;

/// Starts a thread that keeps the [`Context`] of this one, and has the name of its plugin.
///
/// # Panics
///
/// If the system has no room for another thread, see [`Builder::spawn`].
pub fn spawn<T: Send + 'static>(code: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    Builder::new().spawn(code).expect("the system starts another thread")
}

/// A thread to be started, with a name of its own.
#[derive(Debug, Default)]
#[must_use = "nothing is started without a call of `spawn`"]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
}

impl Builder {
    /// A thread with the name of the plugin, and a stack of std's usual size.
    pub fn new() -> Self {
        Builder::default()
    }

    /// Names the thread: in log lines about its panic, and for tools such as `ps`, which show the first 15 bytes.
    pub fn name(self, name: impl Into<String>) -> Self {
        Builder { name: Some(name.into()), ..self }
    }

    /// Sets the size of the stack in bytes.
    pub fn stack_size(self, bytes: usize) -> Self {
        Builder { stack_size: Some(bytes), ..self }
    }

    /// Starts the thread. It keeps the [`Context`] of this one. When it panics, that is logged, and `join` fails.
    ///
    /// # Errors
    ///
    /// If the system has no room for another thread, or the name has a NUL byte.
    pub fn spawn<T: Send + 'static>(self, code: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
        let context = Context::current();
        let name = self.name.unwrap_or_else(|| context.plugin().to_owned());
        if name.contains('\0') {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the name of the thread has a NUL byte"));
        }
        let builder = thread::Builder::new().name(name);
        let builder = self.stack_size.into_iter().fold(builder, thread::Builder::stack_size);
        builder.spawn(move || {
            context.adopt();
            code()
        })
    }
}

/// A thread that works until it is told to stop.
///
/// Dropping it stops it too. But a plugin that writes or logs lives until the daemon frees these callbacks, which may
/// be too late: stop it in [`Shutdown`](crate::callback::Shutdown).
#[derive(Debug)]
pub struct Worker {
    stop: Stop,
    name: String,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Worker {
    /// Starts a thread of this name, as [`Builder::spawn`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Builder::spawn`].
    pub fn spawn(name: impl Into<String>, work: impl FnOnce(&Stop) + Send + 'static) -> io::Result<Worker> {
        let (name, stop) = (name.into(), Stop::default());
        let told = stop.clone();
        let thread = Builder::new().name(name.clone()).spawn(move || work(&told))?;
        Ok(Worker { stop, name, thread: Mutex::new(Some(thread)) })
    }

    /// Tells the thread to stop, and waits until it has. Does nothing if that has been done before.
    ///
    /// On the thread itself it does not wait.
    ///
    /// # Errors
    ///
    /// If the thread panicked, which has been logged.
    pub fn stop(&self) -> Result<(), Panicked> {
        self.stop.tell();
        let Some(thread) = lock(&self.thread).take() else { return Ok(()) };
        if thread.thread().id() == thread::current().id() {
            return Ok(());
        }
        thread.join().map_err(|_payload| Panicked { thread: self.name.clone() })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Its panic was logged when it happened.
        let _panicked = self.stop();
    }
}

/// A thread that was to stop had panicked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("thread \"{thread}\" panicked")]
#[non_exhaustive]
pub struct Panicked {
    /// The name of the thread.
    pub thread: String,
}

/// Whether a [`Worker`] has been told to stop.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// Waits until the worker is told to stop, but not longer than this; whether it has been told.
    pub fn wait(&self, timeout: Duration) -> bool {
        let (told, changed) = &*self.0;
        // Who waits for ever does not need the time of its end.
        let end = Instant::now().checked_add(timeout);
        let mut is_told = lock(told);
        while !*is_told {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            is_told = match left {
                Some(Duration::ZERO) => break,
                Some(left) => changed.wait_timeout(is_told, left).unwrap_or_else(PoisonError::into_inner).0,
                None => changed.wait(is_told).unwrap_or_else(PoisonError::into_inner),
            };
        }
        *is_told
    }

    /// Whether the worker has been told to stop.
    pub fn is_told(&self) -> bool {
        *lock(&self.0.0)
    }

    fn tell(&self) {
        let (told, changed) = &*self.0;
        *lock(told) = true;
        changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn a_worker_stops_when_it_is_told_or_dropped() {
        let (told, ended) = channel();
        for is_dropped in [false, true] {
            let told = told.clone();
            let worker = Worker::spawn("waits", move |stop| {
                assert!(stop.wait(LONG) && stop.is_told());
                told.send(()).unwrap();
            });
            let worker = worker.unwrap();
            if !is_dropped {
                assert_eq!(worker.stop(), Ok(()));
                assert_eq!(worker.stop(), Ok(()));
            }
            drop(worker);
            // The thread has been waited for.
            assert_eq!(ended.try_recv(), Ok(()));
        }
    }

    #[test]
    fn waiting_ends_by_itself() {
        let stop = Stop::default();
        assert!(!stop.wait(Duration::ZERO) && !stop.wait(Duration::from_millis(1)));
        stop.tell();
        assert!(stop.wait(Duration::MAX) && stop.wait(Duration::ZERO));
    }

    #[test]
    fn a_worker_does_not_wait_for_itself() {
        let (pass, passed) = channel::<Worker>();
        let (told, ended) = channel();
        let worker = Worker::spawn("ends itself", move |stop| {
            let own = passed.recv().unwrap();
            told.send((own.stop(), stop.is_told())).unwrap();
        });
        pass.send(worker.unwrap()).unwrap();
        assert_eq!(ended.recv(), Ok((Ok(()), true)));
    }

    #[test]
    fn a_worker_that_panicked_says_so_once() {
        let worker = Worker::spawn("fails", |_| panic!("told to panic")).unwrap();
        let panicked = worker.stop().unwrap_err();
        assert_eq!(panicked.to_string(), "thread \"fails\" panicked");
        assert_eq!(worker.stop(), Ok(()));
    }

    #[test]
    fn a_name_with_a_nul_byte_is_an_error() {
        assert_eq!(Builder::new().name("a\0b").spawn(|| ()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert!(Worker::spawn("a\0b", |_| ()).is_err());
    }
}
