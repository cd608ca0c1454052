//! A scenario: what happens to the daemon, and what is to be seen of it.
//!
//! `scenarios/NAME.txt` says both, beside the two plugins `NAME.py` and `NAME.rs`. First the head, one item a line:
//!
//! * `row 3.4`: a row of `rows.txt` that this is about.
//! * `do PUTVAL …`: a command for unixsock, or `do SIGUSR1`; `wait TEXT`: until a line with this text is there. In
//!   both, `@NAME@` is what the daemon calls the callbacks.
//! * `python …`, `rust …`: a line of the configuration of one side: after `Import`, and after `LoadPlugin`.
//! * `load NAME`: the Rust half is a file of its own, which gets blocks of this name.
//! * `alone`: in daemons of its own; `in GROUP`: in daemons that it shares with others of this group only; `deaf`:
//!   alone, and nobody takes notifications; `refused python`, `refused rust`: alone, and that daemon must refuse its
//!   configuration.
//!
//! Then, after a line `--`, what is seen of it, as a comparison of two texts: lines that begin with a blank are seen of
//! both, with `-` of Python only, with `+` of Rust only, and `#` says why they differ.

use std::fs;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Python,
    Rust,
}

pub(crate) const SIDES: [Side; 2] = [Side::Python, Side::Rust];

#[derive(Debug)]
pub(crate) enum Step {
    Command(String),
    FlushAll,
    Wait(String),
}

#[derive(Debug, Default)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) rows: Vec<String>,
    pub(crate) steps: Vec<Step>,
    pub(crate) load: Option<String>,
    /// Those of one group share daemons; without one, a scenario is alone.
    pub(crate) group: Option<String>,
    pub(crate) is_deaf: bool,
    conf: Vec<(Side, String)>,
    refused: Vec<Side>,
    body: Vec<String>,
}

/// Stands between what is seen of a daemon that runs, and of its end.
pub(crate) const END: &str = "== the daemon stops";

pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

impl Scenario {
    pub(crate) fn read(name: &str) -> Scenario {
        let file = directory().join(name).with_extension("txt");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut scenario = Scenario { name: name.to_owned(), group: Some("common".to_owned()), ..Scenario::default() };
        let mut lines = text.lines();
        for line in lines.by_ref().take_while(|line| *line != "--") {
            scenario.head(line).unwrap_or_else(|| panic!("{}: {line:?}", file.display()));
        }
        scenario.body = lines.map(str::to_owned).collect();
        scenario.check_body();
        scenario
    }

    fn head(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, rest) {
            ("row", row) => self.rows.push(row.to_owned()),
            ("do", "SIGUSR1") => self.steps.push(Step::FlushAll),
            ("do", command) => self.steps.push(Step::Command(command.to_owned())),
            ("wait", text) => self.steps.push(Step::Wait(text.to_owned())),
            ("python", line) => self.conf.push((Side::Python, line.to_owned())),
            ("rust", line) => self.conf.push((Side::Rust, line.to_owned())),
            ("load", name) => self.load = Some(name.to_owned()),
            ("in", group) => self.group = Some(group.to_owned()),
            ("alone", "") => self.group = None,
            ("deaf", "") => (self.group, self.is_deaf) = (None, true),
            ("refused", side) => {
                self.group = None;
                self.refused.push(*SIDES.iter().find(|known| format!("{known:?}").to_lowercase() == side)?);
            }
            _ => return None,
        }
        Some(())
    }

    /// Every difference has its reason, which stands before it.
    fn check_body(&self) {
        let mut explained = false;
        for line in &self.body {
            match line.chars().next() {
                Some('#') => explained = true,
                Some(' ') | None => explained = false,
                Some('-' | '+') => assert!(explained, "{}: no reason for {line:?}", self.name),
                Some('=') => assert_eq!(line, END, "{}", self.name),
                Some(_) => panic!("{}: {line:?}", self.name),
            }
        }
    }

    pub(crate) fn conf(&self, side: Side) -> impl Iterator<Item = &str> {
        self.conf.iter().filter(move |(of, _)| *of == side).map(|(_, line)| line.as_str())
    }

    pub(crate) fn is_alone(&self) -> bool {
        self.group.is_none()
    }

    pub(crate) fn is_refused(&self, side: Side) -> bool {
        self.refused.contains(&side)
    }

    /// What is to be seen of one side.
    pub(crate) fn expected(&self, side: Side) -> Vec<String> {
        let own = if side == Side::Python { '-' } else { '+' };
        let seen = self.body.iter().filter_map(|line| match line.strip_prefix([' ', own]) {
            Some(seen) => Some(seen),
            None => Some(line.as_str()).filter(|line| *line == END),
        });
        seen.map(str::to_owned).collect()
    }
}
