//! What the numbers of a family mean, by its kind and the ends of their names.

use std::collections::HashMap;

/// What a number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It says since when another one counts.
    Created,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Histogram,
    Summary,
    /// All others have numbers that go up and down.
    Other,
}

/// The families that have been declared so far.
#[derive(Debug, Default)]
pub(crate) struct Families<'t>(HashMap<&'t str, Kind>);

impl<'t> Families<'t> {
    pub(crate) fn declare(&mut self, family: &'t str, kind: &str) {
        let kind = match kind {
            "counter" => Kind::Counter,
            "histogram" => Kind::Histogram,
            "summary" => Kind::Summary,
            _ => Kind::Other,
        };
        self.0.insert(family, kind);
    }

    /// What the numbers of this name mean. Without a declaration they go up and down.
    pub(crate) fn meaning(&self, name: &str) -> Meaning {
        match self.0.get(name) {
            Some(Kind::Counter) => return Meaning::Counter,
            Some(_) => return Meaning::Gauge,
            None => {}
        }
        let Some((family, end)) = name.rsplit_once('_') else { return Meaning::Gauge };
        match (self.0.get(family), end) {
            (Some(Kind::Counter), "total")
            | (Some(Kind::Histogram), "bucket")
            | (Some(Kind::Histogram | Kind::Summary), "sum" | "count") => Meaning::Counter,
            (Some(Kind::Counter | Kind::Histogram | Kind::Summary), "created") => Meaning::Created,
            _ => Meaning::Gauge,
        }
    }
}

/// Whether a counter counts seconds, which have fractions.
pub(crate) fn is_seconds(name: &str) -> bool {
    let base = name.strip_suffix("_total").or_else(|| name.strip_suffix("_sum")).unwrap_or(name);
    base.ends_with("_seconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_both_formats() {
        let mut families = Families::default();
        for (family, kind) in [
            ("a_total", "counter"),
            ("b", "counter"),
            ("g", "gauge"),
            ("h", "histogram"),
            ("gh", "gaugehistogram"),
            ("s", "summary"),
            ("i", "info"),
            ("u", "untyped"),
            ("h_sum", "gauge"),
        ] {
            families.declare(family, kind);
        }
        for name in ["a_total", "b_total", "b", "h_bucket", "h_count", "s_sum", "s_count"] {
            assert_eq!(families.meaning(name), Meaning::Counter, "{name}");
        }
        for name in ["b_created", "h_created", "s_created"] {
            assert_eq!(families.meaning(name), Meaning::Created, "{name}");
        }
        // A declaration of the whole name comes first.
        for name in
            ["g", "g_total", "s", "s_bucket", "gh_bucket", "gh_gsum", "i_info", "u", "u_sum", "unknown", "h_sum", "_"]
        {
            assert_eq!(families.meaning(name), Meaning::Gauge, "{name}");
        }
    }

    #[test]
    fn seconds_are_told_by_the_name() {
        for (name, expected) in [
            ("process_cpu_seconds_total", true),
            ("request_duration_seconds_sum", true),
            ("gc_seconds", true),
            ("request_duration_seconds_count", false),
            ("request_duration_seconds_bucket", false),
            ("seconds_total_errors", false),
            ("requests_total", false),
        ] {
            assert_eq!(is_seconds(name), expected, "{name}");
        }
    }
}
