//! Has something changed that the plugin is made of?

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::conf::Conf;
use crate::project::Project;

/// More files than that nobody writes for a plugin.
const LIMIT: usize = 10_000;

/// How long nothing must have changed.
const SETTLING: Duration = Duration::from_millis(50);

/// What there was at one moment.
pub(super) struct Watch {
    dir: PathBuf,
    config: Option<PathBuf>,
    seen: BTreeMap<PathBuf, Stamp>,
}

type Stamp = (Option<SystemTime>, u64);

impl Watch {
    pub(super) fn new(project: &Project, config: Option<&Path>) -> Self {
        let (dir, config) = (project.dir.clone(), config.map(Path::to_owned));
        let mut seen = look(&dir, config.as_deref());
        // Who saves several files, or one in pieces, is given the time for it.
        for _ in 0..20 {
            sleep(SETTLING);
            let before = std::mem::replace(&mut seen, look(&dir, config.as_deref()));
            if before == seen {
                break;
            }
        }
        Watch { dir, config, seen }
    }

    /// A file that is new, gone or other than it was.
    pub(super) fn changed(&self) -> Option<PathBuf> {
        let now = look(&self.dir, self.config.as_deref());
        let differs = |(path, stamp): &(&PathBuf, &Stamp)| self.seen.get(*path) != Some(*stamp);
        let changed = now.iter().find(differs).map(|(path, _)| path.clone());
        changed.or_else(|| self.seen.keys().find(|path| !now.contains_key(*path)).cloned())
    }
}

fn look(dir: &Path, config: Option<&Path>) -> BTreeMap<PathBuf, Stamp> {
    let mut files = BTreeMap::new();
    for name in ["Cargo.toml", "build.rs", "types.db"] {
        add(&mut files, dir.join(name));
    }
    add_dir(&mut files, &dir.join("src"), 16);
    for file in config.map(Conf::read).unwrap_or_default().files {
        add(&mut files, file);
    }
    files
}

fn add_dir(files: &mut BTreeMap<PathBuf, Stamp>, dir: &Path, depth: u8) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if files.len() >= LIMIT || depth == 0 {
            return;
        }
        // Not those of editors that come and go: `.main.rs.swp`, `4913~`.
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => add_dir(files, &entry.path(), depth - 1),
            _ => add(files, entry.path()),
        }
    }
}

fn add(files: &mut BTreeMap<PathBuf, Stamp>, path: PathBuf) {
    if let Ok(data) = fs::metadata(&path) {
        files.insert(path, (data.modified().ok(), data.len()));
    }
}
