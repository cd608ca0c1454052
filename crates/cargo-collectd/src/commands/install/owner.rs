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

fn owner(root: Option<&Path>, path: &Path) -> anyhow::Result<Option<String>> {
    let base = root.unwrap_or(Path::new("/"));
    if base.join("var/lib/dpkg/status").is_file() {
        return of_dpkg(root, path);
    }
    if ["var/lib/rpm", "usr/lib/sysimage/rpm"].iter().any(|dir| base.join(dir).is_dir()) {
        return of_rpm(root, path);
    }
    Ok(None)
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

fn of_rpm(root: Option<&Path>, path: &Path) -> anyhow::Result<Option<String>> {
    let mut command = manager("rpm")?;
    if let Some(root) = root {
        command.arg("--root").arg(root);
    }
    let output = command.arg("-qf").arg(path).output().context("cannot run rpm")?;
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(Some(format!("the package {}", stdout.lines().next().unwrap_or_default().trim())));
    }
    // A file that is not there is an error, too, but none of its database's.
    let error = stderr.lines().find(|line| line.starts_with("error:") && !line.contains("No such file"));
    match error {
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
