//! How the steps went, in the manner of cargo.

use anyhow::Context;
use serde_json::json;

use crate::shell::Shell;

/// What is wrong, and what to do about it.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) text: String,
    pub(super) help: String,
}

impl Problem {
    pub(super) fn each(texts: Vec<String>, help: &str) -> Vec<Problem> {
        texts.into_iter().map(|text| Problem { text, help: help.to_owned() }).collect()
    }
}

#[derive(Debug)]
pub(super) enum Outcome {
    /// With what was seen.
    Fine(String),
    Failed(Vec<Problem>),
}

pub(super) struct Report<'a> {
    shell: &'a Shell,
    done: usize,
    failed: Vec<&'static str>,
}

impl<'a> Report<'a> {
    pub(super) fn new(shell: &'a Shell) -> Self {
        Report { shell, done: 0, failed: Vec::new() }
    }

    /// Takes a step, and says how it went.
    pub(super) fn step(
        &mut self,
        name: &'static str,
        doing: &str,
        step: impl FnOnce() -> anyhow::Result<Outcome>,
    ) -> anyhow::Result<()> {
        self.shell.status("Running", doing);
        let outcome = step().context(name)?;
        self.done += 1;
        let (text, problems) = match outcome {
            Outcome::Fine(text) => (text, Vec::new()),
            Outcome::Failed(problems) => (String::new(), problems),
        };
        if problems.is_empty() {
            let colon = if text.is_empty() { "" } else { ": " };
            self.shell.status("Fine", format_args!("{name}{colon}{text}"));
        } else {
            self.failed.push(name);
            self.say(name, &problems);
        }
        self.shell.message("step", || {
            let problems = problems.iter().map(|problem| json!({"message": problem.text, "help": problem.help}));
            let problems: Vec<_> = problems.collect();
            json!({"name": name, "ok": problems.is_empty(), "text": text, "problems": problems})
        });
        Ok(())
    }

    /// The help once, behind the last problem that has it.
    fn say(&self, name: &str, problems: &[Problem]) {
        for (at, problem) in problems.iter().enumerate() {
            self.shell.error(format_args!("{name}: {}", problem.text));
            if problems.get(at + 1).is_none_or(|next| next.help != problem.help) && !problem.help.is_empty() {
                self.shell.note(&problem.help);
            }
        }
    }

    /// The summary.
    pub(super) fn finish(self, plugin: &str) -> bool {
        let (done, failed) = (self.done, self.failed);
        let good = failed.is_empty();
        if good {
            self.shell.status("Finished", format_args!("test of `{plugin}`: all {done} steps are fine"));
        } else {
            let (count, names) = (failed.len(), failed.join(", "));
            self.shell.error(format_args!("test of `{plugin}`: {count} of {done} steps failed: {names}"));
        }
        self.shell.message("tested", || json!({"name": plugin, "ok": good, "steps": done, "failed": failed}));
        good
    }
}
