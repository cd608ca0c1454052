//! On which releases of collectd a plugin can be loaded: by the names that it needs of the daemon.

/// One line per name: which release declares it.
const TABLE: &str = include_str!("symbols.txt");

/// The columns of the table that share one binary interface; 6.0 has another one behind the same names.
const RELEASES: [&str; 7] = ["5.8", "5.9", "5.10", "5.11", "5.12", "5.13", "main"];

/// Where a plugin can be loaded, and why not elsewhere.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Loads {
    pub(crate) releases: Vec<&'static str>,
    /// Names that not every release has.
    pub(crate) rare: Vec<String>,
    /// Names that none has: those of a library, or a mistake.
    pub(crate) unknown: Vec<String>,
    /// Whether it is for collectd 6.
    pub(crate) is_6: bool,
}

impl Loads {
    /// As `collectd 5.8 to 5.13, main`.
    pub(crate) fn describe(&self) -> String {
        let numbers: Vec<_> = self.releases.iter().filter(|release| **release != "main").collect();
        let mut text = match numbers[..] {
            [] if self.is_6 => return "collectd 6".to_owned(),
            [] => "no release".to_owned(),
            [one] => format!("collectd {one}"),
            [first, .., last] => format!("collectd {first} to {last}"),
        };
        if self.releases.contains(&"main") {
            text += ", main";
        }
        text
    }
}

/// What a plugin with these imports can be loaded on.
pub(crate) fn loads(imports: &[String]) -> Loads {
    let mut loads = Loads::default();
    let mut works = [true; RELEASES.len()];
    for name in imports {
        let Some(flags) = flags(name) else {
            loads.unknown.push(name.clone());
            continue;
        };
        let has = |column: usize| flags.as_bytes().get(column) == Some(&b'x');
        if !(0..RELEASES.len()).all(has) {
            loads.rare.push(name.clone());
        }
        loads.is_6 |= !(0..RELEASES.len()).any(has);
        for (column, works) in works.iter_mut().enumerate() {
            *works &= has(column);
        }
    }
    loads.releases = RELEASES.iter().zip(works).filter(|(_, works)| *works).map(|(release, _)| *release).collect();
    loads
}

/// Whether it is a name of the daemon's, in any release.
pub(crate) fn is_known(name: &str) -> bool {
    flags(name).is_some()
}

fn flags(name: &str) -> Option<&'static str> {
    TABLE.lines().filter_map(|line| line.split_once(' ')).find(|(known, _)| *known == name).map(|(_, flags)| flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn releases(imports: &[&str]) -> Loads {
        loads(&imports.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_late_name_keeps_a_plugin_from_old_releases() {
        assert_eq!(releases(&["plugin_log", "plugin_dispatch_values"]).releases, RELEASES);
        let late = releases(&["plugin_log", "plugin_register_cache_event"]);
        assert_eq!(late.releases, ["5.10", "5.11", "5.12", "5.13", "main"]);
        assert_eq!(late.rare, ["plugin_register_cache_event"]);
        assert_eq!(releases(&["uc_get_history"]).releases.last(), Some(&"5.13"));
        let six = releases(&["plugin_dispatch_metric_family"]);
        assert!(six.is_6 && six.releases.is_empty());
        assert_eq!(releases(&["yajl_parse"]).unknown, ["yajl_parse"]);
    }
}
