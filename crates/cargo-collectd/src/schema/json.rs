//! The configuration as a JSON Schema (2020-12).
//!
//! How a configuration of collectd is a JSON document: the document has an object for each of `Plugin`, `Match` and
//! `Target` that the crate has, in it one for each name. A block is an object of its keys. An option with one value is
//! that value, a line with several is an array; what may be repeated is an array of what it is. What stands in the head
//! of a block is the member `$argument` or `$arguments`, as in the framework. Where the first value is a name of the
//! administrator's, or says which of several things follows, it is the key of an object.

use serde_json::{Map, Value as Json, json};

use super::words::kind;
use super::{Address, Argument, Block, Default, Entry, Literal, Schema, Shape, Value, Variant};

pub(crate) fn render(schema: &Schema) -> Json {
    let mut kinds = Map::new();
    for plugin in &schema.plugins {
        let mut config = of_shape(&plugin.config);
        describe(&mut config, &plugin.doc);
        let of_kind = kinds.entry(plugin.kind.word()).or_insert_with(|| json!({"type": "object", "properties": {}}));
        of_kind["properties"][&plugin.name] = config;
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Configuration of {}", schema.file),
        "type": "object",
        "properties": kinds,
    })
}

/// As text, in which what could command a terminal is written as JSON has it.
pub(crate) fn text(schema: &Json) -> String {
    let text = format!("{schema:#}");
    let safe = |c: char| match c {
        '\n' => c.to_string(),
        c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
            format!("\\u{:04x}", u32::from(c))
        }
        c => c.to_string(),
    };
    text.chars().map(safe).collect()
}

fn describe(schema: &mut Json, doc: &str) {
    if let (false, Some(object)) = (doc.is_empty(), schema.as_object_mut()) {
        object.insert("description".to_owned(), doc.into());
    }
}

fn of_shape(shape: &Shape) -> Json {
    match shape {
        Shape::Nothing => json!({"type": "object", "properties": {}, "additionalProperties": false}),
        Shape::Value(value) => of_value(value),
        Shape::Line(arguments) => of_arguments(arguments, false),
        Shape::List(inner) => json!({"type": "array", "items": of_shape(inner)}),
        Shape::Optional(inner) => of_shape(inner),
        Shape::Block(block) => of_block(block),
        Shape::Map(key, value) => {
            let mut schema = json!({"type": "object", "additionalProperties": of_shape(value)});
            if let Shape::Value(Value::Words(words, false)) = key.core() {
                schema["propertyNames"] = json!({"enum": words.iter().map(|word| &word.name).collect::<Vec<_>>()});
            }
            schema
        }
        Shape::Choice(variants) => json!({"oneOf": variants.iter().map(of_variant).collect::<Vec<_>>()}),
        Shape::Free(ty) => json!({"$comment": format!("not known: the Rust type is {ty}")}),
    }
}

/// An object with one key.
fn of_variant(variant: &Variant) -> Json {
    let inner = match &variant.shape {
        Shape::Nothing => json!({"const": true}),
        shape => of_shape(shape),
    };
    let mut schema = json!({
        "type": "object", "properties": {&variant.name: inner}, "required": [&variant.name], "additionalProperties": false,
    });
    describe(&mut schema, &variant.doc);
    add_aliases(&mut schema, &variant.aliases);
    schema
}

fn of_block(block: &Block) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    if let [one] = &block.arguments[..]
        && !block.is_open_ended
    {
        let mut argument = of_shape(&one.value);
        describe(&mut argument, &one.doc);
        properties.insert("$argument".to_owned(), argument);
        if !one.is_optional {
            required.push("$argument".to_owned());
        }
    } else if !block.arguments.is_empty() {
        let mut arguments = of_arguments(&block.arguments, block.is_open_ended);
        describe(&mut arguments, &block.arguments[0].doc);
        properties.insert("$arguments".to_owned(), arguments);
        if block.arguments.iter().any(|argument| !argument.is_optional) {
            required.push("$arguments".to_owned());
        }
    }
    for entry in &block.options {
        properties.insert(entry.name.clone(), of_entry(entry));
        if entry.default == Default::Required {
            required.push(entry.name.clone());
        }
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if block.is_closed || block.options.is_empty() {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

fn of_entry(entry: &Entry) -> Json {
    let mut schema = of_shape(&entry.shape);
    describe(&mut schema, &entry.doc);
    add_aliases(&mut schema, &entry.aliases);
    match &entry.default {
        Default::Literal(literal) => schema["default"] = of_literal(literal),
        Default::Code(place) => schema["$comment"] = json!(format!("default: see {place}")),
        Default::Required | Default::Absent => {}
    }
    schema
}

fn add_aliases(schema: &mut Json, aliases: &[String]) {
    if !aliases.is_empty() {
        schema["x-collectd-aliases"] = json!(aliases);
    }
}

fn of_arguments(arguments: &[Argument], is_open_ended: bool) -> Json {
    let least = arguments.iter().rposition(|argument| !argument.is_optional).map_or(0, |last| last + 1);
    if is_open_ended {
        let items = arguments.last().map_or(json!(true), |last| of_shape(&last.value));
        return json!({"type": "array", "items": items, "minItems": least});
    }
    let items: Vec<_> = arguments.iter().map(|argument| of_shape(&argument.value)).collect();
    if items.is_empty() {
        return json!({"type": "array", "maxItems": 0});
    }
    json!({"type": "array", "prefixItems": items, "items": false, "minItems": least})
}

/// What JSON Schema has no word for is in `x-collectd-type`.
fn of_value(value: &Value) -> Json {
    let of_type = |ty: &str, kind: &str| json!({"type": ty, "x-collectd-type": kind});
    match value {
        Value::Boolean => json!({"type": "boolean"}),
        Value::Integer(min, max) => json!({"type": "integer", "minimum": number(*min), "maximum": number(*max)}),
        Value::Number => json!({"type": "number"}),
        Value::Text => json!({"type": "string"}),
        Value::Path => of_type("string", "path"),
        Value::Character => json!({"type": "string", "minLength": 1, "maxLength": 1}),
        Value::Seconds => json!({"type": "number", "minimum": 0, "x-collectd-type": "seconds"}),
        Value::Port => json!({
            "oneOf": [{"type": "integer", "minimum": 1, "maximum": 65535}, {"type": "string", "minLength": 1}],
            "x-collectd-type": "port",
        }),
        Value::Regex => of_type("string", "regular expression"),
        Value::Selection => json!({"type": "string", "minLength": 1, "x-collectd-type": "selection"}),
        Value::Address(Address::V4) => json!({"type": "string", "format": "ipv4"}),
        Value::Address(Address::V6) => json!({"type": "string", "format": "ipv6"}),
        Value::Address(Address::Ip) => json!({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
        Value::Address(Address::Socket) => of_type("string", "socket address"),
        Value::Words(words, false) => json!({"enum": words.iter().map(|word| &word.name).collect::<Vec<_>>()}),
        Value::Words(words, true) => {
            json!({"type": "string", "examples": words.iter().map(|word| &word.name).collect::<Vec<_>>()})
        }
        Value::Any => json!({"type": ["string", "number", "boolean"]}),
        Value::Checked(inner) => {
            let mut schema = of_value(inner);
            schema["$comment"] =
                json!(format!("{}, which the plugin checks further", kind(&Shape::Value((**inner).clone()))));
            schema
        }
    }
}

/// What does not fit is not exact in the daemon either, which has doubles.
fn number(value: i128) -> Json {
    i64::try_from(value).map(Json::from).or_else(|_| u64::try_from(value).map(Json::from)).unwrap_or_else(|_| {
        let value = value as f64;
        json!(value)
    })
}

fn of_literal(literal: &Literal) -> Json {
    match literal {
        Literal::Boolean(value) => json!(value),
        Literal::Integer(value) => number(*value),
        Literal::Number(value) => json!(value),
        Literal::Text(text) | Literal::Word(text) => json!(text),
        Literal::List(list) => list.iter().map(of_literal).collect(),
        Literal::None => Json::Null,
    }
}
