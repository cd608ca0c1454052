//! One of twenty plugins that do all there is to do, for as long as they are let. Which one it is, its file name says.
#![forbid(unsafe_code)]

use std::array;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use collectd::cache::{Cache, State};
use collectd::callback::{CallbackHandle, Reads};
use collectd::filter::{Action, Match, Target, ValuesMut};
use collectd::prelude::*;

const NAMES: [&str; 20] = [
    "soak_00", "soak_01", "soak_02", "soak_03", "soak_04", "soak_05", "soak_06", "soak_07", "soak_08", "soak_09",
    "soak_10", "soak_11", "soak_12", "soak_13", "soak_14", "soak_15", "soak_16", "soak_17", "soak_18", "soak_19",
];

/// The plugin with this number: the name is all that they do not share.
struct Soak<const N: usize>(Arc<Work>);

impl<const N: usize> Plugin for Soak<N> {
    const NAME: &'static str = NAMES[N];
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Soak(Arc::new(Work::new(N))))
    }

    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        self.0.register(callbacks)
    }
}

macro_rules! with_number {
    ($module:ident, $number:ident: $($known:literal)+) => {
        match $number {
            $($known => $module.plugin::<Soak<$known>>().register()?,)+
            other => return Err(Error::msg(format_args!("no plugin has number {other}"))),
        }
    };
}

collectd::module!(|module: &mut Module| {
    let number = own_number()?;
    if number == 0 {
        module.matching::<Rounds>()?;
        module.target::<Marks>()?;
    }
    with_number!(module, number: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
    Ok(())
});

/// That in the name of the file which has this very function.
fn own_number() -> Result<usize> {
    let inside = own_number as fn() -> Result<usize> as usize;
    let maps = fs::read_to_string("/proc/self/maps")?;
    let holds = |line: &&str| {
        let mut ends = line.split([' ', '-']).map(|end| usize::from_str_radix(end, 16));
        matches!((ends.next(), ends.next()), (Some(Ok(start)), Some(Ok(end))) if (start..end).contains(&inside))
    };
    let path = maps.lines().find(holds).and_then(|line| line.split_ascii_whitespace().nth(5));
    let name = path.and_then(|path| Path::new(path).file_stem()?.to_str());
    let number = name.and_then(|name| name.strip_prefix("soak_")).ok_or_else(|| Error::msg("another file name"))?;
    Ok(number.parse()?)
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
enum What {
    Reads,
    Values,
    Writes,
    Flushes,
    Notified,
    Heard,
    Missed,
    Subscribed,
    Updated,
    Expired,
    Marked,
    Logged,
    Added,
    AddedReads,
    AddedEnded,
    Cached,
    Threads,
    Failures,
}

const ALL: [What; 18] = {
    use What::*;
    [
        Reads, Values, Writes, Flushes, Notified, Heard, Missed, Subscribed, Updated, Expired, Marked, Logged, Added,
        AddedReads, AddedEnded, Cached, Threads, Failures,
    ]
};

static COUNTS: [AtomicU64; ALL.len()] = [const { AtomicU64::new(0) }; ALL.len()];

/// How many objects of callbacks there are.
static LIVE: AtomicI64 = AtomicI64::new(0);

/// Counts one more, and says how many there were before.
fn count(what: What) -> u64 {
    COUNTS[what as usize].fetch_add(1, Ordering::Relaxed)
}

/// Every so often something goes wrong, and for the first time soon: what is needed to report it is there from then on.
fn fail_at_times(number: u64, error: u64, panic: u64) -> Result {
    assert_ne!(number % panic, 3, "number {number} panics");
    if number % error == 5 {
        count(What::Failures);
        return Err(Error::msg(format_args!("number {number} fails")).expected());
    }
    Ok(())
}

/// What a callback owns.
struct Owned {
    memory: Vec<u8>,
    is_added: bool,
}

impl Owned {
    fn new(is_added: bool) -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Owned { memory: vec![7; 4096], is_added }
    }

    fn used(&self) {
        assert!(self.memory.iter().all(|&byte| byte == 7));
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        if self.is_added {
            count(What::AddedEnded);
        }
    }
}

type Task = Box<dyn Fn(&Arc<Work>, u64) -> Result + Send + Sync>;

struct Work {
    number: usize,
    tasks: [Task; 6],
    owned: Owned,
    reads: OnceLock<Reads>,
    late: Mutex<Vec<CallbackHandle>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Work {
    fn new(number: usize) -> Self {
        Work {
            number,
            tasks: [
                Box::new(dispatch_values),
                Box::new(notify),
                Box::new(add_and_cancel),
                Box::new(use_cache),
                Box::new(ask_others),
                Box::new(use_thread),
            ],
            owned: Owned::new(false),
            reads: OnceLock::new(),
            late: Mutex::default(),
        }
    }

    fn register(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        let reads = callbacks.reads()?;
        self.reads.get_or_init(|| reads);
        let work = Arc::clone(self);
        let often = ReadOptions::new("often").interval(Duration::from_millis(400));
        callbacks.read(often, move || work.read())?;
        let all = callbacks.instance("", Arc::clone(self)).flush().notify().missing().cache_event().shutdown();
        let all = if self.number.is_multiple_of(4) { all.write() } else { all };
        all.register()?;
        if self.number.is_multiple_of(10) {
            let owned = Owned::new(false);
            callbacks.log("lines", move |_, line| {
                owned.used();
                assert!(line.len() < 2000);
                count(What::Logged);
                Ok(())
            })?;
        }
        let owned: [Owned; 2] = array::from_fn(|_| Owned::new(false));
        callbacks.flush("more", move |_, _| {
            owned.iter().for_each(Owned::used);
            fail_at_times(count(What::Flushes), 23, 29)
        })?;
        Ok(())
    }

    fn read(self: &Arc<Self>) -> Result {
        let round = count(What::Reads);
        self.owned.used();
        for task in &self.tasks {
            task(self, round)?;
        }
        fail_at_times(round, 17, 31)
    }

    fn neighbour(&self) -> &'static str {
        NAMES[(self.number + 7) % NAMES.len()]
    }
}

/// Some of each kind, with and without meta data, and a metric that goes missing after a while, another every time.
fn dispatch_values(_: &Arc<Work>, round: u64) -> Result {
    let signed = i64::try_from(round)?;
    let seconds = SystemTime::UNIX_EPOCH.elapsed()?.as_secs();
    // All lengths come soon: allocators keep some blocks of each size.
    let length = usize::try_from(round * 37 % 300)?;
    let list =
        |type_: &str, instance: &str| Values::new(type_).type_instance(instance).interval(Duration::from_secs(10));
    let live = u32::try_from(LIVE.load(Ordering::Relaxed))?;
    for values in [
        list("gauge", "live").gauge(live.into()),
        list("derive", "rounds").derive(signed).meta("round", round).meta("text", "t".repeat(length)),
        list("load", "").gauges([0.5, 1.5, f64::NAN]).meta("nothing", "").meta("of", true).meta("these", -0.5),
        list("counter", "c").counter(round),
        list("absolute", "a").absolute(round % 100),
        list("gauge", &format!("phase-{}", seconds / 3 % 8)).gauge(1.0).interval(Duration::from_secs(1)),
    ] {
        values.dispatch()?;
        count(What::Values);
    }
    Ok(())
}

fn notify(_: &Arc<Work>, round: u64) -> Result {
    if round.is_multiple_of(5) {
        let told = Notification::okay(format!("round {round}")).type_("gauge");
        let told = told.meta("round", round).meta("text", "t".repeat(200)).meta("here", true);
        if told.dispatch()? {
            count(What::Notified);
        }
    }
    Ok(())
}

/// Reads come, alone and in groups, and go, by their handles, by their group, and by themselves.
fn add_and_cancel(work: &Arc<Work>, round: u64) -> Result {
    let reads = work.reads.get().ok_or_else(|| Error::msg("no reads"))?;
    let quick = |name: String| ReadOptions::new(name).interval(Duration::from_millis(200)).group("late");
    let add = |number: u32| {
        let (owned, work) = (Owned::new(true), Arc::clone(work));
        count(What::Added);
        reads.add(quick(format!("late-{number}")), move || {
            owned.used();
            work.owned.used();
            count(What::AddedReads);
            Ok(Values::new("gauge").type_instance("late").gauge(1.0).dispatch()?)
        })
    };
    match round % 6 {
        0 => {
            let added: Result<Vec<_>, _> = (0..3).map(add).collect();
            *lock(&work.late) = added?;
        }
        2 => lock(&work.late).remove(0).cancel(),
        3 => lock(&work.late).push(add(0)?),
        4 => {
            let (cancelled, kept) = (reads.cancel_group("late"), lock(&work.late).len());
            assert!(cancelled >= kept, "{cancelled} of {kept} reads were in the group");
        }
        5 => {
            let (owned, own) = (Owned::new(true), Arc::new(Mutex::new(None::<CallbackHandle>)));
            let handle = Arc::clone(&own);
            count(What::Added);
            let read = reads.add(quick(format!("once-{round}")), move || {
                owned.used();
                count(What::AddedReads);
                // It may be called before its handle is there.
                lock(&handle).iter().for_each(CallbackHandle::cancel);
                Ok(())
            })?;
            *lock(&own) = Some(read);
        }
        _ => {}
    }
    Ok(())
}

fn use_cache(work: &Arc<Work>, round: u64) -> Result {
    let identifier: Identifier = format!("testhost/{}-marked/derive-rounds", work.neighbour()).parse()?;
    let (id, mut cache) = (identifier.view(), Cache::new());
    if cache.rates(id).is_none() {
        return Ok(());
    }
    count(What::Cached);
    assert!(cache.values(id).is_some_and(|values| values.len() == 1));
    assert!(cache.history(id, 4).is_none_or(|history| history.len() == 4));
    assert!(cache.set_meta(id, "text", &format!("round {round}")) && cache.set_meta(id, "round", &round));
    drop((cache.meta::<String>(id, "text"), cache.set_state(id, State::Okay), cache.add_hits(id, 1)));
    if round.is_multiple_of(10) {
        assert!(!cache.names().is_empty());
        let mut entries = cache.entries().ok_or_else(|| Error::msg("no memory"))?;
        let mut size = 0;
        while let Some(entry) = entries.next() {
            size += entry.name().len() + entry.values().map_or(0, |values| values.len()) + entry.meta().len();
        }
        assert!(size > 20);
    }
    Ok(())
}

fn ask_others(work: &Arc<Work>, round: u64) -> Result {
    if round.is_multiple_of(7) {
        collectd::flush(Some(work.neighbour()), Some(Duration::from_secs(5)), None);
        // It may have failed on purpose.
        let _status =
            Values::new("gauge").type_instance("direct").gauge(1.0).write_to(NAMES[usize::try_from(round % 5)? * 4]);
        let load = collectd::data_set::find("load").ok_or_else(|| Error::msg("no type \"load\""))?;
        assert_eq!(load.sources().len(), 3);
    }
    Ok(())
}

fn use_thread(_: &Arc<Work>, round: u64) -> Result {
    if !round.is_multiple_of(10) {
        return Ok(());
    }
    let told_to_panic = round.is_multiple_of(100);
    let work = move || {
        assert!(!told_to_panic, "told to panic");
        log::debug!("a thread is here");
        Values::new("gauge").type_instance("thread").gauge(1.0).dispatch()
    };
    match collectd::thread::Builder::new().name("short").spawn(work)?.join() {
        Ok(result) => result?,
        Err(_) => assert!(told_to_panic),
    }
    count(What::Threads);
    Ok(())
}

impl Write for Work {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let number = count(What::Writes);
        self.owned.used();
        assert!(values.values().len() > 0 && !values.to_string().is_empty());
        if number.is_multiple_of(10) {
            drop((values.to_values(), collectd::cache::rates(values.identifier())));
        }
        fail_at_times(number, 1009, 1999)
    }
}

impl Flush for Work {
    fn flush(&self, _: Option<Duration>, _: Option<&Identifier>) -> Result {
        self.owned.used();
        fail_at_times(count(What::Flushes), 11, 13)
    }
}

impl Notify for Work {
    fn notify(&self, notification: NotificationRef<'_>) -> Result {
        self.owned.used();
        assert!(!notification.to_notification().view().text().is_empty());
        fail_at_times(count(What::Heard), 501, 701)
    }
}

impl Missing for Work {
    fn missing(&self, metric: MetricRef<'_>) -> Result<Missed> {
        self.owned.used();
        assert!(metric.identifier().type_() == "gauge" || metric.interval() > Interval::UNSET);
        count(What::Missed);
        Ok(Missed::Continue)
    }
}

impl CacheEvent for Work {
    fn subscribe(&self, values: ValuesRef<'_>) -> Result<bool> {
        count(What::Subscribed);
        Ok(values.type_instance().as_bytes().starts_with(b"phase"))
    }

    fn update(&self, _: ValuesRef<'_>) -> Result {
        self.owned.used();
        count(What::Updated);
        Ok(())
    }

    fn expired(&self, _: MetricRef<'_>) -> Result {
        self.owned.used();
        count(What::Expired);
        Ok(())
    }
}

/// The match of the metrics that [`Marks`] marks.
struct Rounds(Owned);

impl Match for Rounds {
    const NAME: &'static str = "rounds";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Rounds(Owned::new(false)))
    }

    fn matches(&self, values: ValuesRef<'_>) -> Result<bool> {
        self.0.used();
        Ok(values.type_instance() == "rounds")
    }
}

/// A target that changes what it can.
struct Marks(Owned);

impl Target for Marks {
    const NAME: &'static str = "marks";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Marks(Owned::new(false)))
    }

    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        self.0.used();
        values.insert_meta("marked", "with this")?;
        values.insert_meta("text", values.to_string())?;
        assert!(values.remove_meta("round"));
        values.set_plugin_instance("marked")?;
        values.set_interval(Duration::from_secs(20))?;
        count(What::Marked);
        Ok(Action::Continue)
    }
}

impl Shutdown for Work {
    /// The reads are freed by now; so that every read that was added should have ended.
    fn shutdown(&self) -> Result {
        let counts = ALL.map(|what| format!("{what:?} {}", COUNTS[what as usize].load(Ordering::Relaxed)));
        log::info!("counted {} Live {}", counts.join(" "), LIVE.load(Ordering::Relaxed));
        Ok(())
    }
}
