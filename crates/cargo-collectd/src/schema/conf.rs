//! The configuration as an example: commented out, with what is to be said about each option.
//!
//! Without the first `#` of each line it is a configuration that the daemon and the plugin take: what is required is in
//! it, and what has a default, with that. What is left out if nobody wants it has a `#` of its own. What explains has a
//! `#` and a space.

use crate::shell::Plain;

use super::words::{about, capital, explained, quoted, shown};
use super::{Address, Argument, Block, Default, Entry, Kind, Plugin, Schema, Shape, Value, Variant};

const WIDTH: usize = 100;

pub(crate) fn render(schema: &Schema) -> String {
    let mut page = Page::default();
    for plugin in &schema.plugins {
        page.explain(0, &plugin.doc);
    }
    if !page.lines.is_empty() {
        page.lines.push("#".to_owned());
    }
    page.lines.push(format!("LoadPlugin {}", word(&schema.file)));
    for plugin in &schema.plugins {
        page.plugin(plugin);
    }
    let mut text = String::new();
    for line in page.lines {
        text += format!("#{line}").trim_end();
        text.push('\n');
    }
    // What authors write commands no terminal, and is no other line.
    Plain(text).to_string()
}

/// Lines without the `#` before each of them.
#[derive(Default)]
struct Page {
    lines: Vec<String>,
    /// Blocks that are there already: where one comes again, that is enough.
    seen: Vec<(String, Block)>,
}

impl Page {
    fn line(&mut self, depth: usize, text: &str) {
        self.lines.push(format!("{}{text}", "  ".repeat(depth)));
    }

    fn explain(&mut self, depth: usize, text: &str) {
        for (number, paragraph) in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()).enumerate() {
            if number > 0 {
                self.lines.push(format!("{}#", "  ".repeat(depth)));
            }
            for line in wrapped(paragraph, WIDTH.saturating_sub(2 * depth + 3)) {
                self.lines.push(format!("{}# {line}", "  ".repeat(depth)));
            }
        }
    }

    fn plugin(&mut self, plugin: &Plugin) {
        self.seen.clear();
        let name = quoted(&plugin.name);
        match plugin.kind {
            Kind::Plugin if plugin.config == Shape::Nothing => {}
            Kind::Plugin => self.body(0, &format!("Plugin {}", word(&plugin.name)), &plugin.config),
            Kind::Match | Kind::Target => {
                self.line(0, "<Chain \"PreCache\">");
                self.line(1, &format!("<Rule {name}>"));
                self.body(2, &format!("{} {name}", plugin.kind.word()), &plugin.config);
                if plugin.kind == Kind::Match {
                    self.line(2, "Target \"return\"");
                }
                self.line(1, "</Rule>");
                self.line(0, "</Chain>");
            }
        }
    }

    /// The block of the whole configuration.
    fn body(&mut self, depth: usize, head: &str, config: &Shape) {
        let key = head.split(' ').next().unwrap_or_default();
        let arguments = match config.core() {
            Shape::Block(block) => {
                let required: Vec<_> = block.arguments.iter().filter(|argument| !argument.is_optional).collect();
                required.iter().map(|argument| format!(" {}", argument_sample(argument))).collect()
            }
            _ => String::new(),
        };
        self.line(depth, &format!("<{head}{arguments}>"));
        match config {
            Shape::Block(block) => self.options(depth + 1, block),
            Shape::Choice(variants) => self.children(depth + 1, variants, false),
            Shape::List(inner) | Shape::Optional(inner) => match &**inner {
                Shape::Choice(variants) => self.children(depth + 1, variants, true),
                Shape::Block(block) => self.options(depth + 1, block),
                _ => self.explain(depth + 1, &capital(&super::words::kind(inner))),
            },
            Shape::Map(key, value) => {
                self.explain(depth + 1, "Any key:");
                let entry = anonymous(&sample_word(key), (**value).clone());
                self.sample(depth + 1, &entry, true);
            }
            Shape::Nothing => {}
            other => self.explain(depth + 1, &capital(&super::words::kind(other))),
        }
        self.line(depth, &format!("</{key}>"));
    }

    /// Variants that stand as keys.
    fn children(&mut self, depth: usize, variants: &[Variant], is_list: bool) {
        for (number, variant) in variants.iter().enumerate() {
            self.explain(depth, &variant.doc);
            let shape = match &variant.shape {
                Shape::Nothing => Shape::Value(Value::Boolean),
                other => other.clone(),
            };
            self.sample(depth, &anonymous(&variant.name, shape), is_list || number > 0);
        }
    }

    fn options(&mut self, depth: usize, block: &Block) {
        for (number, entry) in block.options.iter().enumerate() {
            if number > 0 {
                self.lines.push(String::new());
            }
            self.explain(depth, &entry.doc);
            self.explain(depth, &about(entry));
            for word in explained(&entry.shape) {
                self.explain(depth, &format!("{}: {}", quoted(&word.name), word.doc));
            }
            let is_off = !matches!(entry.default, Default::Required | Default::Literal(_));
            self.sample(depth, entry, is_off);
        }
    }

    /// An option as it may stand there.
    fn sample(&mut self, depth: usize, entry: &Entry, is_off: bool) {
        if !entry.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.explain(depth, &format!("collectd cannot read the key {:?}.", entry.name));
            return;
        }
        let start = self.lines.len();
        self.shape(depth, &entry.name, entry, &entry.shape);
        if is_off {
            let indent = "  ".repeat(depth);
            for line in &mut self.lines[start..] {
                *line = format!("{indent}#{}", line.strip_prefix(&indent).unwrap_or(line));
            }
        }
    }

    fn shape(&mut self, depth: usize, head: &str, entry: &Entry, shape: &Shape) {
        if let Default::Literal(literal) = &entry.default {
            self.line(depth, &format!("{head} {}", shown(literal)));
            return;
        }
        let example = entry.example.as_deref();
        match shape {
            Shape::Optional(inner) | Shape::List(inner) => self.shape(depth, head, entry, inner),
            Shape::Block(block) => {
                let example = example.and_then(|line| line.split_once(' ')).map(|(_, values)| format!(" {values}"));
                let head = format!("{head}{}", example.unwrap_or_else(|| arguments(&block.arguments)));
                self.block(depth, &head, block);
            }
            Shape::Map(key, value) => {
                let line = example.map(str::to_owned);
                match (&**value, line) {
                    (Shape::Block(_) | Shape::Choice(_), _) | (_, None) => {
                        let inner = Entry { example: None, ..entry.clone() };
                        self.shape(depth, &format!("{head} {}", sample_key(key)), &inner, value);
                    }
                    (_, Some(line)) => self.line(depth, &line),
                }
            }
            _ if example.is_some() => self.line(depth, example.unwrap_or_default()),
            Shape::Nothing => self.block(depth, head, &Block::default()),
            Shape::Value(value) => self.line(depth, &format!("{head} {}", sample(value, &entry.name))),
            Shape::Line(all) => self.line(depth, &format!("{head}{}", arguments(all))),
            Shape::Choice(variants) => {
                for (number, variant) in variants.iter().enumerate() {
                    self.explain(depth, &variant.doc);
                    let inner = anonymous(&entry.name, variant.shape.clone());
                    let start = self.lines.len();
                    let head = format!("{head} {}", quoted(&variant.name));
                    match &variant.shape {
                        Shape::Nothing => self.line(depth, &head),
                        shape => self.shape(depth, &head, &inner, shape),
                    }
                    // One of them, unless several may be there.
                    if number > 0 && !entry.shape.is_list() {
                        for line in &mut self.lines[start..] {
                            let text = line.trim_start();
                            let indent = line.len() - text.len();
                            *line = format!("{}# {text}", &line[..indent]);
                        }
                    }
                }
            }
            // Nothing that could be read.
            Shape::Free(_) => self.line(depth, &format!("# {head} …")),
        }
    }

    fn block(&mut self, depth: usize, head: &str, block: &Block) {
        let key = head.split(' ').next().unwrap_or_default();
        if block.options.is_empty() && head.contains(' ') {
            self.line(depth, head);
            return;
        }
        self.line(depth, &format!("<{head}>"));
        let this = (key.to_owned(), block.clone());
        let may_be_empty = block.options.iter().all(|entry| entry.default != Default::Required);
        if may_be_empty && !block.options.is_empty() && self.seen.contains(&this) {
            self.explain(depth + 1, &format!("As in <{key}> above."));
        } else {
            self.options(depth + 1, block);
            self.seen.push(this);
        }
        self.line(depth, &format!("</{key}>"));
    }
}

fn anonymous(name: &str, shape: Shape) -> Entry {
    let name = name.to_owned();
    Entry { name, aliases: Vec::new(), doc: String::new(), shape, default: Default::Required, example: None }
}

fn arguments(all: &[Argument]) -> String {
    all.iter().map(|argument| format!(" {}", argument_sample(argument))).collect()
}

fn argument_sample(argument: &Argument) -> String {
    let label = if argument.label.is_empty() { "text" } else { &argument.label };
    match argument.value.core() {
        Shape::Value(value) => sample(value, label),
        Shape::Choice(variants) => quoted(variants.first().map_or("", |variant| &variant.name)),
        _ => quoted(label),
    }
}

fn sample_key(key: &Shape) -> String {
    match key.core() {
        Shape::Value(value) => sample(value, "name"),
        _ => quoted("name"),
    }
}

/// A key that is data, where it stands without quotes.
fn sample_word(key: &Shape) -> String {
    match key.core() {
        Shape::Value(Value::Words(words, _)) => words.first().map_or("Name", |word| &word.name).to_owned(),
        _ => "Name".to_owned(),
    }
}

/// A value of that kind.
fn sample(value: &Value, name: &str) -> String {
    match value {
        Value::Boolean => "true".to_owned(),
        Value::Integer(min, max) => 1.clamp(*min, *max).to_string(),
        Value::Number => "1".to_owned(),
        Value::Text | Value::Any => quoted(&name.to_ascii_lowercase()),
        Value::Path => quoted(&format!("/path/to/{}", name.to_ascii_lowercase())),
        Value::Character => quoted("x"),
        Value::Seconds => "10".to_owned(),
        Value::Port => "80".to_owned(),
        Value::Regex => quoted("^.*$"),
        Value::Selection => quoted("name"),
        Value::Address(Address::Ip | Address::V4) => quoted("192.0.2.1"),
        Value::Address(Address::V6) => quoted("2001:db8::1"),
        Value::Address(Address::Socket) => quoted("192.0.2.1:80"),
        Value::Words(words, _) => quoted(words.first().map_or("", |word| &word.name)),
        Value::Checked(inner) => sample(inner, name),
    }
}

/// Without quotes where the daemon needs none.
fn word(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    // A number, or a word for a boolean, would not be a name.
    let starts_well = name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic());
    let is_boolean = ["true", "yes", "on", "false", "no", "off"].iter().any(|word| name.eq_ignore_ascii_case(word));
    if starts_well && !is_boolean && name.bytes().all(is_plain) { name.to_owned() } else { quoted(name) }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is one");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
