//! The directory that the daemon looks into.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use collectd_locate::Collectd;

/// Where the file is to go.
#[derive(Debug)]
pub(super) struct Place {
    /// That of the system, if it is not this one.
    pub(super) root: Option<PathBuf>,
    /// As it is called inside the system.
    pub(super) inside: PathBuf,
    /// As it is called here, without links.
    pub(super) dir: PathBuf,
    pub(super) collectd: Option<Collectd>,
}

impl Place {
    pub(super) fn find(root: Option<&Path>, plugin_dir: Option<&Path>) -> anyhow::Result<Self> {
        let root = root.map(|root| real_dir(root).with_context(|| format!("--root {}", root.display()))).transpose()?;
        let (inside, collectd) = match plugin_dir {
            Some(dir) => {
                let dir =
                    if root.is_some() { dir.to_owned() } else { std::path::absolute(dir).context("--plugin-dir")? };
                (dir, Collectd::find().ok())
            }
            None => {
                let collectd = Collectd::find()
                    .context("--plugin-dir DIR says where plugins are; otherwise the daemon is asked")?;
                (collectd.plugin_dir.clone(), Some(collectd))
            }
        };
        let named = match &root {
            Some(root) => below(root, &inside)?,
            None => inside.clone(),
        };
        let hint =
            || format!("the directory of plugins {}: if it is the right one, make it (mkdir -p)", named.display());
        let dir = real_dir(&named).with_context(hint)?;
        if let Some(root) = root.as_ref().filter(|root| !dir.starts_with(root)) {
            bail!("{} leads out of {}, to {}", named.display(), root.display(), dir.display());
        }
        Ok(Place { root, inside, dir, collectd })
    }
}

impl Place {
    /// As the daemon is to be told of it, and where it looks otherwise; `None` if that is the same, or not known.
    pub(super) fn other_dir(&self) -> Option<(&Path, &Path)> {
        let usual = &self.collectd.as_ref()?.plugin_dir;
        let inside = Path::new("/").join(&self.inside);
        let is_same =
            inside == *usual || (self.root.is_none() && usual.canonicalize().is_ok_and(|dir| dir == self.dir));
        let dir = if self.root.is_none() { &self.dir } else { &self.inside };
        (!is_same).then_some((dir, usual))
    }
}

fn real_dir(dir: &Path) -> anyhow::Result<PathBuf> {
    let real = dir.canonicalize()?;
    if real.is_dir() { Ok(real) } else { bail!("it is not a directory") }
}

/// `/usr/lib` in `/srv/image` is `/srv/image/usr/lib`.
fn below(root: &Path, dir: &Path) -> anyhow::Result<PathBuf> {
    let mut path = root.to_owned();
    for part in dir.components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => bail!("--plugin-dir {}: .. has no meaning below --root", dir.display()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Ok(path)
}
