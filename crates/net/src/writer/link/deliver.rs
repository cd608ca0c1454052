//! Getting packets to one of the addresses.

use std::io;

use collectd_udp::SendError;
use rustix::io::Errno;

use super::super::error::ServerReason;
use super::{FIRST_PAUSE, Link, Unsent};

impl Link {
    /// Sends, to the next address if one fails, until each had its turn.
    pub(super) fn deliver<P: AsRef<[u8]>>(&mut self, packets: &[P]) -> Result<(), Unsent> {
        let mut unfit = None;
        let result = self.deliver_fit(packets, &mut unfit);
        match (result, unfit) {
            (result, None) => result,
            (Ok(()), Some((error, unfit))) => Err(Unsent { reason: error.into(), unfit, left: 0 }),
            (Err(unsent), Some((_, unfit))) => Err(Unsent { unfit, ..unsent }),
        }
    }

    fn deliver_fit<P: AsRef<[u8]>>(
        &mut self,
        packets: &[P],
        unfit: &mut Option<(SendError, usize)>,
    ) -> Result<(), Unsent> {
        let (mut from, mut failures, mut refusing) = (0, 0, None);
        loop {
            let sender = match self.connected() {
                Ok(sender) => sender,
                Err(reason) => return Err(self.rest(reason, packets.len() - from)),
            };
            let peer = sender.peer_addr();
            match sender.send_batch(&packets[from..]) {
                Ok(sent) if sent.refused => {
                    self.statistics.refused += 1;
                    self.refused_in_row += 1;
                    if self.addresses.len() > 1 && refusing.is_none() {
                        // As with a name that means ::1 and 127.0.0.1, of which the daemon listens on one.
                        (from, *unfit) = (0, None);
                        self.next_address();
                        refusing = Some(peer);
                        continue;
                    }
                    refusing = Some(peer);
                }
                Ok(_) if refusing.is_none() => self.refused_in_row = 0,
                Ok(_) => {}
                Err(error) => {
                    self.count(&packets[from..from + error.sent]);
                    from += error.sent;
                    if is_about_the_packet(&error) {
                        from += 1;
                        let before = unfit.take().map_or(0, |(_, count)| count);
                        *unfit = Some((error, before + 1));
                    } else if error.error.kind() == io::ErrorKind::TimedOut {
                        // No room in this machine's own queue, whatever the address.
                        return Err(Unsent::left(error, packets.len() - from));
                    } else {
                        failures += 1;
                        self.next_address();
                        if failures >= self.addresses.len() {
                            self.addresses.clear();
                            return Err(self.rest(error.into(), packets.len() - from));
                        }
                    }
                    continue;
                }
            }
            self.pause = FIRST_PAUSE;
            self.count(&packets[from..]);
            return match refusing {
                // If there is an address of which that is not known, somebody may listen there.
                Some(peer) if self.refused_in_row >= self.addresses.len() => {
                    Err(Unsent::left(ServerReason::Refused(peer), 0))
                }
                _ => Ok(()),
            };
        }
    }

    fn count<P: AsRef<[u8]>>(&mut self, packets: &[P]) {
        self.statistics.packets += packets.len() as u64;
        self.statistics.bytes += packets.iter().map(|packet| packet.as_ref().len() as u64).sum::<u64>();
    }
}

/// Whether another packet may succeed where this one failed: it is longer than the protocol or the
/// interface takes.
pub(super) fn is_about_the_packet(error: &SendError) -> bool {
    error.error.raw_os_error() == Some(Errno::MSGSIZE.raw_os_error())
}
