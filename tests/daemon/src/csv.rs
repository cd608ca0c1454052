use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What the csv plugin wrote: identifier → rows of (time, values), both as text.
pub type Rows = BTreeMap<String, Vec<(String, String)>>;

/// Files are `host/plugin[-instance]/type[-instance]-YYYY-MM-DD`, with a heading in the first line.
pub(crate) fn read(dir: &Path) -> Rows {
    let mut rows = Rows::new();
    for file in entries(dir).iter().flat_map(|host| entries(host)).flat_map(|plugin| entries(&plugin)) {
        let name = file.strip_prefix(dir).unwrap_or(&file).to_string_lossy().into_owned();
        let identifier = name[..name.len().saturating_sub("-YYYY-MM-DD".len())].to_owned();
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap_or_default()).into_owned();
        let complete = text.rfind('\n').map_or("", |end| &text[..end]);
        let mut parsed = complete.lines().skip(1).filter_map(|line| line.split_once(',')).peekable();
        // The file is there before its first row.
        if parsed.peek().is_some() {
            rows.entry(identifier).or_default().extend(parsed.map(|(time, values)| (time.into(), values.into())));
        }
    }
    rows
}

/// Sorted, so that the days of one identifier come in order. Nothing when there is no such directory yet.
fn entries(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
