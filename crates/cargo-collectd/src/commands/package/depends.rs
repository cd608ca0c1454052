//! The packages that a plugin needs: the daemon that can load it, and the libraries that it is linked with.

use anyhow::bail;

use crate::plugin_file::PluginFile;
use crate::releases;

/// Parts of the C library, by the beginning of their file's name.
const LIBC: [&str; 9] = [
    "ld-linux",
    "ld64.so.",
    "ld.so.",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
];

/// `given` is what the author adds.
pub(super) fn of(file: &PluginFile, given: &[String]) -> anyhow::Result<Vec<String>> {
    let loads = releases::loads(&file.imports);
    let Some(oldest) = loads.releases.iter().find(|release| **release != "main") else {
        bail!("no release of collectd that Debian could have has all that the plugin needs");
    };
    // The next major release has another binary interface behind the same names.
    let mut all = vec![format!("collectd-core (>= {oldest})"), "collectd-core (<< 6~)".to_owned()];
    let mut unknown = Vec::new();
    let mut has_libc = false;
    for library in &file.libraries {
        if LIBC.iter().any(|part| library.starts_with(part)) {
            has_libc = true;
        } else if library == "libgcc_s.so.1" {
            all.push("libgcc-s1".to_owned());
        } else {
            unknown.push(library.as_str());
        }
    }
    if has_libc {
        let versions = file.needs.iter().filter_map(|(_, version)| numbers(version.strip_prefix("GLIBC_")?));
        all.push(match versions.max() {
            Some(newest) => format!("libc6 (>= {})", newest.iter().map(u32::to_string).collect::<Vec<_>>().join(".")),
            None => "libc6".to_owned(),
        });
    }
    if !unknown.is_empty() && given.is_empty() {
        bail!(
            "the plugin needs {}, and only the packages of the C library are known: name the others with --depends \"PACKAGE (>= VERSION)\"",
            unknown.join(", ")
        );
    }
    check(given)?;
    all.extend_from_slice(given);
    all[2..].sort();
    Ok(all)
}

/// What the author adds goes where dpkg takes other things from, too.
pub(super) fn check(given: &[String]) -> anyhow::Result<()> {
    match given.iter().find(|package| !is_dependency(package)) {
        Some(bad) => bail!(
            "{bad:?} is no dependency: it is to be a package's name, with its version in brackets, as \"libpq5 (>= 15)\""
        ),
        None => Ok(()),
    }
}

/// `2.34`. What is not numbers alone, as `PRIVATE`, is no release.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

/// `NAME`, `NAME (>= VERSION)`, or several of these with `|` between them.
fn is_dependency(text: &str) -> bool {
    text.split('|').all(|one| {
        let one = one.trim();
        let (name, version) = one.split_once(' ').map_or((one, None), |(name, rest)| (name, Some(rest.trim())));
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.:".contains(c);
        let is_version = |text: &str| {
            let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            inner.and_then(|inner| inner.split_once(' ')).is_some_and(|(relation, version)| {
                ["<<", "<=", "=", ">=", ">>"].contains(&relation)
                    && !version.is_empty()
                    && version.chars().all(|c| c.is_ascii_alphanumeric() || "~+.:-".contains(c))
            })
        };
        name.len() > 1 && name.chars().all(is_name) && version.is_none_or(is_version)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(libraries: &[&str], needs: &[(&str, &str)]) -> PluginFile {
        PluginFile {
            imports: vec!["plugin_log".to_owned()],
            libraries: libraries.iter().map(|name| (*name).to_owned()).collect(),
            needs: needs.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect(),
            ..PluginFile::default()
        }
    }

    #[test]
    fn the_newest_version_of_a_name_decides() {
        let needs = [
            ("libc.so.6", "GLIBC_2.9"),
            ("libc.so.6", "GLIBC_2.28"),
            ("libc.so.6", "GLIBC_PRIVATE"),
            ("libm.so.6", "GLIBC_2.2.5"),
        ];
        let all = of(&file(&["libgcc_s.so.1", "libc.so.6", "ld-linux-x86-64.so.2"], &needs), &[]);
        let expected = ["collectd-core (>= 5.8)", "collectd-core (<< 6~)", "libc6 (>= 2.28)", "libgcc-s1"];
        assert_eq!(all.expect("all is known"), expected);
    }

    #[test]
    fn of_other_libraries_the_author_knows_the_package() {
        let other = file(&["libc.so.6", "libpq.so.5"], &[]);
        let error = of(&other, &[]).unwrap_err().to_string();
        assert!(error.contains("libpq.so.5") && error.contains("--depends"), "{error}");
        let all = of(&other, &["libpq5 (>= 15~rc1)".to_owned()]).expect("it is named");
        assert_eq!(all[2..], ["libc6", "libpq5 (>= 15~rc1)"]);
        for bad in ["", "a b", "libpq5 (15)", "libpq5\nEvil: 1", "libpq5 (>= 1\n)", "Lib"] {
            assert!(of(&other, &[bad.to_owned()]).is_err(), "{bad:?}");
        }
        assert!(is_dependency("default-mta | mail-transport-agent") && is_dependency("libc6:any (= 2.36-9+deb12u1)"));
    }
}
