//! What a path in the source means.

use syn::punctuated::Punctuated;
use syn::{Item, Path, PathSegment, UseTree};

use super::source::Source;

/// More steps than any chain of `use` needs; a circle ends there.
const STEPS: usize = 32;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// An item of a module of the crate.
    Item(Id),
    /// Something of another crate, or of the standard library's prelude: the names of the path.
    Elsewhere(Vec<String>),
}

/// An item: its module, and its place among the items there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) module: usize,
    pub(super) item: usize,
}

/// Types and values may share a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Type,
    Value,
}

impl Source {
    pub(super) fn item(&self, id: Id) -> &Item {
        &self.modules[id.module].items[id.item]
    }

    pub(super) fn find(&self, module: usize, path: &Path, sort: Sort) -> Found {
        let names = names(&path.segments);
        if path.leading_colon.is_some() {
            return Found::Elsewhere(names);
        }
        self.follow(module, &names, sort, STEPS)
    }

    /// The same for names.
    pub(super) fn follow(&self, module: usize, names: &[String], sort: Sort, steps: usize) -> Found {
        let elsewhere = || Found::Elsewhere(names.to_vec());
        let Some((first, rest)) = names.split_first() else { return elsewhere() };
        if steps == 0 {
            return elsewhere();
        }
        let inside = match first.as_str() {
            "crate" => Some(0),
            "self" => Some(module),
            "super" => self.modules[module].parent,
            name => self.child(module, name),
        };
        if let (Some(inside), false) = (inside, rest.is_empty()) {
            return self.follow(inside, rest, sort, steps - 1);
        }
        if rest.is_empty()
            && let Some(item) = self.modules[module].items.iter().position(|item| is_named(item, first, sort))
        {
            return Found::Item(Id { module, item });
        }
        self.follow_uses(module, first, rest, sort, steps).unwrap_or_else(elsewhere)
    }

    /// By the module's `use` declarations: those with the name, then those with a `*`.
    fn follow_uses(&self, module: usize, first: &str, rest: &[String], sort: Sort, steps: usize) -> Option<Found> {
        let mut uses = Vec::new();
        for item in &self.modules[module].items {
            if let Item::Use(item) = item {
                flatten(&item.tree, &mut Vec::new(), &mut uses);
            }
        }
        let full = |used: &Use| used.path.iter().chain(rest).cloned().collect::<Vec<_>>();
        if let Some(used) = uses.iter().find(|used| used.name.as_deref() == Some(first)) {
            let path = full(used);
            // `use serde::Deserialize` in a module that has another `serde` is none of what is looked for here.
            let is_itself = path.first().is_some_and(|name| name == first) && used.path.len() == 1;
            return Some(if is_itself { Found::Elsewhere(path) } else { self.follow(module, &path, sort, steps - 1) });
        }
        let globs = uses.iter().filter(|used| used.name.is_none());
        globs.into_iter().find_map(|used| {
            let mut path = used.path.clone();
            path.push(first.to_owned());
            path.extend_from_slice(rest);
            match self.follow(module, &path, sort, steps - 1) {
                Found::Item(id) => Some(Found::Item(id)),
                Found::Elsewhere(_) => None,
            }
        })
    }
}

pub(super) fn names(segments: &Punctuated<PathSegment, syn::Token![::]>) -> Vec<String> {
    segments.iter().map(|segment| plain(&segment.ident)).collect()
}

/// Without `r#`.
pub(super) fn plain(ident: &syn::Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

fn is_named(item: &Item, name: &str, sort: Sort) -> bool {
    let ident = match (item, sort) {
        (Item::Struct(item), Sort::Type) => &item.ident,
        (Item::Enum(item), Sort::Type) => &item.ident,
        (Item::Type(item), Sort::Type) => &item.ident,
        (Item::Const(item), Sort::Value) => &item.ident,
        (Item::Static(item), Sort::Value) => &item.ident,
        (Item::Fn(item), Sort::Value) => &item.sig.ident,
        _ => return false,
    };
    plain(ident) == name
}

/// One name that a `use` brings.
struct Use {
    path: Vec<String>,
    /// None for `*`.
    name: Option<String>,
}

fn flatten(tree: &UseTree, before: &mut Vec<String>, uses: &mut Vec<Use>) {
    match tree {
        UseTree::Path(path) => {
            before.push(plain(&path.ident));
            flatten(&path.tree, before, uses);
            before.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            uses.push(Use { path: before.clone(), name: before.last().cloned() });
        }
        UseTree::Name(name) => {
            let name = plain(&name.ident);
            let path = before.iter().cloned().chain([name.clone()]).collect();
            uses.push(Use { path, name: Some(name) });
        }
        UseTree::Rename(rename) => {
            let path = before.iter().cloned().chain([plain(&rename.ident)]).collect();
            uses.push(Use { path, name: Some(plain(&rename.rename)) });
        }
        UseTree::Glob(_) => uses.push(Use { path: before.clone(), name: None }),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, uses)),
    }
}
