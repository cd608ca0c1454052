//! `cargo collectd doctor`: what this machine has for plugins, and what it lacks.

use collectd_locate::Collectd;

use crate::Verdict;
use crate::shell::Shell;

/// Say what this machine has and lacks for plugins, each with the command that mends it.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, shell: &Shell) -> anyhow::Result<Verdict> {
    let collectd = Collectd::find()?;
    shell.print_marked(true, "ok", collectd.program.display())?;
    Ok(Verdict::Good)
}
