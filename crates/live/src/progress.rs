//! How far long work is, for whoever watches on a terminal.

use std::cell::Cell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::console;

/// How often it changes.
const EVERY: Duration = Duration::from_millis(200);

const UNBOUNDED: &str = "{msg}, {elapsed}";
const BOUNDED: &str = "[{wide_bar}] {percent} %, {elapsed}, {msg}";

/// A line on standard error, if that is a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    said: Cell<Option<Instant>>,
}

impl Progress {
    /// Of work whose end is not known.
    pub(crate) fn unbounded() -> Progress {
        Progress::new(ProgressBar::no_length(), UNBOUNDED)
    }

    /// Of work of which there is so much.
    pub(crate) fn of(length: u64) -> Progress {
        Progress::new(ProgressBar::new(length), BOUNDED)
    }

    fn new(bar: ProgressBar, template: &str) -> Progress {
        // The template is right, as a test shows; if not, there is a plainer one.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Progress { bar: bar.with_style(style), said: Cell::new(None) }
    }

    /// Says how it is, if somebody watches and has not been told just now.
    pub(crate) fn say(&self, text: impl FnOnce() -> String) {
        if self.bar.is_hidden() || self.said.get().is_some_and(|said| said.elapsed() < EVERY) {
            return;
        }
        self.said.set(Some(Instant::now()));
        self.bar.set_message(text());
    }

    /// The same of work that is so far.
    pub(crate) fn say_at(&self, position: u64, text: impl FnOnce() -> String) {
        self.say(|| {
            self.bar.set_position(position);
            text()
        });
    }

    /// Says something that stays.
    pub(crate) fn warn(&self, texts: &[String]) {
        if !texts.is_empty() {
            self.bar.suspend(|| texts.iter().for_each(console::warn));
        }
    }

    /// Removes the line.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_right() {
        for template in [UNBOUNDED, BOUNDED] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
