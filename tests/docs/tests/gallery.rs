//! The README files of the plugins in `examples/` list the options that their plugins have.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;
use support::{page, programs, read, root, succeed, text};

/// The keys of a schema, in lower case, as collectd does not tell `URL` from `Url`.
fn keys(schema: &Value, found: &mut BTreeSet<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        found.extend(properties.keys().filter(|key| !key.starts_with('$')).map(|key| key.to_lowercase()));
    }
    match schema {
        Value::Object(members) => members.values().for_each(|value| keys(value, found)),
        Value::Array(items) => items.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

/// The word that a code span begins with, as a key.
fn named(code: &str) -> String {
    let code = code.trim_start_matches('<');
    code.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_lowercase()
}

#[test]
fn readme_files_list_the_options_of_their_plugins_and_no_others() {
    let program = programs().join("cargo-collectd");
    let mut count = 0;
    for dir in fs::read_dir(root().join("examples")).expect("samples").flatten() {
        let name = dir.file_name().to_string_lossy().into_owned();
        if !dir.path().join("Cargo.toml").is_file() {
            continue;
        }
        let schema =
            succeed(Command::new(&program).current_dir(dir.path()).args(["schema", "--format", "json"])).stdout;
        let mut options = BTreeSet::new();
        keys(&serde_json::from_str(&text(&schema)).expect("JSON"), &mut options);
        for block in ["plugin", "match", "target", name.as_str()] {
            options.remove(block);
        }
        assert!(!options.is_empty(), "{name}");

        let file = format!("examples/{name}/README.md");
        let readme = read(&root().join(&file));
        let cells = readme.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split(" | ").next());
        let listed = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(named).filter(|key| !key.is_empty());
        // Rows of other tables begin with what the plugin dispatches.
        let listed: BTreeSet<String> =
            listed.filter(|key| *key != name.split('_').next().unwrap_or_default()).collect();
        let blocks = ["target", "url", "webhook", "key", "stream"].map(str::to_owned).into();
        let unknown: Vec<_> = listed.difference(&options).filter(|key| !BTreeSet::contains(&blocks, *key)).collect();
        assert!(unknown.is_empty(), "{file} lists what the plugin does not take: {unknown:?}");
        let mentioned: BTreeSet<String> = page(&file).code.iter().map(|code| named(code)).collect();
        let missing: Vec<_> = options.difference(&mentioned).collect();
        assert!(missing.is_empty(), "{file} does not mention {missing:?}");
        count += 1;
    }
    assert!(count >= 9, "{count}");
}
