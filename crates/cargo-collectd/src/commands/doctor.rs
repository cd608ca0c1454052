//! `cargo collectd doctor`: what this machine has for plugins, and what it lacks.

mod checks;

use serde_json::json;

use crate::Verdict;
use crate::shell::Shell;

/// Say what this machine has and lacks for plugins, each with the command that mends it.
///
/// Exit status 1 if something is missing that is needed to make, run and test plugins. What only some need, as the
/// headers for the framework's feature "bindgen", may be missing.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Something that was looked for.
struct Check {
    what: &'static str,
    /// What there is, or what is wrong.
    found: Result<String, String>,
    is_needed: bool,
    /// What to do about it, and what it is for.
    mend: String,
    purpose: &'static str,
}

pub(crate) fn run(_: &Args, shell: &Shell) -> anyhow::Result<Verdict> {
    let checks = checks::all();
    for check in &checks {
        match &check.found {
            Ok(found) => shell.print_marked(true, "     ok", format_args!("{}: {found}", check.what)),
            Err(problem) => {
                let mark = if check.is_needed { "missing" } else { "without" };
                shell.print_marked(!check.is_needed, mark, format_args!("{}: {problem}", check.what));
                shell.print(format_args!("        for {}: {}", check.purpose, check.mend));
            }
        }
        shell.message("check", || {
            let (ok, text) = match &check.found {
                Ok(found) => (true, found),
                Err(problem) => (false, problem),
            };
            let mend = (!ok).then_some(&check.mend);
            json!({"what": check.what, "ok": ok, "needed": check.is_needed, "text": text, "mend": mend, "for": check.purpose})
        });
    }
    let lacking: Vec<_> =
        checks.iter().filter(|check| check.is_needed && check.found.is_err()).map(|check| check.what).collect();
    if lacking.is_empty() {
        return Ok(Verdict::Good);
    }
    shell.error(format_args!("this machine lacks: {}", lacking.join(", ")));
    Ok(Verdict::Bad)
}
