//! The daemon is killed while values flow.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::common::{daemon, open, rows};

#[test]
fn after_a_kill_there_are_whole_transactions() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("values.sqlite");
    for life in 1..=3 {
        let block = format!("Database {path:?}\nCommitSize 10\nCommitInterval 3600");
        let mut daemon = daemon(&block).start();
        let name = format!("life{life}/p/if_octets");
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 1.. {
                    let line = format!("PUTVAL {name} {}:{number}:{number}", 1_700_000_000 + number);
                    // The daemon ends in the middle of it.
                    let sent = std::panic::catch_unwind(|| daemon.command(&line));
                    if sent.is_err() || is_over.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
            collectd_test_daemon::wait_until("some transactions", Duration::from_secs(60), || {
                rows(&path).get(&name).is_some_and(|rows| rows.len() >= 30 * life).then_some(())
            });
            is_over.store(true, Ordering::Relaxed);
            let killed =
                std::process::Command::new("sh").args(["-c", &format!("kill -KILL {}", daemon.pid())]).status();
            assert!(killed.expect("sh runs").success());
        });
        daemon.kill();

        let fine: String = open(&path).query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a database");
        assert_eq!(fine, "ok");
        let (csv, database) = (&daemon.csv_rows()[&name], &rows(&path)[&name]);
        assert_eq!(database.len() % 10, 0, "{}", database.len());
        // What was dispatched first is there, without a gap, with both values.
        let values = |rows: &[(String, String)]| rows.iter().map(|(_, values)| values.clone()).collect::<Vec<_>>();
        assert_eq!(values(database), values(&csv[..database.len()]));
        assert!(csv.len() < database.len() + 10 + 2, "{} of {}", database.len(), csv.len());
    }
}
