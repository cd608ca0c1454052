//! On which thread the real daemon calls what, and what it makes of a failure: what the guide says of each callback.

use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, stock_types_db, wait_until};

use crate::support::{block, so, with};

const LIMIT: Duration = Duration::from_secs(60);

/// How a callback fails, and how the line about it begins.
const WAYS: [(&str, &str); 2] = [("error", "failed: told to fail"), ("panic", "panicked at ")];

fn daemon(config: &str) -> Builder {
    Daemon::builder()
        .load_so(so("diary"), "diary")
        .conf(&block("diary", config))
        .load("unixsock")
        .hostname("here")
        .interval(Duration::from_millis(200))
}

fn count(daemon: &Daemon, needle: &str) -> usize {
    with(&daemon.log(), needle).len()
}

#[track_caller]
fn wait(daemon: &mut Daemon, line: &str) {
    daemon.wait_log(line, LIMIT);
}

/// What the daemon's threads are called before it has named them.
const NAMELESS: &str = "collectd";

/// The named threads that a callback ran on, without their numbers.
fn threads(daemon: &Daemon, callback: &str) -> Vec<String> {
    let start = format!("diary plugin: {callback} in ");
    let lines = with(&daemon.log(), &start);
    let mut threads: Vec<_> = lines
        .iter()
        .filter_map(|line| line.split_once(&start))
        .map(|(_, thread)| thread.split('#').next().unwrap_or_default().to_owned())
        .filter(|thread| thread != NAMELESS)
        .collect();
    threads.sort();
    threads.dedup();
    threads
}

#[track_caller]
fn assert_order(log: &str, lines: &[&str]) {
    let at = |line: &&str| log.find(*line).unwrap_or_else(|| panic!("{line} in\n{log}"));
    assert!(lines.iter().map(at).is_sorted(), "{lines:?} in\n{log}");
}

#[test]
fn a_configuration_is_read_first_and_stops_the_start() {
    let mut running = daemon("").start();
    assert!(running.stop().success());
    assert_eq!([threads(&running, "config"), threads(&running, "init")], [["main"], ["main"]]);
    let order = ["diary plugin: config in ", "diary plugin: init in ", "entering read-loop"];
    assert_order(&running.log(), &order);
    for (how, told) in [("error", "config: told to fail"), ("panic", "config panicked at ")] {
        let output = daemon(&format!("Fail \"config\" \"{how}\"")).check_start_fails();
        assert_eq!(with(&output, &format!("diary plugin: {told}")).len(), 1, "{output}");
        assert!(!output.contains("init in "), "{output}");
    }
}

/// The daemon has neither a name of its host nor a cache then, and crashes where it needs them.
#[test]
fn what_comes_too_early_is_refused() {
    for (what, told) in [
        ("dispatch", ": host cannot be used: it is empty"),
        ("cache", "the value cache is used while the daemon reads its configuration"),
    ] {
        let early = format!("Early \"{what}\"");
        let types = format!("TypesDB \"{}\"", stock_types_db().display());
        let load = || Daemon::builder().conf(&types).load_so(so("diary"), "diary");
        let output = load().conf(&block("diary", &early)).check_start_fails();
        assert_eq!(with(&output, told).len(), 1, "{output}");
        let rule = format!("<Rule>\n<Match \"diary\">\n{early}\n</Match>\nTarget \"stop\"\n</Rule>");
        let output = load().conf(&format!("<Chain \"PreCache\">\n{rule}\n</Chain>")).check_start_fails();
        assert_eq!(with(&output, told).len(), 1, "{output}");
    }
}

#[test]
fn a_plugin_that_is_not_made_is_out_of_service_and_the_daemon_goes_on() {
    for (how, told) in [("error", "init: told to fail"), ("panic", "init panicked at ")] {
        let mut daemon = daemon(&format!("Fail \"init\" \"{how}\"")).start();
        wait(&mut daemon, &format!("[error] diary plugin: {told}"));
        wait(&mut daemon, "[error] Initialization of plugin `diary' failed with status -1. Plugin will be unloaded.");
        daemon.putval("here/other/gauge", "interval=1", "N:1");
        wait(&mut daemon, "neighbour plugin: write too");
        assert_eq!(daemon.stop().code(), Some(1));
        let log = daemon.log();
        let calls = with(&log, "diary plugin: ").into_iter().filter(|line| line.contains(" in "));
        assert_eq!(calls.count(), 2, "config and init only:\n{log}");
    }
}

#[test]
fn a_read_that_fails_waits_longer_and_longer() {
    for (how, told) in WAYS {
        let mut daemon = daemon(&format!("Fail \"read\" \"{how}\" 2")).start();
        for seconds in ["0.400", "0.800"] {
            let line = format!("read-function of plugin `diary' failed. Will suspend it for {seconds} seconds.");
            wait(&mut daemon, &line);
        }
        wait(&mut daemon, "[notice] diary plugin: read works again");
        let reads = count(&daemon, "diary plugin: read in ");
        wait_until("further reads", LIMIT, || (count(&daemon, "diary plugin: read in ") > reads + 2).then_some(()));
        assert!(daemon.stop().success());
        assert_eq!(threads(&daemon, "read"), ["reader"]);
        assert_eq!(count(&daemon, &format!("[error] diary plugin: read {told}")), 1, "{}", daemon.log());
    }
}

#[test]
fn reading_once_is_done_by_the_main_thread() {
    let outcome = daemon("").run_once();
    assert!(outcome.status.success(), "{}", outcome.output);
    assert_eq!(with(&outcome.output, "diary plugin: read in main").len(), 1, "{}", outcome.output);
    let outcome = daemon("Fail \"read\" \"error\"").run_once();
    assert_eq!(outcome.status.code(), Some(1), "{}", outcome.output);
    assert_eq!(with(&outcome.output, "read-function of plugin `diary' failed.").len(), 1, "{}", outcome.output);
}

#[test]
fn a_write_that_fails_is_not_repeated_and_others_get_the_value() {
    for (how, told) in WAYS {
        let mut daemon = daemon(&format!("Fail \"write\" \"{how}\"")).start();
        for value in 1..=5 {
            daemon.putval("here/other/gauge", "interval=1", &format!("{}:1", 1_700_000_000 + value));
        }
        let all = || (count(&daemon, "neighbour plugin: write too") >= 7).then_some(());
        wait_until("the values of two plugins", LIMIT, all);
        assert!(daemon.stop().success());
        assert_eq!(threads(&daemon, "write"), ["writer"]);
        let (calls, others) =
            (count(&daemon, "diary plugin: write in "), count(&daemon, "neighbour plugin: write too"));
        assert_eq!(calls, others, "once for each value:\n{}", daemon.log());
        assert_eq!(count(&daemon, &format!("[error] diary plugin: write {told}")), 1, "{}", daemon.log());
    }
}

#[test]
fn a_flush_comes_from_anywhere_and_its_failure_is_ignored() {
    for (how, told) in WAYS {
        let mut daemon = Daemon::builder()
            .load_so_with(so("diary"), "diary", "FlushInterval 0.3")
            .conf(&block("diary", &format!("Fail \"flush\" \"{how}\"")))
            .load("unixsock")
            .start();
        wait(&mut daemon, "diary plugin: flush in reader");
        // The thread of the first may not have its name yet.
        wait_until("a flush by a command", LIMIT, || {
            assert_eq!(daemon.command("FLUSH plugin=diary"), Ok(Vec::new()));
            (count(&daemon, "diary plugin: flush in unixsock ") > 0).then_some(())
        });
        daemon.flush_all();
        // A thread of its own, which has no name.
        wait(&mut daemon, &format!("diary plugin: flush in {NAMELESS}"));
        wait(&mut daemon, "Finished flushing all data.");
        assert!(daemon.stop().success());
        assert_order(&daemon.log(), &["Stopping 5 write threads", "diary plugin: flush in main"]);
        assert!(count(&daemon, "neighbour plugin: flush too") > 0, "{}", daemon.log());
        assert_eq!(count(&daemon, &format!("[error] diary plugin: flush {told}")), 1, "{}", daemon.log());
    }
}

/// A metric of which no more values come.
fn abandon(daemon: &Daemon, instance: &str) {
    daemon.putval(&format!("here/other/gauge-{instance}"), "interval=0.2", "N:1");
}

#[test]
fn a_missing_metric_goes_on_to_others_unless_it_is_handled_or_fails() {
    for (config, told, goes_on) in [
        ("", "", true),
        ("Handle true", "", false),
        ("Fail \"missing\" \"error\"", "failed: told to fail", false),
        ("Fail \"missing\" \"panic\"", "panicked at ", false),
    ] {
        let mut daemon = daemon(&format!("{config}\nFail \"read\" \"error\"")).start();
        abandon(&daemon, "a");
        wait(&mut daemon, "diary plugin: missing in main");
        // Only what is not handled gets there.
        wait(&mut daemon, "diary plugin: expired in main");
        assert!(daemon.stop().success());
        assert_eq!(count(&daemon, "neighbour plugin: missing too") > 0, goes_on, "{config}:\n{}", daemon.log());
        let line = "plugin_dispatch_missing: Callback function \"diary\" failed with status -1.";
        assert_eq!(count(&daemon, line) > 0, !told.is_empty(), "{config}:\n{}", daemon.log());
        let line = format!("[error] diary plugin: missing {told}");
        assert_eq!(count(&daemon, &line) > 0, !told.is_empty(), "{config}:\n{}", daemon.log());
    }
}

#[test]
fn a_metric_is_followed_from_its_first_value_to_its_last() {
    let mut daemon = daemon("").start();
    wait(&mut daemon, "diary plugin: update in writer");
    abandon(&daemon, "a");
    wait(&mut daemon, "diary plugin: expired in main");
    assert!(daemon.stop().success());
    assert_eq!([threads(&daemon, "subscribe"), threads(&daemon, "update")], [["writer"], ["writer"]]);
    assert_order(&daemon.log(), &["diary plugin: missing in main", "diary plugin: expired in main"]);
}

#[test]
fn a_failure_about_the_cache_is_logged_and_nothing_else() {
    for (how, told) in WAYS {
        for (place, event) in [("subscribe", "NEW"), ("update", "UPDATE"), ("expired", "EXPIRED")] {
            let mut daemon = daemon(&format!("Fail \"{place}\" \"{how}\"")).start();
            abandon(&daemon, "a");
            wait(&mut daemon, &format!("[error] diary plugin: {place} {told}"));
            let line =
                format!("plugin_dispatch_cache_event: Callback \"diary\" failed with status -1 for event {event}.");
            wait(&mut daemon, &line);
            wait(&mut daemon, "neighbour plugin: missing too");
            assert!(daemon.stop().success());
            if place == "subscribe" {
                let later = ["update", "expired"].map(|place| threads(&daemon, place));
                assert_eq!(later, [[""; 0]; 2], "it is not followed:\n{}", daemon.log());
            }
        }
    }
}

#[test]
fn a_log_callback_is_called_on_every_thread_and_its_failures_go_to_standard_error() {
    for (how, told) in WAYS {
        let mut daemon = daemon(&format!("Fail \"log\" \"{how}\"")).env("WITH_LOG", "1").start();
        let lines = ["Initialization complete", "diary plugin: read in ", "diary plugin: write in "];
        for (thread, line) in ["main", "reader", "writer"].iter().zip(lines) {
            wait_until(line, LIMIT, || {
                let heard = with(&daemon.output(), line);
                heard.iter().any(|heard| heard.starts_with(&format!("diary hears in {thread}"))).then_some(())
            });
        }
        assert!(daemon.stop().success());
        // Other log plugins get the lines all the same, and not that about the failure.
        assert!(count(&daemon, "diary plugin: read in ") > 0, "{}", daemon.log());
        assert_eq!(count(&daemon, "diary plugin: log "), 0, "{}", daemon.log());
        assert_eq!(with(&daemon.output(), &format!("diary plugin: log {told}")).len(), 1, "{}", daemon.output());
    }
}

#[test]
fn a_notification_is_taken_where_it_is_dispatched_and_goes_on_to_others() {
    for (how, told) in WAYS {
        let mut daemon = daemon(&format!("Fail \"notify\" \"{how}\"\nTell \"hello\"")).start();
        wait(&mut daemon, "diary plugin: notify in reader");
        // The thread of the first may not have its name yet.
        wait_until("a notification by a command", LIMIT, || {
            daemon.command("PUTNOTIF severity=okay time=1700000000 host=h message=x").expect("PUTNOTIF works");
            (count(&daemon, "diary plugin: notify in unixsock ") > 0).then_some(())
        });
        wait(&mut daemon, "[warning] plugin_dispatch_notification: Notification callback diary returned -1.");
        assert!(daemon.stop().success());
        let (calls, others) =
            (count(&daemon, "diary plugin: notify in "), count(&daemon, "neighbour plugin: notify too"));
        assert_eq!(calls, others, "{}", daemon.log());
        assert_eq!(count(&daemon, &format!("[error] diary plugin: notify {told}")), 1, "{}", daemon.log());
        // The plugin that dispatched does not hear of it.
        assert_eq!(count(&daemon, "read-function of plugin"), 0, "{}", daemon.log());
    }
}

#[test]
fn a_shutdown_that_fails_shows_in_the_exit_status_and_others_are_called() {
    for (how, told) in [("error", "shutdown: told to fail"), ("panic", "shutdown panicked at ")] {
        let mut daemon = daemon(&format!("Fail \"shutdown\" \"{how}\"")).start();
        wait(&mut daemon, "diary plugin: write in ");
        assert_eq!(daemon.stop().code(), Some(1));
        let order = [
            "Stopping 5 read threads",
            "Stopping 5 write threads",
            "diary plugin: flush in main",
            "diary plugin: shutdown in main",
            &format!("[error] diary plugin: {told}"),
            "neighbour plugin: shutdown too",
        ];
        assert_order(&daemon.log(), &order);
    }
}

/// A chain with a match and a target of the same name.
fn chain(config: &str) -> Builder {
    let rule =
        format!("<Rule>\n<Match \"diary\">\n{config}\n</Match>\n<Target \"diary\">\n{config}\n</Target>\n</Rule>");
    daemon("").conf(&format!("<Chain \"PreCache\">\n{rule}\n</Chain>\nPreCacheChain \"PreCache\""))
}

#[test]
fn a_match_that_fails_is_taken_for_no() {
    for (how, told) in WAYS {
        let mut daemon = chain(&format!("Fail \"match\" \"{how}\" 2")).start();
        // As it was, twice; then with the instance that the target sets.
        for line in
            ["[warning] fc_process_chain (PreCache): A match failed.", "wrote  of diary", "wrote marked of diary"]
        {
            wait(&mut daemon, line);
        }
        assert!(daemon.stop().success());
        let log = daemon.log();
        assert_eq!([threads(&daemon, "create match"), threads(&daemon, "match")], [["main"], ["writer"]]);
        assert_order(&log, &["create match in main", "diary plugin: init in main"]);
        assert_eq!(with(&log, &format!("[error] diary plugin: match {told}")).len(), 1, "{log}");
        assert_eq!(with(&log, "A match failed.").len(), 2, "{log}");
    }
}

#[test]
fn a_target_that_fails_lets_the_value_pass_with_what_it_has_changed() {
    for (how, told) in WAYS {
        let mut daemon = chain(&format!("Fail \"target\" \"{how}\"")).start();
        wait(&mut daemon, "[warning] fc_process_chain (PreCache): A target failed.");
        wait(&mut daemon, "wrote marked of diary");
        assert!(daemon.stop().success());
        let log = daemon.log();
        assert_eq!([threads(&daemon, "create target"), threads(&daemon, "target")], [["main"], ["writer"]]);
        assert_eq!(with(&log, &format!("[error] diary plugin: target {told}")).len(), 1, "{log}");
    }
}

#[test]
fn a_filter_that_is_not_made_stops_the_start() {
    for (place, tag) in [("create match", "Match"), ("create target", "Target")] {
        for (how, told) in [("error", ": told to fail"), ("panic", " panicked at ")] {
            let output = chain(&format!("Fail \"{place}\" \"{how}\"")).check_start_fails();
            assert_eq!(with(&output, &format!("[error] diary plugin: <{tag} \"diary\">{told}")).len(), 1, "{output}");
        }
    }
}
