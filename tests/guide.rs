//! The guide's page about collectd's headers names everything that they declare.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../src/guide/plugin_h.md");
const SNAPSHOT: &str = include_str!("../src/ffi/bindings/snapshot.rs");
const EXPORTED: &str = include_str!("symbols/collectd-5.8.txt");
const CORE: &str = "/usr/include/collectd/core";

/// Names as code stands on the page: `` `like_this` ``, and what is between such marks together with other characters.
fn named() -> BTreeSet<&'static str> {
    // Every other piece is between two marks; a link has its marks inside its brackets.
    PAGE.split('`').skip(1).step_by(2).flat_map(|code| code.split(|c: char| !is_word(c))).collect()
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[track_caller]
fn assert_named<'a>(names: impl IntoIterator<Item = &'a str>, at_least: usize) {
    let names: BTreeSet<&str> = names.into_iter().collect();
    assert!(names.len() >= at_least, "only {}: {names:?}", names.len());
    let named = named();
    let missing: Vec<_> = names.iter().filter(|name| !named.contains(*name)).collect();
    assert!(missing.is_empty(), "not in src/guide/plugin_h.md: {missing:?}");
}

#[test]
fn what_the_daemon_exports_is_on_the_page() {
    assert_named(EXPORTED.lines().filter(|line| !line.starts_with('#')), 140);
}

/// All that the lists of `src/ffi/bindings/interface.rs` let through.
#[test]
fn what_is_declared_to_rust_is_on_the_page() {
    let declared = SNAPSHOT.lines().filter_map(|line| {
        let line = line.trim_start().strip_prefix("pub ")?;
        let rest = ["fn ", "static mut ", "const ", "type "].iter().find_map(|kind| line.strip_prefix(kind))?;
        rest.split(|c: char| !is_word(c)).next()
    });
    assert_named(declared.filter(|name| is_collectds(name)), 140);
}

#[test]
fn what_the_headers_declare_is_on_the_page() {
    let headers = [
        ("daemon/plugin.h", 105),
        ("daemon/configfile.h", 19),
        ("daemon/filter_chain.h", 16),
        ("daemon/globals.h", 7),
        ("daemon/utils_cache.h", 43),
        ("daemon/utils_complain.h", 8),
        ("daemon/utils_time.h", 22),
        ("utils/common/common.h", 60),
        ("utils/metadata/meta_data.h", 24),
        ("../liboconfig/oconfig.h", 8),
    ];
    for (header, at_least) in headers {
        let text = header_text(&Path::new(CORE).join(header));
        let names = declared(&text);
        assert_named(names.iter().map(String::as_str), at_least);
    }
}

#[test]
fn whatever_header_mentions_the_interface_is_covered() {
    const PREFIXES: [&str; 5] = ["plugin_", "uc_", "meta_data_", "fc_", "cf_util_"];
    let texts: Vec<String> = headers(Path::new(CORE)).iter().map(|path| header_text(path)).collect();
    let words = texts.iter().flat_map(|text| text.split(|c: char| !is_word(c)));
    // The tag of a structure is not how it is used.
    let names = words.filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix)) && !word.ends_with("_s"));
    assert_named(names, 130);
}

fn headers(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}: install collectd-dev", dir.display()));
    let paths = entries.map(|entry| entry.expect("a directory can be read").path());
    let found = paths.flat_map(|path| if path.is_dir() { headers(&path) } else { vec![path] });
    found.filter(|path| path.extension().is_some_and(|extension| extension == "h")).collect()
}

/// A header without its comments, and with macros on one line.
fn header_text(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}: install collectd-dev", path.display()));
    let mut code = String::new();
    let mut rest = text.as_str();
    while let Some((before, comment)) = rest.split_once("/*") {
        code += before;
        rest = comment.split_once("*/").expect("the comment ends").1;
    }
    code += rest;
    let lines = code.replace("\\\n", " ");
    lines.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect()
}

/// The macros, functions, types, variables and enumerators that a header declares.
fn declared(text: &str) -> Vec<String> {
    let (macros, code): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.trim_start().starts_with('#'));
    let macros = macros.iter().filter_map(|line| line.trim_start().strip_prefix("#define "));
    let macros = macros.filter_map(|line| line.trim_start().split(|c: char| !is_word(c)).next());
    let mut names: Vec<String> = macros.map(str::to_owned).collect();
    let tokens = tokens(&code.join("\n"));
    let (mut braces, mut parentheses) = (0, 0);
    let mut is_enum = false;
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |at| tokens[at].as_str());
        match token.as_str() {
            "(" => {
                if braces == 0 && parentheses == 0 {
                    names.push(before.to_owned());
                }
                parentheses += 1;
            }
            ")" => parentheses -= 1,
            "{" => {
                braces += 1;
                is_enum = tokens[..at].iter().rev().take(3).any(|token| token == "enum");
            }
            "}" => (braces, is_enum) = (braces - 1, false),
            ";" if braces == 0 && parentheses == 0 => names.push(before.to_owned()),
            _ if is_enum => names.push(token.clone()),
            _ => {}
        }
    }
    names.retain(|name| is_collectds(name));
    names
}

fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_word = false;
    for character in code.chars() {
        match (is_word(character), in_word) {
            (true, true) => tokens.last_mut().expect("the word").push(character),
            (false, _) if character.is_whitespace() => {}
            _ => tokens.push(character.to_string()),
        }
        in_word = is_word(character);
    }
    tokens
}

/// Not a guard against a second inclusion, a keyword, a tag, or what a header says about the system.
fn is_collectds(name: &str) -> bool {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_other =
        ["int", "void", "passwd"].contains(&name) || ["_H", "_s", "_e"].iter().any(|end| name.ends_with(end));
    is_name && !is_other && !name.starts_with("HAVE_")
}
