//! One file in the place of another.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, bail};

use crate::plugin_file::PluginFile;
use crate::project::Built;

/// What a file is called before it has its name.
const PREFIX: &str = ".cargo-collectd.";

/// Whether there is something that may be replaced. Fails if it may not.
pub(super) fn may(to: &Path, built: &Built, force: bool) -> anyhow::Result<bool> {
    let name = &built.name;
    if let Some(other) = other_spelling(to)
        && !force
    {
        bail!(
            "there is a file {other} already, and collectd ignores case: it would load one of the two. Remove it, or go \
             on with --force"
        );
    }
    let Ok(data) = fs::symlink_metadata(to) else { return Ok(false) };
    if data.is_dir() {
        bail!("{} is a directory", to.display());
    }
    if force {
        return Ok(true);
    }
    let place = to.display();
    // Of a link it is what it leads to that tells.
    let same = PluginFile::read(to).map(|file| file.about.filter(|about| about.name.as_deref() == Some(name)));
    match same {
        Ok(Some(about)) => {
            let new = PluginFile::read(&built.so)?.about.unwrap_or_default();
            let package = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
            if package(&about.package) == package(&new.package) {
                return Ok(true);
            }
            bail!("{place} is a plugin `{name}`, too, but of the package `{}`: --force replaces it", about.package)
        }
        Ok(None) => bail!("{place} is another plugin: --force replaces it"),
        Err(error) => bail!("{place} is there, and not known to be this plugin ({error:#}): --force replaces it"),
    }
}

/// As `Handles.so` beside `handles.so`.
fn other_spelling(to: &Path) -> Option<String> {
    let name = to.file_name()?;
    let mut names = fs::read_dir(to.parent()?).ok()?.flatten().map(|entry| entry.file_name());
    let other = names.find(|other| other != name && other.eq_ignore_ascii_case(name))?;
    Some(other.to_string_lossy().into_owned())
}

/// Puts a copy there in one step, and says how long it is.
pub(super) fn put(from: &Path, to: &Path) -> anyhow::Result<u64> {
    let dir = to.parent().context("it has no directory")?;
    let write = || -> io::Result<u64> {
        let mut source = File::open(from)?;
        let mut copy = tempfile::Builder::new().prefix(PREFIX).tempfile_in(dir)?;
        let size = io::copy(&mut source, &mut copy)?;
        copy.as_file().set_permissions(Permissions::from_mode(0o644))?;
        // Its content before its name: after a power cut there is no empty plugin.
        copy.as_file().sync_all()?;
        copy.persist(to).map_err(|error| error.error)?;
        File::open(dir)?.sync_all()?;
        Ok(size)
    };
    write().with_context(|| format!("cannot put {} to {}", from.display(), to.display()))
}

/// Whether files can be made there; who may not is told what is to be typed instead.
pub(super) fn probe(dir: &Path, by_root: &str) -> anyhow::Result<()> {
    let Err(error) = tempfile::Builder::new().prefix(PREFIX).tempfile_in(dir) else { return Ok(()) };
    if error.kind() == io::ErrorKind::PermissionDenied {
        bail!(
            "cannot write to {}: permission denied. With root's rights, which the build does not need: {by_root}",
            dir.display()
        );
    }
    bail!("cannot write to {}: {error}", dir.display());
}
