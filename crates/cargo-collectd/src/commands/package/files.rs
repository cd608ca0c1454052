//! The files of a package.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use collectd_types::TypesDb;

use super::about::About;
use super::{archive, copyright};
use crate::commands::schema::manual;
use crate::private::quote;
use crate::project::Project;
use crate::schema::{Schema, conf, man};

/// Where Debian's daemon has its types.
const TYPES_DB: &str = "/usr/share/collectd/types.db";

/// Files by their paths, which have no `/` at the beginning.
#[derive(Debug, Default)]
pub(super) struct Tree(BTreeMap<String, File>);

#[derive(Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    /// Kept as it is when the administrator has changed it.
    pub(super) is_conffile: bool,
}

impl Tree {
    pub(super) fn add(&mut self, path: String, bytes: Vec<u8>) {
        self.0.insert(path.clone(), File { path, bytes, is_conffile: false });
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &File> {
        self.0.values()
    }

    /// In units of 1024 bytes, as Debian counts them.
    pub(super) fn size(&self) -> u64 {
        self.files().map(|file| (file.bytes.len() as u64).div_ceil(1024)).sum()
    }
}

pub(super) struct Content<'a> {
    pub(super) project: &'a Project,
    pub(super) schema: &'a Schema,
    /// Of the plugin.
    pub(super) name: &'a str,
    pub(super) package: &'a str,
    pub(super) about: &'a About,
    pub(super) types: Option<Vec<u8>>,
}

impl Content<'_> {
    pub(super) fn tree(&self, so: &Path, plugin_dir: &str) -> anyhow::Result<Tree> {
        let Content { project, name, package, .. } = self;
        let mut tree = Tree::default();
        let read = |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        tree.add(format!("{}/{name}.so", plugin_dir.trim_matches('/')), read(so)?);
        let mut example = conf::render(self.schema);
        if let Some(types) = &self.types {
            let path = format!("usr/share/collectd/{name}.types.db");
            example = with_types(&example, &format!("/{path}"));
            tree.add(path, types.clone());
        }
        tree.add(format!("usr/share/doc/{package}/examples/{name}.conf"), example.into_bytes());
        tree.add(format!("usr/share/doc/{package}/copyright"), copyright::text(project, self.about)?.into_bytes());
        if let Some(file) = project.file("CHANGELOG.md") {
            tree.add(format!("usr/share/doc/{package}/CHANGELOG.md.gz"), archive::compressed(&read(&file)?)?);
        }
        let page = manual(self.schema, project)?;
        let page_name = man::page_name(name);
        tree.add(format!("usr/share/man/man5/{page_name}.5.gz"), archive::compressed(page.as_bytes())?);
        if let Some(file) = &self.about.conf {
            let path = format!("etc/collectd/collectd.conf.d/{name}.conf");
            let bytes = read(file)?;
            tree.0.insert(path.clone(), File { path, bytes, is_conffile: true });
        }
        Ok(tree)
    }
}

/// The line that has the daemon read the types. One such line replaces the default, so that it is named, too.
fn with_types(example: &str, path: &str) -> String {
    let line = format!("#TypesDB {} {}\n", quote(TYPES_DB), quote(path));
    match example.find("#LoadPlugin ") {
        Some(at) => format!("{}{line}{}", &example[..at], &example[at..]),
        None => line + example,
    }
}

/// The crate's types.db, if it has one. About most of what it passes over there, the daemon is silent.
pub(super) fn types(project: &Project) -> anyhow::Result<Option<Vec<u8>>> {
    let Some(file) = project.file("types.db") else { return Ok(None) };
    let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    match TypesDb::default().parse(&bytes).first() {
        Some(problem) => bail!("{}: {problem}", file.display()),
        None => Ok(Some(bytes)),
    }
}

/// A directory of the system that it is installed on.
pub(super) fn check_dir(dir: &str) -> Result<String, String> {
    let is_plain = dir.starts_with('/') && dir.len() > 1 && !dir.contains("//") && !dir.chars().any(char::is_control);
    if is_plain && dir.split('/').all(|part| part != "." && part != "..") {
        Ok(dir.to_owned())
    } else {
        Err("it is to be a directory from the root on, as /usr/lib/collectd".to_owned())
    }
}
