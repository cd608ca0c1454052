//! The real daemon under valgrind, and what of its findings is the plugin's.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use collectd_reports::{Finding, Frame, Report};

use super::Subject;
use super::live;
use super::report::{Outcome, Problem};
use crate::daemon::{Daemon, Start};
use crate::shell::Shell;
use crate::signals::Stop;

/// It is 20 to 50 times slower there.
const PATIENCE: Duration = Duration::from_secs(180);
const REPORT_LIMIT: u64 = 256 << 20;
const PROBLEM_LIMIT: usize = 20;
/// So much of a stack is shown.
const FRAMES: usize = 6;

const ERROR_HELP: &str = "the frames are those in the plugin, the innermost first; safe Rust does none of this: look at the \
                          `unsafe` there, or in the library that is called";
const LEAK_HELP: &str = "nothing points to that memory any more: `mem::forget`, `Box::leak`, `into_raw` without `from_raw`, \
                         memory of C that is not freed";

pub(super) fn run(subject: &Subject<'_>, valgrind: &Path, stop: &Stop, shell: &Shell) -> anyhow::Result<Outcome> {
    let private = subject.plan().prepare(None, shell)?;
    let xml = private.path("valgrind.xml");
    // It expands what begins with a percent sign.
    let file = format!("--xml-file={}", xml.display().to_string().replace('%', "%%"));
    let mut within: Vec<OsString> = vec![valgrind.into(), file.into()];
    within.extend(
        [
            "--xml=yes",
            "--leak-check=full",
            "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite",
            "--num-callers=40",
            "--child-silent-after-fork=yes",
        ]
        .map(OsString::from),
    );
    let how = Start { options: &["-f"], within: &within, shown: None };
    let mut daemon = Daemon::start(subject.collectd, &private, &how)?;
    let wait = |time| {
        std::thread::sleep(time);
        Ok(())
    };
    let run = live::run(&mut daemon, subject.args.span, PATIENCE, (stop, shell), wait)?;
    let mut problems = run.problems(&daemon, subject);
    let mut report = String::new();
    let read = |text: &mut String| -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        File::open(&xml)?.take(REPORT_LIMIT).read_to_end(&mut bytes)?;
        *text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(())
    };
    read(&mut report).context("valgrind wrote no report")?;
    let Some(report) = Report::parse(&report) else {
        let text = "valgrind did not finish its report".to_owned();
        let help = "the daemon was killed, or died: see above; give it more time with --for".to_owned();
        problems.push(Problem { text, help });
        return Ok(Outcome::Failed(problems));
    };
    let object = private.path("plugins").join(format!("{}.so", subject.built.name));
    let object = object.to_string_lossy();
    let own = report.findings().iter().filter(|finding| is_in(finding, &object)).take(PROBLEM_LIMIT);
    problems.extend(own.map(|finding| problem(finding, &object, &subject.project.dir)));
    if !problems.is_empty() {
        return Ok(Outcome::Failed(problems));
    }
    let others = report.findings().len();
    Ok(Outcome::Fine(format!(
        "no finding with the plugin in its stack, {others} of the daemon's own; {}",
        run.end.status
    )))
}

fn is_in(finding: &Finding, object: &str) -> bool {
    finding.frames.iter().any(|frame| frame.object == object)
}

/// With the frames that are in files of the crate; if there are none, those that are not Rust's library's.
fn problem(finding: &Finding, object: &str, dir: &Path) -> Problem {
    let here: Vec<&Frame> = finding.frames.iter().filter(|frame| frame.object == object).collect();
    let of_rust = |frame: &Frame| frame.dir.starts_with("/rustc/");
    let choices: [&dyn Fn(&Frame) -> bool; 3] =
        [&|frame| frame.path().starts_with(dir), &|frame| !of_rust(frame), &|_| true];
    let chosen = choices.iter().map(|choice| here.iter().filter(|frame| choice(frame)).collect::<Vec<_>>());
    let chosen = chosen.into_iter().find(|frames| !frames.is_empty()).unwrap_or_default();
    let mut text = finding.what.clone();
    for frame in chosen.into_iter().take(FRAMES) {
        text += &format!("\n    {}", frame.function);
        if !frame.file.is_empty() {
            let path = frame.path();
            text += &format!(" ({}:{})", path.strip_prefix(dir).unwrap_or(&path).display(), frame.line);
        }
    }
    let help = if finding.is_leak() { LEAK_HELP } else { ERROR_HELP };
    Problem { text, help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<valgrindoutput>
<error>
  <kind>InvalidRead</kind>
  <what>Invalid read of size 1</what>
  <stack>
    <frame>
      <ip>0x1</ip>
      <obj>/usr/lib/libc.so.6</obj>
      <fn>memcpy</fn>
    </frame>
    <frame>
      <obj>/x/a.so</obj>
      <fn>drop_in_place</fn>
      <dir>/rustc/1</dir>
      <file>library/core/src/ptr.rs</file>
      <line>1</line>
    </frame>
    <frame>
      <obj>/x/a.so</obj>
      <fn>Vec&lt;u8&gt;::drop</fn>
      <dir>/crate/src</dir>
      <file>lib.rs</file>
      <line>7</line>
    </frame>
  </stack>
  <auxwhat>Address 0x1 is 0 bytes inside a block of size 1 free'd</auxwhat>
</error>
<error>
  <kind>Leak_DefinitelyLost</kind>
  <xwhat>
    <text>12 bytes in 1 blocks are definitely lost</text>
    <leakedbytes>12</leakedbytes>
  </xwhat>
  <stack>
    <frame>
      <obj>/usr/sbin/collectd</obj>
    </frame>
  </stack>
</error>
</valgrindoutput>
";

    #[test]
    fn the_frames_of_the_crate_are_shown() {
        let report = Report::parse(XML).expect("it is whole");
        let [own, other] = report.findings() else { panic!("{report:#?}") };
        assert!(is_in(own, "/x/a.so") && !is_in(other, "/x/a.so"));
        let told = problem(own, "/x/a.so", Path::new("/crate"));
        assert_eq!(told.text, "Invalid read of size 1\n    Vec<u8>::drop (src/lib.rs:7)");
        let elsewhere = problem(own, "/x/a.so", Path::new("/elsewhere")).text;
        assert_eq!(elsewhere, "Invalid read of size 1\n    Vec<u8>::drop (/crate/src/lib.rs:7)");
        assert_eq!(told.help, ERROR_HELP);
        assert_eq!(problem(other, "/usr/sbin/collectd", Path::new("/crate")).help, LEAK_HELP);
    }
}
