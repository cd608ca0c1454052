//! The files as archives. Owners, dates and order are always the same, so that the same files make the same bytes.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use flate2::{Compression, GzBuilder};
use md5::{Digest, Md5};
use tar::{Builder, EntryType, Header};

use super::files::Tree;
use crate::source_date::SourceDate;

/// A Debian package: `deb(5)`.
pub(super) fn deb(tree: &Tree, control: &str, date: SourceDate) -> anyhow::Result<Vec<u8>> {
    let mut sums = String::new();
    let mut conffiles = String::new();
    for file in tree.files() {
        if file.is_conffile {
            conffiles += &format!("/{}\n", file.path);
        } else {
            let sum: String = Md5::digest(&file.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            sums += &format!("{sum}  {}\n", file.path);
        }
    }
    let mut about = Tree::default();
    about.add("control".to_owned(), control.as_bytes().to_vec());
    about.add("md5sums".to_owned(), sums.into_bytes());
    if !conffiles.is_empty() {
        about.add("conffiles".to_owned(), conffiles.into_bytes());
    }
    let parts = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", tar(&about, date)?),
        ("data.tar.gz", tar(tree, date)?),
    ];
    let mut archive = ar::Builder::new(Vec::new());
    for (name, bytes) in parts {
        let mut header = ar::Header::new(name.as_bytes().to_vec(), bytes.len() as u64);
        header.set_mtime(date.seconds());
        header.set_mode(0o100_644);
        archive.append(&header, &bytes[..]).context("the archive")?;
    }
    archive.into_inner().context("the archive")
}

/// The files with the directories above them.
pub(super) fn tar(tree: &Tree, date: SourceDate) -> anyhow::Result<Vec<u8>> {
    let mut builder = Builder::new(Vec::new());
    let mut append = |path: &str, kind: EntryType, mode: u32, bytes: &[u8]| {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(date.seconds());
        header.set_size(bytes.len() as u64);
        header.set_uid(0);
        header.set_gid(0);
        header.set_username("root")?;
        header.set_groupname("root")?;
        // As dpkg has them, with the `./` that the library takes away.
        let name = &mut header.as_old_mut().name;
        if path.len() > name.len() {
            return builder.append_data(&mut header, path, bytes);
        }
        name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        builder.append(&header, bytes)
    };
    let mut known = BTreeSet::new();
    append("./", EntryType::Directory, 0o755, &[]).context("the archive")?;
    for file in tree.files() {
        let mut above: Vec<&Path> =
            Path::new(&file.path).ancestors().skip(1).filter(|dir| !dir.as_os_str().is_empty()).collect();
        above.reverse();
        for dir in above {
            if known.insert(dir.to_owned()) {
                append(&format!("./{}/", dir.display()), EntryType::Directory, 0o755, &[]).context("the archive")?;
            }
        }
        append(&format!("./{}", file.path), EntryType::Regular, 0o644, &file.bytes).context("the archive")?;
    }
    let bytes = builder.into_inner().context("the archive")?;
    compressed(&bytes)
}

/// As gzip does it, without name and date.
pub(super) fn compressed(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
