use std::process::ExitStatus;

use collectd_reports::Report;

use crate::daemon::READY;
use crate::process::Process;
use crate::wait::wait_until;

/// How a daemon ended that was not meant to stay.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// How it exited.
    pub status: ExitStatus,
    /// Its log, then its standard output and error.
    pub output: String,
    /// What valgrind found, if it ran under valgrind.
    pub valgrind: Option<Report>,
}

/// `collectd -T` on a complete configuration; `@DIR@` stands for its private directory.
///
/// # Panics
///
/// When it cannot be run, or does not end.
#[must_use]
pub fn run_once(conf: &str) -> Outcome {
    finish(Process::spawn_with(conf, &["-T"]))
}

/// Starts `collectd -f` on a complete configuration that must be refused. Everything it said.
/// `@DIR@` stands for its private directory.
///
/// # Panics
///
/// When it starts all the same, or is killed by a signal.
#[must_use]
pub fn check_start_fails(conf: &str) -> String {
    refuse(Process::spawn_with(conf, &["-f"])).output
}

pub(crate) fn finish(mut process: Process) -> Outcome {
    let status = process.finish();
    outcome(&process, status)
}

fn outcome(process: &Process, status: ExitStatus) -> Outcome {
    Outcome {
        status,
        output: process.text("log") + &process.output(),
        valgrind: process.under_valgrind().then(|| process.valgrind_report()),
    }
}

pub(crate) fn refuse(mut process: Process) -> Outcome {
    let patience = process.patience();
    let status = wait_until("the daemon to refuse its configuration", patience, || {
        let started = process.line_with(READY);
        assert!(started.is_none(), "the daemon accepted the configuration\n{}", process.everything());
        process.exited()
    });
    assert!(status.code().is_some_and(|code| code != 0), "refused with status {status}\n{}", process.everything());
    outcome(&process, status)
}
