//! What holds if a key is missing: found in the source where it is a literal there, or made of literals in plain ways.
//! Anything else is said to be in the code, with its place, rather than guessed.

mod literal;

use proc_macro2::Span;
use serde_derive_internals::ast::Field;
use syn::spanned::Spanned;
use syn::{Block, DeriveInput, Expr, ExprPath, Fields, ImplItem, Item, ItemImpl, Member, Stmt, Type};

use crate::shell::Plain;

use super::described::variant_name;
use super::resolve::{Found, Id, Sort, plain};
use super::types::{Reader, Scope, derive_input, derives};
use super::{Default, Literal, Shape, Value};

pub(super) struct Evaluation<'e, 'a> {
    reader: &'e mut Reader<'a>,
    /// How many steps are left: constants may go in a circle.
    steps: usize,
}

impl<'e, 'a> Evaluation<'e, 'a> {
    pub(super) fn new(reader: &'e mut Reader<'a>) -> Self {
        Evaluation { reader, steps: 1000 }
    }

    pub(super) fn integer(&mut self, scope: &Scope, expr: &Expr) -> Option<i128> {
        match self.literal(scope, expr)? {
            Literal::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// `#[serde(default = "path")]`.
    pub(super) fn of_function(&mut self, scope: &Scope, path: &ExprPath, shape: &Shape) -> Default {
        let Some((module, block)) = self.function(scope, path) else {
            return self.code(scope.module, path.span());
        };
        let (scope, place) = (Scope::new(module), block.span());
        match tail(block).and_then(|expr| self.fitting(&scope, expr, shape)) {
            Some(default) => default,
            None => self.code(module, place),
        }
    }

    /// `#[serde(default)]`.
    pub(super) fn of_type(&mut self, scope: &Scope, ty: &Type, shape: &Shape) -> Default {
        let code = self.code(scope.module, ty.span());
        let Some(id) = self.reader.local(scope, ty) else { return of_shape(shape).unwrap_or(code) };
        let item = self.reader.source.item(id);
        let inner = Scope::new(id.module);
        match item {
            Item::Type(alias) => self.of_type(&inner, &alias.ty, shape),
            Item::Struct(item) if derives(&item.attrs, "Default") => match (&item.fields, shape) {
                (_, Shape::Block(_)) => Default::Absent,
                (Fields::Unnamed(fields), _) if fields.unnamed.len() == 1 => {
                    self.of_type(&inner, &fields.unnamed[0].ty, shape)
                }
                _ => code,
            },
            Item::Enum(item) if derives(&item.attrs, "Default") => {
                let is_default = |variant: &&syn::Variant| variant.attrs.iter().any(|a| a.path().is_ident("default"));
                let variant = item.variants.iter().find(is_default);
                let name = variant
                    .and_then(|variant| variant_name(&derive_input(self.reader.source.item(id)), &variant.ident));
                name.map(Literal::Word).and_then(|word| fit(shape, word)).unwrap_or(code)
            }
            _ => match self.implementation(id) {
                Some((module, block)) => {
                    let place = self.code(module, block.self_ty.span());
                    let body = default_function(block).and_then(tail);
                    match (body, shape) {
                        (Some(Expr::Struct(_)), Shape::Block(_)) => Default::Absent,
                        (Some(expr), _) => {
                            self.fitting(&Scope::of(module, &block.self_ty), expr, shape).unwrap_or(place)
                        }
                        (None, _) => place,
                    }
                }
                None => code,
            },
        }
    }

    /// `#[serde(default)]` of the whole struct.
    pub(super) fn member_of_default(
        &mut self,
        scope: &Scope,
        input: Option<&DeriveInput>,
        field: &Field<'_>,
        shape: &Shape,
    ) -> Default {
        if input.is_some_and(|input| derives(&input.attrs, "Default")) {
            return self.of_type(scope, field.ty, shape);
        }
        let id = scope.self_type.as_ref().and_then(|own| self.reader.local(&own.0, &own.1));
        let Some((module, block)) = id.and_then(|id| self.implementation(id)) else {
            return self.code(scope.module, field.ty.span());
        };
        let inner = Scope::of(module, &block.self_ty);
        match default_function(block) {
            Some(body) => self.member(&inner, body, &field.member, Some((scope, field.ty)), shape),
            None => self.code(module, block.self_ty.span()),
        }
    }

    /// `#[serde(default = "path")]` of the whole struct.
    pub(super) fn member_of_function(
        &mut self,
        scope: &Scope,
        path: &ExprPath,
        member: &Member,
        shape: &Shape,
    ) -> Default {
        match self.function(scope, path) {
            Some((module, block)) => self.member(&Scope::new(module), block, member, None, shape),
            None => self.code(scope.module, path.span()),
        }
    }

    /// A member of the struct that a function makes.
    fn member(
        &mut self,
        scope: &Scope,
        body: &Block,
        member: &Member,
        ty: Option<(&Scope, &Type)>,
        shape: &Shape,
    ) -> Default {
        let code = self.code(scope.module, body.span());
        let Some(Expr::Struct(made)) = tail(body) else { return code };
        let Some(value) = made.fields.iter().find(|value| value.member == *member) else { return code };
        let is_default = matches!(&value.expr, Expr::Call(call)
            if matches!(&*call.func, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "default")));
        match ty {
            Some((scope, ty)) if is_default => self.of_type(scope, ty, shape),
            _ => self.fitting(scope, &value.expr, shape).unwrap_or_else(|| self.code(scope.module, value.expr.span())),
        }
    }

    fn fitting(&mut self, scope: &Scope, expr: &Expr, shape: &Shape) -> Option<Default> {
        let literal = self.literal(scope, expr)?;
        fit(shape, literal)
    }

    fn function(&self, scope: &Scope, path: &ExprPath) -> Option<(usize, &'a Block)> {
        let source = self.reader.source;
        match source.find(scope.module, &path.path, Sort::Value) {
            Found::Item(id) => match source.item(id) {
                Item::Fn(function) => Some((id.module, &*function.block)),
                _ => None,
            },
            Found::Elsewhere(_) => None,
        }
    }

    /// The `impl Default` of a type.
    fn implementation(&self, wanted: Id) -> Option<(usize, &'a ItemImpl)> {
        let source = self.reader.source;
        source.modules.iter().enumerate().find_map(|(number, module)| {
            module.items.iter().find_map(|item| {
                let Item::Impl(block) = item else { return None };
                let (path, _) = block.trait_.as_ref()?;
                let is_it = path.segments.last()?.ident == "Default"
                    && self.reader.local(&Scope::new(number), &block.self_ty) == Some(wanted);
                is_it.then_some((number, block))
            })
        })
    }

    fn code(&self, module: usize, span: Span) -> Default {
        let place = self.reader.source.place(module, span);
        Default::Code(format!("{}:{}", place.file.display(), place.line))
    }
}

/// What a block gives, if it does nothing else.
fn tail(block: &Block) -> Option<&Expr> {
    match &block.stmts[..] {
        [Stmt::Expr(expr, None)] => Some(expr),
        _ => None,
    }
}

fn default_function(block: &ItemImpl) -> Option<&Block> {
    block.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if plain(&function.sig.ident) == "default" => Some(&function.block),
        _ => None,
    })
}

/// What `Default` is for types that are not the author's.
fn of_shape(shape: &Shape) -> Option<Default> {
    let literal = match shape {
        Shape::Optional(_) | Shape::List(_) | Shape::Map(..) | Shape::Nothing | Shape::Block(_) => {
            return Some(Default::Absent);
        }
        Shape::Value(Value::Boolean) => Literal::Boolean(false),
        Shape::Value(Value::Integer(..) | Value::Number | Value::Seconds) => Literal::Integer(0),
        Shape::Value(Value::Text | Value::Path) => Literal::Text(String::new()),
        _ => return None,
    };
    fit(shape, literal)
}

/// The literal as the default of such a key, if it is a value of its kind.
fn fit(shape: &Shape, literal: Literal) -> Option<Default> {
    match (shape, literal) {
        (Shape::Optional(_), Literal::None) => Some(Default::Absent),
        (Shape::Optional(inner), literal) => fit(inner, literal),
        (Shape::List(_), Literal::List(list)) if list.is_empty() => Some(Default::Absent),
        (Shape::List(inner), Literal::List(list)) => match &**inner {
            Shape::Value(value) if list.iter().all(|one| is_value(value, one)) => {
                Some(Default::Literal(Literal::List(list)))
            }
            _ => None,
        },
        (Shape::Value(value), literal) if is_value(value, &literal) => Some(Default::Literal(literal)),
        _ => None,
    }
}

fn is_value(value: &Value, literal: &Literal) -> bool {
    let is_plain = |text: &String| !text.contains(['\n', '\t']) && Plain(text).to_string() == *text;
    match (value, literal) {
        (Value::Checked(inner), literal) => is_value(inner, literal),
        (Value::Boolean | Value::Any, Literal::Boolean(_)) | (Value::Number | Value::Any, Literal::Integer(_)) => true,
        (Value::Integer(min, max), Literal::Integer(number)) => (min..=max).contains(&number),
        (Value::Number | Value::Any, Literal::Number(number)) => number.is_finite(),
        (Value::Seconds, Literal::Integer(number)) => *number >= 0,
        (Value::Seconds, Literal::Number(number)) => number.is_finite() && *number >= 0.0,
        (Value::Port, Literal::Integer(number)) => (1..=65535).contains(number),
        (Value::Words(words, _), Literal::Word(name)) => words.iter().any(|word| word.name == *name),
        (Value::Character, Literal::Text(text)) => is_plain(text) && text.chars().count() == 1,
        (Value::Selection, Literal::Text(text)) => is_plain(text) && !text.is_empty(),
        (
            Value::Text | Value::Path | Value::Regex | Value::Address(_) | Value::Port | Value::Any,
            Literal::Text(text),
        ) => is_plain(text),
        _ => false,
    }
}
