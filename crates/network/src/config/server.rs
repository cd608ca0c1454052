//! `<Server "host" ["port"]>`: where to send to.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use collectd_net::Interface;
use collectd_wire::{Sealer, SecurityLevel};
use serde::Deserialize;

use super::fields::{FileName, Level, Seconds, Secret};
use super::{Address, PacketSize};

/// What the smallest `MaxPacketSize` leaves with the longest user name that the original takes.
const SMALLEST_ROOM: usize = 1024 - 42 - 64;

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
    password_file: Option<FileName>,
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

    /// How often to look the name up again. As with the original, 0 is never.
    pub fn resolve_interval(&self) -> Option<Duration> {
        self.resolve_interval.map(|seconds| seconds.0).filter(|interval| !interval.is_zero())
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
        let password = password.ok_or_else(|| needs("Password or a PasswordFile"))?;
        Sealer::new(level, user.as_bytes(), &password).map_err(|error| error.to_string())
    }

    /// The password, wherever it is.
    fn password(&self) -> Result<Option<Vec<u8>>, String> {
        let given = self.password.reveal().map_err(|error| format!("Password: {error}"))?;
        match (given, &self.password_file) {
            (Some(_), Some(_)) => Err("there is a Password and a PasswordFile, which one is it?".to_owned()),
            (given, None) => Ok(given.map(|text| text.as_bytes().to_vec())),
            (None, Some(FileName(path))) => match read_password(path) {
                Ok(password) => Ok(Some(password)),
                Err(error) => Err(format!("PasswordFile: {}: {error}", path.display())),
            },
        }
    }

    /// Whether the file with the password is there for everybody to read.
    pub(super) fn tells_password(&self) -> bool {
        let about = self.password_file.as_ref().and_then(|file| file.0.metadata().ok());
        about.is_some_and(|about| about.mode() & 0o004 != 0)
    }

    /// Checks what the types alone do not, for packets of this size.
    pub(super) fn check(&self, packet_size: usize) -> Result<(), String> {
        let room = self.sealer()?.room(packet_size);
        if room < SMALLEST_ROOM {
            return Err(format!("Username: it is so long that MaxPacketSize leaves {room} bytes for values"));
        }
        if self.host() == "*" {
            return Err("\"*\" is for Listen: every address of this machine is nobody to send to".to_owned());
        }
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

/// No password is longer; `/dev/zero` is.
const LONGEST_PASSWORD_FILE: u64 = 64 << 10;

/// The first line of the file. Others may be comments on it. It is bytes, as in an `AuthFile`.
fn read_password(path: &Path) -> Result<Vec<u8>, String> {
    // A FIFO would wait for somebody to write.
    match path.metadata() {
        Ok(about) if !about.is_file() => return Err("it is no file".to_owned()),
        _ => {}
    }
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST_PASSWORD_FILE).read_to_end(&mut text));
    read.map_err(|error| error.to_string())?;
    match text.split(|&byte| byte == b'\n').next().map(|line| line.strip_suffix(b"\r").unwrap_or(line)) {
        Some(line) if !line.is_empty() => Ok(line.to_vec()),
        _ => Err("there is no password in the first line".to_owned()),
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server \"{}\" \"{}\"", self.host().escape_debug(), self.service().escape_debug())
    }
}
