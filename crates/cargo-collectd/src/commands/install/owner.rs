//! Whose file it is: what a package manager has put there is its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use collectd_locate::program;

use super::place::Place;

/// Fails if a package owns the file, or cannot be asked whether one does.
pub(super) fn refuse(place: &Place, name: &str) -> anyhow::Result<()> {
    let file = format!("{name}.so");
    // As packages call it, which may be through a link (/lib is /usr/lib), and as it is called without.
    let real = match &place.root {
        Some(root) => Path::new("/").join(place.dir.strip_prefix(root).unwrap_or(&place.dir)),
        None => place.dir.clone(),
    };
    let mut paths = vec![Path::new("/").join(&place.inside).join(&file), real.join(&file)];
    if let Some(short) = real.to_str().and_then(|real| real.strip_prefix("/usr")) {
        paths.push(Path::new(short).join(&file));
    }
    paths.dedup();
    for path in &paths {
        if let Some(package) = owner(place.root.as_deref(), path)? {
            bail!(
                "{} belongs to {package}: the package manager would take it back. Give the plugin another name, or \
                 install it into another directory, with --plugin-dir here and PluginDir in collectd.conf",
                path.display()
            );
        }
    }
    Ok(())
}

/// Where rpm has its database, by distribution and age, and what its file is called there.
const RPM_DIRS: [&str; 2] = ["usr/lib/sysimage/rpm", "var/lib/rpm"];
const RPM_FILES: [&str; 3] = ["rpmdb.sqlite", "Packages.db", "Packages"];

/// A system may have both, one of them as a tool for packages of others.
fn owner(root: Option<&Path>, path: &Path) -> anyhow::Result<Option<String>> {
    let base = root.unwrap_or(Path::new("/"));
    if base.join("var/lib/dpkg/status").is_file()
        && let Some(package) = of_dpkg(root, path)?
    {
        return Ok(Some(package));
    }
    // Asked about a directory without a database, rpm makes one.
    let has_database = |dir: &&&str| RPM_FILES.iter().any(|file| base.join(dir).join(file).is_file());
    match RPM_DIRS.iter().find(has_database) {
        Some(dir) => of_rpm(root, &Path::new("/").join(dir), path),
        None => Ok(None),
    }
}

fn of_dpkg(root: Option<&Path>, path: &Path) -> anyhow::Result<Option<String>> {
    let mut command = manager("dpkg-query")?;
    if let Some(root) = root {
        let mut option = std::ffi::OsString::from("--admindir=");
        option.push(root.join("var/lib/dpkg"));
        command.arg(option);
    }
    // What it is asked for is a pattern.
    let pattern = path.to_string_lossy().chars().fold(String::new(), |mut pattern, c| {
        if matches!(c, '*' | '?' | '[' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
        pattern
    });
    let output = command.arg("--search").arg("--").arg(pattern).output().context("cannot run dpkg-query")?;
    let said = String::from_utf8_lossy(&output.stdout);
    match output.status.code() {
        Some(0) => Ok(Some(format!("the package {}", said.lines().next().map_or("of dpkg", package)))),
        Some(1) => Ok(None),
        _ => bail!(
            "dpkg-query cannot say whose {} is: {}",
            path.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        ),
    }
}

/// Of `collectd-core: /usr/lib/collectd/load.so`.
fn package(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(packages, _)| packages)
}

fn of_rpm(root: Option<&Path>, database: &Path, path: &Path) -> anyhow::Result<Option<String>> {
    let mut command = manager("rpm")?;
    if let Some(root) = root {
        // Debian's rpm has its own in a home directory, and would look for that one below the root.
        command.arg("--root").arg(root).arg("--dbpath").arg(database);
    }
    let output = command.arg("-qf").arg(path).output().context("cannot run rpm")?;
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(Some(format!("the package {}", stdout.lines().next().unwrap_or_default().trim())));
    }
    // Of a file that is not there it says so; other errors are its database's.
    match stderr.lines().find(|line| line.starts_with("error:") && !line.starts_with("error: file ")) {
        Some(error) => bail!("rpm cannot say whose {} is: {error}", path.display()),
        None => Ok(None),
    }
}

fn manager(name: &str) -> anyhow::Result<Command> {
    let program: PathBuf = program(name).with_context(|| {
        format!("there is no {name}, to ask whether a package owns the file: install it, or use another --root")
    })?;
    let mut command = Command::new(program);
    // In English, and without options of the user's.
    command.env("LC_ALL", "C").stdin(Stdio::null());
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_comes_first() {
        assert_eq!(package("collectd-core: /usr/lib/collectd/load.so"), "collectd-core");
        assert_eq!(package("a:amd64, b: /x"), "a:amd64, b");
        assert_eq!(package("nonsense"), "nonsense");
    }
}
