//! Colours.

use std::env;
use std::io::{self, IsTerminal};

use clap::ColorChoice;

/// What something is, to be told by its colour.
#[derive(Clone, Copy)]
pub(super) enum Style {
    Faint,
    Host,
    Value,
    Failure,
    Warning,
    Okay,
}

/// Puts colours around things, or nothing.
#[derive(Clone, Copy)]
pub(super) struct Styles {
    colours: bool,
}

impl Styles {
    pub(super) fn new(colours: bool) -> Self {
        Styles { colours }
    }

    #[inline]
    pub(super) fn push(self, out: &mut Vec<u8>, style: Style, push: impl FnOnce(&mut Vec<u8>)) {
        if self.colours {
            out.extend_from_slice(style.begin());
        }
        push(out);
        if self.colours {
            out.extend_from_slice(b"\x1b[0m");
        }
    }
}

impl Style {
    /// Colours of the terminal's own palette, which its owner chose to be readable.
    const fn begin(self) -> &'static [u8] {
        match self {
            Style::Faint => b"\x1b[2m",
            Style::Host => b"\x1b[1m",
            Style::Value => b"\x1b[36m",
            Style::Failure => b"\x1b[1;31m",
            Style::Warning => b"\x1b[33m",
            Style::Okay => b"\x1b[32m",
        }
    }
}

/// Whether to write colours to standard output: by default on a terminal, unless `NO_COLOR` is set to something.
pub(super) fn wanted(choice: ColorChoice) -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
            io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb
        }
    }
}
