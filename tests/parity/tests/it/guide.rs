//! The page "from collectd-python to Rust" is about all that there is in Python, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use collectd_test_daemon::Daemon;

fn page() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/guide/python.md");
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// `collectd.flush`, `Values.host` and so on, as the module itself says.
fn exports() -> BTreeSet<String> {
    let conf = format!("<Plugin python>\nModulePath \"{}\"\nImport \"exports\"\n</Plugin>", env!("CARGO_MANIFEST_DIR"));
    let outcome = Daemon::builder().env("PYTHONDONTWRITEBYTECODE", "1").load("python").conf(&conf).run_once();
    assert!(outcome.status.success(), "{}", outcome.output);
    let lines = outcome.output.lines().filter_map(|line| line.split_once("exports: "));
    lines.map(|(_, name)| name.to_owned()).collect()
}

/// Words with dots between them that stand in code, whether in text or in a block.
fn code(page: &str) -> BTreeSet<&str> {
    let spans = page.split('`').skip(1).step_by(2);
    let is_part = |character: char| character.is_alphanumeric() || "._".contains(character);
    spans.flat_map(|span| span.split(move |character| !is_part(character))).collect()
}

#[test]
fn the_page_names_everything_that_python_has() {
    let (page, exports) = (page(), exports());
    let code = code(&page);
    // Constants are listed without their module.
    let is_named =
        |name: &str| code.contains(name) || name.strip_prefix("collectd.").is_some_and(|name| code.contains(name));
    let missing: Vec<_> = exports.iter().filter(|name| !is_named(name)).collect();
    assert!(missing.is_empty(), "not in the page: {missing:?}");
    // That this is about what it is about.
    for name in ["collectd.register_read", "collectd.LOG_ERROR", "Values.dispatch", "PluginData.host", "Config.parent"]
    {
        assert!(exports.contains(name), "{name} in {exports:?}");
    }
    assert!(exports.len() > 50, "{exports:?}");
}

#[test]
fn the_page_names_nothing_that_python_lacks() {
    let (page, exports) = (page(), exports());
    let classes = ["collectd.", "Values.", "Notification.", "PluginData.", "Config."];
    let named = code(&page);
    let named = named.iter().filter(|name| classes.iter().any(|class| name.starts_with(class)));
    // `Values` and `Notification` have the members of `PluginData`.
    let unknown: Vec<_> = named.filter(|name| !exports.contains(name.trim_end_matches('.'))).collect();
    assert!(unknown.is_empty(), "not in the module: {unknown:?}");
}
