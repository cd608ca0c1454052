//! What dpkg is told: name, version, dependencies, changes.

use anyhow::bail;

use super::about::About;
use crate::source_date::SourceDate;

/// Of the package of a plugin. There `_` is not allowed.
pub(super) fn package_name(plugin: &str) -> String {
    format!("collectd-plugin-{}", plugin.to_ascii_lowercase().replace('_', "-"))
}

/// Of a file, and of a package: the name after `LoadPlugin` can be anything.
pub(super) fn check_name(plugin: &str) -> anyhow::Result<()> {
    let is_good = plugin.starts_with(|c: char| c.is_ascii_alphanumeric())
        && plugin.chars().all(|c| c.is_ascii_alphanumeric() || "_+.-".contains(c));
    if !is_good {
        bail!("a plugin that is called {plugin:?} cannot be the name of a file and of a package");
    }
    Ok(())
}

/// A version of Cargo's as one of Debian's, in the same order: what comes before a release has a `~`, and a `-` would
/// begin a revision.
pub(super) fn version(cargo: &str) -> anyhow::Result<String> {
    let (version, build) = match cargo.split_once('+') {
        Some((version, build)) => (version, Some(build)),
        None => (cargo, None),
    };
    let (number, before) = match version.split_once('-') {
        Some((number, before)) => (number, Some(before)),
        None => (version, None),
    };
    let mut debian = number.to_owned();
    for (mark, part) in [('~', before), ('+', build)] {
        if let Some(part) = part {
            debian.push(mark);
            debian += &part.replace('-', ".");
        }
    }
    let is_good = debian.starts_with(|c: char| c.is_ascii_digit())
        && debian.chars().all(|c| c.is_ascii_alphanumeric() || "~+.".contains(c));
    if !is_good {
        bail!("the version {cargo:?} is none that Debian could have");
    }
    Ok(debian)
}

pub(super) struct Fields<'a> {
    pub(super) package: &'a str,
    pub(super) version: &'a str,
    pub(super) architecture: &'a str,
    pub(super) maintainer: &'a str,
    /// In units of 1024 bytes.
    pub(super) size: u64,
    pub(super) depends: &'a [String],
    pub(super) about: &'a About,
    pub(super) plugin: &'a str,
}

pub(super) fn control(fields: &Fields<'_>) -> String {
    let Fields { package, version, architecture, maintainer, size, plugin, about, .. } = fields;
    let mut text = format!(
        "Package: {package}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {maintainer}\n\
         Installed-Size: {size}\nDepends: {}\nSection: utils\nPriority: optional\n",
        fields.depends.join(", ")
    );
    if let Some(homepage) = &about.homepage {
        text += &format!("Homepage: {}\n", homepage.split_whitespace().collect::<String>());
    }
    let description = about.description.as_deref().unwrap_or_default();
    let first = description.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    let synopsis = if first.is_empty() { format!("{plugin} plugin for collectd") } else { first.to_owned() };
    text += &format!("Description: {synopsis}\n");
    let long = format!(
        "This is the plugin {plugin} for collectd, the statistics collection daemon.\n\nInstalling it loads nothing. An example \
         configuration is in\n/usr/share/doc/{package}/examples; all options are in collectd-{plugin}(5)."
    );
    let rest: Vec<&str> = description.lines().skip(1).collect();
    for line in rest.into_iter().skip_while(|line| line.trim().is_empty()).chain(long.lines()) {
        let line = line.trim();
        text += &if line.is_empty() { " .\n".to_owned() } else { format!(" {line}\n") };
    }
    text
}

/// Debian's own form. What the crate says of its changes is beside it.
pub(super) fn changelog(package: &str, version: &str, maintainer: &str, date: SourceDate) -> anyhow::Result<String> {
    let date = date.mail()?;
    Ok(format!(
        "{package} ({version}) unstable; urgency=medium\n\n  * Version {version}.\n\n -- {maintainer}  {date}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_same_order() {
        for (cargo, debian) in [
            ("1.0.0", "1.0.0"),
            ("1.0.0-rc1", "1.0.0~rc1"),
            ("1.0.0-alpha-2.x", "1.0.0~alpha.2.x"),
            ("1.0.0-rc.1+git-5", "1.0.0~rc.1+git.5"),
            ("1.0.0+build", "1.0.0+build"),
        ] {
            assert_eq!(version(cargo).ok().as_deref(), Some(debian));
        }
        assert!(version("x").is_err() && version("1.0 0").is_err());
    }

    #[test]
    fn names_are_debians() {
        assert_eq!(package_name("tcp_probe2"), "collectd-plugin-tcp-probe2");
        assert!(check_name("tcp_probe2").is_ok());
        for bad in ["", "../x", "a/b", "_x", "a b", "a\nb", "ä"] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }
}
