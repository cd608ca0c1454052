//! Packets to begin with.

use std::fs;
use std::path::Path;

/// The golden and the malformed packets, by name.
pub(crate) fn packets() -> Vec<(String, Vec<u8>)> {
    let packets: Vec<_> = ["vectors", "malformed"].into_iter().flat_map(|folder| files(folder, ".bin")).collect();
    assert!(packets.len() > 100, "only {} packets", packets.len());
    packets
}

/// The files in a folder of `tests` whose names end so.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter_map(|path| Some((path.file_name()?.to_str()?.strip_suffix(ending)?.to_owned(), path)))
        .map(|(name, path)| (name, fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))))
        .collect();
    files.sort();
    files
}

/// Short inputs, by number.
pub(crate) fn texts<const N: usize>(texts: [&[u8]; N]) -> Vec<(String, Vec<u8>)> {
    (1..).zip(texts).map(|(number, text): (u32, _)| (number.to_string(), text.to_vec())).collect()
}
