//! The plugins, matches and targets of a crate: what its `plugin!` or `module!` names.

use anyhow::bail;
use syn::parse::{Parse, ParseStream, Parser};
use syn::visit::{self, Visit};
use syn::{Expr, ExprMethodCall, GenericArgument, Ident, ImplItem, Item, ItemImpl, Token, Type};

use super::defaults::Evaluation;
use super::resolve::{Found, Id, Sort, names};
use super::source::Source;
use super::types::{Reader, Scope};
use super::{Gap, Kind, Literal, Plugin, Schema, Shape};
use crate::project::Project;

/// A type that the macro names.
struct Named {
    kind: Kind,
    /// By `plugin!`: the file has its name then.
    is_alone: bool,
    module: usize,
    ty: Type,
}

pub(super) fn read(source: &Source, project: &Project) -> anyhow::Result<Schema> {
    let mut schema = Schema { file: project.library.clone(), ..Schema::default() };
    let named = named(source);
    if named.is_empty() {
        bail!(
            "{} has no collectd::plugin! or collectd::module!, or what it has cannot be followed",
            project.lib.display()
        );
    }
    let text = |key: &str| project.cargo[key].as_str().unwrap_or_default().to_owned();
    let env = [
        ("CARGO_PKG_NAME", text("name")),
        ("CARGO_PKG_VERSION", text("version")),
        ("CARGO_CRATE_NAME", project.library.clone()),
    ];
    let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for Named { kind, is_alone, module, ty } in named {
        let Some((id, block)) = implementation(source, kind, module, &ty) else {
            let place = source.place(module, span(&ty));
            let problem = format!("no `impl {} for` this type is in the source", kind.word());
            schema.gaps.push(Gap { place, problem });
            continue;
        };
        let mut reader = Reader::new(source, &env);
        let scope = Scope::of(id.module, &block.self_ty);
        let plugin = plugin(&mut reader, kind, &scope, block, &project.library);
        schema.gaps.append(&mut reader.gaps);
        if is_alone {
            schema.file.clone_from(&plugin.name);
        }
        schema.plugins.push(plugin);
    }
    // What the crate says of itself is for administrators more often than what is said of the type.
    if let [plugin] = &mut schema.plugins[..]
        && !source.about.is_empty()
    {
        plugin.doc.clone_from(&source.about);
    }
    // Of two plugins with the same configuration, the same is said once.
    let mut seen = Vec::new();
    schema.gaps.retain(|gap| {
        !seen.contains(gap) && {
            seen.push(gap.clone());
            true
        }
    });
    Ok(schema)
}

fn plugin(reader: &mut Reader<'_>, kind: Kind, scope: &Scope, block: &ItemImpl, library: &str) -> Plugin {
    let mut name = None;
    let mut config = Shape::Nothing;
    let mut doc = String::new();
    for item in &block.items {
        match item {
            ImplItem::Const(item) if item.ident == "NAME" => {
                name = match Evaluation::new(reader).literal(scope, &item.expr) {
                    Some(Literal::Text(text)) => Some(text),
                    _ => {
                        reader.gap(
                            scope,
                            span(&item.expr),
                            "the name is not a literal: taken for that of the library".into(),
                        );
                        None
                    }
                };
            }
            ImplItem::Type(item) if item.ident == "Config" => {
                config = reader.shape(scope, &item.ty);
                doc = reader.doc(scope, &block.self_ty);
            }
            _ => {}
        }
    }
    Plugin { kind, name: name.unwrap_or_else(|| library.to_owned()), doc, config }
}

/// The types that the macros of the crate name.
fn named(source: &Source) -> Vec<Named> {
    let mut all = Vec::new();
    for (number, module) in source.modules.iter().enumerate() {
        for item in &module.items {
            let Item::Macro(item) = item else { continue };
            let path = names(&item.mac.path.segments);
            match path.last().map(String::as_str) {
                Some("plugin") => {
                    if let Ok((kind, ty)) = of_plugin.parse2(item.mac.tokens.clone()) {
                        all.push(Named { kind, is_alone: true, module: number, ty });
                    }
                }
                Some("module") => {
                    if let Ok(setup) = syn::parse2::<Expr>(item.mac.tokens.clone()) {
                        all.extend(of_module(source, number, &setup));
                    }
                }
                _ => {}
            }
        }
    }
    all
}

/// `Type: Callback, …` or `Type`.
fn of_plugin(input: ParseStream<'_>) -> syn::Result<(Kind, Type)> {
    let ty: Type = input.parse()?;
    let mut kind = Kind::Plugin;
    if input.parse::<Option<Token![:]>>()?.is_some() {
        let callbacks = input.parse_terminated(Ident::parse, Token![,])?;
        if callbacks.len() == 1 {
            kind = match callbacks[0].to_string().as_str() {
                "Match" => Kind::Match,
                "Target" => Kind::Target,
                _ => Kind::Plugin,
            };
        }
    }
    input.parse::<Option<Token![,]>>()?;
    Ok((kind, ty))
}

/// The calls of `plugin::<T>()`, `matching::<T>()` and `target::<T>()` in the closure or the function.
fn of_module(source: &Source, module: usize, setup: &Expr) -> Vec<Named> {
    let mut calls = Calls { module, all: Vec::new() };
    if let Expr::Path(path) = setup
        && let Found::Item(id) = source.find(module, &path.path, Sort::Value)
        && let Item::Fn(function) = source.item(id)
    {
        calls.module = id.module;
        calls.visit_block(&function.block);
    } else {
        calls.visit_expr(setup);
    }
    calls.all
}

struct Calls {
    module: usize,
    all: Vec<Named>,
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        // What it is called on comes first in the source, too.
        visit::visit_expr_method_call(self, call);
        let kind = match call.method.to_string().as_str() {
            "plugin" => Kind::Plugin,
            "matching" => Kind::Match,
            "target" => Kind::Target,
            _ => return,
        };
        let Some(arguments) = &call.turbofish else { return };
        let [GenericArgument::Type(ty)] = &arguments.args.iter().collect::<Vec<_>>()[..] else { return };
        self.all.push(Named { kind, is_alone: false, module: self.module, ty: (*ty).clone() });
    }
}

/// The `impl` of the trait, in whichever module.
fn implementation<'a>(source: &'a Source, kind: Kind, module: usize, ty: &Type) -> Option<(Id, &'a ItemImpl)> {
    let wanted = identity(source, module, ty)?;
    source.modules.iter().enumerate().find_map(|(number, module)| {
        module.items.iter().enumerate().find_map(|(item, candidate)| {
            let Item::Impl(block) = candidate else { return None };
            let (path, _) = block.trait_.as_ref()?;
            let is_it = path.segments.last().is_some_and(|last| last.ident == kind.word())
                && identity(source, number, &block.self_ty).as_ref() == Some(&wanted);
            is_it.then_some((Id { module: number, item }, block))
        })
    })
}

fn identity(source: &Source, module: usize, ty: &Type) -> Option<Found> {
    match ty {
        Type::Path(path) => Some(source.find(module, &path.path, Sort::Type)),
        Type::Group(group) => identity(source, module, &group.elem),
        Type::Paren(paren) => identity(source, module, &paren.elem),
        _ => None,
    }
}

fn span(tokens: &impl syn::spanned::Spanned) -> proc_macro2::Span {
    tokens.span()
}
