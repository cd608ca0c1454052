//! `cargo collectd schema`: the configuration that a plugin accepts.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::Verdict;
use crate::project::{self, Project};
use crate::schema::{Schema, conf, json as json_schema, man};
use crate::shell::Shell;
use crate::source_date::SourceDate;

/// Show the configuration that the plugin accepts.
///
/// It is read from the source: from the type that the plugin's impl names as Config, with serde's attributes, its doc
/// comments, and defaults that are literals or constants. Nothing is built or run for it, and nothing of it gets into the plugin.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// For people, for programs, or for man.
    #[arg(long, value_name = "FORMAT", default_value = "conf")]
    format: Format,

    #[command(flatten)]
    project: project::Which,
}

const AFTER_HELP: &str = "\
conf is an example that is commented out. Without the first # of each line the daemon and the plugin take it: what is
required is there, with a value to be changed, and what has a default, with that. What can be left out has a # of its
own. A line of code in a doc comment that begins with the key, as `Server \"host\" 25826`, is taken for the example.

json is a JSON Schema (2020-12): blocks are objects, options that may be repeated are arrays of what they are, lines with
several values are arrays, and what stands in the head of a block is $argument or $arguments.

Types of other crates, and values that are read by code, are not followed: they are shown as free text, with a warning that has
their place.";

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// An example for collectd.conf, commented out
    Conf,
    /// A JSON Schema
    Json,
    /// A manual page, collectd-NAME(5)
    Man,
}

pub(crate) fn run(args: &Args, shell: &Shell) -> anyhow::Result<Verdict> {
    let project = args.project.find()?;
    let schema = Schema::read(&project)?;
    tell_gaps(&schema, shell);
    let (format, content): (&str, Value) = match args.format {
        Format::Conf => ("conf", conf::render(&schema).into()),
        Format::Json => ("json", json_schema::render(&schema)),
        Format::Man => ("man", manual(&schema, &project)?.into()),
    };
    match &content {
        Value::String(text) => shell.print(text.trim_end()),
        other => shell.print(json_schema::text(other)),
    }
    shell.message("schema", || json!({"package": project.package, "format": format, "content": content}));
    Ok(Verdict::Good)
}

/// What could not be followed.
pub(crate) fn tell_gaps(schema: &Schema, shell: &Shell) {
    for gap in &schema.gaps {
        shell.warn(gap);
    }
}

pub(crate) fn manual(schema: &Schema, project: &Project) -> anyhow::Result<String> {
    let date = SourceDate::of(project)?.day();
    let source = format!("{} {}", project.package, project.version());
    Ok(man::render(schema, &man::Heading { date: &date, source: &source }))
}
