//! What ThreadSanitizer must see, and must not: `known race`, and `known sound`, where threads meet in all the ways
//! that the standard library has. Built and run by `.make/fuzz-network` as the plugin is, before it is believed.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, OnceLock, RwLock};
use std::thread::{self, JoinHandle};

static mut UNGUARDED: u64 = 0;
static LAZY: LazyLock<Vec<u64>> = LazyLock::new(|| (0..100).collect());
static ONCE: OnceLock<String> = OnceLock::new();

/// Four threads that add to the same number.
fn race() {
    let add = |number: u64| {
        let at = &raw mut UNGUARDED;
        // SAFETY: none, on purpose; but it is a number, and stays one.
        (0..1000).for_each(|_| unsafe { at.write(at.read() + number) });
    };
    join((0..4).map(|number| thread::spawn(move || add(number))).collect());
}

#[derive(Default)]
struct Shared {
    map: Mutex<HashMap<u64, u64>>,
    list: RwLock<Vec<u64>>,
    finished: (Mutex<u64>, Condvar),
    /// Freed by whoever is last, while nothing but the count says that the others have looked.
    text: Box<[u8]>,
}

fn sound() {
    for _ in 0..100 {
        let shared = Arc::new(Shared { text: vec![1; 50].into(), ..Shared::default() });
        let barrier = Arc::new(Barrier::new(4));
        let (sender, receiver) = channel::<Box<u64>>();
        let (bounded, from_bounded) = sync_channel::<Box<u64>>(2);
        let start = |number| {
            let (shared, barrier) = (Arc::clone(&shared), Arc::clone(&barrier));
            let (sender, bounded) = (sender.clone(), bounded.clone());
            thread::spawn(move || {
                barrier.wait();
                work(&shared, number, |value| {
                    sender.send(Box::new(value)).expect("somebody receives");
                    bounded.send(Box::new(value)).expect("somebody receives");
                });
            })
        };
        let all: Vec<_> = (0..4).map(start).collect();
        drop((sender, bounded));
        let other = thread::spawn(move || sum(from_bounded));
        assert_eq!(sum(receiver), other.join().expect("no panic"));
        wait(&shared);
        drop(shared);
        join(all);
    }
}

fn work(shared: &Shared, number: u64, send: impl Fn(u64)) {
    assert!(!ONCE.get_or_init(|| format!("first: {number}")).is_empty());
    assert_eq!(LAZY.len(), 100);
    for round in 0..50 {
        *shared.map.lock().expect("no panic").entry(round % 10).or_default() += number;
        if round % 5 == 0 {
            shared.list.write().expect("no panic").push(round);
        }
        assert!(shared.list.read().expect("no panic").len() <= 40);
        send(round);
    }
    *shared.finished.0.lock().expect("no panic") += 1;
    shared.finished.1.notify_all();
    assert_eq!(shared.text[0], 1);
}

fn wait(shared: &Shared) {
    let mut finished = shared.finished.0.lock().expect("no panic");
    while *finished < 4 {
        finished = shared.finished.1.wait(finished).expect("no panic");
    }
}

fn sum(receiver: Receiver<Box<u64>>) -> u64 {
    receiver.iter().map(|value| *value).sum()
}

fn join(threads: Vec<JoinHandle<()>>) {
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("race") => race(),
        Some("sound") => sound(),
        other => panic!("'race' or 'sound', not {other:?}"),
    }
}
