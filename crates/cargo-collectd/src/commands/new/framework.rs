//! Where a new plugin has the framework from.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;

/// Where this program was built. A program from crates.io was built somewhere else.
const BUILT_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const BELOW: &str = "/crates/cargo-collectd/../..";

#[derive(Debug)]
pub(super) enum Framework {
    Registry,
    Path(PathBuf),
}

impl Framework {
    pub(super) fn choose(path: Option<&Path>, registry: bool) -> anyhow::Result<Self> {
        match path {
            _ if registry => Ok(Framework::Registry),
            Some(path) if is_checkout(path) => Ok(Framework::Path(path.canonicalize()?)),
            Some(path) => bail!("--path {}: there is no Cargo.toml of collectd-rust", path.display()),
            None if is_checkout(Path::new(BUILT_IN)) => Ok(Framework::Path(Path::new(BUILT_IN).canonicalize()?)),
            None => Ok(Framework::Registry),
        }
    }

    /// The checkout in which this program was built, if it is gone: who did not ask for crates.io may have moved it.
    pub(super) fn lost_checkout() -> Option<&'static str> {
        let dir = BUILT_IN.strip_suffix(BELOW).unwrap_or(BUILT_IN);
        (!dir.contains("/registry/src/") && !is_checkout(Path::new(BUILT_IN))).then_some(dir)
    }

    /// What stands behind `collectd-testing =`.
    pub(super) fn testing(&self) -> String {
        match self {
            Framework::Registry => format!("\"{}\"", env!("CARGO_PKG_VERSION")),
            Framework::Path(path) => format!("{{ path = {:?} }}", path.join("crates/testing").to_string_lossy()),
        }
    }

    /// What stands behind `collectd-rust =`.
    pub(super) fn dependency(&self) -> String {
        match self {
            Framework::Registry => {
                format!("{{ version = \"{}\", default-features = false }}", env!("CARGO_PKG_VERSION"))
            }
            // TOML's basic strings are escaped as Rust's are, for what a path can have in it.
            Framework::Path(path) => format!("{{ path = {:?}, default-features = false }}", path.to_string_lossy()),
        }
    }
}

fn is_checkout(path: &Path) -> bool {
    let manifest = fs::read_to_string(path.join("Cargo.toml"));
    manifest.is_ok_and(|manifest| manifest.lines().any(|line| line == "name = \"collectd-rust\""))
}

impl fmt::Display for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Framework::Registry => write!(f, "collectd-rust {} of crates.io", env!("CARGO_PKG_VERSION")),
            Framework::Path(path) => write!(f, "collectd-rust of {}", path.display()),
        }
    }
}
