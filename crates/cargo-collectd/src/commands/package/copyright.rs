//! Who holds which rights: Debian's copyright file, in its machine-readable form.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use anyhow::Context;

use super::about::About;
use crate::project::{Project, cargo};
use crate::shell::Plain;

/// Larger files are no licences.
const LIMIT: u64 = 256 << 10;

pub(super) fn text(project: &Project, about: &About) -> anyhow::Result<String> {
    let mut text = format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: {}\n",
        project.package
    );
    if let Some(homepage) = &about.homepage {
        text += &format!("Source: {}\n", homepage.split_whitespace().collect::<String>());
    }
    let holders = if about.authors.is_empty() { "its authors".to_owned() } else { about.authors.join("\n ") };
    let license = about.license.as_deref().unwrap_or("unknown");
    text += &format!(
        "\nFiles: *\nCopyright: {}\nLicense: {}\n",
        Plain(holders),
        license.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    for (name, license) in licenses(project)? {
        text += &format!(" {name}:\n .\n");
        for line in license.lines() {
            let line = Plain(line.trim_end().replace('\t', "    ")).to_string();
            text += &if line.trim().is_empty() { " .\n".to_owned() } else { format!(" {line}\n") };
        }
    }
    let crates = crates(project)?;
    if !crates.is_empty() {
        text += "Comment: The plugin contains code of these crates, under their own licences:\n .\n";
        for one in crates {
            text += &format!(" {one}\n");
        }
    }
    Ok(text)
}

/// The files beside Cargo.toml that are called so.
fn licenses(project: &Project) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(&project.dir).with_context(|| format!("cannot read {}", project.dir.display()))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_license =
            ["LICENSE", "LICENCE", "COPYING"].iter().any(|word| name.to_ascii_uppercase().starts_with(word));
        let is_small = entry.path().is_file() && entry.metadata().is_ok_and(|data| data.len() <= LIMIT);
        if is_license && is_small {
            let bytes = fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
            files.push((Plain(name).to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    files.sort();
    Ok(files)
}

/// Name, version and licence of what is linked into the plugin.
fn crates(project: &Project) -> anyhow::Result<BTreeSet<String>> {
    let mut command = cargo();
    command.args([
        "tree",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
        "--manifest-path",
    ]);
    let output = command.arg(&project.manifest).stdin(Stdio::null()).output().context("cannot run cargo")?;
    if !output.status.success() {
        anyhow::bail!("cargo tree: {}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let crates = lines.lines().skip(1).filter_map(|line| {
        let (package, license) = line.split_once('|')?;
        let mut words = package.split_whitespace();
        let (name, version) = (words.next()?, words.next()?.trim_start_matches('v'));
        // What only the compiler runs is not in it.
        let is_linked = !package.contains("(proc-macro)");
        let license = license.trim_end_matches("(*)").trim();
        is_linked.then(|| {
            Plain(format!("{name} {version} ({})", if license.is_empty() { "licence not said" } else { license }))
                .to_string()
        })
    });
    Ok(crates.collect())
}
