//! Just enough of HTML to read what rustdoc and the site's own pages consist of.

use std::sync::LazyLock;

use regex::Regex;

static TAG: LazyLock<Regex> = LazyLock::new(|| expression(r"<[^>]*>"));
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| expression(r#"[ \n\t](id|name|href|src)=(?:"([^"]*)"|'([^']*)'|([^ \n\t"'>]+))"#));

static SCRIPT: LazyLock<Regex> = LazyLock::new(|| expression(r"(?s)<script[^>]*>(.*?)</script>"));

/// An expression of this program's own.
pub(crate) fn expression(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The text between tags, on one line.
#[must_use]
pub fn text(html: &str) -> String {
    // Where a line begins, the browser shows a break.
    let broken = html.replace("<br>", " ").replace("<div", " <div").replace("</div>", "</div> ");
    let plain = unescape(&TAG.replace_all(&broken, ""));
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands for `<` and its like, as that.
#[must_use]
pub fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    for (entity, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&nbsp;", " ")]
    {
        text = text.replace(entity, character);
    }
    // The last one, as it may make another of what follows it.
    text.replace("&amp;", "&")
}

/// Text as it can stand in a page, also in an attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What stands from `start`, without it, to the next `end`.
#[must_use]
pub fn between<'a>(html: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = html.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

/// A page without what is in its scripts, which can hold what looks like tags.
#[must_use]
pub fn without_scripts(html: &str) -> String {
    SCRIPT.replace_all(html, "").into_owned()
}

/// The attributes `id`, `name`, `href` and `src` of all tags.
pub fn attributes(html: &str) -> impl Iterator<Item = (&str, String)> {
    TAG.find_iter(html).flat_map(|tag| {
        ATTRIBUTE.captures_iter(tag.as_str()).filter_map(|found| {
            let name = found.get(1)?.as_str();
            let value = found.get(2).or(found.get(3)).or(found.get(4))?.as_str();
            Some((name, unescape(value)))
        })
    })
}
