//! `<Server "host" ["port"]>`: where to send to.

use std::fmt;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collectd_net::Interface;
use collectd_wire::{Sealer, SecurityLevel};
use serde::Deserialize;

use super::fields::{Level, Seconds, Secret};
use super::{Address, PacketSize};

/// `Server "host" ["port"]`, as a line or as a block.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Server {
    #[serde(rename = "$arguments")]
    address: Address,
    #[serde(default)]
    security_level: Level,
    username: Option<String>,
    #[serde(default)]
    password: Secret,
    password_file: Option<PathBuf>,
    interface: Option<String>,
    bind_address: Option<IpAddr>,
    resolve_interval: Option<Seconds<0, { 366 * 86400 }>>,
    max_packet_size: Option<PacketSize>,
}

impl Server {
    /// Host name or address.
    pub fn host(&self) -> &str {
        self.address.host()
    }

    /// Port number or service name.
    pub fn service(&self) -> &str {
        self.address.service()
    }

    /// The number of that port.
    pub fn port(&self) -> Option<u16> {
        self.address.port()
    }

    pub(super) fn max_packet_size(&self) -> Option<usize> {
        self.max_packet_size.map(|size| size.0.into())
    }

    /// The interface through which packets leave.
    pub fn interface(&self) -> Option<&str> {
        self.interface.as_deref()
    }

    /// The address of this machine to send from.
    pub fn bind_address(&self) -> Option<IpAddr> {
        self.bind_address
    }

    /// How often to look the name up again.
    pub fn resolve_interval(&self) -> Option<Duration> {
        self.resolve_interval.map(|seconds| seconds.0)
    }

    /// What is done to packets.
    ///
    /// # Errors
    ///
    /// What of the security options is wrong or missing.
    pub fn sealer(&self) -> Result<Sealer, String> {
        let level = self.security_level.0;
        let password = self.password()?;
        if level == SecurityLevel::None {
            return Ok(Sealer::none());
        }
        let needs = |what: &str| format!("SecurityLevel \"{level}\" needs a {what}");
        let user = self.username.as_ref().ok_or_else(|| needs("Username"))?;
        let password = password.reveal()?.ok_or_else(|| needs("Password or a PasswordFile"))?;
        Sealer::new(level, user.as_bytes(), password.as_bytes()).map_err(|error| error.to_string())
    }

    /// The password, wherever it is.
    fn password(&self) -> Result<Secret, String> {
        let given = self.password.reveal().map_err(|error| format!("Password: {error}"))?;
        match (given, &self.password_file) {
            (Some(_), Some(_)) => Err("there is a Password and a PasswordFile, which one is it?".to_owned()),
            (_, None) => Ok(self.password.clone()),
            (None, Some(path)) => read_password(path).map_err(|error| format!("PasswordFile: {error}")),
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        self.sealer()?;
        if let (Some(bind), Ok(host)) = (self.bind_address(), self.host().parse::<IpAddr>())
            && bind.is_ipv4() != host.is_ipv4()
        {
            return Err(format!("BindAddress: {bind} is of the other family than {host}"));
        }
        match self.interface().map(Interface::named) {
            Some(Err(error)) => Err(format!("Interface: {error}")),
            _ => Ok(()),
        }
    }
}

/// The first line of the file. Others may be comments on it.
fn read_password(path: &Path) -> Result<Secret, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    match text.lines().next().map(|line| line.trim_end_matches('\r')) {
        Some(line) if !line.is_empty() => Ok(Secret::new(line.to_owned())),
        _ => Err(format!("{shown}: there is no password in the first line")),
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server \"{}\" \"{}\"", self.host().escape_debug(), self.service().escape_debug())
    }
}
