//! The guide's pages for those who come from Perl, Go and the crate `collectd-plugin` name all that these offer. (Those from C:
//! `tests/guide.rs` of the framework; from Python: `tests/parity`.)

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use support::{page, read, root};

/// The names in what a page has as code.
fn named(page_name: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let page = page(page_name);
    let words = page.code.iter().flat_map(|code| code.split(move |c| !is_part(c)));
    words.map(str::to_owned).collect()
}

fn check(page: &str, names: &BTreeSet<String>, at_least: usize) {
    assert!(names.len() >= at_least, "{names:?}");
    let named = named(page);
    let missing: Vec<_> = names.difference(&named).collect();
    assert!(missing.is_empty(), "not in {page}: {missing:?}");
}

#[test]
fn perl() {
    let module = read(Path::new("/usr/share/perl5/Collectd.pm"));
    let (_, tags) = module.split_once("%EXPORT_TAGS = (").expect("what it exports");
    let lists = tags.split_once(");").expect("an end").0.split("qw(").skip(1).filter_map(|list| list.split(')').next());
    check("src/guide/perl.md", &lists.flat_map(str::split_whitespace).map(str::to_owned).collect(), 40);
}

/// The version that is installed; the page also has what later ones brought.
#[test]
fn go() {
    let gopath = std::env::var("GOPATH").unwrap_or_default();
    let dirs = [gopath.as_str(), "/usr/share/gocode"].map(|dir| Path::new(dir).join("src/collectd.org/plugin"));
    let dir = dirs.iter().find(|dir| dir.is_dir()).expect("golang-collectd-dev is installed");
    let files = fs::read_dir(dir).expect("readable").flatten().map(|file| file.path());
    let source: String =
        files.filter(|file| file.extension().is_some_and(|it| it == "go")).map(|file| read(&file)).collect();
    let names = source.lines().filter_map(|line| {
        let rest = ["func ", "type "].iter().find_map(|start| line.strip_prefix(start))?;
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
        name.starts_with(char::is_uppercase).then_some(name)
    });
    check("src/guide/go.md", &names.collect(), 15);
}

#[test]
fn the_crate() {
    let manifest = root().join("tests/peers/boundary/collectd-plugin/Cargo.toml");
    let metadata = support::metadata(&["--locked", "--manifest-path", manifest.to_str().expect("UTF-8")]);
    let packages = metadata["packages"].as_array().expect("a list");
    let package = packages.iter().find(|package| package["name"] == "collectd-plugin").expect("it is a dependency");
    let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
    let source = read(&manifest.with_file_name("src").join("lib.rs"));
    let lists = source.split("pub use crate::").skip(1).filter_map(|list| list.split_once('{')?.1.split('}').next());
    let names = lists.flat_map(|list| list.split(',')).map(str::trim).filter(|name| !name.is_empty());
    check("src/guide/collectd_plugin.md", &names.map(str::to_owned).collect(), 20);
}
