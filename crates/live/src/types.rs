//! What types.db says: options of all commands that show the names of data sources.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use collectd_types::TypesDb;

use crate::console::warn;

/// Where packages and `make install` of collectd put it.
const USUAL: [&str; 3] =
    ["/usr/share/collectd/types.db", "/usr/local/share/collectd/types.db", "/opt/collectd/share/collectd/types.db"];

#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Names of data sources; may be repeated, and replaces the system's [default: the first of
    /// /usr/share/collectd/types.db, /usr/local/share/…, /opt/collectd/share/… that is there].
    #[arg(long, value_name = "FILE", help_heading = "Where from")]
    types_db: Vec<PathBuf>,
}

impl Args {
    /// Reads the files. Lines that are wrong are warned of, and passed over.
    pub(crate) fn read(&self) -> anyhow::Result<TypesDb> {
        let mut types = TypesDb::default();
        if self.types_db.is_empty() {
            USUAL.iter().any(|path| matches!(read(&mut types, Path::new(path)), Ok(())));
        }
        for path in &self.types_db {
            read(&mut types, path).with_context(|| format!("cannot read {}", path.display()))?;
        }
        Ok(types)
    }
}

fn read(types: &mut TypesDb, path: &Path) -> io::Result<()> {
    for problem in types.read_file(path)? {
        warn(format_args!("{}: {problem}", path.display()));
    }
    Ok(())
}
