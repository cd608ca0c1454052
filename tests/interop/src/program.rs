use std::fs::{self, File};
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use collectd_test_daemon::wait_until;
use tempfile::TempDir;

use crate::PATIENCE;
use crate::list::List;

/// A running peer, and what it says. Dropping it kills it.
#[derive(Debug)]
pub struct Program {
    child: Child,
    dir: TempDir,
}

impl Program {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// When it cannot be.
    #[must_use]
    pub fn start(command: &mut Command) -> Program {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let create = |name| File::create(dir.path().join(name)).expect("a temporary directory is writable");
        let command = command.stdin(Stdio::null()).stdout(create("stdout")).stderr(create("stderr"));
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        Program { child, dir }
    }

    /// Runs it to its end, with this input.
    ///
    /// # Panics
    ///
    /// When it cannot be run, or does not end.
    pub fn run(command: &mut Command, input: &str) -> Output {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(input.as_bytes()).expect("a temporary file is writable");
        std::io::Seek::rewind(&mut file).expect("it is a file");
        let command = command.stdin(file).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        // What senders say fits a pipe.
        let ended = || child.try_wait().expect("a child can be waited for");
        wait_until(&format!("the end of {command:?}"), PATIENCE, ended);
        child.wait_with_output().expect("it has ended")
    }

    /// Waits for the line that begins so, and returns the rest of it as a number.
    ///
    /// # Panics
    ///
    /// When it does not come.
    pub fn wait_number(&mut self, start: &str) -> u16 {
        self.wait(start, PATIENCE, |program| {
            let output = program.output();
            let (line, _) = output.strip_prefix(start)?.split_once('\n')?;
            Some(line.trim().parse().expect("a number"))
        })
    }

    /// Waits until it has written so many value lists, and returns all of them.
    ///
    /// # Panics
    ///
    /// When they do not come.
    pub fn wait_lists(&mut self, count: usize) -> Vec<List> {
        self.wait(&format!("{count} value lists"), PATIENCE, |program| {
            Some(program.lists()).filter(|lists| lists.len() >= count)
        })
    }

    /// The value lists so far.
    #[must_use]
    pub fn lists(&self) -> Vec<List> {
        let output = self.output();
        let complete = output.rfind('\n').map_or("", |end| &output[..end]);
        complete.lines().filter_map(List::from_line).map(|(list, _)| list).collect()
    }

    /// What it wrote to its standard output so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.text("stdout")
    }

    /// What it complained of so far.
    #[must_use]
    pub fn complaints(&self) -> String {
        self.text("stderr")
    }

    /// Polls until `ready` yields something.
    ///
    /// # Panics
    ///
    /// When the program ends before, or the time is over.
    pub fn wait<T>(&mut self, what: &str, limit: Duration, mut ready: impl FnMut(&Program) -> Option<T>) -> T {
        wait_until(what, limit, || {
            let ended = self.child.try_wait().expect("a child can be waited for");
            let found = ready(self);
            if let (None, Some(status)) = (&found, ended) {
                panic!("{status} without {what}:\n{}{}", self.output(), self.complaints());
            }
            found
        })
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.dir.path().join(name)).unwrap_or_default()).into_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let lines = |text: String| text.lines().take(20).collect::<Vec<_>>().join("\n");
            eprintln!("---- it said:\n{}\n{}", lines(self.output()), lines(self.complaints()));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
