//! Where packets are sent to.

use std::fmt;
use std::io;
use std::mem;

use anyhow::{Context, bail};
use collectd_net::Endpoint;
use collectd_udp::{SendOptions, Sender};

/// One receiver, and what it was sent.
pub(super) struct Target {
    sender: Sender,
    packets: u64,
    bytes: u64,
    unsent: u64,
    /// Whether it was noted that nobody listens there.
    refused: bool,
    /// What is yet to be said of it.
    warnings: Vec<String>,
}

impl Target {
    /// Looks the name up; of several addresses the first that can be sent to.
    pub(super) fn open(endpoint: &Endpoint, options: &SendOptions) -> anyhow::Result<Target> {
        let mut failure = None;
        for addr in endpoint.resolve()? {
            match Sender::connect(addr, options) {
                Ok(sender) => {
                    return Ok(Target {
                        sender,
                        packets: 0,
                        bytes: 0,
                        unsent: 0,
                        refused: false,
                        warnings: Vec::new(),
                    });
                }
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) => Err(error).with_context(|| format!("cannot send to {endpoint}")),
            None => bail!("cannot send to {endpoint}: it has no address"),
        }
    }

    /// What went wrong for the first time since this was asked last.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        mem::take(&mut self.warnings)
    }

    pub(super) fn unsent(&self) -> u64 {
        self.unsent
    }

    /// Sends packets. One that cannot be sent does not keep back the others.
    pub(super) fn send(&mut self, mut packets: &[Vec<u8>]) {
        while !packets.is_empty() {
            let (sent, refused) = match self.sender.send_batch(packets) {
                Ok(sent) => (sent.datagrams, sent.refused),
                Err(error) => {
                    // Each may fail for the same reason.
                    if self.unsent == 0 {
                        self.note_failure(&error.error, packets[error.sent].len());
                    }
                    self.unsent += 1;
                    self.count(&packets[..error.sent]);
                    packets = &packets[error.sent + 1..];
                    (0, error.refused)
                }
            };
            self.note_refusal(refused);
            self.count(&packets[..sent]);
            packets = &packets[sent..];
        }
    }

    /// To be called in the end: of the last packets the answer comes after the call that sent them.
    pub(super) fn finish(&mut self) {
        let error = self.sender.take_error().ok().flatten();
        self.note_refusal(error.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused));
    }

    fn note_refusal(&mut self, refused: bool) {
        if refused && !self.refused {
            self.refused = true;
            self.warnings.push(format!("nobody listens on {}", self.sender.peer_addr()));
        }
    }

    fn count(&mut self, packets: &[Vec<u8>]) {
        self.packets += packets.len() as u64;
        self.bytes += packets.iter().map(|packet| packet.len() as u64).sum::<u64>();
    }

    fn note_failure(&mut self, error: &io::Error, length: usize) {
        self.warnings.push(format!("cannot send {length} bytes to {}: {error}", self.sender.peer_addr()));
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sent {} packets, {} bytes to {}", self.packets, self.bytes, self.sender.peer_addr())?;
        if self.unsent > 0 { write!(f, ", {} not sent", self.unsent) } else { Ok(()) }
    }
}
