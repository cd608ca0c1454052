//! Command lines on the pages: each command of ours exists, with the options that are given to it.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{documentation, programs, root, succeed, text};

/// The commands of a line of the shell, each as its words. What is quoted is one word.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word = String::new();
    let mut quote = None;
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(mark), _) if c == mark => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '|' | '&' | ';') => commands.push(Vec::new()),
            (None, '#') if word.is_empty() => break,
            (None, ' ') if word.is_empty() => {}
            (None, ' ') => commands.last_mut().expect("there is one").push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    assert!(quote.is_none(), "{line}: a quotation mark is missing");
    commands
}

#[test]
fn lines_of_the_shell_are_taken_apart() {
    let words = commands("a --b 'c && d' | e \"f\" && g # h");
    assert_eq!(words, [vec!["a", "--b", "c && d"], vec!["e", "f"], vec![], vec!["g"]]);
}

/// What our programs say to `--help`, by program and command.
struct Help {
    programs: PathBuf,
    said: BTreeMap<Vec<String>, String>,
}

impl Help {
    fn new() -> Help {
        Help { programs: programs(), said: BTreeMap::new() }
    }

    fn of(&mut self, program: &str, command: &str) -> &str {
        let key: Vec<String> =
            [program, command].into_iter().filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let run = || text(&succeed(Command::new(self.programs.join(program)).args(&key[1..]).arg("--help")).stdout);
        self.said.entry(key.clone()).or_insert_with(run)
    }

    fn all(&mut self, program: &str) -> String {
        let overview = self.of(program, "").to_owned();
        let names =
            overview.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        let names: Vec<_> =
            names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
        assert!(names.len() > 5, "{program}: {names:?}");
        names.iter().fold(overview.clone(), |all, name| all + self.of(program, name))
    }
}

fn has_option(help: &str, option: &str) -> bool {
    let option = option.split('=').next().unwrap_or_default();
    help.split(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']')).any(|word| word == option)
}

/// A command line of ours: program, command, and the rest.
fn ours(words: &[String]) -> Option<(&'static str, &str, &[String])> {
    let words = if words.first().is_some_and(|word| word == "sudo") { &words[1..] } else { words };
    let (program, rest) = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["collectd-live", ..] => ("collectd-live", &words[1..]),
        ["cargo", "collectd", ..] => ("cargo-collectd", &words[2..]),
        ["cargo-collectd", ..] => ("cargo-collectd", &words[1..]),
        _ => return None,
    };
    let (command, rest) = rest.split_first()?;
    Some((program, command, rest))
}

/// Lines of blocks, without the prompt, and what stands in the text as code.
fn lines() -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (name, page) in documentation() {
        for block in &page.blocks {
            let prompt = if block.info == "console" { &["$ ", "# "][..] } else { &[] };
            for line in block.text.lines().filter(|_| ["sh", "console"].contains(&block.info.as_str())) {
                let line = prompt.iter().find_map(|prompt| line.strip_prefix(prompt)).unwrap_or(line);
                lines.push((format!("{name}:{}", block.line), line.to_owned()));
            }
        }
        lines.extend(page.code.iter().map(|code| (name.clone(), code.clone())));
    }
    lines
}

#[test]
fn commands_exist_with_their_options() {
    let mut help = Help::new();
    let mut count = 0;
    for (place, line) in lines() {
        let is_ours = ["collectd-live ", "cargo collectd ", "cargo-collectd "].iter().any(|start| line.contains(start));
        for words in commands(if is_ours { &line } else { "" }) {
            let Some((program, command, rest)) = ours(&words) else { continue };
            let (command, rest) = if command.starts_with('-') { ("", &words[1..]) } else { (command, rest) };
            if command == "help" {
                continue;
            }
            let said = help.of(program, command);
            for option in rest.iter().take_while(|word| *word != "--").filter(|word| word.starts_with("--")) {
                assert!(has_option(said, option), "{place}: {line}: {program} {command} has no {option}");
            }
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

/// Options that stand in the text alone belong to one of the commands. Those that do not are cargo's, rustc's or make's.
#[test]
fn options_in_the_text_exist() {
    let theirs = ["--remap-path-prefix"];
    let mut help = Help::new();
    let (live, author) = (help.all("collectd-live"), help.all("cargo-collectd"));
    let mut count = 0;
    for (name, page) in documentation() {
        let known = match name.as_str() {
            "README.md" => live.clone() + &author,
            "docs/collectd-live.md" => live.clone(),
            "docs/cargo-collectd.md" | "crates/cargo-collectd/README.md" => author.clone(),
            _ => continue,
        };
        for option in page.code.iter().filter(|code| code.starts_with("--") && code.len() > 2) {
            let option = option.split(' ').next().unwrap_or_default();
            assert!(has_option(&known, option) || theirs.contains(&option), "{name}: {option}");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

/// What `cargo install --path` is given on a page is a package.
#[test]
fn what_is_installed_is_there() {
    let mut count = 0;
    for (place, line) in lines() {
        let Some((_, path)) = line.split_once("cargo install --path ") else { continue };
        let path = path.split_whitespace().next().unwrap_or_default().trim_start_matches("/path/to/collectd-rust/");
        assert!(root().join(path).join("Cargo.toml").is_file(), "{place}: {}", Path::new(path).display());
        count += 1;
    }
    assert!(count >= 4, "{count}");
}
