use std::fmt;
use std::path::Path;

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
    /// Innermost first: function, object file, source file and line.
    pub frames: Vec<String>,
}

impl Report {
    /// Parses what `valgrind --xml=yes` wrote; `None` when the end is missing, as after a kill.
    ///
    /// Valgrind writes one element a line, which is all that this relies on.
    #[must_use]
    pub fn parse(xml: &str) -> Option<Self> {
        let mut findings = Vec::new();
        let mut open: Option<Finding> = None;
        let mut frame = Vec::new();
        for line in xml.lines().map(str::trim) {
            match (line, &mut open) {
                ("<error>", _) => open = Some(Finding::default()),
                ("</error>", _) => findings.extend(open.take()),
                ("<frame>", _) => frame.clear(),
                ("</frame>", Some(finding)) => finding.frames.push(frame.join(" ")),
                (_, Some(finding)) => match element(line) {
                    Some(("kind", text)) => finding.kind = text,
                    Some(("what" | "text" | "auxwhat", text)) if finding.what.is_empty() => finding.what = text,
                    Some(("obj" | "fn" | "file" | "line", text)) => frame.push(text),
                    _ => {}
                },
                _ => {}
            }
        }
        xml.contains("</valgrindoutput>").then_some(Report { findings })
    }

    pub(crate) fn read(file: &Path) -> Self {
        let xml = std::fs::read(file).map(|xml| String::from_utf8_lossy(&xml).into_owned()).unwrap_or_default();
        Self::parse(&xml).unwrap_or_else(|| panic!("valgrind did not finish its report:\n{xml}"))
    }

    /// Everything found, also what is the daemon's own.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Errors and leaks with `needle` in a stack: part of the name of an object file, a source file or a function.
    #[must_use]
    pub fn mentioning(&self, needle: &str) -> Vec<&Finding> {
        self.findings.iter().filter(|finding| finding.frames.iter().any(|frame| frame.contains(needle))).collect()
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
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.what)?;
        self.frames.iter().try_for_each(|frame| write!(f, "\n    {frame}"))
    }
}

/// `<name>text</name>`, on one line.
fn element(line: &str) -> Option<(&str, String)> {
    let (name, rest) = line.strip_prefix('<')?.split_once('>')?;
    let text = rest.strip_suffix('>')?.strip_suffix(name)?.strip_suffix("</")?;
    Some((name, text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")))
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
