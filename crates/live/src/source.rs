//! Where packets come from: options of all commands that receive.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use clap::builder::NonEmptyStringValueParser;
use collectd_net::{AuthFileError, Endpoint, Packet, Reader, ReaderStatistics, SecurityLevel, Waker};

use crate::console::{say, warn};

#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Where from")]
pub(crate) struct Args {
    /// Listen here instead of collectd's groups; may be repeated.
    #[arg(long, value_name = "ADDR[:PORT]", long_help = LISTEN_HELP)]
    listen: Vec<Endpoint>,

    /// Join groups on this network interface; of other addresses, take only what arrives there.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    interface: Option<String>,

    /// Users and their passwords, as in collectd's AuthFile: "user: password", a line each.
    #[arg(long, value_name = "FILE", long_help = AUTH_FILE_HELP)]
    auth_file: Option<PathBuf>,

    /// Take only what is signed or encrypted: none, sign or encrypt.
    #[arg(long, value_name = "LEVEL", requires = "auth_file", default_value_t = SecurityLevel::None)]
    security_level: SecurityLevel,
}

const LISTEN_HELP: &str = "\
Listen here instead of collectd's groups; may be repeated.

ADDR is an address, a host name, or * for every address of this machine; a multicast group is \
joined. An IPv6 address with a port is written [ADDR]:PORT. The port is 25826 if not given.";

const AUTH_FILE_HELP: &str = "\
Users and their passwords, as in collectd's AuthFile: \"user: password\", a line each.

Without it, encrypted packets cannot be read, and nobody checks signatures. It is read again when it changes.";

/// How often errors of receiving are reported, which may come many times a second.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// What packets come from.
pub(crate) struct Source {
    reader: Reader,
    receive_errors: u64,
    reported: Option<Instant>,
    /// What was last said to be wrong with the file of the users.
    auth_file_error: Option<String>,
}

/// Some packets.
pub(crate) struct Batch<'a> {
    packets: collectd_net::Batch<'a>,
    arrived: SystemTime,
}

impl<'a> Batch<'a> {
    /// Each packet, and when it arrived.
    pub(crate) fn packets(&self) -> impl Iterator<Item = (SystemTime, Packet<'a>)> {
        self.packets.packets().map(|packet| (self.arrived, packet))
    }
}

/// What a wait ended with.
pub(crate) enum Received<'a> {
    /// At least one packet.
    Packets(Batch<'a>),
    /// Nothing came in time.
    Nothing,
    /// Somebody called [`Waker::wake`]: it is time to end.
    End,
}

/// What became of all that came; more than the [`Reader`] knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statistics {
    pub(crate) reader: ReaderStatistics,
    /// By the kernel, most because packets came faster than they were read.
    pub(crate) dropped: u64,
    pub(crate) receive_errors: u64,
}

impl Args {
    /// Opens what was asked for, says where it listens, and warns of what is not as it should be.
    pub(crate) fn open(&self) -> anyhow::Result<Source> {
        let mut builder = Reader::builder().security_level(self.security_level);
        for endpoint in &self.listen {
            builder = builder.listen(endpoint.clone());
        }
        if let Some(interface) = &self.interface {
            builder = builder.interface(interface.as_str());
        }
        if let Some(path) = &self.auth_file {
            builder = builder.auth_file(path);
        }
        let reader = builder.build()?;
        for warning in reader.warnings() {
            warn(warning);
        }
        let addrs: Vec<_> = reader.local_addrs().iter().map(ToString::to_string).collect();
        say(format_args!("listening on {}", addrs.join(", ")));
        Ok(Source { reader, receive_errors: 0, reported: None, auth_file_error: None })
    }
}

impl Source {
    /// Waits this long for packets; `None` is for ever. Errors of sockets are reported and counted: they pass.
    pub(crate) fn receive(&mut self, wait: Option<Duration>) -> Received<'_> {
        self.check_auth_file();
        let packets = match self.reader.receive(wait) {
            Ok(packets) => packets,
            Err(error) => {
                self.receive_errors += 1;
                if self.reported.is_none_or(|reported| reported.elapsed() >= REPORT_EVERY) {
                    self.reported = Some(Instant::now());
                    warn(error);
                }
                return Received::Nothing;
            }
        };
        match packets {
            packets if packets.is_woken() => Received::End,
            packets if packets.is_empty() => Received::Nothing,
            packets => Received::Packets(Batch { packets, arrived: SystemTime::now() }),
        }
    }

    /// Something that ends a wait from another thread.
    pub(crate) fn waker(&self) -> Waker {
        self.reader.waker()
    }

    pub(crate) fn statistics(&mut self) -> Statistics {
        Statistics {
            reader: self.reader.statistics(),
            dropped: self.reader.dropped().unwrap_or(0),
            receive_errors: self.receive_errors,
        }
    }

    fn check_auth_file(&mut self) {
        let error = self.reader.auth_file_error().map(AuthFileError::to_string);
        if error != self.auth_file_error {
            if let Some(error) = &error {
                warn(error);
            }
            self.auth_file_error = error;
        }
    }
}
