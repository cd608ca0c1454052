//! Names, which collectd knows as bytes, for SQL and for messages.

use std::fmt;
use std::path::PathBuf;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// A name as a text; one that is not UTF-8 as a blob, so that no two names look the same.
pub(crate) struct Text<T>(pub(crate) T);

impl ToSql for Text<&[u8]> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match std::str::from_utf8(self.0) {
            Ok(_) => ValueRef::Text(self.0),
            Err(_) => ValueRef::Blob(self.0),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl fmt::Display for Text<&PathBuf> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
