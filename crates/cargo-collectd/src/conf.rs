//! What stands where in collectd's configuration. The daemon is who judges it; this finds the lines.

use std::fs;
use std::path::{Path, PathBuf};

/// As deep as the daemon follows `Include`.
const DEPTH: usize = 8;
/// Larger files are no configurations.
const SIZE_LIMIT: u64 = 16 << 20;
const FILE_LIMIT: usize = 10_000;
/// The daemon goes as deep as there are directories; of a circle of links there is no end.
const DIR_DEPTH: usize = 16;

/// A line with a key: an option, or the beginning of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    /// Where the block ends.
    last: usize,
    pub(crate) key: String,
    pub(crate) args: Vec<String>,
    pub(crate) is_block: bool,
    /// Those of the blocks around it, from the outermost: places in the list of entries.
    pub(crate) parents: Vec<usize>,
}

impl Entry {
    pub(crate) fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    pub(crate) fn arg(&self) -> &str {
        self.args.first().map_or("", String::as_str)
    }
}

/// The lines of a configuration and of all that it includes, in the order in which the daemon sees them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conf {
    pub(crate) entries: Vec<Entry>,
    pub(crate) files: Vec<PathBuf>,
    /// Places of blocks that have no end in their file.
    pub(crate) unclosed: Vec<usize>,
    /// File and line of the first quote that has no end.
    pub(crate) open_quote: Option<(PathBuf, usize)>,
}

impl Conf {
    pub(crate) fn read(path: &Path) -> Self {
        let mut conf = Conf::default();
        conf.add_file(path, &mut Vec::new(), 0);
        conf
    }

    /// Options outside of all blocks.
    pub(crate) fn top(&self, key: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.parents.is_empty() && entry.is(key))
    }

    /// What is loaded, by name.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = &str> {
        self.top("LoadPlugin").map(Entry::arg)
    }

    /// An entry as it is written: a line, or a block to its end with what it includes.
    pub(crate) fn text(&self, at: usize) -> String {
        let entry = &self.entries[at];
        let mut text = String::new();
        self.add_text(&mut text, &entry.file, entry.line, entry.last, 0);
        text
    }

    fn add_text(&self, text: &mut String, file: &Path, first: usize, last: usize, depth: usize) {
        let bytes = fs::read(file).unwrap_or_default();
        let lines = String::from_utf8_lossy(&bytes);
        let mut goes_on = false;
        // Where an Include is a block, that is left out.
        let mut behind = 0;
        for (line, written) in lines.lines().enumerate().map(|(at, line)| (at + 1, line)).skip(first - 1) {
            if line > last && !goes_on {
                return;
            }
            if line <= behind {
                continue;
            }
            goes_on = written.ends_with('\\');
            let is_here = |entry: &Entry| entry.line == line && entry.is("Include") && entry.file == file;
            match self.entries.iter().position(is_here) {
                Some(include) if depth < DEPTH => {
                    behind = self.entries[include].last;
                    for file in self.included_by(include) {
                        self.add_text(text, &file, 1, usize::MAX, depth + 1);
                    }
                }
                _ => *text += &format!("{written}\n"),
            }
        }
    }

    fn add_file(&mut self, path: &Path, parents: &mut Vec<usize>, depth: usize) {
        let is_small = fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() <= SIZE_LIMIT);
        if depth >= DEPTH || !is_small || self.files.len() >= FILE_LIMIT {
            return;
        }
        let Ok(bytes) = fs::read(path) else { return };
        self.files.push(path.to_owned());
        let outer = parents.len();
        let lines = logical_lines(&String::from_utf8_lossy(&bytes));
        if self.open_quote.is_none() {
            let open = lines.iter().find(|(_, text)| ends_in_quotes(text));
            self.open_quote = open.map(|(line, _)| (path.to_owned(), *line));
        }
        for (line, text) in lines {
            self.add_line(path, line, &text, parents, outer, depth);
        }
        self.unclosed.extend(parents.drain(outer..));
    }

    fn add_line(&mut self, path: &Path, line: usize, text: &str, parents: &mut Vec<usize>, outer: usize, depth: usize) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            return;
        }
        if text.starts_with("</") {
            if parents.len() > outer
                && let Some(block) = parents.pop()
            {
                self.entries[block].last = line;
                if self.entries[block].is("Include") {
                    self.include(block, parents, depth);
                }
            }
            return;
        }
        let (text, is_block) = match text.strip_prefix('<') {
            Some(text) => (text.trim_end().trim_end_matches('>'), true),
            None => (text, false),
        };
        let mut words = words(text).into_iter();
        let Some(key) = words.next() else { return };
        let (file, args, parents_here) = (path.to_owned(), words.collect(), parents.clone());
        let entry = Entry { file, line, last: line, key, args, is_block, parents: parents_here };
        let (at, includes) = (self.entries.len(), entry.is("Include"));
        self.entries.push(entry);
        if is_block {
            // An Include, too: its end tells that its Filter is known.
            parents.push(at);
        } else if includes {
            self.include(at, parents, depth);
        }
    }

    fn include(&mut self, at: usize, parents: &mut Vec<usize>, depth: usize) {
        for file in self.included_by(at) {
            self.add_file(&file, parents, depth + 1);
        }
    }

    /// The files that an `Include` names, which have to match its `Filter`, if it is a block with one.
    fn included_by(&self, at: usize) -> Vec<PathBuf> {
        let mut files = included(self.entries[at].arg());
        let is_filter = |entry: &&Entry| entry.parents.last() == Some(&at) && entry.is("Filter");
        if let Some(filter) =
            self.entries.iter().rfind(is_filter).and_then(|entry| glob::Pattern::new(entry.arg()).ok())
        {
            files.retain(|file| file.file_name().is_some_and(|name| filter.matches(&name.to_string_lossy())));
        }
        files
    }
}

/// Lines with their numbers; those that end in a backslash go on in the next one.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut is_open = false;
    for (number, line) in text.lines().enumerate() {
        let (line, goes_on) = match line.strip_suffix('\\') {
            Some(line) => (line, true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some((_, before)) if is_open => *before += line,
            _ => lines.push((number + 1, line.to_owned())),
        }
        is_open = goes_on;
    }
    lines
}

fn ends_in_quotes(line: &str) -> bool {
    let mut is_inside = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '#' if !is_inside => return false,
            '"' => is_inside = !is_inside,
            '\\' if is_inside => drop(chars.next()),
            _ => {}
        }
    }
    is_inside
}

/// Words with space between them; quoted ones may have space in them.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(first) = chars.next() {
        match first {
            '#' => break,
            '"' => {
                let mut word = String::new();
                while let Some(c) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => word.extend(chars.next()),
                        c => word.push(c),
                    }
                }
                words.push(word);
            }
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace() && *c != '"') {
                    word.push(c);
                }
                words.push(word);
            }
        }
    }
    words
}

/// The files that a pattern, a file's name or a directory's means, of which all below is meant.
fn included(pattern: &str) -> Vec<PathBuf> {
    let Ok(paths) = glob::glob(pattern) else { return Vec::new() };
    let mut files = Vec::new();
    for path in paths.flatten().take(FILE_LIMIT) {
        add_files(&mut files, path, 0);
    }
    files
}

fn add_files(files: &mut Vec<PathBuf>, path: PathBuf, depth: usize) {
    if files.len() >= FILE_LIMIT || depth > DIR_DEPTH {
        return;
    }
    if !path.is_dir() {
        files.push(path);
        return;
    }
    let entries = fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path());
    // The daemon passes over hidden files.
    let is_hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut inside: Vec<_> = entries.filter(|path| !is_hidden(path)).take(FILE_LIMIT).collect();
    inside.sort_unstable();
    for path in inside {
        add_files(files, path, depth + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_blocks_are_told_apart() {
        let mut conf = Conf::default();
        let text = "# x\nLoadPlugin \"a b\" # y\n<Plugin load>\n  Key 1 \\\n   two\n  <Node \"n\\\"m\">\n K v\n</Node>\n</Plugin>\nLast true\n";
        let mut parents = Vec::new();
        for (line, text) in logical_lines(text) {
            conf.add_line(Path::new("f"), line, &text, &mut parents, 0, 0);
        }
        let found: Vec<_> = conf
            .entries
            .iter()
            .map(|entry| (entry.line, entry.key.as_str(), entry.args.join("|"), entry.parents.len()))
            .collect();
        let expected = [
            (2, "LoadPlugin", "a b", 0),
            (3, "Plugin", "load", 0),
            (4, "Key", "1|two", 1),
            (6, "Node", "n\"m", 1),
            (7, "K", "v", 2),
            (10, "Last", "true", 0),
        ];
        assert_eq!(found, expected.map(|(line, key, args, depth)| (line, key, args.to_owned(), depth)));
    }

    #[test]
    fn an_entry_is_written_with_what_it_includes() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let part = dir.path().join("part.conf");
        fs::write(&part, "  Key 1\n").expect("it is writable");
        let main = dir.path().join("main.conf");
        let text = format!("LoadPlugin \\\n a\n<Plugin a>\n  Include {part:?}\n  <B>\n  </B>\n</Plugin>\nLast true\n");
        fs::write(&main, text).expect("it is writable");
        let conf = Conf::read(&main);
        assert_eq!(conf.text(0), "LoadPlugin \\\n a\n");
        assert_eq!(conf.text(1), "<Plugin a>\n  Key 1\n  <B>\n  </B>\n</Plugin>\n");
    }

    /// As in Debian's collectd.conf.
    #[test]
    fn a_filter_chooses_among_the_files_below_a_directory() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let parts = dir.path().join("parts");
        fs::create_dir_all(parts.join("more")).expect("it is writable");
        for (name, text) in [
            ("a.conf", "<Plugin a>\n</Plugin>\n"),
            ("a.conf.old", "Old 1\n"),
            (".hidden.conf", "Hidden 1\n"),
            ("more/b.conf", "B 1\n"),
        ] {
            fs::write(parts.join(name), text).expect("it is writable");
        }
        let main = dir.path().join("main.conf");
        fs::write(&main, format!("<Include {parts:?}>\n  Filter \"*.conf\"\n</Include>\nLast true\n"))
            .expect("it is writable");
        let conf = Conf::read(&main);
        let found: Vec<_> = conf.entries.iter().map(|entry| (entry.key.as_str(), entry.parents.clone())).collect();
        let outside = Vec::new;
        let expected =
            [("Include", outside()), ("Filter", vec![0]), ("Plugin", outside()), ("B", outside()), ("Last", outside())];
        assert_eq!(found, expected);
        assert_eq!((conf.entries[0].last, conf.files.len(), conf.unclosed.len()), (3, 3, 0));
        assert_eq!(conf.text(0), "<Plugin a>\n</Plugin>\nB 1\n");
        assert_eq!(conf.text(4), "Last true\n");
    }

    #[test]
    fn quotes_are_closed_in_their_line() {
        for (line, is_open) in [
            ("a \"b\"", false),
            ("a \"b", true),
            ("a \"b\\\"", true),
            ("a \"b # c\" # \"d", false),
            ("# it's 5\"", false),
            ("", false),
        ] {
            assert_eq!(ends_in_quotes(line), is_open, "{line}");
        }
    }

    #[test]
    fn no_text_is_a_problem() {
        for text in ["<", "</", ">", "\"", "\"\\", "\\", "<\"", "< >", "a\\\n"] {
            for (line, text) in logical_lines(text) {
                Conf::default().add_line(Path::new("f"), line, &text, &mut Vec::new(), 0, 0);
            }
        }
    }
}
