//! Valgrind's findings, from its report in XML.

use std::fmt;
use std::path::{Path, PathBuf};

/// What valgrind found in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    findings: Vec<Finding>,
}

/// One error or leak, with every stack that valgrind gave for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Finding {
    /// Valgrind's name for it: `InvalidRead`, `UninitCondition`, `Leak_DefinitelyLost`…
    pub kind: String,
    /// Its description.
    pub what: String,
    /// Innermost first, those of all stacks.
    pub frames: Vec<Frame>,
}

/// A place in a stack; what valgrind does not know of it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Frame {
    /// The file that has the code: a program or a library.
    pub object: String,
    /// With its path in Rust.
    pub function: String,
    /// Where the compiler was when it read the source.
    pub dir: String,
    /// The source, below `dir` or by its name alone.
    pub file: String,
    /// Its line there.
    pub line: String,
}

impl Report {
    /// Parses what `valgrind --xml=yes` wrote; `None` when the end is missing, as after a kill.
    ///
    /// Valgrind writes one element a line, which is all that this relies on.
    #[must_use]
    pub fn parse(xml: &str) -> Option<Self> {
        let mut findings = Vec::new();
        let mut open: Option<Finding> = None;
        for line in xml.lines().map(str::trim) {
            match (line, &mut open) {
                ("<error>", _) => open = Some(Finding::default()),
                ("</error>", _) => findings.extend(open.take()),
                ("<frame>", Some(finding)) => finding.frames.push(Frame::default()),
                (_, Some(finding)) => finding.add(line),
                _ => {}
            }
        }
        xml.contains("</valgrindoutput>").then_some(Report { findings })
    }

    /// Everything found, also what is the daemon's own.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Errors and leaks with `needle` in a stack: part of the name of an object file, a source file or a function.
    #[must_use]
    pub fn mentioning(&self, needle: &str) -> Vec<&Finding> {
        self.findings.iter().filter(|finding| finding.frames.iter().any(|frame| frame.mentions(needle))).collect()
    }

    /// Passes when nothing found mentions `needle`.
    ///
    /// # Panics
    ///
    /// Otherwise, with what was found.
    pub fn assert_clean(&self, needle: &str) {
        let ours: Vec<_> = self.mentioning(needle).iter().map(ToString::to_string).collect();
        assert!(ours.is_empty(), "valgrind found {} with {needle:?}:\n{}", ours.len(), ours.join("\n"));
    }
}

impl Finding {
    /// Whether it is lost memory, rather than an access that must not be.
    #[must_use]
    pub fn is_leak(&self) -> bool {
        self.kind.starts_with("Leak_")
    }

    fn add(&mut self, line: &str) {
        let Some((key, text)) = element(line) else { return };
        match (key, self.frames.last_mut()) {
            ("kind", _) => self.kind = text,
            ("what" | "text" | "auxwhat", _) if self.what.is_empty() => self.what = text,
            ("obj", Some(frame)) => frame.object = text,
            ("fn", Some(frame)) => frame.function = text,
            ("dir", Some(frame)) => frame.dir = text,
            ("file", Some(frame)) => frame.file = text,
            ("line", Some(frame)) => frame.line = text,
            _ => {}
        }
    }
}

impl Frame {
    /// Whether this is part of the name of its object file, its function or its source file.
    #[must_use]
    pub fn mentions(&self, needle: &str) -> bool {
        [&self.object, &self.function, &self.file].iter().any(|name| name.contains(needle))
    }

    /// The source, as far as it is known where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        Path::new(&self.dir).join(&self.file)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.what)?;
        self.frames.iter().try_for_each(|frame| write!(f, "\n    {frame}"))
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [&self.object, &self.function, &self.file, &self.line];
        let words: Vec<&str> = words.into_iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        f.write_str(&words.join(" "))
    }
}

/// `<name>text</name>`, on one line.
fn element(line: &str) -> Option<(&str, String)> {
    let (name, rest) = line.strip_prefix('<')?.split_once('>')?;
    let text = rest.strip_suffix('>')?.strip_suffix(name)?.strip_suffix("</")?;
    Some((name, text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<valgrindoutput>
<error>
  <unique>0x0</unique>
  <kind>InvalidRead</kind>
  <what>Invalid read of size 1</what>
  <stack>
    <frame>
      <ip>0x484F0D6</ip>
      <obj>/tmp/x/mine.so</obj>
      <fn>Vec&lt;u8&gt;::drop</fn>
      <dir>/x/src</dir>
      <file>mine.rs</file>
      <line>7</line>
    </frame>
  </stack>
</error>
<error>
  <kind>Leak_DefinitelyLost</kind>
  <xwhat>
    <text>12 bytes in 1 blocks are definitely lost</text>
    <leakedbytes>12</leakedbytes>
  </xwhat>
  <stack>
    <frame>
      <obj>/usr/sbin/collectd</obj>
      <fn>plugin_load</fn>
    </frame>
  </stack>
</error>
";

    #[test]
    fn findings_are_told_apart_by_their_stacks() {
        let report = Report::parse(&format!("{XML}</valgrindoutput>\n")).expect("complete");
        assert_eq!(report.findings().len(), 2);
        let mine = report.mentioning("mine.so");
        assert_eq!(mine.len(), 1);
        assert!(!mine[0].is_leak());
        assert_eq!(
            mine[0].to_string(),
            "InvalidRead: Invalid read of size 1\n    /tmp/x/mine.so Vec<u8>::drop mine.rs 7"
        );
        assert_eq!(mine[0].frames[0].path(), Path::new("/x/src/mine.rs"));
        let theirs = report.mentioning("plugin_load");
        assert_eq!(theirs[0].what, "12 bytes in 1 blocks are definitely lost");
        assert!(theirs[0].is_leak());
        report.assert_clean("neither");
    }

    #[test]
    #[should_panic(expected = "InvalidRead")]
    fn a_finding_of_ours_is_a_failure() {
        Report::parse(&format!("{XML}</valgrindoutput>")).expect("complete").assert_clean("mine.rs");
    }

    #[test]
    fn a_report_without_its_end_is_none() {
        assert_eq!(Report::parse(XML), None);
    }
}
