//! The site: the pages of `docs/` and of the top level as HTML, beside what rustdoc makes of the code and the guide.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use pulldown_cmark::{CowStr, Event, Parser, Tag, TagEnd, html};

use crate::html::escape;
use crate::links::{is_external, normal};
use crate::markdown::{Slugs, options};

/// Where rustdoc's pages are in the site.
pub const API: &str = "api";

/// A page: what it is made of, where it is in the site, and what it is called there.
pub struct Entry<'a> {
    /// In the repository.
    pub source: &'a str,
    /// In the site.
    pub target: &'a str,
    /// In the head of each page.
    pub title: &'a str,
    /// The heading of the part that it is made of, if it is not the whole file.
    pub section: Option<&'a str>,
}

const fn entry<'a>(source: &'a str, target: &'a str, title: &'a str) -> Entry<'a> {
    Entry { source, target, title, section: None }
}

/// All pages of the site but rustdoc's, and those of the samples.
pub const PAGES: &[Entry<'static>] = &[
    entry("docs/index.md", "index.html", "Overview"),
    entry("docs/cargo-collectd.md", "cargo-collectd.html", "cargo collectd"),
    entry("examples/README.md", "examples.html", "Plugins to copy"),
    entry("docs/operating.md", "operating.html", "Operating rust_network"),
    Entry {
        section: Some("### From `network` to `rust_network`"),
        ..entry("README.md", "migrating.html", "From network to rust_network")
    },
    entry("docs/rust_network.md", "rust_network.html", "rust_network: options"),
    entry("docs/building.md", "building.html", "Building"),
    entry("docs/collectd-live.md", "collectd-live.html", "collectd-live"),
    entry("CONTRIBUTING.md", "contributing.html", "Contributing"),
    entry("SECURITY.md", "security.html", "Security"),
    entry("CHANGELOG.md", "changelog.html", "Changelog"),
];

/// What pages need to be built from.
pub struct Sources<'a> {
    /// The repository.
    pub repository: &'a Path,
    /// Where the programs are whose `--help` is part of a page.
    pub programs: &'a Path,
}

impl Sources<'_> {
    /// Writes the pages, and the files that they link to, into `out`.
    ///
    /// # Errors
    ///
    /// When a page is missing, links to what is not there, or cannot be written.
    pub fn build(&self, out: &Path) -> Result<()> {
        fs::create_dir_all(out).with_context(|| out.display().to_string())?;
        fs::write(out.join("site.css"), include_str!("site.css"))?;
        PAGES.iter().try_for_each(|page| self.write(page, out))?;
        for name in self.samples()? {
            self.write(&entry(&format!("examples/{name}/README.md"), &sample_page(&name), &name), out)?;
        }
        Ok(())
    }

    /// The directories of `examples/`.
    fn samples(&self) -> Result<Vec<String>> {
        let dir = self.repository.join("examples");
        let entries = fs::read_dir(&dir).with_context(|| dir.display().to_string())?;
        let dirs = entries.flatten().filter(|entry| entry.path().join("README.md").is_file());
        Ok(dirs.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    }

    fn write(&self, page: &Entry<'_>, out: &Path) -> Result<()> {
        let source = self.repository.join(page.source);
        let text = fs::read_to_string(&source).with_context(|| source.display().to_string())?;
        let text = match page.section {
            Some(heading) => section_of(&text, heading).with_context(|| format!("{}: {heading}", page.source))?,
            None => &text,
        };
        let body = self.render(page, text, out).with_context(|| page.source.to_owned())?;
        Ok(fs::write(out.join(page.target), framed(page, &body))?)
    }

    fn render(&self, page: &Entry<'_>, text: &str, out: &Path) -> Result<String> {
        let mut slugs = Slugs::default();
        let mut events = Vec::new();
        // Where the heading began whose text is being read.
        let mut heading: Option<(usize, String)> = None;
        for event in Parser::new_ext(text, options()) {
            let event = match event {
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    let dest_url = self.target(page, &dest_url, out)?.into();
                    Event::Start(Tag::Link { link_type, dest_url, title, id })
                }
                Event::Html(html) | Event::InlineHtml(html) => self.comment(&html)?,
                other => other,
            };
            match (&event, &mut heading) {
                (Event::Start(Tag::Heading { .. }), _) => heading = Some((events.len(), String::new())),
                (Event::Text(part) | Event::Code(part), Some((_, text))) => text.push_str(part),
                (Event::End(TagEnd::Heading(_)), Some((at, text))) => {
                    if let Event::Start(Tag::Heading { id, .. }) = &mut events[*at] {
                        *id = Some(slugs.next(text).into());
                    }
                    heading = None;
                }
                _ => {}
            }
            events.push(event);
        }
        let mut body = String::new();
        html::push_html(&mut body, events.into_iter());
        Ok(body)
    }

    /// Where a link of a page leads in the site.
    fn target(&self, page: &Entry<'_>, link: &str, out: &Path) -> Result<String> {
        if is_external(link) || link.starts_with('#') {
            return Ok(link.to_owned());
        }
        let (path, anchor) = link.split_once('#').map_or((link, String::new()), |(path, a)| (path, format!("#{a}")));
        let dir = Path::new(page.source).parent().unwrap_or(Path::new(""));
        let file = normal(&dir.join(path)).with_context(|| format!("{link} leads out of the repository"))?;
        if let Some(other) = PAGES.iter().find(|other| Path::new(other.source) == file) {
            return Ok(other.target.to_owned() + &anchor);
        }
        if let Some(page) = rustdoc_page(&file).or_else(|| page_of_sample(&file)) {
            return Ok(page + &anchor);
        }
        let source = self.repository.join(&file);
        if !source.is_file() {
            bail!("{link}: there is no such file");
        }
        let copy = PathBuf::from("files").join(&file);
        fs::create_dir_all(out.join(&copy).parent().unwrap_or(out))?;
        fs::copy(&source, out.join(&copy)).with_context(|| source.display().to_string())?;
        Ok(copy.display().to_string() + &anchor)
    }

    /// `<!-- help: PROGRAM -->` becomes what PROGRAM says to `--help`, and each of its commands.
    fn comment(&self, html: &str) -> Result<Event<'static>> {
        let Some(comment) = html.trim().strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")) else {
            bail!("{html}: HTML in a page");
        };
        match comment.trim().strip_prefix("help:") {
            Some(program) => Ok(Event::Html(CowStr::from(help(&self.programs.join(program.trim()))?))),
            None => Ok(Event::Text("".into())),
        }
    }
}

/// A part of a page, from its heading to the next one that is not below it.
fn section_of<'a>(text: &'a str, heading: &str) -> Option<&'a str> {
    let start = text.find(&format!("\n{heading}\n"))? + 1;
    let depth = heading.chars().take_while(|c| *c == '#').count();
    let rest = start + heading.len();
    let ends = (1..=depth).filter_map(|depth| text[rest..].find(&format!("\n{} ", "#".repeat(depth))));
    Some(&text[start..ends.min().map_or(text.len(), |end| rest + end)])
}

/// The page that rustdoc makes of a file of the guide.
fn rustdoc_page(file: &Path) -> Option<String> {
    let name = file.strip_prefix("src/guide").ok()?.to_str()?;
    let page = match name {
        "mod.rs" => String::new(),
        _ => name.strip_suffix(".md")?.to_owned() + "/",
    };
    Some(format!("{API}/collectd/guide/{page}index.html"))
}

/// The page of a sample.
fn page_of_sample(file: &Path) -> Option<String> {
    let name = file.strip_prefix("examples").ok()?.to_str()?.strip_suffix("/README.md")?;
    Some(sample_page(name))
}

fn sample_page(name: &str) -> String {
    format!("sample-{name}.html")
}

fn help(program: &Path) -> Result<String> {
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let overview = said(program, &[])?;
    let mut html = section(&name, &overview);
    for command in commands(&overview) {
        html += &section(&format!("{name} {command}"), &said(program, &[command])?);
    }
    Ok(html)
}

fn section(title: &str, text: &str) -> String {
    format!("<h3 id=\"{}\">{}</h3>\n<pre>{}</pre>\n", title.replace(' ', "-"), escape(title), escape(text.trim_end()))
}

fn said(program: &Path, command: &[&str]) -> Result<String> {
    let mut run = Command::new(program);
    run.args(command).arg("--help").env("NO_COLOR", "1").env("COLUMNS", "100");
    let output = run.output().with_context(|| program.display().to_string())?;
    if !output.status.success() {
        bail!("{} {command:?} --help: {}", program.display(), output.status);
    }
    String::from_utf8(output.stdout).context("help that is not UTF-8")
}

/// The names below `Commands:`.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.take_while(|line| !line.trim().is_empty()).filter_map(|line| {
        let is_name = line.strip_prefix("  ").is_some_and(|line| !line.starts_with(' '));
        line.split_whitespace().next().filter(|_| is_name)
    });
    names.filter(|name| *name != "help")
}

fn framed(page: &Entry<'_>, body: &str) -> String {
    let api = |target: &str, title: &str| format!("<a href=\"{API}/{target}/index.html\">{title}</a>\n");
    let mut links = String::new();
    for other in PAGES {
        let current = if other.target == page.target { " aria-current=\"page\"" } else { "" };
        links += &format!("<a href=\"{}\"{current}>{}</a>\n", other.target, escape(other.title));
        if other.target == "index.html" {
            links += &(api("collectd/guide/first_plugin", "Tutorial") + &api("collectd/guide", "Guide"));
            links += &(api("collectd/guide/trouble", "Trouble-shooting") + &api("collectd", "API"));
        }
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{} – collectd in Rust</title>\n\
         <link rel=\"stylesheet\" href=\"site.css\">\n</head>\n<body>\n<nav>\n{links}</nav>\n<main>\n{body}</main>\n\
         </body>\n</html>\n",
        escape(page.title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_in_help() {
        let help = "X\n\nUsage: x\n\nCommands:\n  print  Print\n         more\n  top    Table\n  help   This\n\nOptions:\n  -h\n";
        assert_eq!(commands(help).collect::<Vec<_>>(), ["print", "top"]);
    }

    #[test]
    fn a_section_ends_where_the_next_one_begins() {
        let text = "# A\n\n## B\n\nb\n### C\nc\n## D\n";
        assert_eq!(section_of(text, "## B"), Some("## B\n\nb\n### C\nc"));
        assert_eq!(section_of(text, "### C"), Some("### C\nc"));
        assert_eq!(section_of(text, "## D"), Some("## D\n"));
        assert_eq!(section_of(text, "## E"), None);
    }

    #[test]
    fn pages_of_the_guide_are_rustdocs() {
        let page = |file: &str| rustdoc_page(Path::new(file));
        assert_eq!(page("src/guide/read.md").as_deref(), Some("api/collectd/guide/read/index.html"));
        assert_eq!(page("src/guide/mod.rs").as_deref(), Some("api/collectd/guide/index.html"));
        assert_eq!(page("src/lib.rs"), None);
    }

    #[test]
    fn pages_of_samples_have_their_names() {
        let page = |file: &str| page_of_sample(Path::new(file));
        assert_eq!(page("examples/anonymise/README.md").as_deref(), Some("sample-anonymise.html"));
        assert_eq!(page("examples/README.md"), None);
        assert_eq!(page("examples/anonymise/anonymise.conf"), None);
    }
}
