//! What a Rust type takes of a configuration.

use std::collections::BTreeMap;
use std::rc::Rc;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Expr, GenericArgument, GenericParam, Generics, Item, PathArguments, Type, TypePath};

use crate::shell::Plain;

use super::defaults::Evaluation;
use super::described::Description;
use super::resolve::{Found, Id, Sort, names};
use super::source::Source;
use super::{Argument, Gap, Shape, docs, known, written};

/// What `env!` gives: the package's name and the like.
pub(crate) type Env = BTreeMap<String, String>;

/// Where a type is written: what names mean there.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) module: usize,
    pub(super) self_type: Option<Rc<(Scope, Type)>>,
    /// Generic parameters, with what stands for them.
    types: BTreeMap<String, Rc<(Scope, Type)>>,
    pub(super) consts: BTreeMap<String, i128>,
}

impl Scope {
    pub(super) fn new(module: usize) -> Self {
        Scope { module, self_type: None, types: BTreeMap::new(), consts: BTreeMap::new() }
    }

    /// Inside of an `impl` for a type.
    pub(super) fn of(module: usize, ty: &Type) -> Self {
        Scope { self_type: Some(Rc::new((Scope::new(module), ty.clone()))), ..Scope::new(module) }
    }
}

/// Reads types, and notes what it cannot follow.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    pub(super) env: &'a Env,
    pub(super) gaps: Vec<Gap>,
    /// Types that are being read: one that holds itself has no end.
    inside: Vec<Id>,
    /// How many types may still be read: those that hold each other several times make very many.
    steps: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source, env: &'a Env) -> Self {
        Reader { source, env, gaps: Vec::new(), inside: Vec::new(), steps: 20_000 }
    }

    pub(super) fn gap(&mut self, scope: &Scope, span: Span, problem: String) {
        let place = self.source.place(scope.module, span);
        self.gaps.push(Gap { place, problem });
    }

    /// A type that cannot be followed, and why.
    fn free(&mut self, scope: &Scope, ty: &Type, why: &str) -> Shape {
        let text = written(ty);
        self.gap(scope, ty.span(), format!("`{text}` {why}: shown as free text"));
        Shape::Free(text)
    }

    pub(super) fn shape(&mut self, scope: &Scope, ty: &Type) -> Shape {
        if self.steps == 0 {
            return Shape::Free(written(ty));
        }
        self.steps -= 1;
        if self.steps == 0 {
            return self.free(scope, ty, "is the last of too many");
        }
        match ty {
            Type::Group(group) => self.shape(scope, &group.elem),
            Type::Paren(paren) => self.shape(scope, &paren.elem),
            Type::Reference(reference) => self.shape(scope, &reference.elem),
            Type::Slice(slice) => Shape::List(Box::new(self.shape(scope, &slice.elem))),
            Type::Tuple(tuple) if tuple.elems.is_empty() => Shape::Nothing,
            Type::Tuple(tuple) => Shape::Line(tuple.elems.iter().map(|ty| self.argument(scope, ty)).collect()),
            Type::Array(array) => match Evaluation::new(self).integer(scope, &array.len) {
                Some(len @ 0..=64) => Shape::Line((0..len).map(|_| self.argument(scope, &array.elem)).collect()),
                _ => self.free(scope, ty, "has a length that is not a literal"),
            },
            Type::Path(path) if path.qself.is_none() => self.path(scope, ty, path),
            _ => self.free(scope, ty, "is not a type that is followed"),
        }
    }

    /// A value of a line.
    pub(super) fn argument(&mut self, scope: &Scope, ty: &Type) -> Argument {
        let (value, is_optional) = match self.shape(scope, ty) {
            Shape::Optional(inner) => (*inner, true),
            other => (other, false),
        };
        Argument { label: String::new(), doc: String::new(), value, is_optional }
    }

    fn path(&mut self, scope: &Scope, ty: &Type, path: &TypePath) -> Shape {
        let names = names(&path.path.segments);
        if let [name] = &names[..] {
            let parameter = if name == "Self" { scope.self_type.as_ref() } else { scope.types.get(name) };
            if let Some(parameter) = parameter.cloned() {
                return self.shape(&parameter.0, &parameter.1);
            }
        }
        match self.source.find(scope.module, &path.path, Sort::Type) {
            Found::Item(id) => self.item(scope, ty, path, id),
            Found::Elsewhere(names) => {
                let arguments = type_arguments(path);
                match known::shape(self, scope, &names, &arguments) {
                    Some(shape) => shape,
                    None if is_tree(&names) => self.free(scope, ty, "is the tree itself, whose keys are read by code"),
                    None if names.len() > 1 => self.free(scope, ty, "is of another crate"),
                    None => {
                        self.free(scope, ty, "is not in the crate's source (a macro makes it, or it is in a function)")
                    }
                }
            }
        }
    }

    fn item(&mut self, scope: &Scope, ty: &Type, path: &TypePath, id: Id) -> Shape {
        if self.inside.contains(&id) {
            return self.free(scope, ty, "holds itself");
        }
        self.inside.push(id);
        let shape = match self.source.item(id) {
            Item::Type(alias) => {
                let inner = self.scope_of(scope, &alias.generics, path, id.module, None);
                self.shape(&inner, &alias.ty)
            }
            Item::Struct(_) | Item::Enum(_) => {
                let input = derive_input(self.source.item(id));
                let inner = self.scope_of(scope, &input.generics, path, id.module, Some(ty));
                if derives(&input.attrs, "Deserialize") {
                    Description::new(self, inner).shape(&input).unwrap_or_else(|why| self.free(scope, ty, &why))
                } else {
                    written::shape(self, scope, ty, id)
                        .unwrap_or_else(|| self.free(scope, ty, "has no derived Deserialize"))
                }
            }
            _ => self.free(scope, ty, "is not a type that is followed"),
        };
        self.inside.pop();
        shape
    }

    /// Inside of a generic type, with these arguments.
    pub(super) fn scope_of(
        &mut self,
        scope: &Scope,
        generics: &Generics,
        path: &TypePath,
        module: usize,
        self_type: Option<&Type>,
    ) -> Scope {
        let mut inner = Scope::new(module);
        inner.self_type = self_type.map(|ty| Rc::new((scope.clone(), ty.clone())));
        let arguments = generic_arguments(path);
        let mut arguments = arguments.iter().filter(|argument| !matches!(argument, GenericArgument::Lifetime(_)));
        for parameter in &generics.params {
            match parameter {
                GenericParam::Lifetime(_) => {}
                GenericParam::Type(parameter) => {
                    let given = match arguments.next() {
                        Some(GenericArgument::Type(ty)) => Some((scope.clone(), ty.clone())),
                        _ => None,
                    };
                    let default = || parameter.default.clone().map(|ty| (Scope::new(module), ty.1));
                    if let Some(ty) = given.or_else(default) {
                        inner.types.insert(super::resolve::plain(&parameter.ident), Rc::new(ty));
                    }
                }
                GenericParam::Const(parameter) => {
                    let expr = match arguments.next() {
                        Some(GenericArgument::Const(expr)) => Some(expr.clone()),
                        // A name alone looks like a type.
                        Some(GenericArgument::Type(Type::Path(path))) => Some(Expr::from_path(path)),
                        _ => None,
                    };
                    if let Some(value) = expr.and_then(|expr| Evaluation::new(self).integer(scope, &expr)) {
                        inner.consts.insert(super::resolve::plain(&parameter.ident), value);
                    }
                }
            }
        }
        inner
    }

    /// The doc comment of a type of the crate.
    pub(super) fn doc(&self, scope: &Scope, ty: &Type) -> String {
        match self.local(scope, ty).map(|id| self.source.item(id)) {
            Some(Item::Struct(item)) => docs::text(&item.attrs),
            Some(Item::Enum(item)) => docs::text(&item.attrs),
            _ => String::new(),
        }
    }

    /// The item that a type is, if it is one of the crate's.
    pub(super) fn local(&self, scope: &Scope, ty: &Type) -> Option<Id> {
        match ty {
            Type::Group(group) => self.local(scope, &group.elem),
            Type::Paren(paren) => self.local(scope, &paren.elem),
            Type::Path(path) if path.qself.is_none() => {
                if path.path.is_ident("Self") {
                    let parameter = scope.self_type.as_ref()?;
                    return self.local(&parameter.0, &parameter.1);
                }
                match self.source.find(scope.module, &path.path, Sort::Type) {
                    Found::Item(id) => Some(id),
                    Found::Elsewhere(_) => None,
                }
            }
            _ => None,
        }
    }
}

/// `collectd::config::Block`, or the same from the prelude.
fn is_tree(names: &[String]) -> bool {
    matches!(names, [one] if one == "Block")
        || matches!(names, [first, .., last] if first == "collectd" && last == "Block")
}

trait FromPath {
    fn from_path(path: &TypePath) -> Self;
}

impl FromPath for Expr {
    fn from_path(path: &TypePath) -> Self {
        Expr::Path(syn::ExprPath { attrs: Vec::new(), qself: path.qself.clone(), path: path.path.clone() })
    }
}

fn generic_arguments(path: &TypePath) -> Vec<GenericArgument> {
    match path.path.segments.last().map(|last| &last.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => arguments.args.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

fn type_arguments(path: &TypePath) -> Vec<Type> {
    let arguments = generic_arguments(path).into_iter();
    arguments.filter_map(|argument| if let GenericArgument::Type(ty) = argument { Some(ty) } else { None }).collect()
}

/// As it stands in the source, on one line.
pub(super) fn written(tokens: &impl Spanned) -> String {
    let text = tokens.span().source_text().unwrap_or_else(|| "?".to_owned());
    Plain(text.split_whitespace().collect::<Vec<_>>().join(" ")).to_string()
}

pub(super) fn derives(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|attribute| {
        let mut found = false;
        // What else is in there says nothing.
        let _ = attribute.parse_nested_meta(|meta| {
            found |= meta.path.segments.last().is_some_and(|last| last.ident == name);
            Ok(())
        });
        found
    })
}

/// The same item as serde's derive gets it.
pub(super) fn derive_input(item: &Item) -> DeriveInput {
    match item {
        Item::Struct(item) => item.clone().into(),
        Item::Enum(item) => item.clone().into(),
        _ => unreachable!("only these are asked for"),
    }
}
