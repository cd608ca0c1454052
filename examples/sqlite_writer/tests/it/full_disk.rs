//! A disk that is full: the real ENOSPC of a small file system.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::Duration;

use collectd_test_daemon::{Daemon, Rows};

use crate::common::{assert_same, daemon, flush, rows};

const FULL: &str = "database or disk is full; what waits is kept";
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes until nothing fits any more.
fn fill(file: &Path) {
    let mut file = File::create(file).expect("a file");
    for size in [65_536, 512, 1] {
        let error = loop {
            if let Err(error) = file.write_all(&vec![0; size]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }
}

fn send(daemon: &Daemon, from: u32, to: u32) {
    for number in from..to {
        daemon.putval("h/p/if_octets", "", &format!("{}:{number}:{}", 1_700_000_000 + number, number * 2));
    }
    let _ = daemon.wait_rows("h/p/if_octets", to as usize);
}

/// What is in the database, of which nothing is written at the moment. SQLite does not find its way into another mount
/// namespace, so that it gets a copy.
fn rows_on(disk: &Path) -> Rows {
    let place = tempfile::tempdir().expect("a temporary directory");
    for name in ["values.sqlite", "values.sqlite-wal"] {
        fs::copy(disk.join(name), place.path().join(name)).expect("a copy");
    }
    rows(&place.path().join("values.sqlite"))
}

#[test]
fn what_waits_for_a_full_disk_is_written_when_there_is_room() {
    let block = "Database \"@DIR@/disk/values.sqlite\"\nCommitInterval 0.1\nCommitSize 100";
    let mut daemon = daemon(block).disk("disk", 1 << 20).start();
    let disk = daemon.disk("disk");
    send(&daemon, 0, 200);
    flush(&daemon);
    // Full in the middle of what is written, twice; the daemon goes on.
    for round in 1..=2 {
        fill(&disk.join("filler"));
        send(&daemon, round * 200, round * 200 + 200);
        daemon.wait_log(FULL, PATIENCE);
        // The log has such a line once a minute; this one is sure to be tried while the disk is full.
        flush(&daemon);
        fs::remove_file(disk.join("filler")).expect("it is there");
        flush(&daemon);
        assert_same(&daemon.csv_rows(), &rows_on(&disk));
    }
    assert!(daemon.stop().success());
    assert!(daemon.log().contains("600 value lists written, 0 dropped"), "{}", daemon.log());
}

#[test]
fn what_does_not_fit_in_the_queue_is_dropped_as_configured() {
    for (policy, expected) in [("DropNewest", 10..20), ("DropOldest", 30..40)] {
        let block = "Database \"@DIR@/disk/values.sqlite\"\nCommitInterval 0.1\nCommitSize 10\nQueueLimit 10";
        let mut daemon = daemon(&format!("{block}\nWhenFull {policy:?}")).disk("disk", 1 << 20).start();
        let disk = daemon.disk("disk");
        send(&daemon, 0, 10);
        flush(&daemon);
        fill(&disk.join("filler"));
        send(&daemon, 10, 11);
        daemon.wait_log(FULL, PATIENCE);
        send(&daemon, 11, 40);
        daemon.wait_log("10 value lists wait for the disk, which is QueueLimit", PATIENCE);
        fs::remove_file(disk.join("filler")).expect("it is there");
        flush(&daemon);
        let rows = rows_on(&disk);
        let got: Vec<_> = rows["h/p/if_octets"].iter().map(|(_, values)| values.clone()).collect();
        let wanted: Vec<_> = (0..10).chain(expected).map(|number| format!("{number},{}", number * 2)).collect();
        // While an attempt has the oldest ones in its hands, the newest is dropped in their place.
        let same = got.iter().filter(|values| wanted.contains(values)).count();
        assert!(got.len() == 20 && same >= 19, "{policy}: {got:?}");
        assert!(daemon.stop().success());
        assert!(daemon.log().contains("20 value lists written, 20 dropped"), "{}", daemon.log());
    }
}
