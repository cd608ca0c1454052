//! Plugins that do what they should not, in the real daemon under valgrind: it runs on, ends in order, and nothing of
//! ours is lost or used after its end.

use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, Finding, wait_until};

use crate::support::{block, so, with};

/// Valgrind on a busy machine takes its time.
const LIMIT: Duration = Duration::from_secs(120);

/// Where the plugin is called, in a daemon that is [provoked](Subject::provoke).
/// In `crowd` a second instance is asked whether it wants to follow a metric; if that fails, nothing else follows.
const PLACES: [&str; 9] = ["read", "write", "flush", "notify", "missing", "log", "update", "expired", "crowd"];

struct Subject {
    daemon: Daemon,
    provoked: u32,
}

impl Subject {
    fn builder(config: &str) -> Builder {
        Daemon::builder()
            .load_so(so("misbehaves"), "misbehaves")
            .conf(&block("misbehaves", config))
            .load_so(so("producer"), "producer")
            .load("unixsock")
            .valgrind(true)
    }

    fn start(config: &str) -> Self {
        Subject { daemon: Self::builder(config).start(), provoked: 0 }
    }

    /// Has the daemon call everything: with a new metric, a notification and a flush.
    fn provoke(&mut self) {
        self.provoked += 1;
        self.put_value();
        self.order("hello");
        self.daemon.flush_all();
    }

    /// A value of the metric that is to come, to be updated and to expire.
    fn put_value(&self) {
        self.daemon.putval(&format!("h/gone-{}/gauge-followed", self.provoked), "interval=2", "N:1");
    }

    fn order(&self, message: &str) {
        let line = format!("PUTNOTIF severity=okay time=1700000000 host=h message=\"{message}\"");
        self.daemon.command(&line).unwrap_or_else(|answer| panic!("{answer}"));
    }

    /// How often the plugin said this.
    fn count(&self, what: &str) -> usize {
        let line = format!("misbehaves plugin: in {what}");
        let everything = self.daemon.log() + &self.daemon.output();
        everything.lines().filter(|logged| logged.strip_prefix("[info] ").unwrap_or(logged) == line).count()
    }

    fn wait(&self, what: &str, count: usize) {
        wait_until(&format!("{count} times \"{what}\""), LIMIT, || (self.count(what) >= count).then_some(()));
    }

    /// Until it was called in all these places.
    fn call_in(&mut self, places: &[&str]) {
        self.provoke();
        if places.contains(&"update") {
            wait_until("an update", LIMIT, || {
                self.put_value();
                std::thread::sleep(Duration::from_millis(200));
                (self.count("update") > 0).then_some(())
            });
        }
        for place in places {
            self.wait(place, 1);
        }
    }

    /// Ends the daemon, and returns its log and output.
    #[track_caller]
    fn end(mut self, code: i32) -> String {
        let status = self.daemon.stop();
        let everything = self.daemon.log() + &self.daemon.output();
        assert_eq!(status.code(), Some(code), "{everything}");
        assert!(everything.contains("Exiting normally."), "{everything}");
        let report = self.daemon.valgrind_report();
        let ours = report.mentioning("misbehaves.so").into_iter();
        // The daemon forgets the name of a cache event that it has no room for.
        let is_the_daemons = |finding: &Finding| {
            finding.is_leak()
                && finding.frames[1].mentions("strdup")
                && finding.frames[2].mentions("plugin_register_cache_event")
        };
        let ours: Vec<_> = ours.filter(|finding| !is_the_daemons(finding)).map(ToString::to_string).collect();
        assert!(
            ours.is_empty(),
            "{}
{everything}",
            ours.join(
                "
"
            )
        );
        everything
    }
}

/// Everything that has an end of its own.
const ENDS: [&str; 10] = [
    "drop-shutdown",
    "drop-read",
    "drop-write",
    "drop-flush",
    "drop-notify",
    "drop-missing",
    "drop-log",
    "drop-cache-event",
    "drop-crowd",
    "drop-plugin",
];

/// What is done, and where.
fn doing(deed: &str, places: &[&str]) -> String {
    places.iter().map(|place| format!("Do \"{place}\" \"{deed}\"\n")).collect()
}

#[track_caller]
fn assert_told(everything: &str, text: &str) {
    assert!(everything.contains(text), "{text} in {everything}");
}

#[test]
fn panics_in_all_places_and_ends() {
    // Not in the end of the shutdown closure: it would be inside the unwinding of the other panic.
    let places = [&PLACES, &ENDS[1..], &["shutdown"]].concat();
    let mut subject = Subject::start(&("Crowd 1\n".to_owned() + &doing("panic", &places)));
    subject.call_in(&PLACES);
    let everything = subject.end(1);
    for place in places.into_iter().filter(|&place| place != "expired") {
        assert_told(&everything, &format!(": told to panic in {place}\n"));
    }
    // Told once a minute for each callback: ours was told of the update.
    assert_told(&everything, "\"misbehaves/follower\" failed with status -1 for event EXPIRED");
}

#[test]
fn threads_panic_in_all_places_and_ends() {
    let places = [&PLACES, &ENDS[..], &["shutdown"]].concat();
    let mut subject = Subject::start(&("Crowd 1\n".to_owned() + &doing("thread-panic", &places)));
    subject.call_in(&PLACES);
    let everything = subject.end(0);
    for place in places {
        assert_told(&everything, &format!(": told to panic in a thread of {place}\n"));
    }
}

#[test]
fn errors_in_all_places_and_log_lines_in_their_ends() {
    let places = [&PLACES, &["shutdown"][..]].concat();
    let config = "Crowd 1\n".to_owned() + &doing("fail", &places) + &doing("log", &ENDS);
    let mut subject = Subject::start(&config);
    subject.call_in(&PLACES);
    let everything = subject.end(1);
    let failures = with(&everything, "told to fail");
    for what in ["read", "write", "flush", "notify", "missing", "log", "subscribe", "update", "shutdown"] {
        assert!(failures.iter().any(|line| line.contains(what)), "{what} in {failures:#?}");
    }
    for end in ENDS {
        assert_told(&everything, &format!("logs in {end}\n"));
    }
}

/// What belongs to the cache events is taken back by one handle: in its last call, in one before, or together with all
/// the others by whoever comes first.
#[test]
fn callbacks_take_themselves_back() {
    for (deed, last) in [("cancel", "expired"), ("cancel-elsewhere", "update"), ("cancel-all", "subscribe")] {
        let places = ["read", "write", "flush", "notify", "missing", "log", last];
        let config = doing(deed, &places) + &doing("sleep", &["read", "write", "notify"]);
        let mut subject = Subject::start(&config);
        match last {
            "subscribe" => subject.provoke(),
            _ => subject.call_in(&places),
        }
        subject.wait("drop-read", 1);
        // What was under way goes on.
        std::thread::sleep(Duration::from_secs(1));
        wait_until("the end of each write", LIMIT, || {
            (subject.count("write awake") == subject.count("write")).then_some(())
        });
        let before = places.map(|place| subject.count(place));
        for _ in 0..2 {
            subject.provoke();
        }
        subject.order("log later");
        subject.wait("later did log", 1);
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(places.map(|place| subject.count(place)), before, "{deed}");
        subject.end(0);
    }
}

#[test]
fn callbacks_take_back_what_they_like_when_they_end() {
    for deeds in [["cancel", "cancel-group"], ["cancel-all", "forget"]] {
        let config = deeds.map(|deed| doing(deed, &ENDS)).concat() + "Crowd 1\n" + &doing("add", &["write"]);
        let mut subject = Subject::start(&config);
        subject.call_in(&["read", "write", "added"]);
        subject.order("cancel read");
        subject.wait("drop-read", 1);
        let everything = subject.end(0);
        for end in ENDS {
            assert_told(&everything, &format!("in {end} did {}\n", deeds[1]));
        }
    }
}

#[test]
fn reads_are_added_everywhere_until_the_end() {
    let places = [&PLACES, &ENDS[..], &["shutdown"]].concat();
    let mut subject = Subject::start(&("Crowd 1\nRead 2\n".to_owned() + &doing("add", &places)));
    subject.call_in(&PLACES);
    subject.wait("added", 20);
    let everything = subject.end(1);
    for end in ENDS {
        assert_told(&everything, &format!("in {end} could not add: the plugin is out of service\n"));
    }
}

const CALLS: [&str; 4] = ["dispatch", "write", "notify", "flush"];

#[test]
fn the_daemon_is_called_everywhere_until_the_end() {
    let places = [&["read"], &ENDS[..], &["shutdown"]].concat();
    let mut subject = Subject::start(&CALLS.map(|deed| doing(deed, &places)).concat());
    subject.call_in(&["read", "write", "flush", "notify"]);
    let everything = subject.end(0);
    for place in ["read", "drop-read", "shutdown", "drop-shutdown", "drop-plugin"] {
        for deed in CALLS {
            assert_told(&everything, &format!("in {place} did {deed}\n"));
        }
    }
    // When the daemon takes its lists down.
    for end in ["drop-write", "drop-flush", "drop-notify", "drop-missing", "drop-cache-event", "drop-log"] {
        for deed in &CALLS[..3] {
            assert_told(&everything, &format!("in {end} could not {deed}: the daemon has stopped\n"));
        }
    }
    assert!(!everything.contains("Unable to determine Interval"), "{everything}");
}

/// Each call comes back to its place at once. C plugins that do so end the daemon with their stack.
#[test]
fn callbacks_that_call_themselves_are_stopped() {
    let places = ["notify", "write", "flush", "log"];
    let config: String = places[..3].iter().map(|place| doing(place, &[place])).collect();
    let mut subject = Subject::start(&(config + &doing("notify", &["log"])));
    subject.call_in(&places);
    let everything = subject.end(0);
    for place in ["notify", "write"] {
        assert_told(&everything, &format!("in {place} could not {place}: it comes from callbacks inside callbacks"));
    }
    assert_told(&everything, "misbehaves plugin: no flush: it comes from callbacks inside callbacks, too deep\n");
}

/// They come too late, and the daemon is not hurt.
#[test]
fn threads_run_on_after_the_end() {
    let mut subject = Subject::start(&doing("run-on", &["callbacks", "callbacks"]));
    subject.call_in(&["read", "write", "flush", "notify", "added"]);
    subject.end(0);
}

#[test]
fn reading_once() {
    let places = [&["read", "write", "log"], &ENDS[1..], &["shutdown"]].concat();
    for deeds in [&["add", "cancel", "dispatch", "cancel-all"][..], &["panic"]] {
        let config: String = deeds.iter().map(|deed| doing(deed, &places)).collect();
        let outcome = Subject::builder(&config).run_once();
        outcome.valgrind.expect("it ran under valgrind").assert_clean("misbehaves.so");
        assert_eq!(outcome.status.code(), Some(1), "a failed shutdown counts: {}", outcome.output);
    }
}

#[test]
fn a_start_that_fails() {
    for config in [
        doing("panic", &["new"]),
        doing("panic", &["callbacks", "drop-read", "drop-write", "drop-log"]),
        ["cancel-all", "fail"].map(|deed| doing(deed, &["callbacks"])).concat(),
        "Crowd 100\n".to_owned() + &doing("panic", &["drop-crowd"]),
    ] {
        let mut subject = Subject::start(&config);
        subject.provoke();
        wait_until("values of others", LIMIT, || {
            let values = subject.daemon.command("LISTVAL").unwrap_or_else(|answer| panic!("{answer}"));
            values.iter().any(|value| value.contains("producer")).then_some(())
        });
        for place in ["read", "write", "flush", "notify", "added", "subscribe"] {
            assert_eq!(subject.count(place), 0, "{place}: {config}");
        }
        subject.end(1);
    }
}

#[test]
fn the_daemon_has_room_for_32_cache_events() {
    let mut subject = Subject::start("Crowd 40");
    subject.call_in(&["subscribe", "crowd", "update", "expired"]);
    let everything = subject.end(0);
    assert_eq!(with(&everything, "no room for ").len(), 9, "{everything}");
    assert_told(&everything, "no room for 31, status 12\n");
    assert_eq!(with(&everything, "in drop-crowd").len(), 40, "{everything}");
}

#[test]
fn names_that_are_taken_or_cannot_be() {
    let mut subject = Subject::start("BadNames true");
    subject.call_in(&["read", "write", "flush", "notify", "missing", "log", "subscribe", "update", "expired"]);
    let everything = subject.end(0);
    for kind in ["read", "write", "flush", "notification", "missing", "log"] {
        assert_told(
            &everything,
            &format!("in callbacks twice: Some(\"{kind} \\\"misbehaves/closure\\\" is there already\")\n"),
        );
    }
    assert_told(
        &everything,
        "in callbacks twice: Some(\"cache event \\\"misbehaves/follower\\\" is there already\")\n",
    );
    assert_eq!(with(&everything, "cannot be the name of a callback").len(), 3, "{everything}");
    assert_eq!(with(&everything, "cannot be the name of a group").len(), 1, "{everything}");
}

/// The daemon refuses the chain and exits, in order.
#[test]
fn filters_that_panic_when_they_are_made_or_dropped() {
    for rule in [
        "<Match \"asked\">\nMemory 1 2 3\nPanicIn \"new\"\n</Match>\nTarget \"stop\"",
        "<Match \"asked\">\nMemory 1 2 3\n</Match>\n<Target \"changes\">\nPanicIn \"new\"\n</Target>",
        "<Match \"asked\">\nMemory 1 2 3\nPanicIn \"drop\"\n</Match>\nTarget \"nowhere\"",
    ] {
        let outcome = Daemon::builder()
            .load_so(so("filters"), "filters")
            .conf(&format!("<Chain \"PreCache\">\n<Rule>\n{rule}\n</Rule>\n</Chain>"))
            .valgrind(true)
            .refused();
        assert_eq!(outcome.status.code(), Some(1), "{}", outcome.output);
        assert_eq!(with(&outcome.output, " panicked at ").len(), 1, "{}", outcome.output);
        outcome.valgrind.expect("it ran under valgrind").assert_clean("filters.so");
    }
}
