//! Names of value lists: from the name of a metric and its labels.

use collectd::Name;

use crate::exposition::Sample;

/// Which labels go where.
#[derive(Debug, Default)]
pub(crate) struct Naming {
    /// What the plugin instance begins with.
    pub(crate) instance: String,
    /// Labels whose values follow there.
    pub(crate) plugin_instance: Vec<String>,
    /// Labels that are in no name.
    pub(crate) meta: Vec<String>,
}

impl Naming {
    /// What is configured, then the values of labels in the order of the configuration.
    pub(crate) fn plugin_instance(&self, sample: &Sample<'_>) -> Name {
        let labels = self.plugin_instance.iter().filter_map(|name| value(sample, name));
        joined([self.instance.as_str()].into_iter().chain(labels))
    }

    /// The name of the metric, then the values of all other labels, sorted by their names: servers may have them in any
    /// order. Bounds of buckets and quantiles are last.
    pub(crate) fn type_instance(&self, sample: &Sample<'_>) -> Name {
        let is_elsewhere = |label: &str| self.plugin_instance.iter().chain(&self.meta).any(|name| name == label);
        let mut labels: Vec<_> = sample.labels.iter().filter(|(label, _)| !is_elsewhere(label)).collect();
        labels.sort_by_key(|(label, _)| (["le", "quantile"].contains(label), *label));
        joined([sample.name].into_iter().chain(labels.into_iter().map(|(_, value)| value.as_ref())))
    }
}

fn value<'s>(sample: &'s Sample<'_>, label: &str) -> Option<&'s str> {
    sample.labels.iter().find(|(name, _)| *name == label).map(|(_, value)| value.as_ref())
}

/// Parts with `-` between them. An empty label is as good as none.
fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> Name {
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    fit(&parts.join("-"))
}

/// Without slashes and what moves the cursor of a terminal, which a server may send. Long ones that have the same
/// beginning stay different, by a hash at the end.
fn fit(text: &str) -> Name {
    let text = text.replace(|c: char| c == '/' || c.is_control(), "_");
    Name::new(&text).unwrap_or_else(|_| {
        let hash = format!("-{:08x}", hash(text.as_bytes()));
        let mut end = Name::MAX_LEN - hash.len();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Name::truncated(&format!("{}{hash}", &text[..end]))
    })
}

/// FNV-1a, which is the same with every version of Rust, as names in files have to be.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;

    fn sample<'t>(labels: &[(&'t str, &'t str)]) -> Sample<'t> {
        let labels = labels.iter().map(|(label, value)| (*label, Cow::Borrowed(*value))).collect();
        Sample { name: "requests", labels, value: 1.0 }
    }

    #[test]
    fn labels_go_where_they_are_configured_to() {
        let naming = Naming {
            instance: "app".into(),
            plugin_instance: vec!["job".into(), "none".into(), "zone".into()],
            meta: vec!["pod".into()],
        };
        let labels = [("zone", "eu"), ("method", "get"), ("pod", "p1"), ("le", "0.5"), ("code", "200"), ("job", "web")];
        assert_eq!(naming.plugin_instance(&sample(&labels)), "app-web-eu");
        assert_eq!(naming.type_instance(&sample(&labels)), "requests-200-get-0.5");
        let other_order: Vec<_> = labels.into_iter().rev().collect();
        assert_eq!(naming.type_instance(&sample(&other_order)), "requests-200-get-0.5");
        assert_eq!(Naming::default().plugin_instance(&sample(&labels)), "");
        assert_eq!(Naming::default().type_instance(&sample(&[("a", ""), ("b", "/x\x1b\0")])), "requests-_x__");
    }

    #[test]
    fn long_names_stay_different() {
        assert_eq!(hash(b""), 0x811c_9dc5);
        assert_eq!(hash(b"a"), 0xe40c_292c);
        assert_eq!(hash(b"foobar"), 0xbf9c_f968);
        let long = "é".repeat(100);
        let names =
            [long.clone() + "a", long + "b"].map(|value| Naming::default().type_instance(&sample(&[("a", &value)])));
        assert_ne!(names[0], names[1]);
        for name in names {
            assert!(name.as_bytes().len() <= 127 && name.as_bytes().len() > 125, "{name}");
            assert!(name.as_bytes().starts_with("requests-éé".as_bytes()), "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_label_makes_a_name(value: String, repeat in 1_usize..100) {
            let value = value.repeat(repeat);
            let name = Naming::default().type_instance(&sample(&[("a", &value)]));
            prop_assert!(!name.as_bytes().iter().any(|byte| *byte == b'/' || byte.is_ascii_control()));
        }
    }
}
