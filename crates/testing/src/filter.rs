//! Matches and targets of filter chains.

use collectd_types::Values;

use crate::step::must;
use crate::words::{self, quoted};
use crate::{Call, Callback, Failed, Host};

/// What becomes of a value list after a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The next target of the rule is called.
    Continue,
    /// The value list goes no further.
    Stop,
    /// This chain is over.
    Return,
}

/// What a target did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Targeted {
    /// What becomes of the value list.
    pub verdict: Verdict,
    /// The value list as it is now.
    pub values: Values,
}

impl Host {
    /// Makes a match from the lines of its block.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or it refuses its configuration.
    pub fn create_match(&mut self, name: &str, config: &str) -> Result<(), Failed> {
        self.create(Callback::Match, name, config)
    }

    /// Makes a target from the lines of its block.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or it refuses its configuration.
    pub fn create_target(&mut self, name: &str, config: &str) -> Result<(), Failed> {
        self.create(Callback::Target, name, config)
    }

    /// Asks a match whether it matches.
    ///
    /// # Panics
    ///
    /// If it fails, with what was logged, or has not been made.
    #[track_caller]
    pub fn matches(&mut self, name: &str, values: &Values) -> bool {
        must(self.call(Callback::Match, name, values)).0 == 1
    }

    /// Hands a value list to a target.
    ///
    /// # Panics
    ///
    /// If it fails, with what was logged, or has not been made.
    #[track_caller]
    pub fn target(&mut self, name: &str, values: &Values) -> Targeted {
        let (status, values) = must(self.call(Callback::Target, name, values));
        let verdict = match status {
            1 => Verdict::Stop,
            2 => Verdict::Return,
            _ => Verdict::Continue,
        };
        Targeted { verdict, values }
    }

    /// Ends a match, which the daemon does only with those that it could not make.
    pub fn destroy_match(&mut self, name: &str) {
        let _ = self.act("", &format!("destroy match {}", quoted(name.as_bytes())));
    }

    /// Ends a target, which the daemon does only with those that it could not make.
    pub fn destroy_target(&mut self, name: &str) {
        let _ = self.act("", &format!("destroy target {}", quoted(name.as_bytes())));
    }

    fn create(&mut self, callback: Callback, name: &str, config: &str) -> Result<(), Failed> {
        let command = format!("create {} {}\n{config}", callback.word(), quoted(name.as_bytes()));
        let mut step = self.run(&[command]);
        // Not only a negative status refuses it.
        let refused =
            step.calls().filter(|call| call.status > 0).map(|call| refusal(callback, call)).collect::<Vec<_>>();
        step.problems.extend(refused);
        let result = step.failed(&format!("the {callback} \"{name}\" cannot be made"));
        self.keep(step);
        result
    }

    fn call(&mut self, callback: Callback, name: &str, values: &Values) -> Result<(i32, Values), Failed> {
        let list = words::dispatch(values);
        let list = list.strip_prefix("dispatch ").unwrap_or(&list);
        let step = self.run(&[format!("call {} {} {list}", callback.word(), quoted(name.as_bytes()))]);
        let result = step.failed(&format!("the {callback} \"{name}\" fails"));
        let returned = step.events.iter().find(|event| event.kind() == "returned" && event.bytes("values").is_some());
        let returned = returned.map(|event| (event.number("status"), crate::happening::values(event, None)));
        self.keep(step);
        result.map(|()| returned.unwrap_or_default())
    }
}

fn refusal(callback: Callback, call: &Call) -> String {
    format!("the {callback} \"{}\" refuses its configuration ({})", call.name, call.status)
}
