//! types.db: which data sources a type has.

mod data_set;
mod line;
mod lines;
mod problem;

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;

pub use data_set::{CheckError, DataSet, DataSource};
pub use problem::{LineProblem, LineProblemKind, SourceProblem};

use crate::ValuesRef;
use lines::{Line, Lines};

/// The types that files like types.db define: names for the values of a list, and their kinds.
///
/// Files are read as collectd reads them, its peculiarities included: this knows a type exactly if the
/// daemon does, and what the daemon says about a line (or should say) is reported. Of several
/// definitions of a type the last one counts, in a file and across files.
///
/// ```
/// use collectd_types::{Kind, TypesDb, Values};
///
/// let mut types = TypesDb::new();
/// let problems = types.parse(b"# network\nif_octets  rx:DERIVE:0:U, tx:DERIVE:0:U\nbroken  value:GAUGE:0\n");
/// assert_eq!(problems.len(), 1);
/// assert_eq!(problems[0].to_string(), "line 3: data source 1 has 3 parts between colons, not 4");
///
/// let octets = types.get("if_octets").unwrap();
/// assert_eq!(octets.sources()[1].name, "tx");
/// assert_eq!(octets.sources()[1].kind, Kind::Derive);
/// assert_eq!((octets.sources()[1].min, octets.sources()[1].max), (Some(0.0), None));
/// assert_eq!(octets.to_string(), "if_octets rx:DERIVE:0:U, tx:DERIVE:0:U");
///
/// let values = Values::new("if_octets").derive(1);
/// let error = types.check(values.view()).unwrap_err();
/// assert_eq!(error.to_string(), "type \"if_octets\" has 2 values, not 1");
/// ```
#[derive(Clone, Default)]
pub struct TypesDb {
    types: BTreeSet<ByType>,
}

impl TypesDb {
    /// No types.
    pub const fn new() -> Self {
        TypesDb { types: BTreeSet::new() }
    }

    /// Adds the types that the content of a file defines. They replace types of the same name.
    ///
    /// Nothing makes this fail: lines that collectd skips are skipped, and reported in order with
    /// what else is odd, see [`LineProblemKind`].
    pub fn parse(&mut self, content: &[u8]) -> Vec<LineProblem> {
        let mut problems = Vec::new();
        for Line { number, content } in Lines::new(content) {
            let mut report = |kind| problems.push(LineProblem { line: number, kind });
            let parsed = content.and_then(|line| line::parse(line, &mut report));
            match parsed {
                Ok(Some(set)) => {
                    if self.insert(set).is_some() {
                        report(LineProblemKind::Replaced);
                    }
                }
                Ok(None) => {}
                Err(kind) => report(kind),
            }
        }
        problems
    }

    /// Adds the types that a file defines, see [`parse`](Self::parse).
    ///
    /// # Errors
    ///
    /// If the file cannot be read; no type is added then. The daemon logs it, and goes on with its
    /// other files.
    #[cfg(feature = "std")]
    pub fn read_file(&mut self, path: impl AsRef<std::path::Path>) -> std::io::Result<Vec<LineProblem>> {
        Ok(self.parse(&std::fs::read(path)?))
    }

    /// Adds a type, and returns the one of the same name that it replaces.
    pub fn insert(&mut self, set: DataSet) -> Option<DataSet> {
        self.types.replace(ByType(set)).map(|replaced| replaced.0)
    }

    /// What is known about a type. Upper and lower case differ.
    pub fn get(&self, type_: impl AsRef<[u8]>) -> Option<&DataSet> {
        self.types.get(type_.as_ref()).map(|found| &found.0)
    }

    /// Whether a value list is what its type demands, see [`DataSet::check`]; returns the type's data
    /// set.
    ///
    /// # Errors
    ///
    /// If the type is not known, or the values differ from it in number or kind.
    pub fn check(&self, values: ValuesRef<'_>) -> Result<&DataSet, CheckError> {
        let type_ = values.type_();
        let set = self.get(type_).ok_or_else(|| CheckError::UnknownType { type_: type_.to_name() })?;
        set.check(values)?;
        Ok(set)
    }

    /// All types, ordered by their names' bytes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &DataSet> + DoubleEndedIterator + Clone {
        self.types.iter().map(|entry| &entry.0)
    }

    /// How many types there are.
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether there is no type.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}

impl PartialEq for TypesDb {
    fn eq(&self, other: &TypesDb) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for TypesDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A data set that is equal to every other of the same type, so that a set of them is a map by type.
#[derive(Clone)]
struct ByType(DataSet);

impl ByType {
    fn key(&self) -> &[u8] {
        self.0.type_().as_bytes()
    }
}

impl Borrow<[u8]> for ByType {
    fn borrow(&self) -> &[u8] {
        self.key()
    }
}

impl PartialEq for ByType {
    fn eq(&self, other: &ByType) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ByType {}

impl PartialOrd for ByType {
    fn partial_cmp(&self, other: &ByType) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByType {
    fn cmp(&self, other: &ByType) -> Ordering {
        self.key().cmp(other.key())
    }
}
