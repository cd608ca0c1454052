//! From lines to packets.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use anyhow::Context;
use collectd_net::Interval;
use collectd_types::TypesDb;

use super::input::{Filled, Input, Line};
use super::line::{Content, Parsed, Parser, Problem};
use super::report::Report;
use super::sink::Sink;
use crate::console::warn;
use crate::signals::Stop;

/// How long a value waits for others, while more and more lines come.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// When nothing comes for so long, the input pauses.
const PAUSE: Duration = Duration::from_millis(10);

/// Reads lines and sends what they say.
pub(super) struct Lines {
    parser: Parser,
    report: Report,
    strict: bool,
    warned_of_meta: bool,
}

#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    Stop,
}

impl Lines {
    pub(super) fn new(types: TypesDb, interval: Interval, strict: bool, arguments: bool) -> Lines {
        let report = Report::new(if arguments { "argument" } else { "stdin" });
        Lines { parser: Parser::new(types, interval), report, strict, warned_of_meta: false }
    }

    /// Sends what these lines say; if there are none, those of standard input.
    pub(super) fn send(&mut self, lines: &[OsString], sink: &mut Sink, stop: &Stop) -> anyhow::Result<()> {
        if lines.is_empty() {
            let input = Input::stdin();
            return input.and_then(|input| self.read(input, sink, stop)).context("cannot read standard input");
        }
        for line in lines {
            // In an argument there may be several.
            for line in line.as_bytes().split(|byte| *byte == b'\n') {
                if self.line(line.strip_suffix(b"\r").unwrap_or(line), sink) == Next::Stop {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    pub(super) fn into_report(self) -> Report {
        self.report
    }

    fn read(&mut self, mut input: Input, sink: &mut Sink, stop: &Stop) -> std::io::Result<()> {
        loop {
            while let Some(line) = input.line() {
                let next = match line {
                    Line::Whole(line) => self.line(line, sink),
                    Line::TooLong(start) => {
                        let problem = Problem { at: 0, text: "the line is too long".to_owned() };
                        self.report.lines += 1;
                        self.report.wrong(start, &problem);
                        if self.strict { Next::Stop } else { Next::GoOn }
                    }
                };
                if next == Next::Stop {
                    return Ok(());
                }
            }
            let filled = match sink.due() {
                None => input.fill(stop, None)?,
                Some(due) => match input.fill(stop, Some(PAUSE.min(due)))? {
                    Filled::Nothing => {
                        sink.flush();
                        continue;
                    }
                    filled => filled,
                },
            };
            if filled == Filled::End {
                return Ok(());
            }
        }
    }

    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Next {
        self.report.lines += 1;
        let sent = match self.parser.parse(line) {
            Ok(parsed) => {
                if parsed.has_meta && !self.warned_of_meta {
                    self.warned_of_meta = true;
                    warn("the network protocol has no place for meta data: they are left out");
                }
                send(&parsed, line, sink, &mut self.report, self.strict)
            }
            Err(problem) => Err(problem),
        };
        match sent {
            Ok(next) => next,
            Err(problem) => {
                self.report.wrong(line, &problem);
                if self.strict { Next::Stop } else { Next::GoOn }
            }
        }
    }
}

fn send(parsed: &Parsed<'_>, line: &[u8], sink: &mut Sink, report: &mut Report, strict: bool) -> Result<Next, Problem> {
    if !parsed.odd.is_empty() {
        report.odd(line, parsed.odd, !strict);
        if strict {
            return Ok(Next::Stop);
        }
    }
    match &parsed.content {
        Content::Nothing => {}
        Content::Values(sent) => {
            for values in sent.lists() {
                sink.send(values).map_err(|reason| Problem { at: sent.at, text: reason.to_string() })?;
            }
        }
        Content::Notification(notification) => {
            sink.send(*notification).map_err(|reason| Problem { at: 0, text: reason.to_string() })?;
        }
    }
    Ok(Next::GoOn)
}
