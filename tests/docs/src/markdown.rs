//! What is in a page: links, anchors, code blocks.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A page in Markdown, taken apart.
#[derive(Debug, Default)]
pub struct Page {
    /// Where the links lead, with their lines.
    pub links: Vec<(usize, String)>,
    /// What can stand behind a `#`.
    pub anchors: BTreeSet<String>,
    /// The fenced code blocks.
    pub blocks: Vec<Block>,
    /// Code within sentences.
    pub code: Vec<String>,
    /// HTML, which is not allowed in pages but for comments.
    pub html: Vec<(usize, String)>,
}

/// A fenced code block.
#[derive(Debug, Clone)]
pub struct Block {
    /// The line of its first mark.
    pub line: usize,
    /// What stands behind the mark: language and attributes.
    pub info: String,
    /// What is in it.
    pub text: String,
}

/// The Markdown that GitHub and rustdoc both understand.
#[must_use]
pub fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES
}

impl Page {
    /// Reads a page.
    #[must_use]
    pub fn read(text: &str) -> Page {
        let mut page = Page::default();
        let mut slugs = Slugs::default();
        let mut heading: Option<String> = None;
        let mut block: Option<Block> = None;
        for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.anchors.insert(slugs.next(&heading.take().unwrap_or_default()));
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push((line(text, &range), dest_url.into_string()));
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    block = Some(Block { line: line(text, &range), info: info.into_string(), text: String::new() });
                }
                Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
                Event::Html(html) | Event::InlineHtml(html) => page.html.push((line(text, &range), html.into_string())),
                Event::Code(part) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&part);
                    }
                    page.code.push(part.into_string());
                }
                Event::Text(part) => match (&mut block, &mut heading) {
                    (Some(block), _) => block.text.push_str(&part),
                    (None, Some(heading)) => heading.push_str(&part),
                    (None, None) => {}
                },
                _ => {}
            }
        }
        page
    }
}

fn line(text: &str, range: &Range<usize>) -> usize {
    text[..range.start].matches('\n').count() + 1
}

/// The anchors of headings, as GitHub makes them.
#[derive(Debug, Default)]
pub struct Slugs(BTreeSet<String>);

impl Slugs {
    /// The anchor of the next heading of the page.
    pub fn next(&mut self, heading: &str) -> String {
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let slug: String = kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect();
        let mut unique = slug.clone();
        let mut count = 0;
        while !self.0.insert(unique.clone()) {
            count += 1;
            unique = format!("{slug}-{count}");
        }
        unique
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_anchors_and_blocks_are_found() {
        let page =
            Page::read("# A `b`, c\n\n[x](y.md#z) <!-- c -->\n\n# A b c\n\n```sh\nls\n```\n\n| [t](u) |\n| --- |\n");
        assert_eq!(page.links, [(3, "y.md#z".to_owned()), (11, "u".to_owned())]);
        assert_eq!(page.anchors, BTreeSet::from(["a-b-c".to_owned(), "a-b-c-1".to_owned()]));
        let [block] = &page.blocks[..] else { panic!("{page:?}") };
        assert_eq!((block.line, block.info.as_str(), block.text.as_str()), (7, "sh", "ls\n"));
        assert_eq!(page.html, [(3, "<!-- c -->".to_owned())]);
    }
}
