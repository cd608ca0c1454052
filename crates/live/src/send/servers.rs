//! Whom to send to, and how: options of all commands that send.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::builder::NonEmptyStringValueParser;
use collectd_net::{Endpoint, Interface, SecurityLevel, Server, Writer};
use collectd_udp::{GROUP_V4, GROUP_V6, PORT, SendOptions, Sender};

/// Where the password may be, if it is not in a file: who else is on the machine sees the command line.
const PASSWORD: &str = "COLLECTD_PASSWORD";

#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Where to")]
pub(crate) struct Args {
    /// Send there; may be repeated. Without it to collectd's group ff18::efc0:4a42, or without IPv6 to 239.192.74.66.
    #[arg(long, value_name = "ADDR[:PORT]", long_help = TO_HELP)]
    to: Vec<Endpoint>,

    /// Send through this network interface.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    interface: Option<String>,

    /// How many hops packets may take; the system's default, for groups, is 1: the local network.
    #[arg(long, value_name = "HOPS", value_parser = clap::value_parser!(u8).range(1..))]
    ttl: Option<u8>,

    /// The most bytes of a packet, security included; what is more than receivers take they cut off.
    #[arg(long, value_name = "BYTES", default_value_t = 1452, value_parser = clap::value_parser!(u16).range(1024..))]
    max_packet_size: u16,

    /// What packets are: none (plain), sign or encrypt.
    #[arg(long, value_name = "LEVEL", default_value_t = SecurityLevel::None)]
    security_level: SecurityLevel,

    /// The user to sign or encrypt as.
    #[arg(long, value_name = "USER")]
    username: Option<String>,

    /// The password, in the first line of a file. Without this it is in the variable COLLECTD_PASSWORD.
    #[arg(long, value_name = "FILE", requires = "username")]
    password_file: Option<PathBuf>,
}

const TO_HELP: &str = "\
Send there; may be repeated, and each gets everything. Without it to collectd's group ff18::efc0:4a42, or without IPv6 to 239.192.74.66.

ADDR is an address, a host name, or a multicast group. An IPv6 address with a port is written [ADDR]:PORT. The \
port is 25826 if not given.";

impl Args {
    /// Looks the servers up. What waits for others to share its packet waits for so long.
    pub(crate) fn open(&self, linger: Duration) -> anyhow::Result<Writer> {
        let (level, user) = match (self.security_level, &self.username) {
            (SecurityLevel::None, Some(_)) => bail!("--username is for --security-level sign or encrypt"),
            (SecurityLevel::None, None) => (SecurityLevel::None, ""),
            (level, Some(user)) => (level, user.as_str()),
            (level, None) => bail!("--security-level {level} needs --username"),
        };
        let password = if level == SecurityLevel::None { Vec::new() } else { self.password()? };
        let default = if self.to.is_empty() { vec![default_group(self.interface.as_deref())] } else { Vec::new() };
        let to = if self.to.is_empty() { &default } else { &self.to };
        let mut builder = Writer::builder().linger(linger).max_packet_size(self.max_packet_size.into());
        for endpoint in to {
            let mut server = Server::new(endpoint.clone());
            if level != SecurityLevel::None {
                server = server.security(level, user, &password);
            }
            if let Some(interface) = &self.interface {
                server = server.interface(interface.as_str());
            }
            if let Some(ttl) = self.ttl {
                server = server.ttl(ttl);
            }
            builder = builder.server(server);
        }
        Ok(builder.build()?)
    }

    fn password(&self) -> anyhow::Result<Vec<u8>> {
        let (password, place) = match &self.password_file {
            Some(path) => (first_line(path)?, path.display().to_string()),
            None => match env::var_os(PASSWORD) {
                Some(password) => (password.into_vec(), PASSWORD.to_owned()),
                None => bail!("no password: there is neither --password-file nor the variable {PASSWORD}"),
            },
        };
        if password.is_empty() {
            bail!("the password in {place} is empty");
        }
        Ok(password)
    }
}

/// Where collectd's own traffic generator sends if not told otherwise, or, if there is no way for IPv6, the other group.
/// Not both: who listens to one listens to the other, too.
fn default_group(interface: Option<&str>) -> Endpoint {
    let interface = interface.and_then(|name| Interface::named(name).ok());
    let options = SendOptions { interface, ..SendOptions::default() };
    let [v6, v4]: [SocketAddr; 2] = [(GROUP_V6, PORT).into(), (GROUP_V4, PORT).into()];
    // Nothing is sent by that.
    if Sender::connect(v6, &options).is_ok() { v6.into() } else { v4.into() }
}

fn first_line(path: &Path) -> anyhow::Result<Vec<u8>> {
    let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
}
