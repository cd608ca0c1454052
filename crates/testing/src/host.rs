//! The daemon of a test.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use collectd_types::{Notification, Time, Values};

use crate::happening::Happening;
use crate::ledger::Ledger;
use crate::step::{Step, must};
use crate::words::{self, quoted};
use crate::{Builder, Failed, Level, Line, Registered, panics};

/// The daemon's name for this host, unless `Hostname` is configured.
pub const HOSTNAME: &str = "fake.example.org";

/// Where the daemon's clock stands at the start: 2001-09-09 01:46:40 UTC, 10⁹ seconds after 1970.
pub const START: Time = Time::from_secs(1_000_000_000);

/// A collectd daemon in this process, as long as this value lives.
///
/// Steps such as [`read`](Self::read) fail the test when a callback fails, or when the daemon drops what a plugin has dispatched; each
/// has a variant such as [`try_read`](Self::try_read) for what is meant to fail. What happened is kept until it is taken.
///
/// When it is dropped, the daemon shuts down, and the test fails if anything that was registered has not been freed.
pub struct Host {
    daemon: collectd_test_host::Host,
    seen: Vec<Happening>,
    ledger: Ledger,
    hostname: String,
    write_threads: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Configuring,
    /// The configuration is refused: a daemon ends without a word to the plugins.
    Refused,
    Running,
    Down,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("hostname", &self.hostname).field("seen", &self.seen).finish_non_exhaustive()
    }
}

impl Host {
    /// Begins one, with plugins yet to be named.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Loads a plugin by the function that `plugin!` and `module!` make, with this configuration, and initialises it.
    ///
    /// # Panics
    ///
    /// If that fails, with what was logged.
    #[track_caller]
    pub fn start(module_register: extern "C" fn(), config: &str) -> Host {
        Host::builder().module(module_register).config(config).start()
    }

    /// The same for a start that may fail.
    ///
    /// # Errors
    ///
    /// If the configuration is malformed or refused, or the plugin cannot be made.
    ///
    /// # Panics
    ///
    /// If this thread has a daemon already.
    #[track_caller]
    pub fn try_start(module_register: extern "C" fn(), config: &str) -> Result<Host, Failed> {
        Host::builder().module(module_register).config(config).try_start()
    }

    #[track_caller]
    pub(crate) fn lock(write_threads: usize) -> Host {
        let daemon = collectd_test_host::Host::lock();
        // Before init a daemon does not know its name.
        let _ = daemon.try_run("reset");
        panics::has_daemon(true);
        Host {
            daemon,
            seen: Vec::new(),
            ledger: Ledger::default(),
            hostname: HOSTNAME.to_owned(),
            write_threads,
            state: State::Configuring,
        }
    }

    pub(crate) fn prepare(&mut self, builder: &Builder) -> Result<(), Failed> {
        let commands = builder.commands();
        self.step("preparing the daemon", &commands)?;
        for (name, module_register) in &builder.modules {
            self.daemon.module(name, *module_register);
        }
        Ok(())
    }

    pub(crate) fn configure(&mut self, text: &str) -> Result<(), Failed> {
        let text = text.split('\0').next().unwrap_or_default();
        let command = format!("config\n{text}");
        let result = panics::with_plugins(|| self.step("the configuration is refused", &[command]));
        if result.is_err() {
            self.state = State::Refused;
        }
        result
    }

    /// Initialises the plugins, after [`Builder::load`].
    ///
    /// # Panics
    ///
    /// If one cannot be made, with what was logged.
    #[track_caller]
    pub fn init(&mut self) {
        must(self.try_init());
    }

    /// The same for plugins that may fail. The daemon runs on without them.
    ///
    /// # Errors
    ///
    /// If a plugin cannot be made.
    pub fn try_init(&mut self) -> Result<(), Failed> {
        self.state = State::Running;
        let result = self.step("the start fails", &["init".to_owned()]);
        let writers = self.step("the start fails", &[format!("writers {}", self.write_threads)]);
        result.and(writers)
    }

    /// Calls all read callbacks, and waits until what they dispatch has been written.
    ///
    /// # Panics
    ///
    /// If one fails, or the daemon drops what it dispatches, with what was logged.
    #[track_caller]
    pub fn read(&mut self) {
        must(self.try_read());
    }

    /// The same for reads that may fail.
    ///
    /// # Errors
    ///
    /// If one fails, or the daemon drops what it dispatches.
    pub fn try_read(&mut self) -> Result<(), Failed> {
        self.act("the read fails", "read")
    }

    /// Calls one read callback, as [`try_read`](Self::try_read) does all.
    ///
    /// # Errors
    ///
    /// As there; and if there is none of this name.
    pub fn try_read_one(&mut self, name: &str) -> Result<(), Failed> {
        self.act("the read fails", &format!("read {}", quoted(name.as_bytes())))
    }

    /// Lets time pass, at once: reads are called when they are due, the first time right after the start, and every interval the
    /// daemon looks for metrics that got no values for `Timeout` (2) intervals.
    ///
    /// # Panics
    ///
    /// If a callback fails, or the daemon drops what it dispatches, with what was logged.
    #[track_caller]
    pub fn advance(&mut self, span: Duration) {
        must(self.try_advance(span));
    }

    /// The same for callbacks that may fail: a read that fails is called again after twice the time.
    ///
    /// # Errors
    ///
    /// If a callback fails, or the daemon drops what it dispatches.
    pub fn try_advance(&mut self, span: Duration) -> Result<(), Failed> {
        let raw = (u128::from(span.subsec_nanos()) << 30) / 1_000_000_000;
        let raw = raw + (u128::from(span.as_secs()) << 30);
        let raw = u64::try_from(raw).unwrap_or(u64::MAX / 2);
        self.act("a callback fails", &format!("advance cdtime:{raw}"))
    }

    /// What the daemon's clock says.
    pub fn now(&self) -> Time {
        let (_, events) = self.daemon.try_run("time");
        events.iter().find(|event| event.kind() == "time").map_or(START, |event| Time::from_raw(event.number("now")))
    }

    /// Lets another plugin dispatch a value list, and waits until it has been written: cache events, missing values and write
    /// callbacks all begin with it. What is left out is filled in; the plugin is `test` then.
    ///
    /// # Panics
    ///
    /// If a callback fails, or the type does not know such values, with what was logged.
    #[track_caller]
    pub fn dispatch(&mut self, values: &Values) {
        must(self.try_dispatch(values));
    }

    /// The same for callbacks that may fail.
    ///
    /// # Errors
    ///
    /// If a callback fails, or the type does not know such values.
    pub fn try_dispatch(&mut self, values: &Values) -> Result<(), Failed> {
        const STEP: &str = "the value list is not written";
        if let Err(problem) = values.check() {
            return Err(Failed { step: STEP.into(), problems: vec![problem.to_string()], log: Vec::new() });
        }
        self.act(STEP, &words::dispatch(values))
    }

    /// Lets another plugin dispatch a notification.
    ///
    /// # Panics
    ///
    /// If a callback fails, with what was logged.
    #[track_caller]
    pub fn notify(&mut self, notification: &Notification) {
        must(self.try_notify(notification));
    }

    /// The same for callbacks that may fail.
    ///
    /// # Errors
    ///
    /// If a callback fails.
    pub fn try_notify(&mut self, notification: &Notification) -> Result<(), Failed> {
        self.act("the notification is not taken", &words::notification(notification))
    }

    /// Calls flush callbacks as the daemon's command `FLUSH` does: all of them, or that of one plugin; for what is older than
    /// `timeout`, or all of it; for one identifier, or all.
    ///
    /// # Panics
    ///
    /// If one fails, with what was logged.
    #[track_caller]
    pub fn flush(&mut self, plugin: Option<&str>, timeout: Option<Duration>, identifier: Option<&str>) {
        must(self.try_flush(plugin, timeout, identifier));
    }

    /// The same for callbacks that may fail.
    ///
    /// # Errors
    ///
    /// If one fails.
    pub fn try_flush(
        &mut self,
        plugin: Option<&str>,
        timeout: Option<Duration>,
        identifier: Option<&str>,
    ) -> Result<(), Failed> {
        let plugin = plugin.map_or_else(|| "-".to_owned(), |plugin| quoted(plugin.as_bytes()));
        let timeout = timeout.unwrap_or_default().as_secs_f64();
        let identifier = identifier.map(|identifier| quoted(identifier.as_bytes())).unwrap_or_default();
        self.act("the flush fails", &format!("flush {plugin} {timeout} {identifier}"))
    }

    /// Lets the daemon log a line, for plugins that take them.
    ///
    /// # Panics
    ///
    /// If a log callback logs, on which the daemon would end.
    #[track_caller]
    pub fn log(&mut self, level: Level, text: &str) {
        must(self.act("the line is not logged", &format!("log {} {}", level.code(), quoted(text.as_bytes()))));
    }

    /// Shuts the daemon down, and sees to it that everything that was registered has been freed, once, and that nothing of
    /// the daemon's is left with the plugin.
    ///
    /// # Panics
    ///
    /// If not, or if a shutdown callback fails, with what was logged. What happened meanwhile is lost; see
    /// [`try_shutdown`](Self::try_shutdown).
    #[track_caller]
    pub fn shutdown(mut self) {
        must(self.try_shutdown());
    }

    /// The same for a shutdown that may fail, or has more to be looked at.
    ///
    /// # Errors
    ///
    /// If a shutdown callback fails, or anything is left.
    pub fn try_shutdown(&mut self) -> Result<(), Failed> {
        if self.state == State::Down {
            return Ok(());
        }
        let is_running = self.state == State::Running;
        self.state = State::Down;
        let mut step = self.run(&["shutdown".to_owned()]);
        let (_, stats) = self.daemon.try_run("stats");
        if let Some(stats) = stats.iter().find(|event| event.kind() == "stats") {
            step.problems.extend(self.ledger.problems(stats));
        }
        self.seen.extend(step.happenings.iter().cloned());
        if is_running { step.failed("the shutdown is not clean") } else { Ok(()) }
    }

    /// Everything that happened since it was last taken, in this order.
    pub fn take(&mut self) -> Vec<Happening> {
        self.look();
        std::mem::take(&mut self.seen)
    }

    /// The value lists that plugins have dispatched. Those of [`dispatch`](Self::dispatch) are not among them.
    pub fn take_values(&mut self) -> Vec<Values> {
        self.look();
        let chosen = self.seen.extract_if(.., |happening| matches!(happening, Happening::Values(_)));
        let inside = |happening| if let Happening::Values(it) = happening { Some(it) } else { None };
        chosen.filter_map(inside).collect()
    }

    /// The notifications that plugins have dispatched.
    pub fn take_notifications(&mut self) -> Vec<Notification> {
        self.look();
        let chosen = self.seen.extract_if(.., |happening| matches!(happening, Happening::Notification(_)));
        let inside = |happening| if let Happening::Notification(it) = happening { Some(it) } else { None };
        chosen.filter_map(inside).collect()
    }

    /// What plugins have logged. The daemon's own lines are in [`take`](Self::take) only.
    pub fn take_log(&mut self) -> Vec<Line> {
        self.look();
        let chosen = self.seen.extract_if(.., |happening| matches!(happening, Happening::Log(line) if !line.by_daemon));
        let inside = |happening| if let Happening::Log(it) = happening { Some(it) } else { None };
        chosen.filter_map(inside).collect()
    }

    /// Waits until a thread of a plugin has done something that this says `Some` of, and takes it. Everything else that happened
    /// stays, before it and behind it. The time is that of the machine, not that of the daemon.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # fn wait(host: &mut collectd_testing::Host) {
    /// let limit = Duration::from_secs(30);
    /// let line = host.wait_for(limit, |it| it.log().filter(|line| line.text.contains("connected")).cloned());
    /// let load = host.wait_for(limit, |it| it.values().filter(|values| values.view().plugin() == "load").cloned());
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no such thing within the limit.
    #[track_caller]
    pub fn wait_for<T>(&mut self, limit: Duration, wanted: impl FnMut(&Happening) -> Option<T>) -> T {
        must(self.try_wait_for(limit, wanted))
    }

    /// The same for what may not happen.
    ///
    /// # Errors
    ///
    /// If there is no such thing within the limit; with all that was logged and not yet taken.
    pub fn try_wait_for<T>(
        &mut self,
        limit: Duration,
        mut wanted: impl FnMut(&Happening) -> Option<T>,
    ) -> Result<T, Failed> {
        let start = Instant::now();
        let mut before = 0;
        loop {
            // Before looking: what happens at the last moment counts.
            let is_over = start.elapsed() >= limit;
            self.look();
            let new = self.seen.iter().enumerate().skip(before);
            if let Some((at, found)) = new.filter_map(|(at, it)| Some((at, wanted(it)?))).next() {
                self.seen.remove(at);
                return Ok(found);
            }
            if is_over {
                break;
            }
            before = self.seen.len();
            thread::sleep(Duration::from_millis(2));
        }
        let log = self.seen.iter().filter_map(Happening::log).cloned().collect();
        let problem = format!("of {} things that happened it is none", self.seen.len());
        Err(Failed { step: format!("waiting for {limit:?}"), problems: vec![problem], log })
    }

    /// All callbacks that were registered since the start, or should have been.
    pub fn registered(&mut self) -> Vec<Registered> {
        self.look();
        self.ledger.all()
    }

    /// A step of a running daemon; values that are on their way arrive.
    pub(crate) fn act(&mut self, step: &str, command: &str) -> Result<(), Failed> {
        self.step(step, &[command.to_owned(), "wait".to_owned()])
    }

    fn step(&mut self, name: &str, commands: &[String]) -> Result<(), Failed> {
        let step = self.run(commands);
        self.seen.extend(step.happenings.iter().cloned());
        step.failed(name)
    }

    pub(crate) fn keep(&mut self, step: Step) {
        self.seen.extend(step.happenings);
    }

    pub(crate) fn run(&mut self, commands: &[String]) -> Step {
        self.look();
        let mut step = Step::default();
        for command in commands {
            let (is_done, events) = panics::as_daemon(|| self.daemon.try_run(command));
            self.note(&events);
            step.add(is_done, command, &events, &self.hostname);
            step.events.extend(events);
        }
        step
    }

    /// What threads of a plugin have done since the last step.
    fn look(&mut self) {
        let events = self.daemon.take();
        self.note(&events);
        let happenings = events.iter().filter_map(|event| crate::happening::happening(event, &self.hostname));
        self.seen.extend(happenings);
    }

    fn note(&mut self, events: &[collectd_test_host::Event]) {
        for event in events {
            self.ledger.note(event);
            if event.kind() == "hostname" {
                self.hostname = event.text("name").to_owned();
            }
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let result = self.try_shutdown();
        panics::has_daemon(false);
        // A test that fails already is not to be aborted.
        if let (Err(failed), false) = (result, std::thread::panicking()) {
            panic!("{failed}");
        }
    }
}
