//! Which value lists and notifications are wanted: options of all commands that can pass over some.

mod compare;
mod cursor;
mod error;
mod field;
mod glob;
mod number;
mod parser;
mod pattern;
mod regular;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::str::FromStr;

use collectd_net::{ContentRef, ItemRef};

use compare::Comparison;
pub(crate) use error::ParseError;
use field::NameField;
use pattern::Pattern;

#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "What to take")]
pub(crate) struct Args {
    /// Only of hosts whose name matches: a glob pattern, or /a regular expression/.
    #[arg(long, value_name = "PATTERN", long_help = PATTERN_HELP)]
    host: Vec<Pattern>,

    /// Only of plugins whose name matches; as --host.
    #[arg(long, value_name = "PATTERN")]
    plugin: Vec<Pattern>,

    /// Only of plugin instances that match; '' is what has none.
    #[arg(long, value_name = "PATTERN")]
    plugin_instance: Vec<Pattern>,

    /// Only of types that match; as --host.
    #[arg(long = "type", value_name = "PATTERN")]
    type_: Vec<Pattern>,

    /// Only of type instances that match; '' is what has none.
    #[arg(long, value_name = "PATTERN")]
    type_instance: Vec<Pattern>,

    /// Only that for which an expression is true, such as 'plugin == "swap" && value > 1e6'.
    #[arg(long, value_name = "EXPR", long_help = FILTER_HELP)]
    filter: Vec<Filter>,
}

const PATTERN_HELP: &str = "\
Only of hosts whose name matches: a glob pattern, or /a regular expression/.

A glob pattern is for the whole name: * is any text, ? any character, [a-z] one of these, [!a-z] any other; \\ takes \
the meaning from the next. A regular expression may match anywhere in the name; /…/i is for upper and lower case. \
Each of these options may be repeated: one of its patterns must match. Of different ones, all must.";

const FILTER_HELP: &str = "\
Only that for which an expression is true. If repeated, all must be.

  host plugin plugin_instance type type_instance message user
          texts: == and != for the whole, ~ and !~ for a regular expression somewhere in it
  value time interval
          numbers: == != < <= > >=; of several values, any; time and interval are in seconds
  severity  failure, warning or okay, with == and !=
  kind      values or notification, with == and !=
  from      the sender's IP address, with == and !=

Texts stand between \"\" or '', with \\ before what else has a meaning, and \\n, \\t, \\r, \\xNN; a single word needs \
no quotation marks. Expressions may also stand between //, and /…/i is for upper and lower case. Numbers may be 1e6, \
inf, or nan for what is not known. && is and, || is or, ! is not, and there are parentheses. What a notification has \
not, such as a value, makes a comparison false, != too.";

/// What is wanted. Costs next to nothing as long as that is everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    expression: Option<Expression>,
}

#[derive(Clone, Debug)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Is(Comparison),
}

/// What is looked at: an item, or something that is kept as part of one.
#[derive(Clone, Copy)]
struct Subject<'a> {
    content: ContentRef<'a>,
    from: Option<SocketAddr>,
    user: Option<&'a [u8]>,
}

impl Args {
    /// All that was asked for.
    pub(crate) fn filter(&self) -> Filter {
        let names = [
            (&self.host, NameField::Host),
            (&self.plugin, NameField::Plugin),
            (&self.plugin_instance, NameField::PluginInstance),
            (&self.type_, NameField::Type),
            (&self.type_instance, NameField::TypeInstance),
        ];
        let names = names.into_iter().filter(|(patterns, _)| !patterns.is_empty());
        let names = names.map(|(patterns, name)| {
            let comparison = |pattern: &Pattern| Expression::Is(Comparison::name(name, pattern.matcher().clone()));
            Expression::Any(patterns.iter().map(comparison).collect())
        });
        let expressions = self.filter.iter().filter_map(|filter| filter.expression.clone());
        let all: Vec<_> = names.chain(expressions).collect();
        Filter { expression: (!all.is_empty()).then_some(Expression::All(all)) }
    }
}

/// Reads an expression, as in `--filter`; nothing but blanks takes everything.
impl FromStr for Filter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Ok(Filter { expression: parser::parse(text)? })
    }
}

impl Filter {
    /// Whether this is wanted.
    #[inline]
    pub(crate) fn takes(&self, item: &ItemRef<'_>) -> bool {
        match &self.expression {
            None => true,
            Some(expression) => {
                let (content, from, user) = (item.content(), Some(item.from()), item.user());
                expression.takes(Subject { content, from, user })
            }
        }
    }

    /// The same for what is not from a packet any more. It has neither a sender nor a user.
    pub(crate) fn takes_content(&self, content: ContentRef<'_>) -> bool {
        let subject = Subject { content, from: None, user: None };
        self.expression.as_ref().is_none_or(|expression| expression.takes(subject))
    }
}

impl Expression {
    fn takes(&self, subject: Subject<'_>) -> bool {
        match self {
            Expression::All(all) => all.iter().all(|expression| expression.takes(subject)),
            Expression::Any(any) => any.iter().any(|expression| expression.takes(subject)),
            Expression::Not(expression) => !expression.takes(subject),
            Expression::Is(comparison) => comparison.takes(subject),
        }
    }
}
