//! One test in the real daemon for each capability that the guide claims and no other module tests there; and the
//! checks of the guide's table. Tests share daemons: each reads what one that has ended has said.

mod cache;
mod callbacks;
mod filters;
mod globals;
mod oracle;
mod survey;
mod table;
mod text;
mod values;

use collectd_test_daemon::{Daemon, Rows};

use crate::support::with;

/// What a daemon has said and stored.
struct Run {
    log: String,
    rows: Rows,
}

impl Run {
    /// Ends the daemon.
    fn of(mut daemon: Daemon) -> Run {
        assert!(daemon.stop().success(), "{}", daemon.log());
        Run { log: daemon.log(), rows: daemon.csv_rows() }
    }

    /// What stands behind this in the lines that have it.
    fn all(&self, start: &str) -> Vec<&str> {
        self.log.lines().filter_map(|line| line.split_once(start)).map(|(_, rest)| rest).collect()
    }

    /// What stands behind this in the first line that has it.
    #[track_caller]
    fn first(&self, start: &str) -> &str {
        self.all(start).first().unwrap_or_else(|| panic!("no {start:?} in\n{}", self.log))
    }

    #[track_caller]
    fn assert_said(&self, line: &str) {
        assert!(!with(&self.log, line).is_empty(), "no {line:?} in\n{}", self.log);
    }
}
