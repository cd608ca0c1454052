//! `cargo collectd new`: a crate that is a plugin.

mod framework;
mod name;
mod templates;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde_json::json;

use crate::Verdict;
use crate::project::cargo;
use crate::shell::Shell;
use framework::Framework;
use templates::Surroundings;

/// Make a crate that is a plugin: it compiles, is tested, and has its collectd.conf.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The name after LoadPlugin, and of the directory and the crate.
    #[arg(value_name = "NAME", value_parser = name::check)]
    name: String,

    /// What it is to do.
    #[arg(long, value_name = "KIND", default_value = "read")]
    kind: Kind,

    /// Take the framework from this checkout of its repository.
    #[arg(long, value_name = "DIR", conflicts_with = "registry")]
    path: Option<PathBuf>,

    /// Take the framework from crates.io, even if this program was built in a checkout.
    #[arg(long)]
    registry: bool,
}

const AFTER_HELP: &str = "\
NAME is a letter and then letters, digits and _, 60 at most. The daemon loads the file NAME.so, and splits the names of
metrics at \"-\"; cargo refuses Rust's keywords.

Without --path and --registry the framework comes from the checkout in which this program was built, as long as it is
there, else from crates.io.

Examples:
  cargo collectd new handles
  cargo collectd new store --kind write
  cargo collectd new shorten --kind target --path ~/src/collectd-rust";

/// What a new plugin does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Read metrics, and dispatch them
    Read,
    /// Store or send what others read
    Write,
    /// Hear notifications
    Notify,
    /// Take the daemon's log
    Log,
    /// A condition in filter chains
    Match,
    /// A change in filter chains
    Target,
    /// Read, write, flush, notify and shutdown in one
    Full,
}

pub(crate) fn run(args: &Args, shell: &Shell) -> anyhow::Result<Verdict> {
    refuse_names_of_collectd(&args.name)?;
    let framework = Framework::choose(args.path.as_deref(), args.registry)?;
    let dir = Path::new(&args.name);
    if dir.exists() {
        bail!("{} exists already", dir.display());
    }
    let (files, is_member) = make(args, &framework, dir).inspect_err(|_| {
        // What is there was made just now.
        let _ = fs::remove_dir_all(dir);
    })?;
    shell.status("Created", format_args!("{} plugin `{}`, with {framework}", kind(args.kind), args.name));
    if let Some(dir) = Framework::lost_checkout().filter(|_| args.path.is_none() && !args.registry) {
        shell.warn(format_args!(
            "the checkout in which this program was built, {dir}, is gone, so the framework is looked for in crates.io: \
             --path DIR names another checkout"
        ));
    }
    if is_member {
        shell.note(format_args!(
            "it is a member of the workspace in a directory above. That one's Cargo.toml says how it is released:\n{}",
            templates::profile().trim_end()
        ));
    }
    shell.note(format_args!("next: cd {} && cargo collectd run --for 5s", args.name));
    shell.message("created", || {
        json!({"name": args.name, "kind": kind(args.kind), "dir": dir, "files": files.iter().map(|file| file.path).collect::<Vec<_>>()})
    });
    Ok(Verdict::Good)
}

fn kind(kind: Kind) -> String {
    kind.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// `LoadPlugin` would find one of the two.
fn refuse_names_of_collectd(name: &str) -> anyhow::Result<()> {
    // Who has no daemon can make a plugin all the same.
    let Ok(collectd) = collectd_locate::Collectd::find() else { return Ok(()) };
    let Ok(files) = fs::read_dir(&collectd.plugin_dir) else { return Ok(()) };
    let file = format!("{name}.so");
    let mut names = files.flatten().map(|entry| entry.file_name());
    if names.any(|other| other.to_string_lossy().eq_ignore_ascii_case(&file)) {
        let dir = collectd.plugin_dir.display();
        bail!("there is a plugin `{name}` in {dir} already: choose another name, as `{name}_rs`");
    }
    Ok(())
}

/// Writes the crate, and says whether a workspace above has it as a member.
fn make(args: &Args, framework: &Framework, dir: &Path) -> anyhow::Result<(Vec<templates::File>, bool)> {
    let written = |surroundings| {
        let files = templates::files(args.kind, &args.name, framework, surroundings);
        write(dir, &files).map(|()| files)
    };
    if !is_in_package(dir)? {
        return Ok((written(Surroundings::None)?, false));
    }
    let alone = written(Surroundings::Outside)?;
    // Cargo says it: members are patterns, with exceptions.
    if is_member(dir) { Ok((written(Surroundings::Member)?, true)) } else { Ok((alone, false)) }
}

/// Whether cargo would look for a workspace in a directory above.
fn is_in_package(dir: &Path) -> anyhow::Result<bool> {
    let dir = std::path::absolute(dir).context("cannot tell the current directory")?;
    Ok(dir.ancestors().skip(1).any(|above| above.join("Cargo.toml").exists()))
}

/// Whether the workspace above has it as a member, which must not be a workspace itself.
fn is_member(dir: &Path) -> bool {
    let mut command = cargo();
    command.args(["metadata", "--format-version", "1", "--no-deps"]).current_dir(dir.join("..")).stdin(Stdio::null());
    command.output().is_ok_and(|output| String::from_utf8_lossy(&output.stderr).contains("multiple workspace roots"))
}

fn write(dir: &Path, files: &[templates::File]) -> anyhow::Result<()> {
    let source = dir.join("src");
    fs::create_dir_all(&source).with_context(|| format!("cannot make the directory {}", source.display()))?;
    for file in files {
        let path = dir.join(file.path);
        fs::write(&path, &file.text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
