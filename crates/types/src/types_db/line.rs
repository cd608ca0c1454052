//! One line of types.db: a type and its data sources.

use alloc::vec::Vec;

use super::data_set::{DataSet, DataSource};
use super::problem::{LineProblemKind, SourceProblem};
use crate::{Kind, Name, NameRef, c_number};

/// The daemon has room for 64 words, and ignores the rest.
const MAX_SOURCES: usize = 63;

/// The daemon refuses shorter ones before it looks at them. `v:GAUGE:0:U` has as many bytes.
const MIN_SOURCE_LEN: usize = 11;

/// Parses a line; nothing comes of blank lines and comments. Calls `report` for what is odd about a
/// line that is not skipped.
pub(super) fn parse(line: &[u8], report: &mut impl FnMut(LineProblemKind)) -> Result<Option<DataSet>, LineProblemKind> {
    let text = line.split(|&byte| byte == 0).next().unwrap_or_default();
    let ignored = line[text.len()..].iter().any(|byte| !matches!(byte, 0 | b'\r' | b'\n'));
    let mut words = words(text);
    let type_ = match words.next() {
        None if ignored => return Err(LineProblemKind::NoDataSource),
        None | Some([b'#', ..]) => return Ok(None),
        Some(type_) => type_,
    };
    let mut sources: Vec<DataSource> = Vec::new();
    let mut odd = Vec::new();
    for (index, word) in words.by_ref().take(MAX_SOURCES).enumerate() {
        let at = |problem| LineProblemKind::Source { index, problem };
        let source = parse_source(word, &mut |problem| odd.push(at(problem))).map_err(at)?;
        if sources.iter().any(|other| other.name == source.name) {
            odd.push(at(SourceProblem::SameName));
        }
        sources.push(source);
    }
    if sources.is_empty() {
        return Err(LineProblemKind::NoDataSource);
    }
    if type_.len() > Name::MAX_LEN {
        report(LineProblemKind::TypeTruncated);
    }
    odd.into_iter().for_each(&mut *report);
    if words.next().is_some() {
        report(LineProblemKind::TooManySources);
    }
    if ignored {
        report(LineProblemKind::Nul);
    }
    Ok(Some(DataSet::new(NameRef::until_nul(type_).to_name(), sources)))
}

/// The words between blanks. A comma is not a blank.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).filter(|word| !word.is_empty())
}

fn parse_source(word: &[u8], report: &mut impl FnMut(SourceProblem)) -> Result<DataSource, SourceProblem> {
    if word.len() < MIN_SOURCE_LEN {
        return Err(SourceProblem::TooShort { len: word.len() });
    }
    let word = word.strip_suffix(b",").unwrap_or(word);
    let mut parts = [&[][..]; 4];
    let mut count = 0;
    // As `strtok` does, it makes no difference how many colons are between two parts.
    for part in word.split(|&byte| byte == b':').filter(|part| !part.is_empty()) {
        if let Some(slot) = parts.get_mut(count) {
            *slot = part;
        }
        count += 1;
    }
    if count != parts.len() {
        return Err(SourceProblem::Parts { count });
    }
    let [name, kind, min, max] = parts;
    let kind = parse_kind(kind).ok_or(SourceProblem::Kind)?;
    if name.len() > Name::MAX_LEN {
        report(SourceProblem::NameTruncated);
    }
    let min = parse_limit(min, || report(SourceProblem::Minimum));
    let max = parse_limit(max, || report(SourceProblem::Maximum));
    Ok(DataSource { name: NameRef::until_nul(name).to_name(), kind, min, max })
}

fn parse_kind(text: &[u8]) -> Option<Kind> {
    let kinds = [Kind::Gauge, Kind::Derive, Kind::Counter, Kind::Absolute];
    kinds.into_iter().find(|kind| text.eq_ignore_ascii_case(kind.name().as_bytes()))
}

fn parse_limit(text: &[u8], report: impl FnOnce()) -> Option<f64> {
    if text.eq_ignore_ascii_case(b"U") {
        return None;
    }
    let (number, rest) = c_number::parse(text);
    if !rest.is_empty() {
        report();
    }
    // In the daemon NaN is what U stands for.
    (!number.is_nan()).then_some(number)
}
