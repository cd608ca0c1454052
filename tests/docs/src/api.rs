//! The public interface of a crate, a line for each item, from the pages that rustdoc makes of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Context as _, Result, bail};
use regex::Regex;

use crate::html::{self, expression};

static ITEM: LazyLock<Regex> = LazyLock::new(|| expression(r#"<li><a href="([^"]+)">"#));
/// A member, a variant, or the head of an `impl`; a field.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    let member = r#"<section id="[^"]*" class="([^"]*)">(?:<a class="src[^>]*>[^<]*</a>|<span[^>]*>|</span>|<a href="[^"]*" class="anchor">§</a>|[ \n])*<h[34] class="code-header">(.*?)</h[34]>"#;
    let field = r#"<span id="(?:structfield|(variant\.[^".]*)\.field)\.[^"]*"[^>]*>.*?<code>(.*?)</code>"#;
    expression(&format!("(?s){member}|{field}"))
});
static REEXPORT: LazyLock<Regex> = LazyLock::new(|| expression(r"(?s)<code>(pub use .*?)</code>"));

/// The lines for the crate `name`, sorted; `doc` is what `cargo doc` wrote.
///
/// # Errors
///
/// When there are no such pages, or they do not look as expected.
pub fn listing(doc: &Path, name: &str) -> Result<String> {
    let root = doc.join(name);
    let mut lines = BTreeSet::new();
    let mut modules = BTreeSet::from([String::new()]);
    for item in ITEM.captures_iter(&page(&root.join("all.html"))?) {
        let file = &item[1];
        // The guide is text, and has no items of its own.
        if file.starts_with('#') || file.starts_with("guide/") {
            continue;
        }
        let path = path(name, file).with_context(|| format!("{file} in all.html"))?;
        let (module, _) = file.rsplit_once('/').unwrap_or_default();
        modules.insert(module.to_owned());
        lines.extend(item_lines(&path, &page(&root.join(file))?).with_context(|| file.to_owned())?);
    }
    for module in modules {
        let html = page(&root.join(&module).join("index.html"))?;
        let path = [name, &module].join("/").trim_end_matches('/').replace('/', "::");
        let reexports = html::between(&html, "id=\"reexports\"", "</dl>").unwrap_or_default();
        lines.extend(REEXPORT.captures_iter(reexports).map(|found| format!("{path}: {}", html::text(&found[1]))));
        lines.insert(format!("{path}: pub mod"));
    }
    if lines.len() < 3 {
        bail!("rustdoc's pages of {name} are not what they were: no items in them");
    }
    Ok(lines.into_iter().map(|line| line + "\n").collect())
}

fn page(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| file.display().to_string())
}

/// `cache/struct.Cache.html` as `collectd::cache::Cache`.
fn path(name: &str, file: &str) -> Option<String> {
    let (module, file) = file.rsplit_once('/').unwrap_or(("", file));
    let item = file.strip_suffix(".html")?.split_once('.')?.1;
    Some([name, &module.replace('/', "::"), item].join("::").replace("::::", "::"))
}

fn item_lines(path: &str, html: &str) -> Result<Vec<String>> {
    let (_, declaration) = html.split_once("item-decl").or_else(|| html.split_once("rust macro")).context("no item")?;
    let declaration = html::text(html::between(declaration, "<code>", "</code></pre>").context("no declaration")?);
    // What is between the braces of a type or trait has lines of its own.
    let is_type = ["struct ", "enum ", "trait ", "union "].iter().any(|kind| declaration.contains(kind));
    let head = if is_type && !declaration.starts_with("macro") {
        declaration.split(" {").next().unwrap_or_default()
    } else {
        &declaration
    };
    let mut lines = vec![format!("{path}: {}", head.trim())];
    // Another crate's, whose listing has the rest. (Which crate it is, rustdoc knows only if that was documented first.)
    if !is_of(html, path.split("::").next().unwrap_or_default()) {
        return Ok(vec![format!("{path}: {} (of another crate)", head.trim())]);
    }
    // Implementations for every type there is; and those that stand on the types' own pages.
    let end = ["id=\"blanket-implementations\"", "id=\"implementors\"", "id=\"synthetic-implementors\""];
    let own = end.iter().fold(html, |html, end| html.split_once(end).map_or(html, |(before, _)| before));
    for found in HEADER.captures_iter(own) {
        if let Some(type_) = found.get(4) {
            let variant = found.get(3).map_or(String::new(), |variant| variant.as_str().replace('.', " ") + " ");
            lines.push(format!("{path}: {variant}field {}", html::text(type_.as_str())));
            continue;
        }
        let (class, header) = (&found[1], html::text(&found[2]));
        let is_block_of_its_own = class.starts_with("impl") && !header.contains(" for ");
        // What a trait demands is on the trait's page.
        if !class.contains("trait-impl") && !is_block_of_its_own && !is_usual(&header) {
            let kind = if class == "variant" { "variant " } else { "" };
            lines.push(format!("{path}: {kind}{header}"));
        }
    }
    Ok(lines)
}

/// Whether a page is about what the source of this crate has.
fn is_of(html: &str, name: &str) -> bool {
    let heading = html::between(html, "class=\"sub-heading\"", "</span>");
    heading.and_then(|heading| html::between(heading, "src/", "/")) == Some(name)
}

/// What every type has by itself is worth a line only where it lacks it; some of it nobody outside of std can name.
fn is_usual(header: &str) -> bool {
    let is_of = |name: &str| header.contains(&format!("{name} for "));
    UNNAMED.iter().any(|name| is_of(name))
        || AUTO.iter().any(|name| is_of(&format!(" {name}"))) && !header.contains("where")
}

const AUTO: [&str; 5] = ["RefUnwindSafe", "Send", "Sync", "Unpin", "UnwindSafe"];
const UNNAMED: [&str; 3] = ["Freeze", "StructuralPartialEq", "UnsafeUnpin"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_says_becomes_lines() {
        let html = r##"<span class="sub-heading"><a class="src" href="../src/c/x.rs.html#1">Source</a> </span></div>
<pre class="rust item-decl"><code><div class="code-attribute">#[non_exhaustive]</div>pub enum E&lt;T&gt; {
    A { <a>x</a>: u8 }, }</code></pre>
<section id="variant.A" class="variant"><a href="#variant.A" class="anchor">§</a><h3 class="code-header">A</h3></section>
<span id="variant.A.field.x" class="section-header"><a href="#" class="anchor field">§</a><code>x: <a>u8</a></code></span>
<section id="impl-E" class="impl"><h3 class="code-header">impl&lt;T&gt; E&lt;T&gt;</h3></section>
<section id="method.f" class="method"><a class="src rightside" href="y">Source</a><h4 class="code-header">pub fn <a>f</a>(&amp;self)</h4></section>
<section id="impl-D" class="impl"><h3 class="code-header">impl&lt;T&gt; Debug for E&lt;T&gt;</h3></section>
<section id="method.fmt" class="method trait-impl"><h4 class="code-header">fn fmt()</h4></section>
<section id="impl-S" class="impl"><h3 class="code-header">impl&lt;T&gt; !Send for E&lt;T&gt;</h3></section>
<section id="impl-Y" class="impl"><h3 class="code-header">impl&lt;T&gt; Sync for E&lt;T&gt;</h3></section>
<h2 id="blanket-implementations"><section id="i" class="impl"><h3 class="code-header">impl&lt;T&gt; Any for T</h3></section>"##;
        let expected = [
            "c::E: #[non_exhaustive] pub enum E<T>",
            "c::E: variant A",
            "c::E: variant A field x: u8",
            "c::E: pub fn f(&self)",
            "c::E: impl<T> Debug for E<T>",
            "c::E: impl<T> !Send for E<T>",
        ];
        assert_eq!(item_lines("c::E", html).expect("a page"), expected);
        assert_eq!(
            item_lines("d::E", html).expect("a page"),
            ["d::E: #[non_exhaustive] pub enum E<T> (of another crate)"]
        );
    }
}
