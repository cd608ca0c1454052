//! The database: its file, its tables, and what is done to them.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use collectd::{DataSet, Escaped, Identifier, data_set};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::config::Synchronous;
use crate::names::Text;
use crate::sample::{Point, Sample};

/// Marks the file as one of this plugin: "cdrs".
const APPLICATION: i32 = 0x6364_7273;
const VERSION: i32 = 1;
/// How long one attempt waits for other processes. There are further ones.
const BUSY: Duration = Duration::from_secs(1);
/// How long the file is looked over at the start, when the daemon waits.
const CHECK: Duration = Duration::from_secs(2);
/// After the log was that long, it becomes shorter again.
const LOG_BYTES: u32 = 16 << 20;
/// More than that are looked up again.
const MOST_IDENTITIES: usize = 100_000;

pub(crate) struct Store {
    path: PathBuf,
    connection: Connection,
    /// Which file that was; another one may be moved to its place.
    file: (u64, u64),
    /// The rows of `identity` for the data sources of a metric.
    identities: HashMap<Identifier, Box<[i64]>>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("{}: {cause}", Text(path))]
    Sqlite { path: PathBuf, cause: rusqlite::Error },
    #[error("{}: {cause}", Text(path))]
    File { path: PathBuf, cause: std::io::Error },
    #[error("{} is damaged: {}", Text(path), Escaped(finding.as_bytes()))]
    Damaged { path: PathBuf, finding: String },
    #[error("{} is a database of something else", Text(path))]
    Foreign { path: PathBuf },
    #[error("{} is of a newer version of this plugin: {version}", Text(path))]
    Newer { path: PathBuf, version: i32 },
    #[error("{} is no longer the file that was opened", Text(path))]
    Moved { path: PathBuf },
}

impl StoreError {
    /// Whether only a person can mend it.
    pub(crate) fn is_lasting(&self) -> bool {
        match self {
            StoreError::Damaged { .. } | StoreError::Foreign { .. } | StoreError::Newer { .. } => true,
            StoreError::Sqlite { .. } => {
                matches!(self.code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
            }
            StoreError::File { .. } | StoreError::Moved { .. } => false,
        }
    }

    /// Whether the connection is as good as before.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(self.code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull))
    }

    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            StoreError::Sqlite { cause, .. } => cause.sqlite_error_code(),
            _ => None,
        }
    }
}

impl Store {
    /// Opens the file, or makes it. A file that is anything else stays as it is.
    pub(crate) fn open(path: &Path, synchronous: Synchronous) -> Result<Store, StoreError> {
        let file_error = |cause| StoreError::File { path: path.to_owned(), cause };
        let error = |cause| StoreError::Sqlite { path: path.to_owned(), cause };
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            fs::create_dir_all(directory).map_err(file_error)?;
        }
        let mut connection = Connection::open(path).map_err(|cause| match fs::File::open(path) {
            // SQLite does not say why it cannot.
            Err(cause) => file_error(cause),
            Ok(_) => error(cause),
        })?;
        connection.busy_timeout(BUSY).map_err(error)?;
        let (application, version) = marks(&connection).map_err(error)?;
        match (application, version) {
            (APPLICATION, VERSION) => check(&mut connection, path)?,
            (APPLICATION, version) => return Err(StoreError::Newer { path: path.to_owned(), version }),
            (0, 0) if is_empty(&connection).map_err(error)? => create(&mut connection).map_err(error)?,
            _ => return Err(StoreError::Foreign { path: path.to_owned() }),
        }
        set_up(&connection, synchronous).map_err(error)?;
        let file = identity_of(path).map_err(file_error)?;
        Ok(Store { path: path.to_owned(), connection, file, identities: HashMap::new() })
    }

    /// Writes all of them, or none.
    pub(crate) fn insert(&mut self, samples: &[Sample]) -> Result<(), StoreError> {
        if identity_of(&self.path).ok() != Some(self.file) {
            return Err(StoreError::Moved { path: self.path.clone() });
        }
        if self.identities.len() > MOST_IDENTITIES {
            self.identities.clear();
        }
        let mut result = insert(&mut self.connection, &mut self.identities, samples);
        if result.as_ref().is_err_and(is_constraint) {
            // Another process has deleted identities.
            self.identities.clear();
            result = insert(&mut self.connection, &mut self.identities, samples);
        }
        result.map_err(|cause| {
            // Some of them may be of rows that are not there now.
            self.identities.clear();
            StoreError::Sqlite { path: self.path.clone(), cause }
        })
    }

    /// Deletes at most `most` samples that are older than this. Whether there may be more.
    pub(crate) fn delete_before(&mut self, time: i64, most: usize) -> Result<bool, StoreError> {
        let result = delete_before(&mut self.connection, time, most);
        // Identities that have no samples go too.
        self.identities.clear();
        result.map_err(|cause| StoreError::Sqlite { path: self.path.clone(), cause })
    }

    /// Moves what is in the log to the database, as far as that is possible: the log has room again then.
    pub(crate) fn empty_log(&self) {
        // On a full disk it may be impossible too.
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

fn identity_of(path: &Path) -> std::io::Result<(u64, u64)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

fn marks(connection: &Connection) -> rusqlite::Result<(i32, i32)> {
    let mark = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok((mark("application_id")?, mark("user_version")?))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map(|count: i64| count == 0)
}

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(include_str!("schema.sql"))?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Looks the file over, as far as that can be done in a moment.
fn check(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let error = |cause| StoreError::Sqlite { path: path.to_owned(), cause };
    let end = Instant::now() + CHECK;
    connection.progress_handler(10_000, Some(move || Instant::now() >= end)).map_err(error)?;
    let result = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    connection.progress_handler(0, None::<fn() -> bool>).map_err(error)?;
    match result {
        Ok(finding) if finding == "ok" => Ok(()),
        Ok(finding) => Err(StoreError::Damaged { path: path.to_owned(), finding }),
        Err(cause) if cause.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Ok(()),
        Err(cause) => Err(error(cause)),
    }
}

fn set_up(connection: &Connection, synchronous: Synchronous) -> rusqlite::Result<()> {
    // Readers do not keep the writer waiting, nor the other way round.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "synchronous", synchronous.word())?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))
}

fn insert(
    connection: &mut Connection,
    identities: &mut HashMap<Identifier, Box<[i64]>>,
    samples: &[Sample],
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut statement = transaction.prepare("INSERT INTO sample (identity, time, value) VALUES (?1, ?2, ?3)")?;
    for sample in samples {
        let known = identities.get(&sample.identifier).filter(|ids| ids.len() == sample.points.len());
        let ids = match known {
            Some(ids) => ids,
            None => {
                let ids = identify(&transaction, sample)?;
                identities.entry(sample.identifier.clone()).insert_entry(ids).into_mut()
            }
        };
        for (id, point) in ids.iter().zip(&sample.points) {
            statement.execute(params![id, sample.time, point])?;
        }
    }
    drop(statement);
    transaction.commit()
}

/// The rows for the data sources of a metric, which are made if they are not there.
fn identify(transaction: &Transaction<'_>, sample: &Sample) -> rusqlite::Result<Box<[i64]>> {
    let set = data_set::find(sample.identifier.type_.as_bytes());
    let sources = set.as_ref().map(DataSet::sources).unwrap_or_default();
    let source = |index: usize| sources.get(index).map_or(&b"value"[..], |source| source.name.as_bytes());
    let ids = sample.points.iter().enumerate().map(|(index, point)| row(transaction, sample, source(index), *point));
    ids.collect()
}

fn row(transaction: &Transaction<'_>, sample: &Sample, source: &[u8], point: Point) -> rusqlite::Result<i64> {
    let [host, plugin, plugin_instance, type_, type_instance] =
        sample.identifier.view().names().map(|name| Text(name.as_bytes()));
    let names = params![host, plugin, plugin_instance, type_, type_instance, Text(source), point.kind()];
    let known = "SELECT id FROM identity WHERE host = ?1 AND plugin = ?2 AND plugin_instance = ?3 AND type = ?4 \
                 AND type_instance = ?5 AND source = ?6 AND kind = ?7";
    if let Some(id) = transaction.query_row(known, names, |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let new = "INSERT INTO identity (host, plugin, plugin_instance, type, type_instance, source, kind) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    transaction.execute(new, names)?;
    Ok(transaction.last_insert_rowid())
}

fn delete_before(connection: &mut Connection, time: i64, most: usize) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let ids: Vec<i64> = {
        let mut all = transaction.prepare("SELECT id FROM identity")?;
        let rows = all.query_map([], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    let mut left = most;
    {
        let some = "DELETE FROM sample WHERE rowid IN \
                    (SELECT rowid FROM sample WHERE identity = ?1 AND time < ?2 LIMIT ?3)";
        let mut delete = transaction.prepare(some)?;
        for id in ids {
            left -= delete.execute(params![id, time, i64::try_from(left).unwrap_or(i64::MAX)])?;
            if left == 0 {
                break;
            }
        }
    }
    transaction.execute(
        "DELETE FROM identity WHERE NOT EXISTS (SELECT 1 FROM sample WHERE sample.identity = identity.id)",
        [],
    )?;
    transaction.commit()?;
    Ok(left == 0)
}
