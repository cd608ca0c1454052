//! What may stand in `<Plugin pressure>`.

use std::fmt;
use std::path::PathBuf;

use collectd::Name;
use serde::Deserialize;

use crate::psi::WINDOWS;

/// What may stand in `<Plugin pressure>`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Where the proc file system is.
    pub(crate) proc_root: PathBuf,
    /// Where the cgroups are, version 2.
    pub(crate) cgroup_root: PathBuf,
    /// Whether the whole system is reported.
    pub(crate) system: bool,
    /// What tasks wait for.
    pub(crate) resource: Vec<Resource>,
    /// The averages that are reported, by the seconds that they are over.
    pub(crate) average: Vec<u16>,
    /// Whether the time that was lost is reported.
    pub(crate) total: bool,
    /// Cgroups that are reported.
    pub(crate) cgroup: Vec<Cgroup>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            proc_root: "/proc".into(),
            cgroup_root: "/sys/fs/cgroup".into(),
            system: true,
            resource: vec![Resource::Cpu, Resource::Memory, Resource::Io],
            average: WINDOWS.into(),
            total: true,
            cgroup: Vec::new(),
        }
    }
}

/// `Cgroup "/system.slice"`, or the same as a block with a name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Cgroup {
    /// Its path below the root.
    #[serde(rename = "$argument")]
    pub(crate) path: String,
    /// The plugin instance, if not the path.
    instance: Option<String>,
}

/// What tasks wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Resource {
    /// A processor.
    Cpu,
    /// Memory: pages that have to be read again, or to be freed.
    Memory,
    /// Disks.
    Io,
    /// Interrupts. Not every kernel measures them.
    Irq,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Resource::Cpu => "cpu",
            Resource::Memory => "memory",
            Resource::Io => "io",
            Resource::Irq => "irq",
        })
    }
}

/// A mistake that the types do not find.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum Mistake {
    #[error("Average: the kernel has none over {0} seconds, but over 10, 60 and 300")]
    Window(u16),
    #[error("Cgroup {path:?}: {problem}")]
    Cgroup { path: String, problem: &'static str },
    #[error("there is nothing to report: System is false, and there is no Cgroup")]
    Nothing,
}

impl Config {
    /// Checks what the types do not.
    pub(crate) fn check(&self) -> Result<(), Mistake> {
        if let Some(&window) = self.average.iter().find(|window| !WINDOWS.contains(window)) {
            return Err(Mistake::Window(window));
        }
        for (index, cgroup) in self.cgroup.iter().enumerate() {
            let is_taken = self.cgroup[..index].iter().any(|other| other.instance() == cgroup.instance());
            let problem = if is_taken { Some("another one has the same plugin instance") } else { cgroup.problem() };
            if let Some(problem) = problem {
                return Err(Mistake::Cgroup { path: cgroup.path.clone(), problem });
            }
        }
        if !self.system && self.cgroup.is_empty() { Err(Mistake::Nothing) } else { Ok(()) }
    }
}

impl Cgroup {
    /// The plugin instance: the path without the slashes at its ends and with `_` for those inside, as collectd would
    /// write them.
    pub(crate) fn instance(&self) -> String {
        let named = self.instance.clone();
        named.unwrap_or_else(|| match self.path.trim_matches('/') {
            "" => "root".to_owned(),
            path => path.replace('/', "_"),
        })
    }

    fn problem(&self) -> Option<&'static str> {
        let instance = self.instance();
        if !self.path.starts_with('/') {
            Some("the path begins with a slash, as in /proc/PID/cgroup")
        } else if self.path.split('/').any(|part| part == "..") {
            Some("the path leads out of the cgroups")
        } else if instance.is_empty() {
            Some("Instance is empty, which stands for the whole system")
        } else if Name::new(&instance).is_err() {
            Some("the plugin instance is longer than 127 bytes: give it another by Instance")
        } else {
            None
        }
    }
}
