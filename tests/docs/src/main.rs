//! `collectd-docs DOC OUT PROGRAMS`: puts the site around rustdoc's pages, and checks its links.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use collectd_docs::links;
use collectd_docs::site::{API, Sources};

fn main() -> Result<ExitCode> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [doc, out, programs] = &arguments[..] else {
        bail!("collectd-docs DOC OUT PROGRAMS: what cargo doc wrote, where to write, and where programs are");
    };
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| out.display().to_string())?;
    }
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Sources { repository: &repository, programs }.build(out)?;
    copy(doc, &out.join(API))?;
    // rustdoc writes none, though its own pages link to it. It leads on to the crate that plugins are made with.
    let start = "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"refresh\" content=\"0;URL=collectd/index.html\">\n\
                 <title>API</title>\n<a href=\"collectd/index.html\">collectd</a>\n";
    fs::write(out.join(API).join("index.html"), start)?;

    let report = links::check(out)?;
    let external: String = report.external.iter().map(|link| format!("{link}\n")).collect();
    fs::write(out.join("external-links.txt"), external)?;
    println!(
        "{} links, {} of them to {} places elsewhere, which are listed in external-links.txt and not fetched",
        report.count,
        report.external_count,
        report.external.len()
    );
    println!("{}", out.join("index.html").display());
    for broken in &report.broken {
        eprintln!("broken link: {broken}");
    }
    Ok(if report.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for file in links::files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        fs::copy(&file, &target).with_context(|| file.display().to_string())?;
    }
    Ok(())
}
