//! What a package says of itself: from Cargo.toml, and from the arguments.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::Value;

use super::Args;
use crate::project::Project;
use crate::shell::Plain;

#[derive(Debug)]
pub(super) struct About {
    maintainer: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) homepage: Option<String>,
    pub(super) license: Option<String>,
    pub(super) depends: Vec<String>,
    /// What the daemon is to read.
    pub(super) conf: Option<PathBuf>,
}

impl About {
    pub(super) fn of(project: &Project, args: &Args) -> anyhow::Result<Self> {
        let cargo = &project.cargo;
        let text = |key: &str| cargo[key].as_str().map(|text| Plain(text.trim()).to_string());
        let own = &cargo["metadata"]["collectd"];
        let where_ = |key: &str| format!("package.metadata.collectd.{key} in {}", project.manifest.display());
        let own_text = |key: &str| match &own[key] {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            _ => bail!("{} is not a text", where_(key)),
        };
        let depends = match &own["depends"] {
            Value::Null => Vec::new(),
            Value::Array(all) => all
                .iter()
                .map(|one| {
                    one.as_str()
                        .map(str::to_owned)
                        .with_context(|| format!("{} is not a list of texts", where_("depends")))
                })
                .collect::<anyhow::Result<_>>()?,
            _ => bail!("{} is not a list of texts", where_("depends")),
        };
        let conf = own_text("conf")?.map(|file| project.dir.join(file));
        if let Some(file) = conf.iter().find(|file| !file.is_file()) {
            bail!("{}: there is no file {}", where_("conf"), file.display());
        }
        let authors =
            cargo["authors"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(About {
            maintainer: args.maintainer.clone().or(own_text("maintainer")?),
            authors,
            description: text("description").filter(|text| !text.is_empty()),
            homepage: text("homepage").or_else(|| text("repository")),
            license: text("license"),
            depends: depends.into_iter().chain(args.depends.iter().cloned()).collect(),
            conf,
        })
    }

    /// A name and an address.
    pub(super) fn maintainer(&self) -> anyhow::Result<String> {
        let of_environment = || Some(format!("{} <{}>", env::var("DEBFULLNAME").ok()?, env::var("DEBEMAIL").ok()?));
        let found = self.maintainer.clone().or_else(of_environment).or_else(|| self.authors.first().cloned());
        let Some(maintainer) = found else {
            bail!(
                "who answers for the package? Give --maintainer \"NAME <ADDRESS>\", or authors = [\"NAME <ADDRESS>\"] in Cargo.toml"
            );
        };
        let address = maintainer.strip_suffix('>').and_then(|rest| rest.split_once(" <"));
        let is_good = address.is_some_and(|(name, address)| {
            !name.trim().is_empty() && address.contains('@') && !address.contains([' ', '<', '>'])
        });
        if !is_good || maintainer.chars().any(char::is_control) {
            bail!("the maintainer {maintainer:?} is not of the form NAME <ADDRESS>");
        }
        Ok(maintainer)
    }
}
