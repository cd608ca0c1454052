//! Where packets come from: options of all commands that receive.

mod file;
pub(crate) mod listen;
mod live;
pub(crate) mod security;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use collectd_net::{AuthFileError, Packet, Reader, ReaderStatistics, Waker};

use crate::capture::{self, Ports, Speed};
use crate::console::warn;
use file::File;
use live::Live;

#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Where from")]
pub(crate) struct Args {
    #[command(flatten)]
    listen: listen::Args,

    /// Read a capture instead: pcapng or pcap, of "record", tcpdump or Wireshark; - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["listen", "interface"], long_help = READ_HELP)]
    read: Option<PathBuf>,

    /// With --read: the ports that datagrams went to; may be repeated [default: 25826, or any if "record" wrote it].
    #[arg(long, value_name = "PORT", requires = "read", value_parser = clap::value_parser!(u16).range(1..))]
    port: Vec<u16>,

    /// With --read: how fast, "max" or so many times as fast as it was captured.
    #[arg(long, value_name = "TIMES", requires = "read", default_value = "max")]
    speed: Speed,

    #[command(flatten)]
    security: security::Args,
}

const READ_HELP: &str = "\
Read a capture instead: pcapng or pcap, of \"record\", tcpdump or Wireshark; - is standard input.

What is in it counts as received when it was captured. From another machine, live:
  ssh HOST tcpdump -i any -U -w - udp port 25826 | collectd-live print --read -";

/// What packets come from.
pub(crate) struct Source {
    from: From,
    /// What was last said to be wrong with the file of the users.
    auth_file_error: Option<String>,
}

enum From {
    Live(Box<Live>),
    File(Box<File>),
}

/// Some packets.
pub(crate) struct Batch<'a> {
    packets: collectd_net::Batch<'a>,
    arrived: Arrived<'a>,
}

/// When the packets of a batch arrived.
enum Arrived<'a> {
    All(SystemTime),
    Each(&'a [SystemTime]),
}

impl<'a> Batch<'a> {
    /// Each packet, and when it arrived.
    pub(crate) fn packets(&self) -> impl Iterator<Item = (SystemTime, Packet<'a>)> {
        self.packets.packets().enumerate().map(|(index, packet)| {
            let arrived = match self.arrived {
                // As the kernel noted it, if it was asked to.
                Arrived::All(time) => packet.arrived().unwrap_or(time),
                Arrived::Each(times) => times[index],
            };
            (arrived, packet)
        })
    }

    /// The address of the socket that they came through, if they did.
    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        self.packets.local_addr()
    }
}

/// What a wait ended with.
pub(crate) enum Received<'a> {
    /// At least one packet.
    Packets(Batch<'a>),
    /// Nothing came in time.
    Nothing,
    /// Somebody called [`Waker::wake`], or the capture is at its end: it is time to end. What comes after this was
    /// there before.
    End,
}

/// What became of all that came; more than the [`Reader`] knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statistics {
    pub(crate) reader: ReaderStatistics,
    /// By the kernel, most because packets came faster than they were read.
    pub(crate) dropped: u64,
    pub(crate) receive_errors: u64,
    /// If it is read from a capture.
    pub(crate) capture: Option<capture::Statistics>,
}

impl Args {
    /// Opens what was asked for, says where it listens, and warns of what is not as it should be. A capture is gone
    /// through as fast as it goes, unless it was said otherwise.
    pub(crate) fn open(&self) -> anyhow::Result<Source> {
        let builder = self.security.apply(Reader::builder());
        let from = match &self.read {
            Some(path) => {
                let ports = Ports::new(&self.port);
                From::File(Box::new(File::open(path, ports, self.speed, builder.unpacker()?)?))
            }
            None => From::Live(Box::new(self.listen.open(builder)?)),
        };
        Ok(Source { from, auth_file_error: None })
    }
}

impl Source {
    /// Waits this long for packets; `None` is for ever. Errors of sockets are reported and counted: they pass. That of
    /// a capture ends it, see [`finish`](Self::finish).
    pub(crate) fn receive(&mut self, wait: Option<Duration>) -> Received<'_> {
        self.check_auth_file();
        match &mut self.from {
            From::Live(live) => live.receive(wait),
            From::File(file) => file.receive(wait),
        }
    }

    /// Something that ends a wait from another thread.
    pub(crate) fn waker(&self) -> Waker {
        match &self.from {
            From::Live(live) => live.waker(),
            From::File(file) => file.waker(),
        }
    }

    pub(crate) fn statistics(&mut self) -> Statistics {
        match &mut self.from {
            From::Live(live) => live.statistics(),
            From::File(file) => file.statistics(),
        }
    }

    /// To be called in the end.
    ///
    /// # Errors
    ///
    /// The capture could be read only in part.
    pub(crate) fn finish(&mut self) -> anyhow::Result<()> {
        match &mut self.from {
            From::Live(_) => Ok(()),
            From::File(file) => file.take_error().map_or(Ok(()), Err),
        }
    }

    fn check_auth_file(&mut self) {
        let error = match &self.from {
            From::Live(live) => live.auth_file_error(),
            From::File(file) => file.auth_file_error(),
        };
        let error = error.map(AuthFileError::to_string);
        if error != self.auth_file_error {
            if let Some(error) = &error {
                warn(error);
            }
            self.auth_file_error = error;
        }
    }
}
