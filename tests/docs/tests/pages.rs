//! The pages in Markdown: their links lead somewhere, and their blocks are of kinds that something tests.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use collectd_docs::links::{is_external, normal};
use collectd_docs::site::PAGES;
use support::{documentation, page, pages, read, root, succeed};

/// Links of the guide's pages to code, which rustdoc checks.
fn is_to_code(name: &str, link: &str) -> bool {
    name.starts_with("src/guide/") && link.starts_with("crate::")
}

/// A link of the guide to a heading of one of its pages, as the page's file and the anchor: rustdoc knows the page only.
fn heading_in_the_guide(link: &str) -> Option<(String, &str)> {
    let (page, anchor) = link.strip_prefix("crate::guide::")?.split_once('#')?;
    Some((format!("src/guide/{page}.md"), anchor))
}

#[test]
fn links_lead_to_files_and_anchors_that_exist() {
    let mut broken = Vec::new();
    let mut count = 0;
    for (name, page) in pages() {
        for (line, link) in &page.links {
            if let Some((file, anchor)) = heading_in_the_guide(link) {
                if !support::page(&file).anchors.contains(anchor) {
                    broken.push(format!("{name}:{line}: {link}"));
                }
                continue;
            }
            if is_external(link) && !link.starts_with("crate::") || is_to_code(&name, link) {
                continue;
            }
            count += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let dir = Path::new(&name).parent().expect("a file");
            let target = if path.is_empty() { Some(name.clone().into()) } else { normal(&dir.join(path)) };
            let file = target.map(|target| root().join(target)).filter(|file| file.exists());
            let is_page = path.is_empty() || path.ends_with(".md");
            let leads = file.is_some_and(|file| {
                anchor.is_empty()
                    || is_page && collectd_docs::markdown::Page::read(&read(&file)).anchors.contains(anchor)
            });
            if !leads {
                broken.push(format!("{name}:{line}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(count > 40, "only {count} links");
}

#[test]
fn every_page_of_docs_is_in_the_site_and_every_site_page_is_one() {
    for entry in PAGES {
        assert!(root().join(entry.source).is_file(), "{}", entry.source);
    }
    let names = pages().into_iter().map(|(name, _)| name).filter(|name| name.starts_with("docs/"));
    let missing: Vec<_> = names.filter(|name| PAGES.iter().all(|entry| entry.source != name)).collect();
    assert!(missing.is_empty(), "not in PAGES of tests/docs/src/site.rs: {missing:?}");
    // The site shows comments as what they ask for, and has no use for other HTML.
    for entry in PAGES {
        let other: Vec<_> = page(entry.source).html.into_iter().filter(|(_, html)| !html.starts_with("<!--")).collect();
        assert!(other.is_empty(), "{}: {other:?}", entry.source);
    }
}

/// The files that a page links to.
fn linked(name: &str) -> BTreeSet<String> {
    let dir = Path::new(name).parent().expect("a file").to_owned();
    let page = page(name);
    let paths = page.links.iter().filter(|(_, link)| !is_external(link)).map(|(_, link)| link.split('#').next());
    let files = paths.filter_map(|path| normal(&dir.join(path.unwrap_or_default())));
    files.map(|file| file.to_str().expect("UTF-8").to_owned()).collect()
}

#[test]
fn the_overview_leads_to_every_page() {
    let index = "docs/index.md";
    assert!(linked("README.md").contains(index));
    let linked = linked(index);
    for entry in PAGES.iter().filter(|entry| entry.source != index) {
        assert!(linked.contains(entry.source), "{index} does not link to {}", entry.source);
    }
}

#[test]
fn the_guide_has_all_of_its_pages_and_names_them() {
    let start = read(&root().join("src/guide/mod.rs"));
    let text: String = start.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    let included = start.clone() + &read(&root().join("src/guide/python.rs"));
    let mut count = 0;
    for (name, _) in documentation() {
        let Some(file) = name.strip_prefix("src/guide/") else { continue };
        let page = file.strip_suffix(".md").expect("a page");
        assert!(included.contains(&format!("\"{file}\"")), "{name} is not included in mod.rs");
        let is_named = [format!("]({page})"), format!("](mod@{page})")].iter().any(|link| text.contains(link));
        assert!(is_named, "the first page of the guide does not link to {name}");
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[test]
fn every_sample_is_in_the_index_once_and_in_order() {
    let dirs = std::fs::read_dir(root().join("examples")).expect("samples").flatten();
    let dirs = dirs.filter(|entry| entry.path().join("Cargo.toml").is_file());
    let dirs: BTreeSet<String> = dirs.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let index = read(&root().join("examples/README.md"));
    let rows = index.lines().filter_map(|line| line.strip_prefix("* [")?.split_once("](")).map(|(name, _)| name);
    assert!(rows.eq(dirs.iter().map(String::as_str)), "examples/README.md lists others than {dirs:?}");
    for name in dirs {
        for file in ["README.md", &format!("{name}.conf")] {
            assert!(root().join("examples").join(&name).join(file).is_file(), "{name} has no {file}");
        }
    }
}

/// What is tested, and how: a block of another kind needs a test first.
const KINDS: &[(&str, &str)] = &[
    ("", "rustdoc"),
    ("no_run", "rustdoc"),
    ("rust", "rustdoc"),
    ("rust,no_run", "rustdoc"),
    ("rust,compile_fail", "rustdoc"),
    ("rust,ignore", "a piece of what the documentation of collectd-testing has whole"),
    ("toml", "manifests_can_be_read"),
    ("json", "json_can_be_read"),
    ("sql", "tests of sqlite_writer"),
    (
        "apache",
        "operating.rs, samples.rs, tutorial.rs of tests/plugins and of crates/cargo-collectd, tests of the samples",
    ),
    ("sh", "commands.rs, operating.rs, and tutorial.rs of tests/plugins and of crates/cargo-collectd"),
    ("python", "python_can_be_compiled, and samples.rs"),
    ("c", "samples.rs"),
    ("perl", "samples.rs"),
    ("go", "samples.rs"),
    ("rs", "samples.rs, as it is about another crate"),
    ("text", "not code"),
    ("console", "needs a machine of its own; commands.rs, what_is_called_exists"),
    ("diff", "not code"),
];

#[test]
fn every_block_is_of_a_kind_that_is_tested() {
    let only = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    let places = BTreeMap::from([
        ("rs", only(&["src/guide/collectd_plugin.md"])),
        ("rust,ignore", only(&["crates/testing/README.md"])),
        ("sql", only(&["examples/sqlite_writer/README.md"])),
        (
            "apache",
            only(&[
                "README.md",
                "docs/operating.md",
                "examples/http_json/README.md",
                "examples/nats_writer/README.md",
                "examples/pressure/README.md",
                "examples/prometheus_scrape/README.md",
                "examples/sqlite_writer/README.md",
                "examples/tcp_probe/README.md",
                "src/guide/filter_match.md",
                "src/guide/filter_target.md",
                "src/guide/first_plugin.md",
            ]),
        ),
    ]);
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    for (name, page) in documentation() {
        for block in page.blocks {
            let known = KINDS.iter().any(|(kind, _)| *kind == block.info);
            assert!(known, "{name}:{}: a block of {:?}, which nothing tests", block.line, block.info);
            let place = places.get(block.info.as_str());
            assert!(place.is_none_or(|names| names.contains(name.as_str())), "{name}:{}: untested", block.line);
            *used.entry(block.info).or_default() += 1;
        }
    }
    assert!(used.values().sum::<usize>() > 60, "{used:?}");
}

/// Blocks without a language are doctests only where rustdoc sees them.
#[test]
fn pages_with_code_are_doctests() {
    let rust = ["", "no_run", "rust", "rust,no_run", "rust,compile_fail"];
    let source = |file: &str| read(&root().join(file));
    let guide = source("src/guide/mod.rs") + &source("src/guide/python.rs");
    let (docs, root) = (source("tests/docs/src/lib.rs"), source("src/lib.rs"));
    for (name, page) in documentation() {
        let is_included = match name.strip_prefix("src/guide/") {
            Some(file) => guide.contains(&format!("\"{file}\"")),
            None if name == "README.md" => root.contains("include_str!(\"../README.md\")"),
            None => docs.contains(&format!("\"../../../{name}\"")),
        };
        let has_code = page.blocks.iter().any(|block| rust.contains(&block.info.as_str()));
        assert!(!has_code || is_included, "{name} has code, and is no doctest");
    }
}

#[test]
fn manifests_can_be_read() {
    let mut count = 0;
    for (name, page) in documentation() {
        for block in page.blocks.iter().filter(|block| block.info == "toml") {
            count += 1;
            block.text.parse::<toml::Table>().unwrap_or_else(|error| panic!("{name}:{}: {error}", block.line));
        }
    }
    assert!(count >= 3);
}

#[test]
fn json_can_be_read() {
    for (name, page) in documentation() {
        for block in page.blocks.iter().filter(|block| block.info == "json") {
            let read: Result<serde_json::Value, _> = serde_json::from_str(&block.text);
            read.unwrap_or_else(|error| panic!("{name}:{}: {error}", block.line));
        }
    }
}

#[test]
fn python_can_be_compiled() {
    let mut count = 0;
    for (name, page) in documentation() {
        for block in page.blocks.iter().filter(|block| block.info == "python") {
            count += 1;
            let code = "import sys; compile(sys.argv[1], sys.argv[2], 'exec')";
            succeed(Command::new("python3").args(["-c", code, &block.text, &name]));
        }
    }
    assert!(count >= 4, "{count}");
}

/// Targets of the Makefile, and packages of the workspace, that pages name.
#[test]
fn what_is_called_exists() {
    let makefile = read(&root().join("Makefile"));
    let targets: BTreeSet<&str> = makefile
        .lines()
        .filter_map(|line| line.split_once(": ##").or_else(|| line.split_once(":")))
        .map(|l| l.0)
        .collect();
    let metadata = support::metadata(&["--no-deps"]);
    let packages: BTreeSet<&str> = metadata["packages"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut count = 0;
    for (name, page) in documentation() {
        let blocks = page.blocks.iter().filter(|block| block.info != "text").map(|block| &block.text);
        for line in page.code.iter().chain(blocks).flat_map(|code| code.lines()) {
            let words: Vec<&str> = line.trim_start_matches("$ ").split_whitespace().collect();
            if let ["make", target, ..] = words[..] {
                assert!(targets.contains(target), "{name}: make {target}");
                count += 1;
            }
            for pair in words.windows(2).filter(|pair| pair[0] == "-p" && line.contains("cargo ")) {
                assert!(packages.contains(pair[1]), "{name}: -p {}", pair[1]);
                count += 1;
            }
        }
    }
    assert!(count > 15, "{count}");
}
