//! `collectd-live generate`: manual pages and completions for shells, for packages and `make install-live`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Command;
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use crate::console::say;

/// Write manual pages, and completions for bash, zsh and fish.
///
/// They go where the programs look below a prefix such as /usr/local or ~/.local: DIR/share/man/man1,
/// DIR/share/bash-completion/completions, DIR/share/zsh/site-functions, DIR/share/fish/vendor_completions.d.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The prefix. Directories that are missing are made.
    #[arg(value_name = "DIR")]
    prefix: PathBuf,
}

const AFTER_HELP: &str = "\
Example:
  collectd-live generate ~/.local

Exit status: 0 if all went well, 1 if something cannot be written, 2 if the arguments are wrong.";

/// Of every command.
const EXIT_STATUS: &str = "0 if all went well, 1 if something failed, 2 if the arguments are wrong.";

/// Where each shell looks for what comes with programs.
const SHELLS: [(Shell, &str); 3] = [
    (Shell::Bash, "share/bash-completion/completions"),
    (Shell::Zsh, "share/zsh/site-functions"),
    (Shell::Fish, "share/fish/vendor_completions.d"),
];

pub(crate) fn run(args: &Args, command: &Command) -> anyhow::Result<()> {
    let pages = directory(&args.prefix, "share/man/man1")?;
    // There is no page for "help".
    let mut documented = command.clone().disable_help_subcommand(true);
    documented.build();
    let version = format!("{} {}", command.get_name(), command.get_version().unwrap_or_default());
    write_pages(&documented, &version, &pages)?;
    for (shell, place) in SHELLS {
        write_completions(command.clone(), shell, &directory(&args.prefix, place)?)?;
    }
    Ok(())
}

/// A page for a command, and for each below it: `collectd-live-print(1)`.
fn write_pages(command: &Command, version: &str, directory: &Path) -> anyhow::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let mut page = Vec::new();
    Man::new(command.clone()).manual("User Commands").source(version).render(&mut page)?;
    // What is behind the options in the help: examples, and what else there is to say, with its own line breaks.
    let heading = format!("\n.SH EXIT STATUS\n{EXIT_STATUS}\n.SH NOTES AND EXAMPLES\n.nf\n");
    let page = String::from_utf8(page)?.replace("\n.SH EXTRA\n", &heading);
    let path = directory.join(format!("{name}.1"));
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    say(format_args!("{}", path.display()));
    command.get_subcommands().try_for_each(|command| write_pages(command, version, directory))
}

fn write_completions(mut command: Command, shell: Shell, directory: &Path) -> anyhow::Result<()> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(shell, &mut command, &name, &mut script);
    let mut script = String::from_utf8(script)?;
    let file = match shell {
        Shell::Bash => {
            // The generator takes the dash in our name for the begin of a subcommand, in one of two places.
            script = script.replace(&name.replace('-', "__subcmd__"), &name.replace('-', "__"));
            name
        }
        Shell::Zsh => format!("_{name}"),
        _ => format!("{name}.fish"),
    };
    let path = directory.join(file);
    fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))?;
    say(format_args!("{}", path.display()));
    Ok(())
}

fn directory(prefix: &Path, place: &str) -> anyhow::Result<PathBuf> {
    let directory = prefix.join(place);
    fs::create_dir_all(&directory).with_context(|| format!("cannot make the directory {}", directory.display()))?;
    Ok(directory)
}
