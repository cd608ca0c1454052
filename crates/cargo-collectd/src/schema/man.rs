//! The configuration as a manual page, collectd-NAME(5).

use roff::{Inline, Roff, bold, italic, roman};

use crate::shell::Plain;

use super::conf;
use super::words::{about, explained, kind, quoted};
use super::{Argument, Block, Entry, Kind, Plugin, Schema, Shape, Variant};

/// Of lines in the source.
const WIDTH: usize = 56;

/// What the page says that is not in the source.
pub(crate) struct Heading<'a> {
    /// As 2026-11-26.
    pub(crate) date: &'a str,
    /// The package with its version.
    pub(crate) source: &'a str,
}

pub(crate) fn render(schema: &Schema, heading: &Heading<'_>) -> String {
    let name = page_name(&schema.file);
    let mut page = Page { roff: Roff::new() };
    let title = name.to_uppercase();
    page.title(&title, heading);
    page.control("SH", &["NAME"]);
    let summary = schema.plugins.first().map_or("", |plugin| plugin.doc.as_str());
    let summary = first_sentence(summary);
    let summary = if summary.is_empty() { "a plugin for collectd".to_owned() } else { summary };
    page.text(vec![roman(name.clone()), roman(" - "), roman(summary)]);
    page.control("SH", &["SYNOPSIS"]);
    page.example(&synopsis(schema), false);
    page.control("SH", &["DESCRIPTION"]);
    let mut is_said = false;
    for plugin in schema.plugins.iter().filter(|plugin| !plugin.doc.is_empty()) {
        page.paragraphs(&plugin.doc);
        is_said = true;
    }
    if !is_said {
        page.paragraphs("A plugin for collectd.");
    }
    for plugin in &schema.plugins {
        page.plugin(plugin);
    }
    page.control("SH", &["EXAMPLE"]);
    page.text(vec![roman("With what can be left out, commented out, and each default:")]);
    page.example(&conf::render(schema), true);
    page.control("SH", &["SEE ALSO"]);
    page.text(vec![
        bold("collectd"),
        roman("(1), "),
        bold("collectd.conf"),
        roman("(5), "),
        bold("types.db"),
        roman("(5)"),
    ]);
    page.roff.render()
}

/// Of the page and of its file, without the section.
pub(crate) fn page_name(plugin: &str) -> String {
    format!("collectd-{plugin}")
}

struct Page {
    roff: Roff,
}

impl Page {
    /// Names, versions and dates: nothing that the language would take for something else.
    fn title(&mut self, name: &str, heading: &Heading<'_>) {
        let plain = |text: &str| text.replace(['\\', '"'], "").replace(char::is_control, "");
        let [name, source] = [name, heading.source].map(plain);
        self.roff.control("TH", [name.replace('-', "\\-").as_str(), "5", heading.date, &source, "collectd"]);
    }

    fn control(&mut self, name: &str, arguments: &[&str]) {
        self.roff.control(name, arguments.iter().copied());
    }

    /// Each sentence begins a line of the source, and none is long.
    fn text(&mut self, inlines: Vec<Inline>) {
        let mut column = 0;
        let inlines: Vec<Inline> = inlines.into_iter().map(|inline| folded(inline, &mut column)).collect();
        self.roff.text(inlines);
    }

    /// Text with code spans, which are bold.
    fn paragraphs(&mut self, text: &str) {
        for (number, paragraph) in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()).enumerate() {
            if number > 0 {
                self.control("PP", &[]);
            }
            self.text(spans(paragraph));
        }
    }

    /// Lines as they stand.
    fn example(&mut self, text: &str, is_after_text: bool) {
        if is_after_text {
            self.control("PP", &[]);
        }
        self.control("nf", &[]);
        for line in text.lines() {
            // An empty line in a page is a mistake to some.
            if line.is_empty() {
                self.control("sp", &[]);
            } else {
                self.roff.text([roman(Plain(line).to_string())]);
            }
        }
        self.control("fi", &[]);
    }

    fn plugin(&mut self, plugin: &Plugin) {
        let (word, name) = (plugin.kind.word(), quoted(&plugin.name));
        let heading = match plugin.kind {
            Kind::Plugin => "OPTIONS".to_owned(),
            _ => format!("OPTIONS OF THE {}", word.to_uppercase()),
        };
        self.control("SH", &[&heading]);
        let block = format!("<{word} {name}>");
        match plugin.config.core() {
            Shape::Nothing => self.text(vec![roman("There is nothing to configure.")]),
            Shape::Block(options) if options.options.is_empty() => self.text(vec![roman("The block has no options.")]),
            Shape::Block(options) => {
                if options.doc.is_empty() {
                    self.text(vec![roman("These may stand in "), bold(block), roman(":")]);
                } else {
                    self.paragraphs(&options.doc);
                }
                self.arguments(&options.arguments);
                self.options(options);
            }
            Shape::Choice(variants) => {
                self.text(vec![roman("These may stand in "), bold(block), roman(":")]);
                for variant in variants {
                    self.variant(variant);
                }
            }
            other => self.text(vec![bold(block), roman(format!(" takes {}.", kind(other)))]),
        }
    }

    fn options(&mut self, block: &Block) {
        for entry in &block.options {
            self.option(entry);
        }
    }

    fn option(&mut self, entry: &Entry) {
        self.control("TP", &[]);
        self.text(tag(&entry.name, &entry.shape));
        if !entry.doc.is_empty() {
            self.paragraphs(&entry.doc);
            self.control("IP", &[]);
        }
        self.text(vec![roman(about(entry))]);
        self.inside(&entry.shape);
        let words = explained(&entry.shape);
        if !words.is_empty() {
            self.control("RS", &[]);
            for word in words {
                self.control("TP", &[]);
                self.text(vec![bold(quoted(&word.name))]);
                self.paragraphs(&word.doc);
            }
            self.control("RE", &[]);
        }
    }

    /// What may stand in the block of a key.
    fn inside(&mut self, shape: &Shape) {
        match shape.core() {
            Shape::Block(block) => {
                self.control("RS", &[]);
                self.arguments(&block.arguments);
                self.options(block);
                self.control("RE", &[]);
            }
            Shape::Map(_, value) => self.inside(value),
            Shape::Choice(variants) => {
                self.control("RS", &[]);
                for variant in variants {
                    self.variant(variant);
                }
                self.control("RE", &[]);
            }
            _ => {}
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments.iter().filter(|argument| !argument.doc.is_empty()) {
            self.control("TP", &[]);
            self.text(vec![italic(label(argument))]);
            self.paragraphs(&argument.doc);
        }
    }

    fn variant(&mut self, variant: &Variant) {
        self.control("TP", &[]);
        self.text(tag(&variant.name, &variant.shape));
        if variant.doc.is_empty() {
            let kind = kind(&variant.shape);
            self.text(vec![roman(super::words::capital(&kind)), roman(".")]);
        } else {
            self.paragraphs(&variant.doc);
        }
        self.inside(&variant.shape);
    }
}

/// With line feeds in place of spaces, so that its lines in the source are short.
fn folded(inline: Inline, column: &mut usize) -> Inline {
    let mut fold = |text: &str| {
        let text = Plain(text).to_string();
        let mut folded = String::new();
        for (number, word) in text.split(' ').enumerate() {
            let is_end = folded.ends_with(['.', '?', '!']);
            let width = word.chars().count() + word.matches(['-', '\'', '\\']).count() * 5;
            if number > 0 {
                let starts_anew = (is_end || *column + width > WIDTH) && !folded.ends_with('\n');
                folded.push(if starts_anew { '\n' } else { ' ' });
                *column = if starts_anew { 0 } else { *column + 1 };
            }
            folded.push_str(word);
            *column += width;
        }
        folded
    };
    let folded = match inline {
        Inline::Roman(text) => return roman(fold(&text)),
        Inline::Bold(text) => bold(fold(&text)),
        Inline::Italic(text) => italic(fold(&text)),
        Inline::LineBreak => return inline,
    };
    // For the font.
    *column += 6;
    folded
}

/// The key, and what follows it.
fn tag(name: &str, shape: &Shape) -> Vec<Inline> {
    let values = |arguments: &[Argument]| {
        let one = |argument: &Argument| {
            let name = label(argument);
            if argument.is_optional { format!(" [{name}]") } else { format!(" {name}") }
        };
        arguments.iter().map(one).collect::<String>()
    };
    match shape.core() {
        Shape::Block(block) if block.options.is_empty() => vec![bold(name), italic(values(&block.arguments))],
        Shape::Block(block) => vec![bold(format!("<{name}")), italic(values(&block.arguments)), bold(">")],
        Shape::Line(arguments) => vec![bold(name), italic(values(arguments))],
        Shape::Map(_, value) => match value.core() {
            Shape::Block(_) => vec![bold(format!("<{name}")), italic(" name"), bold(">")],
            _ => vec![bold(name), italic(" name value")],
        },
        Shape::Nothing => vec![bold(name)],
        Shape::Value(value) => vec![bold(name), italic(format!(" {}", placeholder(value)))],
        _ => vec![bold(name), italic(" value")],
    }
}

fn label(argument: &Argument) -> String {
    match (argument.label.as_str(), argument.value.core()) {
        ("", Shape::Value(value)) => placeholder(value).to_owned(),
        ("", _) => "value".to_owned(),
        (label, _) => label.to_owned(),
    }
}

fn placeholder(value: &super::Value) -> &'static str {
    use super::Value;
    match value {
        Value::Boolean => "true|false",
        Value::Integer(..) | Value::Number => "number",
        Value::Text | Value::Character => "text",
        Value::Path => "path",
        Value::Seconds => "seconds",
        Value::Port => "port",
        Value::Regex => "expression",
        Value::Selection => "name|/expression/",
        Value::Address(_) => "address",
        Value::Words(..) => "word",
        Value::Any => "value",
        Value::Checked(inner) => placeholder(inner),
    }
}

fn synopsis(schema: &Schema) -> String {
    let mut lines = vec![format!("LoadPlugin {}", schema.file)];
    for plugin in schema.plugins.iter().filter(|plugin| plugin.kind != Kind::Plugin || plugin.config != Shape::Nothing)
    {
        let word = plugin.kind.word();
        lines.push(format!("<{word} {}>", quoted(&plugin.name)));
        lines.push("  ...".to_owned());
        lines.push(format!("</{word}>"));
    }
    lines.join("\n")
}

fn spans(text: &str) -> Vec<Inline> {
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(number, part)| if number % 2 == 1 { bold(part) } else { roman(part) }).collect()
}

/// For the line that tools look for: one line, without a full stop, and without the name of the page.
fn first_sentence(doc: &str) -> String {
    let paragraph = doc.split("\n\n").next().unwrap_or_default();
    let sentence = paragraph.split(". ").next().unwrap_or_default();
    sentence.trim_end_matches('.').replace('`', "")
}
