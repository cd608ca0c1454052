//! What the framework does for a value list takes no memory of its own: neither on the way to the daemon, nor on the way
//! to a write callback.
//!
//! Alone in its program, for it counts what the whole process allocates.

use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use collectd::prelude::*;
use collectd::{Meta, MetaValue, MetaValueRef, SharedMeta};
use collectd_test_allocations::allocations;
use collectd_test_host::Host;

const LISTS: usize = 1000;

/// What was dispatched, and how many allocations that were.
static DISPATCHED: Mutex<Vec<(&str, usize)>> = Mutex::new(Vec::new());

/// How much the writer looks at, see [`Counter::write`].
static LOOK: AtomicU8 = AtomicU8::new(0);
/// What it has seen, so that it cannot be left out.
static SEEN: AtomicU64 = AtomicU64::new(0);

struct Counter;

impl Plugin for Counter {
    const NAME: &'static str = "counter_rs";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Counter)
    }
}

fn count(what: &'static str, mut dispatch: impl FnMut(u32) -> Result) -> Result {
    let before = allocations();
    for i in 0..LISTS {
        dispatch(u32::try_from(i)?)?;
    }
    let counted = allocations() - before;
    DISPATCHED.lock().unwrap().push((what, counted));
    Ok(())
}

impl Read for Counter {
    fn read(&self) -> Result {
        let types = ["load", "if_octets", "gauge"];
        let built = |i: u32| {
            let list =
                Values::new(types[i as usize % 3]).plugin_instance("eth0").type_instance("a longer instance name");
            match i % 3 {
                0 => list.gauges([0.5, 0.4, 0.3]),
                1 => list.derives([1, 2]),
                _ => list.gauge(i.into()),
            }
        };
        let with_meta = |i: u32| built(i).meta("source", "the test").meta("serial", i);
        let long = built(0).host("h".repeat(127)).plugin_instance("i".repeat(127)).meta("text", "t".repeat(250));
        let kept: Vec<Values> = (0..3).map(with_meta).collect();
        let shared = SharedMeta::new(&Meta::from_iter([("source", "the test")]))?;

        count("built", |i| Ok(built(i).dispatch()?))?;
        count("built with meta data", |i| Ok(with_meta(i).dispatch()?))?;
        count("kept, with meta data", |i| Ok(kept[i as usize % 3].dispatch()?))?;
        count("kept, long", |_| Ok(long.dispatch()?))?;
        count("shared meta data", |i| Ok(shared.dispatch(kept[i as usize % 3].view())?))?;
        count("refused", |i| {
            let refused = built(i).gauge(1.0).gauge(2.0).dispatch().is_err();
            if refused { Ok(()) } else { Err(Error::msg("types have no more values")) }
        })
    }
}

impl Write for Counter {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let look = LOOK.load(Ordering::Relaxed);
        let mut seen = u64::from(values.plugin() == "p");
        if look > 0 {
            seen += values.identifier().names().iter().map(|name| name.len() as u64).sum::<u64>();
            seen += values.time().to_raw() ^ values.interval().to_raw();
            seen += values
                .values()
                .map(|value| value.to_bits() ^ u64::from(value.kind().code()))
                .fold(0, u64::wrapping_add);
        }
        if look > 1 {
            let text =
                |value: MetaValueRef<'_>| matches!(value, MetaValueRef::String(text) if text.starts_with("text"));
            let found = values.meta().with_value("text", text) == Some(true)
                && values.meta().value("number") == Some(MetaValue::Unsigned(7))
                && values.meta().is_true("flag");
            if !found {
                return Err(Error::msg("the meta data has not arrived"));
            }
        }
        SEEN.fetch_add(black_box(seen), Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn nothing_is_allocated_per_value_list() {
    let host = Host::lock();
    let setup = |module: &mut Module| Ok(module.plugin::<Counter>().read().write().register()?);
    collectd::module_register(setup, b"");
    host.run("init");
    host.run("quiet");
    settle();
    dispatch(&host);
    write(&host);
    host.run("shutdown");
}

/// The thread of the test harness, which has just started this one, notes down that it did.
fn settle() {
    let mut before = 0;
    while before != allocations() {
        before = allocations();
        thread::sleep(Duration::from_millis(50));
    }
}

fn dispatch(host: &Host) {
    let events = host.run("read counter_rs");
    assert!(events.iter().any(|event| event.is("returned", &[("callback", "read"), ("status", "0")])), "{events:#?}");
    let dispatched: Vec<_> = std::mem::take(&mut *DISPATCHED.lock().unwrap());
    let expected = [
        ("built", 0),
        // The block of the entries goes from one to the next.
        ("built with meta data", 0),
        ("kept, with meta data", 0),
        ("kept, long", 0),
        ("shared meta data", 0),
    ];
    assert_eq!(dispatched[..5], expected);
    // The error names the type; long names are on the heap.
    assert!(dispatched[5].1 <= 2 * LISTS, "{:?}", dispatched[5]);
}

fn write(host: &Host) {
    let long = "x".repeat(127);
    let lists = [
        "h/p-i/gauge-x 1500000000 10 42.5".to_owned(),
        format!("h/p/mixed 1500000000 10 1,2,3,4 host={long} plugin_instance={long} type_instance={long}"),
        format!("h/p-i/load 1500000000 10 0.5,0.4,0.3 meta:text=s:text{long} meta:number=u:7 meta:flag=b:true"),
    ];
    for look in 0..3 {
        LOOK.store(look, Ordering::Relaxed);
        for list in lists.iter().filter(|list| look < 2 || list.contains("meta:")) {
            // Commands of one length, and the same number of events.
            let counts = ["0001", "1001"].map(|repeat| {
                let before = allocations();
                let events = host.run(&format!("write {list} repeat={repeat}"));
                let counted = allocations() - before;
                let wanted = [("callback", "write"), ("status", "0"), ("failures", "0")];
                assert!(events.iter().any(|event| event.is("returned", &wanted)), "{events:#?}");
                counted
            });
            assert_eq!(counts[0], counts[1], "look {look}: {list}");
        }
    }
    assert!(SEEN.load(Ordering::Relaxed) > 0);
}
