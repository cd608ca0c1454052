//! `cargo collectd package`: the plugin with all that belongs to it, to be installed elsewhere.

mod about;
mod archive;
mod control;
mod copyright;
mod depends;
mod files;
mod target;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde_json::json;

use super::schema as schema_command;
use crate::Verdict;
use crate::plugin_file::PluginFile;
use crate::project::{self, Built, Project};
use crate::schema::Schema;
use crate::shell::Shell;
use crate::source_date::SourceDate;
use about::About;
use files::Content;

/// Make a Debian package or an archive of the plugin.
///
/// It has the plugin, built for release and stripped; an example configuration and a manual page, as `cargo collectd
/// schema` makes them; the crate's types.db, if there is one; its licence and its changes. Installing it loads nothing: the daemon's
/// configuration says what is loaded.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// What is made.
    #[arg(long, value_name = "FORMAT", default_value = "deb")]
    format: Format,

    /// Who answers for the package [default: the first of the authors in Cargo.toml, or DEBFULLNAME and DEBEMAIL].
    #[arg(long, value_name = "NAME <ADDRESS>")]
    maintainer: Option<String>,

    /// A further package that it depends on, as "libpq5 (>= 15)"; may be repeated.
    #[arg(long, value_name = "PACKAGE")]
    depends: Vec<String>,

    /// Where the daemon looks for plugins.
    #[arg(long, value_name = "DIR", default_value = "/usr/lib/collectd", value_parser = files::check_dir)]
    plugin_dir: String,

    /// Build for this target, as aarch64-unknown-linux-gnu.
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,

    #[command(flatten)]
    project: project::Which,
}

const AFTER_HELP: &str = "\
The package is called collectd-plugin-NAME, has the version of Cargo.toml (1.0.0-rc1 is 1.0.0~rc1), and depends on the
oldest collectd-core that can load the plugin and on the C library that it was linked with.

It is written to collectd/ in the target directory. The same source gives the same bytes: all dates are
SOURCE_DATE_EPOCH, else that of the last commit, else that of Cargo.toml.

In Cargo.toml:
  [package.metadata.collectd]
  maintainer = \"Jo Doe <jo@example.org>\"
  depends = [\"libpq5 (>= 15)\"]
  conf = \"debian.conf\"     # to be /etc/collectd/collectd.conf.d/NAME.conf, which the daemon reads";

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For dpkg and apt
    Deb,
    /// The same files, to be unpacked in /
    Tar,
}

pub(crate) fn run(args: &Args, shell: &Shell) -> anyhow::Result<Verdict> {
    let project = args.project.find()?;
    let about = About::of(&project, args)?;
    let maintainer = match args.format {
        Format::Deb => Some(about.maintainer()?),
        Format::Tar => None,
    };
    let schema = Schema::read(&project)?;
    schema_command::tell_gaps(&schema, shell);
    // Before what takes long.
    depends::check(&about.depends)?;
    let types = files::types(&project)?;
    let built = build(&project, args.target.as_deref(), shell)?;
    control::check_name(&built.name)?;
    let file = PluginFile::read(&built.so)?;
    let Some(architecture) = file.debian else { bail!("Debian has no architecture for {}", file.format) };
    let date = SourceDate::of(&project)?;
    let name = control::package_name(&built.name);
    let version = control::version(project.version())?;
    let content =
        Content { project: &project, schema: &schema, name: &built.name, package: &name, about: &about, types };
    let mut tree = content.tree(&built.so, &args.plugin_dir)?;
    let stem = format!("{name}_{version}_{architecture}");
    let (path, bytes) = match maintainer {
        Some(maintainer) => {
            let changes = control::changelog(&name, &version, &maintainer, date)?;
            tree.add(format!("usr/share/doc/{name}/changelog.gz"), archive::compressed(changes.as_bytes())?);
            let depends = depends::of(&file, &about.depends)?;
            let text = control::control(&control::Fields {
                package: &name,
                version: &version,
                architecture,
                maintainer: &maintainer,
                size: tree.size(),
                depends: &depends,
                about: &about,
                plugin: &built.name,
            });
            (format!("{stem}.deb"), archive::deb(&tree, &text, date)?)
        }
        None => (format!("{stem}.tar.gz"), archive::tar(&tree, date)?),
    };
    let path = write(&project, &path, &bytes)?;
    shell.status("Packaged", format_args!("{name} {version} for {architecture}: {} files", tree.files().count()));
    shell.print(path.display());
    shell.message("package", || {
        json!({
            "path": path.to_string_lossy(), "package": name, "version": version, "architecture": architecture,
            "files": tree.files().map(|file| format!("/{}", file.path)).collect::<Vec<_>>(),
        })
    });
    Ok(Verdict::Good)
}

/// Builds it for release, and for another target if there is one.
fn build(project: &Project, target: Option<&str>, shell: &Shell) -> anyhow::Result<Built> {
    let mut options = vec!["--release", "--config", "profile.release.strip=true"];
    if let Some(target) = target {
        options.extend(["--target", target]);
    }
    match project.build_with(&options, shell)? {
        Some(built) => Ok(built),
        None => match target.and_then(target::lacks) {
            Some(lack) => bail!(lack),
            None => bail!("`{}` does not compile", project.package),
        },
    }
}

/// In the target directory; what was there is there until the new one is whole.
fn write(project: &Project, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    let dir = project.target_dir.join("collectd");
    fs::create_dir_all(&dir).with_context(|| format!("cannot make the directory {}", dir.display()))?;
    let path = dir.join(name);
    let unfinished = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".package.").tempfile_in(&dir)?;
        std::io::Write::write_all(&mut file, bytes)?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        file.as_file().set_permissions(mode)?;
        file.persist(&path)?;
        Ok(())
    };
    unfinished().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
