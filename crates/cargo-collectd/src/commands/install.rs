//! `cargo collectd install`: the plugin's file to where the daemon looks.

mod owner;
mod place;
mod replace;
mod snippet;

use std::env;
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::json;

use crate::Verdict;
use crate::plugin_file::PluginFile;
use crate::project::{self, Built, Project};
use crate::shell::Shell;
use place::Place;

/// Build the plugin with optimisations, and copy it to where the daemon looks for plugins.
///
/// The file gets the name that LoadPlugin looks for. It is written beside its place and then put there in one step, so
/// that a daemon that starts meanwhile finds the old file or the new one, and one that runs goes on with the old one
/// until it is started again.
///
/// A file that a package owns (dpkg, rpm) is not touched. A file that is not an older build of the same plugin is not
/// replaced without --force. A symbolic link is replaced, and what it leads to stays as it is. No configuration is
/// changed: what belongs into collectd.conf is printed.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// A plugin that is built already [default: that of the crate, built with --release].
    #[arg(value_name = "FILE.so", conflicts_with_all = ["package", "manifest_path"])]
    file: Option<PathBuf>,

    /// Install into the system below this directory, as an image or a package's directory.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,

    /// The directory of plugins [default: what `collectd -h` says]; with --root it is below that.
    #[arg(long, value_name = "DIR")]
    plugin_dir: Option<PathBuf>,

    /// Replace another plugin's file.
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    project: project::Which,
}

const AFTER_HELP: &str = "\
The directory has to be there. Where root's rights are needed, build without them and install the file, with the whole
path of this program, as sudo does not look for it:
  cargo build --release && sudo ~/.cargo/bin/cargo-collectd install target/release/libNAME.so

Exit status: 0 if the file is in its place; 1 if not, and then nothing has changed.

Examples:
  cargo collectd install
  cargo collectd install --root /srv/image --plugin-dir /usr/lib64/collectd
  cargo collectd install --plugin-dir ~/collectd/lib/collectd target/release/libhandles.so";

pub(crate) fn run(args: &Args, shell: &Shell) -> anyhow::Result<Verdict> {
    let project = if args.file.is_none() { Some(args.project.find()?) } else { args.project.find().ok() };
    // Before the build, which takes its time.
    let place = Place::find(args.root.as_deref(), args.plugin_dir.as_deref())?;
    replace::probe(&place.dir, &by_root(args, project.as_ref()))?;
    let built = match (&args.file, &project) {
        (Some(file), _) => Built::from_file(file)?,
        (None, Some(project)) => {
            let built = project.build_with(&["--release"], shell)?;
            built.with_context(|| format!("`{}` does not compile", project.package))?
        }
        (None, None) => bail!("there is nothing to install"),
    };
    if built.name.is_empty() || built.name.contains('/') {
        bail!("{:?} cannot be the name of a file", built.name);
    }
    let to = place.dir.join(format!("{}.so", built.name));
    owner::refuse(&place, &built.name)?;
    let replaced = replace::may(&to, &built, args.force)?;
    let file = PluginFile::read(&built.so)?;
    warn_of_symbols(&place, &file, shell);
    let size = replace::put(&built.so, &to)?;
    shell.status(if replaced { "Replaced" } else { "Installed" }, format_args!("{} ({size} bytes)", to.display()));
    let own = project.as_ref().filter(|project| is_of(project, &file));
    let config = own.and_then(|project| project.config(&built.name));
    let config = snippet::of(config.as_deref(), &built.name, place.other_dir());
    shell.note("add this to collectd.conf, if it is not there, and start collectd again:");
    shell.print(config.trim_end());
    if let Some(types) = own.and_then(|project| project.file("types.db")) {
        let types = types.display();
        shell.note(format_args!("its types are in {types}: copy that file, and name the copy in a TypesDB line before LoadPlugin, beside collectd's own"));
    }
    shell.message("installed", || {
        json!({"name": built.name, "file": to.to_string_lossy(), "from": built.so.to_string_lossy(), "size": size, "replaced": replaced, "config": config})
    });
    Ok(Verdict::Good)
}

/// What somebody with more rights is to type for the same.
fn by_root(args: &Args, project: Option<&Project>) -> String {
    let program = env::current_exe().map_or_else(|_| "cargo-collectd".to_owned(), |path| path.display().to_string());
    let mut command = if args.file.is_none() { "cargo build --release && ".to_owned() } else { String::new() };
    command += &format!("sudo {program} install");
    for (option, dir) in [("--root", &args.root), ("--plugin-dir", &args.plugin_dir)] {
        if let Some(dir) = dir {
            command += &format!(" {option} {}", dir.display());
        }
    }
    if args.force {
        command += " --force";
    }
    let file = args.file.clone().or_else(|| Some(project?.release_file())).unwrap_or_default();
    format!("{command} {}", file.display())
}

/// Whether the crate here is where the file comes from, so that its configuration is that of the plugin.
fn is_of(project: &Project, file: &PluginFile) -> bool {
    let package = file.about.as_ref().map(|about| about.package.as_str()).unwrap_or_default();
    package.split(' ').next() == Some(&project.package)
}

/// The daemon says it itself when it is started; then it may be too late.
fn warn_of_symbols(place: &Place, file: &PluginFile, shell: &Shell) {
    // That of another system cannot be asked.
    let Some(collectd) = place.collectd.as_ref().filter(|_| place.root.is_none()) else { return };
    let Ok(daemon) = PluginFile::read(&collectd.program) else { return };
    let is_of_daemons = |name: &&String| crate::releases::is_known(name) && !daemon.exports.contains(name);
    for name in file.imports.iter().filter(is_of_daemons) {
        shell.warn(format_args!("it needs `{name}`, which this collectd does not have: it will not be loaded"));
    }
}
