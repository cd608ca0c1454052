//! The plugins that a configuration loads.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::bail;
use collectd_locate::Collectd;

use super::{Args, is_log_plugin};
use crate::conf::Conf;
use crate::private::Private;
use crate::project::Project;
use crate::schema::Schema;
use crate::shell::Shell;

/// Where plugins are; a directory that the configuration names itself comes first.
pub(super) fn dirs(args: &Args, conf: &Conf, collectd: &Collectd) -> Vec<PathBuf> {
    let own = conf.top("PluginDir").map(|entry| PathBuf::from(entry.arg()));
    args.plugin_dir.iter().cloned().chain(own).chain([collectd.plugin_dir.clone()]).collect()
}

/// With what stands behind LoadPlugin, from their sources: to build one that is not loaded would be a waste.
pub(super) fn named(projects: Vec<Project>) -> Vec<(String, Project)> {
    let name = |project: &Project| Schema::read(project).map_or_else(|_| project.library.clone(), |schema| schema.file);
    projects.into_iter().map(|project| (name(&project), project)).collect()
}

/// The plugins that are made here and beside the configuration, if it loads them.
pub(super) fn add_own<'a>(
    own: impl Iterator<Item = &'a (String, Project)>,
    conf: &Conf,
    private: &Private,
    shell: &Shell,
) -> anyhow::Result<()> {
    for (name, project) in own {
        if !conf.loaded().any(|loaded| loaded.eq_ignore_ascii_case(name)) {
            continue;
        }
        match project.build(shell)? {
            Some(built) => private.add_plugin(&built.so, &built.name)?,
            None => bail!("`{}` does not compile", project.package),
        }
    }
    Ok(())
}

/// The plugins that it loads.
pub(super) fn add(conf: &Conf, dirs: &[PathBuf], private: &Private) -> anyhow::Result<()> {
    let blocks = conf.entries.iter().filter_map(|entry| match entry {
        entry if entry.is("Plugin") => Some(entry.arg().to_owned()),
        entry if entry.is("Match") => Some(format!("match_{}", entry.arg())),
        entry if entry.is("Target") => Some(format!("target_{}", entry.arg())),
        _ => None,
    });
    let names: BTreeSet<String> = conf.loaded().map(str::to_owned).chain(blocks).collect();
    let names = names.iter().filter(|name| !is_log_plugin(name));
    for name in names.map(String::as_str).chain(["logfile"]) {
        for dir in dirs {
            private.add_plugin_of(dir, name)?;
        }
    }
    Ok(())
}
