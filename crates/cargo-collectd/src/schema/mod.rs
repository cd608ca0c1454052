//! The configuration that a plugin accepts, read from its source: from the type that its `impl` names as `Config`.
//!
//! serde's attributes are read by serde's own reader, so that names, defaults and aliases are what the derived code
//! makes of them. What cannot be followed is not left out: it is shown as free text, and said with its place.

pub(crate) mod conf;
mod defaults;
mod described;
mod docs;
pub(crate) mod json;
mod known;
pub(crate) mod man;
mod plugins;
mod resolve;
mod source;
mod types;
mod words;
mod written;

use std::fmt;
use std::path::PathBuf;

use crate::project::Project;

/// What the crate's plugins, matches and targets accept.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    /// The name after `LoadPlugin`.
    pub(crate) file: String,
    pub(crate) plugins: Vec<Plugin>,
    /// What could not be followed, and where.
    pub(crate) gaps: Vec<Gap>,
}

#[derive(Debug)]
pub(crate) struct Plugin {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// Of the type that implements it, or of its configuration.
    pub(crate) doc: String,
    pub(crate) config: Shape,
}

/// Which block it is configured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plugin,
    Match,
    Target,
}

/// What a key, or the whole configuration, can be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// No keys, no values.
    Nothing,
    Value(Value),
    /// Several values in one line.
    Line(Vec<Argument>),
    /// May be given several times.
    List(Box<Shape>),
    /// May be missing.
    Optional(Box<Shape>),
    Block(Block),
    /// The first value of each line or block is a key of the author's map.
    Map(Box<Shape>, Box<Shape>),
    /// The first value says which.
    Choice(Vec<Variant>),
    /// A type that is not followed; as the author wrote it.
    Free(String),
}

/// A single value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Boolean,
    Integer(i128, i128),
    Number,
    Text,
    Path,
    Character,
    Seconds,
    Port,
    Regex,
    /// Of an ignore list: a name, or an expression between slashes.
    Selection,
    Address(Address),
    /// One of these; `true` if others are taken, too.
    Words(Vec<Word>, bool),
    /// Any of the three types that collectd has.
    Any,
    /// As `Text`, and checked by code of the author's.
    Checked(Box<Value>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Ip,
    V4,
    V6,
    Socket,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) doc: String,
}

/// A value of a line, or in the head of a block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Argument {
    /// What it is called where it needs a name.
    pub(crate) label: String,
    pub(crate) doc: String,
    pub(crate) value: Shape,
    pub(crate) is_optional: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    pub(crate) doc: String,
    pub(crate) arguments: Vec<Argument>,
    /// Whether the last of them may stand several times.
    pub(crate) is_open_ended: bool,
    pub(crate) options: Vec<Entry>,
    /// Whether other keys are an error.
    pub(crate) is_closed: bool,
}

/// A key of a block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) doc: String,
    pub(crate) shape: Shape,
    pub(crate) default: Default,
    /// A line that the author shows.
    pub(crate) example: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) doc: String,
    pub(crate) shape: Shape,
}

/// What holds if a key is missing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Default {
    /// It must not be.
    Required,
    /// Nothing in its place.
    Absent,
    Literal(Literal),
    /// Code makes it: where.
    Code(String),
}

/// A value that is written in the source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Boolean(bool),
    Integer(i128),
    Number(f64),
    Text(String),
    List(Vec<Literal>),
    /// A unit variant of a type of the author's, as serde calls it.
    Word(String),
    None,
}

/// What was not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) place: Place,
    pub(crate) problem: String,
}

/// A place in the crate's source; line and column from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Plugin => "Plugin",
            Kind::Match => "Match",
            Kind::Target => "Target",
        }
    }
}

impl Shape {
    /// Without what says how often it may be there.
    pub(crate) fn core(&self) -> &Shape {
        match self {
            Shape::Optional(inner) | Shape::List(inner) => inner.core(),
            other => other,
        }
    }

    pub(crate) fn is_list(&self) -> bool {
        match self {
            Shape::List(_) => true,
            Shape::Optional(inner) => inner.is_list(),
            _ => false,
        }
    }
}

impl Schema {
    /// Reads the source of the project's library.
    ///
    /// # Errors
    ///
    /// If it cannot be read or is no Rust, or has no plugin.
    pub(crate) fn read(project: &Project) -> anyhow::Result<Self> {
        let source = source::Source::read(project)?;
        plugins::read(&source, project)
    }
}
