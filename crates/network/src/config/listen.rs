//! `<Listen "host" ["port"]>`: where to receive, and from whom what.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use collectd::config::Selection;
use collectd_net::Interface;
use collectd_wire::{AuthFile, SecurityLevel};
use serde::Deserialize;

use super::fields::{FileName, Level, Number, Seconds};
use super::{Address, PacketSize, ReceiveBuffer};
use crate::receive::Networks;

/// `Listen "host" ["port"]`, as a line or as a block.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Listen {
    #[serde(rename = "$arguments")]
    address: Address,
    #[serde(default)]
    security_level: Level,
    auth_file: Option<FileName>,
    interface: Option<String>,

    max_packet_size: Option<PacketSize>,
    receive_threads: Option<Number<1, 64>>,
    receive_buffer: Option<ReceiveBuffer>,
    #[serde(default)]
    strict: bool,
    replay_window: Option<Seconds<1, 86400>>,
    #[serde(default)]
    allow_from: Networks,
    /// `UserHosts "user" "host" "/expression/" …`
    #[serde(default)]
    user_hosts: BTreeMap<String, Selection>,
}

impl Listen {
    /// Host name, address or group; `*` is every address of this machine.
    pub fn host(&self) -> &str {
        self.address.host()
    }

    /// Port number or service name.
    pub fn service(&self) -> &str {
        self.address.service()
    }

    /// The number of that port.
    pub(super) fn port(&self) -> Option<u16> {
        self.address.port()
    }

    /// What is demanded of packets.
    pub fn security_level(&self) -> SecurityLevel {
        self.security_level.0
    }

    /// Whether packets are refused that also hold what the level does not let through.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// The file with users and passwords.
    pub fn auth_file(&self) -> Option<&Path> {
        self.auth_file.as_ref().map(|file| file.0.as_path())
    }

    /// The interface to receive on.
    pub fn interface(&self) -> Option<&str> {
        self.interface.as_deref()
    }

    pub(super) fn max_packet_size(&self) -> Option<usize> {
        self.max_packet_size.map(|size| size.0.into())
    }

    pub(super) fn receive_threads(&self) -> Option<u16> {
        self.receive_threads.map(|threads| threads.0)
    }

    pub(super) fn receive_buffer(&self) -> Option<usize> {
        self.receive_buffer.map(|buffer| buffer.0)
    }

    /// How old what is signed or encrypted may be, and for how long packets are remembered.
    pub fn replay_window(&self) -> Option<Duration> {
        self.replay_window.map(|window| window.0)
    }

    /// Where packets may come from.
    pub fn allow_from(&self) -> &Networks {
        &self.allow_from
    }

    /// Which hosts each user may report for; empty if any for all.
    pub fn user_hosts(&self) -> &BTreeMap<String, Selection> {
        &self.user_hosts
    }

    /// What is no mistake, since the AuthFile may change, but hardly meant.
    pub(super) fn warnings(&self) -> Vec<String> {
        let Some(Ok(file)) = self.auth_file().map(AuthFile::open) else { return Vec::new() };
        let keys = file.keys();
        if keys.is_empty() {
            return vec![format!("AuthFile: {} has no line with a user and a password", file.path().display())];
        }
        let unknown = self.user_hosts.keys().filter(|user| keys.user(user.as_bytes()).is_none());
        unknown.map(|user| format!("UserHosts: the AuthFile has no user {user:?}")).collect()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let level = self.security_level();
        match self.auth_file().map(AuthFile::open) {
            None if level != SecurityLevel::None => return Err(format!("SecurityLevel \"{level}\" needs an AuthFile")),
            Some(Err(error)) => return Err(format!("AuthFile: {error}")),
            _ => {}
        }
        if level == SecurityLevel::None {
            // What they restrict could be sent plain.
            let useless = [
                ("Strict", self.strict),
                ("ReplayWindow", self.replay_window.is_some()),
                ("UserHosts", !self.user_hosts.is_empty()),
            ];
            if let Some((key, _)) = useless.iter().find(|(_, is_given)| *is_given) {
                return Err(format!("{key}: it needs SecurityLevel \"Sign\" or \"Encrypt\""));
            }
        }
        match self.interface().map(Interface::named) {
            Some(Err(error)) => Err(format!("Interface: {error}")),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listen \"{}\" \"{}\"", self.host().escape_debug(), self.service().escape_debug())
    }
}
