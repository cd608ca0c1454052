//! What is in a plugin's `.so` file, read and not loaded.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use object::elf;
use object::read::elf::{FileHeader, SectionHeader, SectionTable, Sym};
use object::{Endian, Endianness, FileKind};

/// What the framework puts into every plugin: see its module `about`.
const ABOUT: &[u8] = b"\n%collectd-rust plugin%\n";
/// No such text is longer.
const ABOUT_LIMIT: usize = 64 << 10;
/// Larger files are no plugins.
const SIZE_LIMIT: u64 = 1 << 30;

#[derive(Debug, Default)]
pub(crate) struct PluginFile {
    pub(crate) size: u64,
    /// As `ELF 64-bit, x86-64`.
    pub(crate) format: String,
    /// Names that the file defines for others.
    pub(crate) exports: Vec<String>,
    /// Names without a version that it needs: those of the daemon, as those of the C library have one.
    pub(crate) imports: Vec<String>,
    /// Libraries that it needs.
    pub(crate) libraries: Vec<String>,
    /// Versions of names that it needs of them, as `libc.so.6` and `GLIBC_2.34`.
    pub(crate) needs: Vec<(String, String)>,
    /// What Debian calls the architecture, if it has one for it.
    pub(crate) debian: Option<&'static str>,
    /// Compilers and linkers that had a part in it.
    pub(crate) compilers: Vec<String>,
    pub(crate) about: Option<About>,
}

/// What a plugin made with the framework says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    /// None for modules that register their plugins in code.
    pub(crate) name: Option<String>,
    pub(crate) package: String,
    pub(crate) framework: String,
    pub(crate) callbacks: Vec<String>,
}

impl PluginFile {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let read = || -> anyhow::Result<PluginFile> {
            let data = fs::metadata(path)?;
            let size = data.len();
            if !data.is_file() {
                bail!("it is not a file");
            }
            if size > SIZE_LIMIT {
                bail!("it is too large for a plugin");
            }
            PluginFile::parse(&fs::read(path)?)
        };
        read().with_context(|| format!("cannot read {}", path.display()))
    }

    fn parse(data: &[u8]) -> anyhow::Result<Self> {
        let mut file = match FileKind::parse(data) {
            Ok(FileKind::Elf64) => parse::<elf::FileHeader64<Endianness>>(data, 64)?,
            Ok(FileKind::Elf32) => parse::<elf::FileHeader32<Endianness>>(data, 32)?,
            _ => bail!("it is not a shared object (ELF)"),
        };
        file.size = data.len() as u64;
        file.about = About::find(data);
        Ok(file)
    }

    /// Whether the daemon would take it for a plugin.
    pub(crate) fn is_plugin(&self) -> bool {
        self.exports.iter().any(|name| name == "module_register")
    }
}

fn parse<Elf: FileHeader<Endian = Endianness>>(data: &[u8], bits: u8) -> anyhow::Result<PluginFile> {
    let header = Elf::parse(data)?;
    let endian = header.endian()?;
    // Most programs are shared objects, too; not those of old compilers.
    if header.e_type(endian) != elf::ET_DYN && header.e_type(endian) != elf::ET_EXEC {
        bail!("it is an ELF file, but not a shared object");
    }
    let mut file =
        PluginFile { format: format!("ELF {bits}-bit, {}", machine(header.e_machine(endian))), ..Default::default() };
    file.debian = debian(header.e_machine(endian), bits, !endian.is_big_endian(), header.e_flags(endian));
    let sections = header.sections(endian, data)?;
    if let Some((mut libraries, link)) = sections.gnu_verneed(endian, data)? {
        let strings = sections.strings(endian, data, link)?;
        while let Some((library, mut versions)) = libraries.next()? {
            let name = text(library.file(endian, strings)?);
            while let Some(version) = versions.next()? {
                file.needs.push((name.clone(), text(version.name(endian, strings)?)));
            }
        }
    }
    symbols(&mut file, &sections, endian, data)?;
    if let Some((entries, link)) = sections.dynamic(endian, data)? {
        let strings = sections.strings(endian, data, link)?;
        for entry in entries {
            use object::read::elf::Dyn;
            if entry.tag32(endian) == Some(elf::DT_NEEDED) {
                file.libraries.push(text(entry.string(endian, strings)?));
            }
        }
    }
    if let Some((_, comment)) = sections.section_by_name(endian, b".comment") {
        let comment = comment.data(endian, data)?;
        file.compilers = comment.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(text).collect();
        file.compilers.dedup();
    }
    Ok(file)
}

fn symbols<Elf: FileHeader<Endian = Endianness>>(
    file: &mut PluginFile,
    sections: &SectionTable<'_, Elf>,
    endian: Endianness,
    data: &[u8],
) -> anyhow::Result<()> {
    let symbols = sections.symbols(endian, data, elf::SHT_DYNSYM)?;
    let versions = sections.versions(endian, data)?;
    for (index, symbol) in symbols.enumerate() {
        let name = symbol.name(endian, symbols.strings())?;
        if name.is_empty() || symbol.st_bind() == elf::STB_LOCAL {
            continue;
        }
        if !symbol.is_undefined(endian) {
            file.exports.push(text(name));
            continue;
        }
        let is_versioned = match &versions {
            Some(versions) => {
                let index = versions.version_index(endian, index);
                versions.version(index).map_err(|error| anyhow!("symbol {:?}: {error}", text(name)))?.is_some()
            }
            None => false,
        };
        if !is_versioned && symbol.st_bind() != elf::STB_WEAK {
            file.imports.push(text(name));
        }
    }
    file.exports.sort_unstable();
    file.imports.sort_unstable();
    Ok(())
}

/// `dpkg-architecture -L` knows all of them.
fn debian(machine: u16, bits: u8, is_little: bool, flags: u32) -> Option<&'static str> {
    Some(match (machine, bits, is_little) {
        (elf::EM_X86_64, 64, _) => "amd64",
        (elf::EM_X86_64, 32, _) => "x32",
        (elf::EM_386, ..) => "i386",
        (elf::EM_AARCH64, _, true) => "arm64",
        (elf::EM_ARM, _, true) if flags & elf::EF_ARM_ABI_FLOAT_HARD != 0 => "armhf",
        (elf::EM_ARM, _, true) => "armel",
        (elf::EM_RISCV, 64, _) => "riscv64",
        (elf::EM_PPC64, _, true) => "ppc64el",
        (elf::EM_PPC64, _, false) => "ppc64",
        (elf::EM_PPC, ..) => "powerpc",
        (elf::EM_S390, 64, _) => "s390x",
        (elf::EM_LOONGARCH, 64, _) => "loong64",
        (elf::EM_MIPS, 64, true) => "mips64el",
        (elf::EM_SPARCV9, ..) => "sparc64",
        _ => return None,
    })
}

fn machine(machine: u16) -> String {
    match machine {
        elf::EM_X86_64 => "x86-64".to_owned(),
        elf::EM_AARCH64 => "aarch64".to_owned(),
        elf::EM_386 => "x86".to_owned(),
        elf::EM_ARM => "arm".to_owned(),
        elf::EM_RISCV => "risc-v".to_owned(),
        elf::EM_PPC64 => "ppc64".to_owned(),
        elf::EM_S390 => "s390".to_owned(),
        other => format!("machine {other}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl About {
    /// The first such text, wherever it is.
    fn find(data: &[u8]) -> Option<Self> {
        // By its rare second byte: most of a file is passed over quickly.
        let candidates = data.iter().enumerate().filter(|(_, byte)| **byte == ABOUT[1]);
        let mut starts = candidates.filter_map(|(at, _)| at.checked_sub(1));
        let start = starts.find(|start| data[*start..].starts_with(ABOUT))? + ABOUT.len();
        let rest = &data[start..data.len().min(start + ABOUT_LIMIT)];
        let end = rest.iter().position(|byte| *byte == 0)?;
        Some(About::parse(&text(&rest[..end])))
    }

    fn parse(lines: &str) -> Self {
        let mut about = About::default();
        for (key, value) in lines.lines().filter_map(|line| line.split_once(' ')) {
            match key {
                "name" => about.name = Some(value.to_owned()).filter(|name| !name.is_empty()),
                "package" => value.trim().clone_into(&mut about.package),
                "framework" => value.clone_into(&mut about.framework),
                "callbacks" => about.callbacks = value.split_whitespace().map(str::to_owned).collect(),
                // Of a framework to come.
                _ => {}
            }
        }
        about
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_found_among_others() {
        let data = b"%%x\n%collectd-rust\0\n%collectd-rust plugin%\nname a\npackage b 1\nframework 2\nnew x\ncallbacks Read \n\0z";
        let about = About::find(data).expect("it is there");
        assert_eq!(about.name.as_deref(), Some("a"));
        assert_eq!((about.package.as_str(), about.framework.as_str()), ("b 1", "2"));
        assert_eq!(about.callbacks, ["Read"]);
        assert_eq!(About::find(b"\n%collectd-rust plugin%\nname a"), None);
        assert_eq!(About::find(b"%"), None);
    }

    #[test]
    fn architectures_are_debians() {
        assert_eq!(debian(elf::EM_X86_64, 64, true, 0), Some("amd64"));
        assert_eq!(debian(elf::EM_AARCH64, 64, true, 0), Some("arm64"));
        assert_eq!(debian(elf::EM_ARM, 32, true, elf::EF_ARM_ABI_FLOAT_HARD), Some("armhf"));
        assert_eq!(debian(elf::EM_ARM, 32, true, 0), Some("armel"));
        assert_eq!(debian(elf::EM_PPC64, 64, true, 0), Some("ppc64el"));
        assert_eq!(debian(elf::EM_AVR, 32, true, 0), None);
    }

    #[test]
    fn what_is_no_shared_object_is_refused() {
        for data in [&b""[..], b"\x7fELF", b"#!/bin/sh\n"] {
            assert!(PluginFile::parse(data).is_err());
        }
    }
}
