//! Lines of the daemon's log, as its logfile plugin writes them.

/// `[time] [severity] message`; time and severity are missing until that plugin is loaded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LogLine<'a> {
    pub(crate) severity: Option<&'a str>,
    pub(crate) message: &'a str,
}

const SEVERITIES: [&str; 5] = ["error", "warning", "notice", "info", "debug"];

impl<'a> LogLine<'a> {
    pub(crate) fn parse(line: &'a str) -> Self {
        let rest = match bracketed(line) {
            Some((time, rest)) if time.starts_with(|c: char| c.is_ascii_digit()) => rest,
            _ => line,
        };
        match bracketed(rest) {
            Some((severity, message)) if SEVERITIES.contains(&severity) => {
                LogLine { severity: Some(severity), message }
            }
            _ => LogLine { severity: None, message: line },
        }
    }
}

fn bracketed(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix('[')?.split_once("] ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_severity_may_be_missing() {
        let parse = |line| LogLine::parse(line);
        let full = parse("[2026-11-26 21:00:00] [info] plugin [x] y");
        assert_eq!(full, LogLine { severity: Some("info"), message: "plugin [x] y" });
        assert_eq!(parse("[error] no"), LogLine { severity: Some("error"), message: "no" });
        for line in ["", "Error: x", "[x] y", "[2026 ", "[2026] z"] {
            assert_eq!(parse(line), LogLine { severity: None, message: line });
        }
    }
}
