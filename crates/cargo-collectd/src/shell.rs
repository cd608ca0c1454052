//! What is said, in the manner of cargo: `{verb:>12} text` on standard error, results on standard output.

use std::env;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use clap::ValueEnum;
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageFormat {
    Human,
    Json,
}

/// Where everything is said. Control characters of what it is given are escaped: names and messages from outside
/// must not command a terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shell {
    color: bool,
    color_stdout: bool,
    format: MessageFormat,
}

/// What stands before a line.
#[derive(Clone, Copy)]
enum Style {
    Green,
    Cyan,
    Yellow,
    Red,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Style::Green => "\x1b[1;32m",
            Style::Cyan => "\x1b[1;36m",
            Style::Yellow => "\x1b[1;33m",
            Style::Red => "\x1b[1;31m",
        }
    }
}

const RESET: &str = "\x1b[0m";

impl Shell {
    pub(crate) fn new(choice: ColorChoice, format: MessageFormat) -> Self {
        let is_colored = |is_terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        let color_stdout = is_colored(io::stdout().is_terminal());
        Shell { color: is_colored(io::stderr().is_terminal()), color_stdout, format }
    }

    /// Whether standard output is for a program.
    pub(crate) fn is_json(&self) -> bool {
        self.format == MessageFormat::Json
    }

    /// The `--color` that programs are to be given that write to standard error beside us.
    pub(crate) fn color_argument(&self) -> &'static str {
        if self.color { "always" } else { "never" }
    }

    /// `     Created text`: what is being done, or was done.
    pub(crate) fn status(&self, verb: &str, text: impl fmt::Display) {
        self.tell(&format!("{verb:>12}"), Style::Green, "", text);
    }

    pub(crate) fn note(&self, text: impl fmt::Display) {
        self.tell("note", Style::Cyan, ":", text);
    }

    pub(crate) fn warn(&self, text: impl fmt::Display) {
        self.tell("warning", Style::Yellow, ":", &text);
        self.message("warning", || json!({"message": text.to_string()}));
    }

    pub(crate) fn error(&self, text: impl fmt::Display) {
        self.tell("error", Style::Red, ":", &text);
        self.message("error", || json!({"message": text.to_string()}));
    }

    /// A line that others have formatted, on standard error.
    pub(crate) fn say(&self, text: impl fmt::Display) {
        to_stderr(&format!("{}\n", Plain(text)));
    }

    /// A line of what was asked for, on standard output, unless that is for a program.
    pub(crate) fn print(&self, text: impl fmt::Display) {
        if !self.is_json() {
            to_stdout(&format!("{}\n", Plain(text)));
        }
    }

    /// The same, with a mark before it in green, or in red.
    pub(crate) fn print_marked(&self, good: bool, mark: &str, text: impl fmt::Display) {
        if !self.is_json() {
            let style = if good { Style::Green } else { Style::Red };
            let mark = paint(mark, style, self.color_stdout);
            to_stdout(&format!("{mark} {}\n", Plain(text)));
        }
    }

    /// Whether standard output takes no more. Who only writes there may end.
    pub(crate) fn is_unread(&self) -> bool {
        LOST.get().is_some()
    }

    /// Why standard output has not taken all, unless it is that whoever read has seen enough.
    pub(crate) fn lost(&self) -> Option<&'static io::Error> {
        LOST.get().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    /// An object with its `reason`, on standard output, if that is for a program.
    pub(crate) fn message(&self, reason: &str, fields: impl FnOnce() -> Value) {
        if self.is_json() {
            let mut object = json!({"reason": reason});
            if let (Value::Object(object), Value::Object(fields)) = (&mut object, fields()) {
                object.extend(fields);
            }
            to_stdout(&format!("{object}\n"));
        }
    }

    fn tell(&self, word: &str, style: Style, after: &str, text: impl fmt::Display) {
        to_stderr(&format!("{}{after} {}\n", paint(word, style, self.color), Plain(text)));
    }
}

fn paint(word: &str, style: Style, color: bool) -> String {
    if color { format!("{}{word}{RESET}", style.code()) } else { word.to_owned() }
}

/// In one piece, so that it does not mix with what others write to the same terminal; unlike `eprintln!` it does not
/// panic if nobody reads there.
fn to_stderr(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// What standard output did not take, if it was so once.
static LOST: OnceLock<io::Error> = OnceLock::new();

fn to_stdout(text: &str) {
    if LOST.get().is_some() {
        return;
    }
    let mut stdout = io::stdout().lock();
    if let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        let _ = LOST.set(error);
    }
}

/// Displays text without control characters other than line feeds and tabs.
pub(crate) struct Plain<T>(pub(crate) T);

impl<T: fmt::Display> fmt::Display for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c {
            '\n' | '\t' => self.0.write_char(c),
            // Those, too, that turn the direction of writing.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => write!(self.0, "{}", c.escape_default()),
            c if c.is_control() => write!(self.0, "{}", c.escape_default()),
            c => self.0.write_char(c),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_commands_no_terminal() {
        assert_eq!(Plain("a\x1b[2Jb\r\n\tc\u{202e}ä").to_string(), "a\\u{1b}[2Jb\\r\n\tc\\u{202e}ä");
    }
}
