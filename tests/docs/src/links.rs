//! Whether the links of a directory of HTML pages lead anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::html;

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    /// `page: link: why`.
    pub broken: BTreeSet<String>,
    /// Links to other places, which are not fetched.
    pub external: BTreeSet<String>,
    /// How often.
    pub external_count: usize,
    /// How many links there were.
    pub count: usize,
}

struct Page {
    anchors: BTreeSet<String>,
    links: BTreeSet<String>,
    /// Where a browser goes on to, with the anchor.
    redirect: Option<String>,
}

/// Checks each link between the pages below `dir`, with its anchor.
///
/// # Errors
///
/// When a file cannot be read.
pub fn check(dir: &Path) -> Result<Report> {
    let mut pages = BTreeMap::new();
    for file in files(dir)? {
        if file.extension().is_some_and(|extension| extension == "html") {
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            pages.insert(file, read(&text));
        }
    }
    let mut report = Report::default();
    for (file, page) in &pages {
        for link in &page.links {
            report.count += 1;
            if is_external(link) {
                report.external_count += 1;
                report.external.insert(link.clone());
            } else if let Err(why) = follow(dir, file, link, &pages) {
                let name = file.strip_prefix(dir).unwrap_or(file).display();
                report.broken.insert(format!("{name}: {link}: {why}"));
            }
        }
    }
    Ok(report)
}

/// The files below a directory, sorted.
///
/// # Errors
///
/// When it cannot be read.
pub fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// With a scheme, or a host of its own.
#[must_use]
pub fn is_external(link: &str) -> bool {
    let scheme = link.split(['/', '?', '#']).next().unwrap_or_default();
    link.starts_with("//") || scheme.contains(':')
}

/// `a/b/../c` as `a/c`; nothing if it leads out of where it began.
#[must_use]
pub fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            other => normal.push(other),
        }
    }
    Some(normal)
}

fn read(text: &str) -> Page {
    let redirect = html::between(text, "http-equiv=\"refresh\" content=\"0;URL=", "\"").map(str::to_owned);
    let mut page = Page { anchors: BTreeSet::new(), links: BTreeSet::new(), redirect };
    for (name, value) in html::attributes(&html::without_scripts(text)) {
        match name {
            "href" | "src" => page.links.insert(value),
            _ => page.anchors.insert(value),
        };
    }
    page
}

fn follow(dir: &Path, from: &Path, link: &str, pages: &BTreeMap<PathBuf, Page>) -> Result<(), &'static str> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = path.split('?').next().unwrap_or_default();
    let relative = from.strip_prefix(dir).unwrap_or(from);
    let target = if path.is_empty() {
        Some(relative.to_owned())
    } else {
        normal(&relative.parent().unwrap_or(Path::new("")).join(path))
    };
    let mut target = dir.join(target.ok_or("leads out of the site")?);
    if target.is_dir() {
        target.push("index.html");
    }
    if !target.is_file() {
        return Err("there is no such file");
    }
    if anchor.is_empty() {
        return Ok(());
    }
    let page = pages.get(&target).ok_or("an anchor in what is no page")?;
    if let Some(redirect) = &page.redirect {
        return follow(dir, &target, &format!("{redirect}#{anchor}"), pages);
    }
    // rustdoc's pages of source: the lines from and to, of which the first is an anchor.
    let line = anchor.split('-').next().filter(|line| line.bytes().all(|byte| byte.is_ascii_digit()));
    if page.anchors.contains(anchor) || line.is_some_and(|line| page.anchors.contains(line)) {
        return Ok(());
    }
    Err("there is no such anchor")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_nowhere_is_found() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).expect("a file");
        fs::create_dir(dir.path().join("sub")).expect("a directory");
        write(
            "index.html",
            "<a href=\"sub/page.html#there\">x</a> <a href='sub/'>y</a> <a href=\"https://a.b/\">z</a>",
        );
        write("sub/index.html", "<a href=\"../index.html\">up</a> <a href=#1 id=1>1</a> <a href=\"#1-3\">lines</a>");
        write("sub/page.html", "<h1 id=\"there\">x</h1><script>'<a href=\"no\">'</script>");
        write(
            "moved.html",
            "<meta http-equiv=\"refresh\" content=\"0;URL=sub/page.html\"><a href=\"moved.html#there\">",
        );
        let report = check(dir.path()).expect("readable");
        assert_eq!(report.broken, BTreeSet::new());
        assert_eq!((report.count, report.external.len()), (7, 1));

        write("index.html", "<a href=\"moved.html#here\"><img src=\"no.png\"><a href=\"../x\"><a href=\"sub/no\">");
        let broken = check(dir.path()).expect("readable").broken;
        let whys =
            ["../x: leads out", "no.png: there is no such file", "#here: there is no such anchor", "sub/no: there"];
        assert_eq!(broken.len(), whys.len());
        assert!(whys.iter().all(|why| broken.iter().any(|line| line.contains(why))), "{broken:?}");
    }
}
