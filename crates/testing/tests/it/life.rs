//! One daemon after the other, and what is left of each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use collectd::prelude::*;
use collectd_testing::{Callback, host};

use crate::plugins::{Diary, Meter};

#[test]
fn threads_take_turns() {
    static INSIDE: AtomicUsize = AtomicUsize::new(0);
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for number in 0..8 {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                let text = format!("<Plugin meter>\n  Value {number}\n</Plugin>");
                let mut host = host!(Meter: Read).config(&text).start();
                assert_eq!(INSIDE.fetch_add(1, Ordering::SeqCst), 0, "two daemons at once");
                host.read();
                assert_eq!(host.take_values()[0].numbers().1, [f64::from(number).to_bits()]);
                INSIDE.fetch_sub(1, Ordering::SeqCst);
                host.shutdown();
            });
        }
    });
}

#[test]
#[should_panic(expected = "this thread has a fake daemon already: drop that one first")]
fn one_thread_has_one_daemon() {
    let _first = host!(Meter: Read).start();
    let _second = host!(Meter: Read).start();
}

#[test]
fn a_plugin_lives_again_and_other_plugins_after_it() {
    for _ in 0..3 {
        for text in ["<Plugin meter>\n  Value 1\n</Plugin>", ""] {
            let mut host = host!(Meter: Read).config(text).start();
            host.read();
            let expected = if text.is_empty() { 0.0_f64 } else { 1.0 };
            assert_eq!(host.take_values()[0].numbers().1, [expected.to_bits()]);
        }
        let mut host = host!(Diary: Write, Shutdown).start();
        host.dispatch(&Values::new("gauge").gauge(1.0));
        host.try_shutdown().expect("it is clean");
        let log = host.take_log();
        assert_eq!(log.last().map(|line| line.text.as_str()), Some("diary plugin: 1 notes"));
    }
}

/// Owned by a thread of a plugin: which plugin it works for is known by the daemon that runs, not by the first one.
struct Worker;

impl Plugin for Worker {
    const NAME: &'static str = "worker";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        let worker = thread::spawn(|| Values::new("gauge").gauge(7.0).dispatch());
        worker.join().map_err(|_| Error::msg("it panics"))??;
        Ok(Worker)
    }
}

impl Shutdown for Worker {
    fn shutdown(&self) -> Result {
        Ok(())
    }
}

#[test]
fn threads_of_a_plugin_work_for_it() {
    drop(host!(Meter: Read).start());
    let mut host = host!(Worker: Shutdown).start();
    let values = host.take_values();
    assert_eq!(values[0].to_string(), "[1000000000] fake.example.org/worker/gauge [(1, 7.0)]");
}

static ENDED: Mutex<Vec<&str>> = Mutex::new(Vec::new());

struct Mortal(&'static str);

impl Plugin for Mortal {
    const NAME: &'static str = "mortal";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Mortal("plugin"))
    }
}

impl Read for Mortal {
    fn read(&self) -> Result {
        Ok(())
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        ENDED.lock().expect("no panic").push(self.0);
    }
}

#[test]
fn a_refused_registration_ends_the_plugin_once() {
    let refused = host!(Mortal: Read).refuse(Callback::Read, 1).try_start().expect_err("the read is refused");
    let text = "the start fails:\n  the init callback \"mortal\" failed (-1)\nwhat was logged:\n  \
                error: mortal plugin: init: the daemon refused to register the read callback, status -1";
    assert!(refused.to_string().starts_with(text), "{refused}");
    assert_eq!(*ENDED.lock().expect("no panic"), ["plugin"]);
    let mut host = host!(Mortal: Read).start();
    assert!(host.registered().iter().all(|registered| !registered.refused));
    host.read();
    host.shutdown();
    assert_eq!(*ENDED.lock().expect("no panic"), ["plugin", "plugin"]);
}

struct Panics;

impl Plugin for Panics {
    const NAME: &'static str = "panics";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Panics)
    }
}

impl Read for Panics {
    fn read(&self) -> Result {
        panic!("at the disco")
    }
}

#[test]
fn a_panic_of_a_plugin_is_a_failure_that_names_its_place() {
    let mut host = host!(Panics: Read).start();
    let failed = host.try_read().expect_err("it panics").to_string();
    assert!(failed.contains("error: panics plugin: read panicked at crates/testing/tests/it/life.rs:"), "{failed}");
    assert!(failed.contains(": at the disco"), "{failed}");
}

#[test]
fn a_panic_of_the_test_is_the_tests() {
    let mut host = host!(Panics: Read).start();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panic!("of the test")));
    assert!(result.is_err());
    assert!(host.take_log().is_empty(), "nothing of the plugin's");
}
