//! What is demanded of packets, and the passwords to read them with.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use collectd_net::{KeyRing, ReaderBuilder, SecurityLevel};
use collectd_wire::AuthFile;

#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Where from")]
pub(crate) struct Args {
    /// Users and their passwords, as in collectd's AuthFile: "user: password", a line each.
    #[arg(long, value_name = "FILE", long_help = AUTH_FILE_HELP)]
    auth_file: Option<PathBuf>,

    /// Take only what is signed or encrypted: none, sign or encrypt.
    #[arg(long, value_name = "LEVEL", requires = "auth_file", default_value_t = SecurityLevel::None)]
    security_level: SecurityLevel,
}

const AUTH_FILE_HELP: &str = "\
Users and their passwords, as in collectd's AuthFile: \"user: password\", a line each.

Without it, encrypted packets cannot be read, and nobody checks signatures. It is read again when it changes.";

impl Args {
    /// For a reader, or what reads as one.
    pub(crate) fn apply(&self, builder: ReaderBuilder) -> ReaderBuilder {
        let builder = builder.security_level(self.security_level);
        match &self.auth_file {
            Some(path) => builder.auth_file(path),
            None => builder,
        }
    }

    /// The level that is demanded.
    pub(crate) fn level(&self) -> SecurityLevel {
        self.security_level
    }

    /// The users as the file has them now, if there is one.
    pub(crate) fn keys(&self) -> anyhow::Result<Option<Arc<KeyRing>>> {
        let Some(path) = &self.auth_file else {
            if self.security_level != SecurityLevel::None {
                bail!("a security level takes --auth-file");
            }
            return Ok(None);
        };
        Ok(Some(AuthFile::open(path)?.keys()))
    }
}
