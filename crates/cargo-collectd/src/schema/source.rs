//! The source of a crate: its modules, wherever their files are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use proc_macro2::Span;
use syn::{Attribute, Expr, Item, Lit, Meta};

use super::{Place, docs};
use crate::project::Project;

/// Larger files are not written by hand.
const SIZE_LIMIT: u64 = 8 << 20;
/// No crate has more modules below each other.
const DEPTH: usize = 64;
const MODULES: usize = 10_000;

/// The modules of a crate. The first is its root.
pub(super) struct Source {
    pub(super) modules: Vec<Module>,
    /// The first paragraph of what the crate says of itself.
    pub(super) about: String,
    files: Vec<PathBuf>,
    /// What the names of files begin with that nobody needs to see.
    dir: PathBuf,
}

pub(super) struct Module {
    pub(super) name: String,
    pub(super) parent: Option<usize>,
    file: usize,
    /// All but modules, and what is for tests only.
    pub(super) items: Vec<Item>,
}

impl Source {
    pub(super) fn read(project: &Project) -> anyhow::Result<Self> {
        let mut source =
            Source { modules: Vec::new(), about: String::new(), files: Vec::new(), dir: project.dir.clone() };
        let root = &project.lib;
        source.add_file(root, "crate", None, &directory(root), 0)?;
        Ok(source)
    }

    /// The module of this name in another one.
    pub(super) fn child(&self, module: usize, name: &str) -> Option<usize> {
        self.modules.iter().position(|child| child.parent == Some(module) && child.name == name)
    }

    pub(super) fn place(&self, module: usize, span: Span) -> Place {
        let start = span.start();
        Place { file: self.shown(self.modules[module].file), line: start.line, column: start.column + 1 }
    }

    fn shown(&self, file: usize) -> PathBuf {
        let path = &self.files[file];
        path.strip_prefix(&self.dir).unwrap_or(path).to_owned()
    }

    /// `below` is where the files of its modules are.
    fn add_file(
        &mut self,
        path: &Path,
        name: &str,
        parent: Option<usize>,
        below: &Path,
        depth: usize,
    ) -> anyhow::Result<()> {
        let size = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
        if size > SIZE_LIMIT || depth > DEPTH || self.modules.len() >= MODULES {
            bail!("{}: this is too much to read", path.display());
        }
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file = syn::parse_file(&text).map_err(|error| {
            let start = error.span().start();
            anyhow!("{}:{}:{}: {error}", path.display(), start.line, start.column + 1)
        })?;
        if parent.is_none() {
            let doc = docs::text(&file.attrs);
            doc.split("\n\n").next().unwrap_or_default().clone_into(&mut self.about);
        }
        self.files.push(path.to_owned());
        let number = self.files.len() - 1;
        self.add_module(name, parent, number, file.items, below, depth)
    }

    fn add_module(
        &mut self,
        name: &str,
        parent: Option<usize>,
        file: usize,
        items: Vec<Item>,
        below: &Path,
        depth: usize,
    ) -> anyhow::Result<()> {
        if depth > DEPTH || self.modules.len() >= MODULES {
            bail!("{}: there are too many modules", self.shown(file).display());
        }
        let number = self.modules.len();
        self.modules.push(Module { name: name.to_owned(), parent, file, items: Vec::new() });
        for item in items {
            let Item::Mod(module) = item else {
                if !is_for_tests(attributes(&item)) {
                    self.modules[number].items.push(item);
                }
                continue;
            };
            if is_for_tests(&module.attrs) {
                continue;
            }
            let name = module.ident.to_string();
            let name = name.strip_prefix("r#").unwrap_or(&name);
            match module.content {
                Some((_, items)) => self.add_module(name, Some(number), file, items, &below.join(name), depth + 1)?,
                None => {
                    let named = path_attribute(&module.attrs).map(|path| directory(&self.files[file]).join(path));
                    let (path, below) = find(named, below, name).with_context(|| {
                        let place = self.place(number, module.ident.span());
                        format!("{place}: there is no file of the module `{name}`")
                    })?;
                    self.add_file(&path, name, Some(number), &below, depth + 1)?;
                }
            }
        }
        Ok(())
    }
}

/// The file of a module, and where those of its own modules are.
fn find(named: Option<PathBuf>, below: &Path, name: &str) -> Option<(PathBuf, PathBuf)> {
    if let Some(path) = named {
        let below = directory(&path);
        return Some((path, below)).filter(|(path, _)| path.is_file());
    }
    let files = [below.join(format!("{name}.rs")), below.join(name).join("mod.rs")];
    files.into_iter().find(|path| path.is_file()).map(|path| (path, below.join(name)))
}

fn directory(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

/// Whether `#[cfg(test)]` stands there.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

/// `#[path = "…"]`.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
