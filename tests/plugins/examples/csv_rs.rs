//! `csv_rs`: a file for each metric and day, like collectd's `csv` plugin.
//!
//! ```text
//! LoadPlugin csv_rs
//! <Plugin csv_rs>
//!   DataDir "/var/lib/collectd/csv"
//!   StoreRates true
//!   FileDate true
//! </Plugin>
//! ```
//!
//! A row is in its file when `write` returns: there is nothing to flush.
#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use collectd::prelude::*;
use collectd::{DataSet, cache, data_set};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Csv {
    #[serde(default)]
    data_dir: Output,
    /// Whether to write rates rather than counts.
    #[serde(default)]
    store_rates: bool,
    /// Whether the names of files end with the day.
    #[serde(default = "yes")]
    file_date: bool,
}

fn yes() -> bool {
    true
}

/// `"stdout"`, `"stderr"`, or a directory: by default the daemon's `BaseDir`, where it runs.
#[derive(Deserialize)]
#[serde(from = "String")]
enum Output {
    Stdout,
    Stderr,
    Directory(PathBuf),
}

impl From<String> for Output {
    fn from(text: String) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "stdout" => Output::Stdout,
            "stderr" => Output::Stderr,
            _ => Output::Directory(text.into()),
        }
    }
}

impl Default for Output {
    fn default() -> Self {
        Output::Directory(PathBuf::new())
    }
}

impl Plugin for Csv {
    const NAME: &'static str = "csv_rs";
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        Ok(config)
    }
}

impl Write for Csv {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        let row = self.row(values)?;
        let name = values.identifier().to_bytes();
        match &self.data_dir {
            Output::Stdout => io::stdout().write_all(&putval(&name, values, &row))?,
            Output::Stderr => io::stderr().write_all(&putval(&name, values, &row))?,
            Output::Directory(directory) => {
                let path = self.path(directory, &name)?;
                append(&path, values, &row).map_err(|error| Error::msg(format_args!("{}: {error}", path.display())))?;
            }
        }
        Ok(())
    }
}

impl Csv {
    /// The time and all values, between commas.
    fn row(&self, values: ValuesRef<'_>) -> Result<String> {
        let has_counts = values.values().any(|value| !matches!(value, Value::Gauge(_)));
        let rates = match self.store_rates && has_counts {
            true => Some(cache::rates(values.identifier()).ok_or_else(|| Error::msg("the value cache has no rates"))?),
            false => None,
        };
        let mut row = format!("{:.3}", values.time().as_secs_f64());
        for (index, value) in values.values().enumerate() {
            match (value, &rates) {
                (Value::Gauge(gauge), _) => write!(row, ",{}", Number(gauge))?,
                (_, Some(rates)) => write!(row, ",{}", Number(rates[index]))?,
                (count, None) => write!(row, ",{count}")?,
            }
        }
        Ok(row)
    }

    fn path(&self, directory: &Path, name: &[u8]) -> Result<PathBuf> {
        let mut path = directory.join(OsStr::from_bytes(name));
        // A host named `..` shall not lead elsewhere.
        let mut below = Path::new(OsStr::from_bytes(name)).parent().into_iter().flat_map(Path::components);
        if !below.all(|part| matches!(part, Component::Normal(part) if !part.as_bytes().starts_with(b"."))) {
            return Err(Error::msg(format_args!("{} is not within the directory", path.display())));
        }
        if self.file_date {
            path.as_mut_os_string().push(jiff::ZonedDateTime::now().strftime("-%Y-%m-%d").to_string());
        }
        Ok(path)
    }
}

/// A number as C's `%f` shows it; Rust has no sign for NaN.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            x if !x.is_nan() => write!(f, "{x:.6}"),
            x if x.is_sign_negative() => f.write_str("-nan"),
            _ => f.write_str("nan"),
        }
    }
}

/// A line that the daemon reads from `exec` and `unixsock`.
fn putval(name: &[u8], values: ValuesRef<'_>, row: &str) -> Vec<u8> {
    let mut line = b"PUTVAL ".to_vec();
    if name.iter().any(|byte| b" \t\"\\".contains(byte)) {
        line.push(b'"');
        for &byte in name {
            if matches!(byte, b'"' | b'\\') {
                line.push(b'\\');
            }
            line.push(byte);
        }
        line.push(b'"');
    } else {
        line.extend_from_slice(name);
    }
    let interval = values.interval().as_secs_f64();
    line.extend_from_slice(format!(" interval={interval:.3} {}\n", row.replace(',', ":")).as_bytes());
    line
}

/// Adds a row to a file, with a heading if it is the first.
fn append(path: &Path, values: ValuesRef<'_>, row: &str) -> io::Result<()> {
    let mut file = open(path)?;
    // From another of the daemon's threads there may be a row for the same file.
    file.lock()?;
    let mut text = Vec::new();
    if file.metadata()?.len() == 0 {
        text.extend_from_slice(b"epoch");
        for source in data_set::find(values.type_()).iter().flat_map(DataSet::sources) {
            text.push(b',');
            text.extend_from_slice(source.name.as_bytes());
        }
        text.push(b'\n');
    }
    text.extend_from_slice(row.as_bytes());
    text.push(b'\n');
    file.write_all(&text)
}

fn open(path: &Path) -> io::Result<File> {
    let open = || File::options().append(true).create(true).open(path);
    match (open(), path.parent()) {
        (Err(error), Some(directory)) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(directory)?;
            open()
        }
        (result, _) => result,
    }
}

collectd::plugin!(Csv: Write);
