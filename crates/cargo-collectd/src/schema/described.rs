//! Structs and enums with a derived `Deserialize`, as serde's attributes describe them.

use proc_macro2::{Ident, Span};
use serde_derive_internals::ast::{Container, Data, Field, Style, Variant as Described};
use serde_derive_internals::attr::{self, TagType};
use serde_derive_internals::{Ctxt, Derive};
use syn::DeriveInput;

use super::defaults::Evaluation;
use super::types::{Reader, Scope};
use super::{Argument, Block, Default, Entry, Shape, Value, Variant, Word, docs, written};

/// Names of the framework for what stands in the head of a block.
const ARGUMENT: &str = "$argument";
const ARGUMENTS: &str = "$arguments";

pub(super) struct Description<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// Where the type itself is.
    scope: Scope,
}

impl<'r, 'a> Description<'r, 'a> {
    pub(super) fn new(reader: &'r mut Reader<'a>, scope: Scope) -> Self {
        Description { reader, scope }
    }

    /// What the type takes, or why that is not known.
    pub(super) fn shape(mut self, input: &DeriveInput) -> Result<Shape, String> {
        let context = Ctxt::new();
        let container =
            Container::from_ast(&context, input, Derive::Deserialize, &Ident::new("__private", Span::call_site()));
        if let Err(error) = context.check() {
            self.reader.gap(&self.scope, error.span(), format!("serde: {error}"));
            return Err("has attributes that serde refuses".to_owned());
        }
        let Some(container) = container else { return Err("is nothing that serde derives for".to_owned()) };
        if let Some(ty) = container.attrs.type_from().or(container.attrs.type_try_from()) {
            return Ok(checked(self.reader.shape(&self.scope, ty)));
        }
        match &container.data {
            Data::Struct(style, fields) => Ok(self.structure(&container, *style, fields)),
            Data::Enum(variants) => match container.attrs.tag() {
                TagType::External => Ok(self.choice(variants)),
                _ => Err("is an enum that serde finds the variant of by looking inside (tag, untagged)".to_owned()),
            },
        }
    }

    fn structure(&mut self, container: &Container<'_>, style: Style, fields: &[Field<'_>]) -> Shape {
        let read = |field: &&Field<'_>| !field.attrs.skip_deserializing();
        if container.attrs.transparent() {
            let inner = fields.iter().find(|field| field.attrs.transparent());
            return inner.map_or(Shape::Nothing, |field| self.of_field(field));
        }
        let mut shape = self.of_fields(style, fields, |description, block| {
            for field in fields.iter().filter(read) {
                description.add(block, field, Some(container));
            }
        });
        if let Shape::Block(block) = &mut shape {
            block.doc = docs::text(&container.original.attrs);
            block.is_closed = container.attrs.deny_unknown_fields();
        }
        shape
    }

    fn of_fields(&mut self, style: Style, fields: &[Field<'_>], add: impl FnOnce(&mut Self, &mut Block)) -> Shape {
        let mut fields = fields.iter().filter(|field| !field.attrs.skip_deserializing());
        match style {
            Style::Unit => Shape::Nothing,
            Style::Newtype => fields.next().map_or(Shape::Nothing, |field| self.of_field(field)),
            Style::Tuple => Shape::Line(fields.map(|field| self.argument(field)).collect()),
            Style::Struct => {
                let mut block = Block::default();
                add(self, &mut block);
                Shape::Block(block)
            }
        }
    }

    fn argument(&mut self, field: &Field<'_>) -> Argument {
        let (value, is_optional) = match self.of_field(field) {
            Shape::Optional(inner) => (*inner, true),
            other => (other, !field.attrs.default().is_none()),
        };
        Argument { label: String::new(), doc: docs::text(&field.original.attrs), value, is_optional }
    }

    fn of_field(&mut self, field: &Field<'_>) -> Shape {
        match field.attrs.deserialize_with() {
            Some(path) => written::through(self.reader, &self.scope, path, field.ty),
            None => self.reader.shape(&self.scope, field.ty),
        }
    }

    /// A field as a key, or as what stands in the head.
    fn add(&mut self, block: &mut Block, field: &Field<'_>, container: Option<&Container<'_>>) {
        let shape = self.of_field(field);
        if field.attrs.flatten() {
            self.flatten(block, field, shape);
            return;
        }
        let doc = docs::text(&field.original.attrs);
        let name = field.attrs.name().deserialize_name().value.clone();
        match name.as_str() {
            ARGUMENT => {
                let (value, is_optional) = match shape {
                    Shape::Optional(inner) => (*inner, true),
                    other => (other, !field.attrs.default().is_none()),
                };
                block.arguments = vec![Argument { label: label(field), doc, value, is_optional }];
            }
            ARGUMENTS => add_arguments(block, shape, false, &label(field), &doc),
            _ => {
                let default = self.default(field, &shape, container);
                let aliases = field.attrs.aliases().iter().map(|alias| alias.value.clone());
                let aliases = aliases.filter(|alias| *alias != name).collect();
                let example = docs::example(&doc, &name);
                block.options.push(Entry { name, aliases, doc, shape, default, example });
            }
        }
    }

    fn flatten(&mut self, block: &mut Block, field: &Field<'_>, shape: Shape) {
        match shape {
            Shape::Block(inner) => {
                block.options.extend(inner.options);
                if !inner.arguments.is_empty() {
                    block.arguments = inner.arguments;
                    block.is_open_ended = inner.is_open_ended;
                }
            }
            Shape::Optional(inner) => {
                // All of it may be missing.
                let mut optional = Block::default();
                self.flatten(&mut optional, field, *inner);
                for entry in &mut optional.options {
                    if entry.default == Default::Required {
                        entry.default = Default::Absent;
                    }
                }
                block.options.append(&mut optional.options);
            }
            _ => {
                let text = super::types::written(field.ty);
                let problem = format!("`{text}` is flattened, and takes keys that are not known: they are not shown");
                self.reader.gap(&self.scope, syn::spanned::Spanned::span(field.ty), problem);
            }
        }
    }

    fn default(&mut self, field: &Field<'_>, shape: &Shape, container: Option<&Container<'_>>) -> Default {
        let of_container = container.map(|container| container.attrs.default());
        let mut evaluation = Evaluation::new(self.reader);
        match (field.attrs.default(), of_container) {
            (attr::Default::Path(path), _) => evaluation.of_function(&self.scope, path, shape),
            (attr::Default::Default, _) => evaluation.of_type(&self.scope, field.ty, shape),
            (attr::Default::None, Some(attr::Default::Path(path))) => {
                evaluation.member_of_function(&self.scope, path, &field.member, shape)
            }
            (attr::Default::None, Some(attr::Default::Default)) => {
                let input = container.map(|container| container.original);
                evaluation.member_of_default(&self.scope, input, field, shape)
            }
            // serde asks the type of a missing key, but for functions of the author's.
            (attr::Default::None, _) => match shape {
                Shape::Optional(_) | Shape::Nothing if field.attrs.deserialize_with().is_none() => Default::Absent,
                _ => Default::Required,
            },
        }
    }

    fn choice(&mut self, variants: &[Described<'_>]) -> Shape {
        let read = || variants.iter().filter(|variant| !variant.attrs.skip_deserializing());
        let has_others = variants.iter().any(|variant| variant.attrs.other());
        let names = |variant: &Described<'_>| {
            let name = variant.attrs.name().deserialize_name().value.clone();
            let aliases = variant.attrs.aliases().iter().map(|alias| alias.value.clone());
            (name.clone(), aliases.filter(|alias| *alias != name).collect::<Vec<_>>())
        };
        if read().all(|variant| matches!(variant.style, Style::Unit)) {
            let words = read().filter(|variant| !variant.attrs.other()).map(|variant| {
                let (name, aliases) = names(variant);
                Word { name, aliases, doc: docs::text(&variant.original.attrs) }
            });
            return Shape::Value(Value::Words(words.collect(), has_others));
        }
        let mut all = Vec::new();
        for variant in read().filter(|variant| !variant.attrs.other()) {
            let (name, aliases) = names(variant);
            let shape = match variant.attrs.deserialize_with() {
                Some(path) => Shape::Free(super::types::written(path)),
                None => self.of_fields(variant.style, &variant.fields, |description, block| {
                    for field in variant.fields.iter().filter(|field| !field.attrs.skip_deserializing()) {
                        description.add(block, field, None);
                    }
                }),
            };
            all.push(Variant { name, aliases, doc: docs::text(&variant.original.attrs), shape });
        }
        Shape::Choice(all)
    }
}

/// What stands in the head of a block: a list or a tuple.
fn add_arguments(block: &mut Block, shape: Shape, is_optional: bool, label: &str, doc: &str) {
    let argument =
        |value: Shape, is_optional: bool| Argument { label: label.to_owned(), doc: doc.to_owned(), value, is_optional };
    match shape {
        Shape::Optional(inner) => add_arguments(block, *inner, true, label, doc),
        Shape::Line(arguments) => {
            block.arguments = arguments
                .into_iter()
                .map(|given| Argument { doc: doc.to_owned(), is_optional: given.is_optional || is_optional, ..given })
                .collect();
        }
        Shape::List(inner) => {
            block.arguments = vec![argument(*inner, true)];
            block.is_open_ended = true;
        }
        Shape::Nothing => {}
        other => block.arguments = vec![argument(other, is_optional)],
    }
}

/// A single value that code of the author's may refuse.
pub(super) fn checked(shape: Shape) -> Shape {
    match shape {
        Shape::Value(Value::Checked(inner)) => Shape::Value(Value::Checked(inner)),
        Shape::Value(value) => Shape::Value(Value::Checked(Box::new(value))),
        Shape::Optional(inner) => Shape::Optional(Box::new(checked(*inner))),
        other => other,
    }
}

fn label(field: &Field<'_>) -> String {
    match &field.member {
        syn::Member::Named(ident) => super::resolve::plain(ident),
        syn::Member::Unnamed(index) => index.index.to_string(),
    }
}

/// What serde calls a variant.
pub(super) fn variant_name(input: &DeriveInput, wanted: &Ident) -> Option<String> {
    let context = Ctxt::new();
    let container =
        Container::from_ast(&context, input, Derive::Deserialize, &Ident::new("__private", Span::call_site()));
    let is_good = context.check().is_ok();
    match container?.data {
        Data::Enum(variants) if is_good => {
            let variant = variants.iter().find(|variant| variant.ident == *wanted)?;
            Some(variant.attrs.name().deserialize_name().value.clone())
        }
        _ => None,
    }
}
