//! Values that are read by code of the author's: `impl Deserialize`, `deserialize_with`.
//!
//! Such code mostly begins with the type that it makes something else of (`String::deserialize(deserializer)?`), or is
//! one of the framework's functions. That is taken for what the value is, if nothing else is done with the deserializer.

use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprCall, ExprPath, ExprRange, FnArg, GenericParam, ImplItem, Item, Pat, RangeLimits, Signature, Type,
    TypePath,
};

use super::defaults::Evaluation;
use super::described::checked;
use super::resolve::{Found, Id, Sort, names};
use super::types::{Reader, Scope, written};
use super::{Shape, Value};

/// What a type with an `impl Deserialize` takes.
pub(super) fn shape(reader: &mut Reader<'_>, scope: &Scope, ty: &Type, wanted: Id) -> Option<Shape> {
    let source = reader.source;
    for (number, module) in source.modules.iter().enumerate() {
        for item in &module.items {
            let Item::Impl(block) = item else { continue };
            let is_deserialize = block
                .trait_
                .as_ref()
                .is_some_and(|(path, _)| path.segments.last().is_some_and(|last| last.ident == "Deserialize"));
            if !is_deserialize || reader.local(&Scope::new(number), &block.self_ty) != Some(wanted) {
                continue;
            }
            let inner = match (ty, &*block.self_ty) {
                (Type::Path(given), Type::Path(_)) => {
                    // Parameters of the impl are those of the type, in the same order, but for its lifetime.
                    let mut generics = block.generics.clone();
                    generics.params =
                        generics.params.into_iter().filter(|p| !matches!(p, GenericParam::Lifetime(_))).collect();
                    reader.scope_of(scope, &generics, given, number, Some(ty))
                }
                _ => Scope::of(number, &block.self_ty),
            };
            let function = block.items.iter().find_map(|item| match item {
                ImplItem::Fn(function) if function.sig.ident == "deserialize" => Some(function),
                _ => None,
            })?;
            return of_function(reader, &inner, &function.sig, &function.block, None);
        }
    }
    None
}

/// What a field with `deserialize_with` takes.
pub(super) fn through(reader: &mut Reader<'_>, scope: &Scope, path: &ExprPath, ty: &Type) -> Shape {
    let shape = match reader.source.find(scope.module, &path.path, Sort::Value) {
        Found::Item(id) => match reader.source.item(id) {
            Item::Fn(function) => {
                of_function(reader, &Scope::new(id.module), &function.sig, &function.block, Some((scope, ty)))
            }
            _ => None,
        },
        Found::Elsewhere(names) if is_list(&names) => Some(reader.shape(scope, ty)),
        Found::Elsewhere(_) => None,
    };
    shape.unwrap_or_else(|| {
        let text = names(&path.path.segments).join("::");
        let problem = format!("`{text}` reads the value by code of its own: shown as free text");
        reader.gap(scope, syn::spanned::Spanned::span(path), problem);
        Shape::Free(written(ty))
    })
}

/// `collectd::config::list`, by whatever way it is called.
fn is_list(names: &[String]) -> bool {
    names.first().is_some_and(|first| first == "collectd") && names.last().is_some_and(|last| last == "list")
}

fn of_function(
    reader: &mut Reader<'_>,
    scope: &Scope,
    signature: &Signature,
    body: &Block,
    field: Option<(&Scope, &Type)>,
) -> Option<Shape> {
    let FnArg::Typed(argument) = signature.inputs.first()? else { return None };
    let Pat::Ident(name) = &*argument.pat else { return None };
    let mut uses = Uses { name: name.ident.to_string(), count: 0, call: None };
    uses.visit_block(body);
    let call = uses.call.filter(|_| uses.count == 1)?;
    let Expr::Path(function) = &*call.func else { return None };
    let path = names(&function.path.segments);
    let last = path.last()?.as_str();
    if last == "in_range" {
        let Expr::Range(range) = call.args.get(1)? else { return None };
        return within(reader, scope, range);
    }
    if last == "deserialize" {
        let ty = match &function.qself {
            Some(qself) => (*qself.ty).clone(),
            None => parent(function)?,
        };
        return Some(checked(reader.shape(scope, &ty)));
    }
    let found = reader.source.find(scope.module, &function.path, Sort::Value);
    match (found, field) {
        (Found::Elsewhere(names), Some((scope, ty))) if is_list(&names) => Some(reader.shape(scope, ty)),
        _ => None,
    }
}

/// `in_range(deserializer, 1024..=65535)`.
fn within(reader: &mut Reader<'_>, scope: &Scope, range: &ExprRange) -> Option<Shape> {
    let RangeLimits::Closed(_) = range.limits else { return None };
    let mut integer = |expr: &Option<Box<Expr>>| Evaluation::new(reader).integer(scope, expr.as_deref()?);
    Some(Shape::Value(Value::Integer(integer(&range.start)?, integer(&range.end)?)))
}

/// The type before `::deserialize`.
fn parent(function: &ExprPath) -> Option<Type> {
    let mut path = function.path.clone();
    path.segments.pop()?;
    path.segments.pop_punct();
    (!path.segments.is_empty()).then_some(Type::Path(TypePath { attrs: Vec::new(), qself: None, path }))
}

/// Where the deserializer is used.
struct Uses<'ast> {
    name: String,
    count: usize,
    call: Option<&'ast ExprCall>,
}

impl<'ast> Visit<'ast> for Uses<'ast> {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Some(Expr::Path(path)) = call.args.first()
            && path.path.is_ident(&self.name)
        {
            self.call = Some(call);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if path.path.is_ident(&self.name) {
            self.count += 1;
        }
        visit::visit_expr_path(self, path);
    }
}
