//! Ignore lists: which of the things that it finds a plugin reports.

use serde::de::{Deserialize, Deserializer, Error as _};

use super::de;
use super::error::{Error, ErrorKind};
use super::expression::Regex;

/// The entries of an ignore list: in the configuration a key that may stand several times.
///
/// An entry is a name, which is compared as a whole and with its case, or a [regular expression](Regex) between
/// slashes, which may match anywhere in a name: `Interface "eth0"`, `Interface "/^veth/"`. `"/"` and `"//"` are
/// names. An empty entry is an error, as is an expression that is none.
///
/// What is done with the names that it selects, another key says: [`ignore_list`](Self::ignore_list).
///
/// ```
/// # use collectd_test_host as _;
/// use collectd::config::{self, Block, Selection};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "PascalCase", deny_unknown_fields)]
/// struct Config {
///     #[serde(default)]
///     mount_point: Selection,
///     #[serde(default, rename = "FSType")]
///     fs_type: Selection,
///     #[serde(default)]
///     ignore_selected: bool,
/// }
///
/// let block = Block::new("Plugin")
///     .child(Block::new("FSType").value("tmpfs"))
///     .child(Block::new("MountPoint").value("/var"))
///     .child(Block::new("MountPoint").value("/^\\/(dev|proc)\\>/"))
///     .child(Block::new("IgnoreSelected").value(true));
/// let config: Config = config::from_block(&block)?;
/// let mount_points = config.mount_point.ignore_list(config.ignore_selected);
/// let fs_types = config.fs_type.ignore_list(config.ignore_selected);
///
/// assert!(mount_points.is_ignored("/dev/shm"));
/// assert!(!mount_points.is_ignored("/var/lib"));
/// assert!(fs_types.is_ignored("tmpfs"));
///
/// let block = Block::new("Plugin").child(Block::new("MountPoint").value("/(/"));
/// let error = config::from_block::<Config>(&block).err().unwrap();
/// assert_eq!(error.to_string(), r#"MountPoint: "/(/": "(" is not closed, at "(/""#);
/// # Ok::<(), config::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Name(Box<str>),
    Regex(Regex),
}

impl Selection {
    /// Nothing selected yet.
    pub const fn new() -> Self {
        Selection(Vec::new())
    }

    /// Adds a name or, between slashes, an expression.
    ///
    /// # Errors
    ///
    /// If the entry is empty, or its expression is none.
    pub fn add(&mut self, entry: &str) -> Result<(), Error> {
        self.0.push(Entry::new(entry)?);
        Ok(())
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an entry is this name or matches it.
    pub fn contains(&self, name: impl AsRef<[u8]>) -> bool {
        let name = name.as_ref();
        self.0.iter().any(|entry| match entry {
            Entry::Name(text) => text.as_bytes() == name,
            Entry::Regex(regex) => regex.is_match(name),
        })
    }

    /// The list that ignores what is selected, or everything else: the key `IgnoreSelected`, which is false
    /// where it is not given. Several selections may share one.
    pub fn ignore_list(self, ignore_selected: bool) -> IgnoreList {
        IgnoreList { selection: self, ignore_selected }
    }
}

impl Entry {
    fn new(entry: &str) -> Result<Self, Error> {
        let inner = entry.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        match (entry, inner) {
            ("", _) => Err(Error::new(ErrorKind::InvalidValue, "an empty entry selects nothing")),
            (_, Some(text)) if !text.is_empty() => match Regex::compile(text) {
                Ok(regex) => Ok(Entry::Regex(regex)),
                Err(mistake) => Err(mistake.behind(1).in_text(entry)),
            },
            (name, _) => Ok(Entry::Name(name.into())),
        }
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::list(deserializer).map(Selection)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = String::deserialize(deserializer)?;
        Entry::new(&entry).map_err(D::Error::custom)
    }
}

/// Which names a plugin leaves out, by collectd's rules.
///
/// * A list without entries ignores nothing, whatever `IgnoreSelected` says.
/// * With `IgnoreSelected false` it ignores every name that is not [selected](Selection).
/// * With `IgnoreSelected true` it ignores every name that is.
/// * An empty name is never ignored.
///
/// ```
/// # use collectd_test_host as _;
/// use collectd::config::{IgnoreList, Selection};
///
/// let mut selection = Selection::new();
/// selection.add("lo")?;
/// selection.add("/^veth/")?;
/// let interfaces = selection.ignore_list(true);
/// assert!(interfaces.is_ignored("lo") && interfaces.is_ignored("veth0"));
/// assert!(!interfaces.is_ignored("eth0"));
/// assert!(!IgnoreList::default().is_ignored("lo"));
/// # Ok::<(), collectd::config::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreList {
    selection: Selection,
    ignore_selected: bool,
}

impl IgnoreList {
    /// Whether to leave that name out.
    pub fn is_ignored(&self, name: impl AsRef<[u8]>) -> bool {
        let name = name.as_ref();
        if self.selection.is_empty() || name.is_empty() {
            return false;
        }
        self.selection.contains(name) == self.ignore_selected
    }

    /// What it selects.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Whether it ignores what it selects, and not everything else.
    pub fn ignores_selected(&self) -> bool {
        self.ignore_selected
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Block, from_block};

    fn list(entries: &[&str], ignore_selected: bool) -> IgnoreList {
        let mut selection = Selection::new();
        for entry in entries {
            selection.add(entry).unwrap();
        }
        selection.ignore_list(ignore_selected)
    }

    fn read(lines: impl IntoIterator<Item = Block>) -> Result<Selection, String> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        struct Config {
            #[serde(default)]
            interface: Selection,
        }
        let block = lines.into_iter().fold(Block::new("Plugin"), Block::child);
        from_block::<Config>(&block).map(|config| config.interface).map_err(|error| error.to_string())
    }

    fn line(entry: &str) -> Block {
        Block::new("Interface").value(entry)
    }

    #[test]
    fn names_are_compared_as_a_whole_and_expressions_anywhere() {
        let list = list(&["lo", "/^veth/", "/br/", "/a+$/"], true);
        for name in ["lo", "veth", "veth0", "br0", "xbrx", "a", "baa"] {
            assert!(list.is_ignored(name), "{name}");
        }
        for name in ["lo0", "LO", "l", "xveth", "ab", "/^veth/"] {
            assert!(!list.is_ignored(name), "{name}");
        }
    }

    #[test]
    fn ignore_selected_turns_the_list_round() {
        let selected = list(&["lo", "/^veth/"], false);
        assert!(!selected.is_ignored("lo") && !selected.is_ignored("veth0"));
        assert!(selected.is_ignored("eth0"));
        assert!(!selected.ignores_selected() && list(&["lo"], true).ignores_selected());
        assert!(selected.selection().contains("veth1") && !selected.selection().contains("eth0"));
    }

    #[test]
    fn without_entries_nothing_is_ignored() {
        for ignore_selected in [false, true] {
            assert!(!list(&[], ignore_selected).is_ignored("eth0"));
        }
        assert!(!IgnoreList::default().is_ignored("eth0"));
        assert!(Selection::default().is_empty() && !list(&["a"], false).selection().is_empty());
    }

    #[test]
    fn an_empty_name_is_never_ignored() {
        assert!(!list(&["lo"], false).is_ignored(""));
        assert!(!list(&["/^$/", "/./", "/a*/"], true).is_ignored(""));
        assert!(!list(&["/x/"], false).is_ignored(""));
    }

    #[test]
    fn slashes_need_something_between_them() {
        let list = list(&["/", "//", "///", "/dev/", "/var", "usr/"], true);
        for name in ["/", "//", "/var", "usr/", "///", "a/b", "dev", "/dev/shm", "x-dev-x"] {
            assert!(list.is_ignored(name), "{name}");
        }
        for name in ["", "var", "usr", "de", "home"] {
            assert!(!list.is_ignored(name), "{name}");
        }
    }

    #[test]
    fn names_are_bytes() {
        let list = list(&["/^a.$/", "größe"], true);
        assert!(list.is_ignored(b"a\xff") && list.is_ignored("größe".as_bytes()));
        assert!(!list.is_ignored(b"gr\xf6\xdfe"));
    }

    #[test]
    fn a_key_may_stand_several_times_with_several_values() {
        let mut expected = Selection::new();
        for entry in ["lo", "/^veth/", "eth0"] {
            expected.add(entry).unwrap();
        }
        assert_eq!(read([line("lo"), line("/^veth/"), line("eth0")]), Ok(expected.clone()));
        assert_eq!(read([line("lo").value("/^veth/"), line("eth0")]), Ok(expected));
        assert_eq!(read([]), Ok(Selection::new()));
        // In a list of lists each line is one.
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Several {
            interface: Vec<Selection>,
        }
        let block = Block::new("Plugin").child(line("lo").value("eth0")).child(line("lo"));
        let several = from_block::<Several>(&block).unwrap().interface;
        assert_eq!(several.iter().map(|one| one.contains("eth0")).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn what_is_no_entry_is_refused_with_its_key() {
        assert_eq!(read([line("lo"), line("")]), Err("Interface: an empty entry selects nothing".into()));
        assert_eq!(
            read([line("lo"), line("/^(lo/")]),
            Err(r#"Interface: "/^(lo/": "(" is not closed, at "(lo/""#.into())
        );
        assert_eq!(
            read([Block::new("Interface").value(7)]),
            Err("Interface: 7 is a number, expected a string (write it in quotes)".into())
        );
        assert_eq!(Selection::new().add("").unwrap_err().kind(), ErrorKind::InvalidValue);
        assert!(Selection::new().add("/[/").is_err());
    }

    #[test]
    fn flattened_with_one_line_or_several() {
        #[derive(serde::Deserialize)]
        struct Config {
            #[serde(flatten)]
            inner: Inner,
        }
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Inner {
            interface: Selection,
            ignore_selected: bool,
        }
        for lines in [vec![line("lo")], vec![line("lo"), line("/^veth/")], vec![line("lo").value("eth0")]] {
            let ignore = Block::new("IgnoreSelected").value(true);
            let block = lines.into_iter().fold(Block::new("Plugin").child(ignore), Block::child);
            let inner = from_block::<Config>(&block).unwrap().inner;
            assert!(inner.interface.ignore_list(inner.ignore_selected).is_ignored("lo"));
        }
    }

    /// The same in the steps in which collectd does it.
    fn naive(entries: &[String], ignore_selected: bool, name: &str) -> bool {
        if entries.is_empty() || name.is_empty() {
            return false;
        }
        for entry in entries {
            let is_expression = entry.len() > 2 && entry.starts_with('/') && entry.ends_with('/');
            let selects = match is_expression {
                true => Regex::new(&entry[1..entry.len() - 1]).unwrap().is_match(name),
                false => entry == name,
            };
            if selects {
                return ignore_selected;
            }
        }
        !ignore_selected
    }

    proptest! {
        #[test]
        fn every_list_answers_as_collectds(
            entries in proptest::collection::vec("/{0,2}[a-c]{0,2}/{0,2}|/\\^?[a-c.]{1,2}\\$?/", 0..5),
            ignore_selected: bool,
            name in "[a-c/]{0,3}",
        ) {
            let entries: Vec<String> = entries.into_iter().filter(|entry| !entry.is_empty()).collect();
            let texts: Vec<&str> = entries.iter().map(String::as_str).collect();
            let list = list(&texts, ignore_selected);
            prop_assert_eq!(list.is_ignored(&name), naive(&entries, ignore_selected, &name));
        }

        /// With an entry and a name, the two settings are each other's opposite.
        #[test]
        fn what_one_setting_ignores_the_other_reports(entry in "[a-c]{1,2}|/[a-c]/", name in "[a-c]{1,2}") {
            prop_assert_ne!(list(&[&entry], true).is_ignored(&name), list(&[&entry], false).is_ignored(&name));
        }
    }
}
