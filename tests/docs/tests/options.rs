//! Tables of options, in the README files of `examples/` and on the page of rust_network, beside what `cargo collectd schema` reads
//! in the source: names, defaults, limits.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{page, programs, read, root, succeed, text};

/// What a schema says of an option.
#[derive(Debug, Default)]
struct Known {
    defaults: Vec<Value>,
    limits: BTreeSet<(u64, u64)>,
}

/// By name in lower case, as collectd does not tell `URL` from `Url`.
type Options = BTreeMap<String, Known>;

fn schema(dir: &Path) -> Options {
    let program = programs().join("cargo-collectd");
    let output = succeed(Command::new(program).current_dir(dir).args(["schema", "--format", "json"])).stdout;
    let mut options = Options::new();
    collect(&serde_json::from_str(&text(&output)).expect("JSON"), "", &mut options);
    options
}

/// `name` is the option that this is a part of.
fn collect(schema: &Value, name: &str, options: &mut Options) {
    match schema {
        Value::Object(members) => {
            let number = |key: &str| members.get(key).and_then(Value::as_u64);
            let known = options.entry(name.to_owned()).or_default();
            known.defaults.extend(members.get("default").cloned());
            known.limits.extend(number("minimum").zip(number("maximum")));
            for (key, value) in members {
                match value {
                    Value::Object(properties) if key == "properties" => {
                        properties.iter().for_each(|(key, value)| collect(value, &key.to_lowercase(), options));
                    }
                    _ => collect(value, name, options),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, name, options)),
        _ => {}
    }
}

/// The word that a code span begins with, as a key.
fn key(code: &str) -> String {
    let code = code.trim_start_matches('<');
    code.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_lowercase()
}

/// The rows of a page's tables that are about options: their keys, and what else they say.
fn rows(file: &str) -> Vec<(Vec<String>, String)> {
    let page = read(&root().join(file));
    let rows = page.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split_once(" | "));
    let keys = |cell: &str| cell.split('`').skip(1).step_by(2).map(key).filter(|key| !key.is_empty()).collect();
    rows.map(|(cell, rest)| (keys(cell), rest.to_owned())).collect()
}

/// Whether one of the rows about an option has a text, not as a part of a longer word or number.
fn says(rows: &[(Vec<String>, String)], option: &str, text: &str) -> bool {
    let is_apart = |rest: &str, at: usize| {
        let around = [rest[..at].chars().next_back(), rest[at + text.len()..].chars().next()];
        around.iter().flatten().all(|c| !c.is_alphanumeric())
    };
    let of_option = rows.iter().filter(|(keys, _)| keys.iter().any(|key| key == option));
    of_option.into_iter().any(|(_, rest)| rest.match_indices(text).any(|(at, _)| is_apart(rest, at)))
}

#[test]
fn readme_files_of_samples_list_the_options_of_their_plugins_and_no_others() {
    let mut count = 0;
    for dir in fs::read_dir(root().join("examples")).expect("samples").flatten() {
        let name = dir.file_name().to_string_lossy().into_owned();
        if !dir.path().join("Cargo.toml").is_file() {
            continue;
        }
        let mut options = schema(&dir.path());
        options.retain(|key, _| {
            !["", "plugin", "match", "target", name.as_str()].contains(&key.as_str()) && !key.starts_with('$')
        });
        assert!(!options.is_empty(), "{name}");

        let file = format!("examples/{name}/README.md");
        let rows = rows(&file);
        // Rows of other tables begin with what the plugin dispatches; options are written in capitals, and blocks have no row.
        let blocks = ["target", "url", "webhook", "key", "stream", name.split('_').next().unwrap_or_default()];
        let listed = rows.iter().flat_map(|(keys, _)| keys).filter(|key| !blocks.contains(&key.as_str()));
        for key in listed {
            assert!(options.contains_key(key), "{file} lists what the plugin does not take: {key}");
        }
        let mentioned: BTreeSet<String> = page(&file).code.iter().map(|code| key(code)).collect();
        for (option, known) in &options {
            assert!(mentioned.contains(option), "{file} does not mention {option}");
            // What is left out is nothing, or said in words.
            let shown = known.defaults.iter().filter_map(|default| match default {
                Value::String(text) if !text.is_empty() => Some(text.clone()),
                Value::Number(number) if number.as_f64() != Some(0.0) => Some(number.to_string()),
                Value::Bool(is_on) => Some(is_on.to_string()),
                _ => None,
            });
            for default in shown {
                assert!(says(&rows, option, &default), "{file}: the default of {option} is {default}");
                count += 1;
            }
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn the_page_of_rust_network_has_the_limits_of_its_options() {
    let rows = rows("docs/rust_network.md");
    let mut count = 0;
    for (option, known) in schema(&root().join("crates/network")) {
        for (least, most) in known.limits {
            assert!(says(&rows, &option, &format!("{least} to {most}")), "{option}: {least} to {most}");
            count += 1;
        }
    }
    assert!(count >= 5, "{count}");
}
