//! Packets from sockets.

use std::time::{Duration, Instant, SystemTime};

use collectd_net::{AuthFileError, Reader, Waker};

use super::{Arrived, Batch, Received, Statistics};
use crate::console::warn;

/// How often errors of receiving are reported, which may come many times a second.
const REPORT_EVERY: Duration = Duration::from_secs(60);

pub(crate) struct Live {
    reader: Reader,
    receive_errors: u64,
    reported: Option<Instant>,
}

impl Live {
    pub(crate) fn new(reader: Reader) -> Self {
        Live { reader, receive_errors: 0, reported: None }
    }

    pub(crate) fn receive(&mut self, wait: Option<Duration>) -> Received<'_> {
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
            packets => Received::Packets(Batch { packets, arrived: Arrived::All(SystemTime::now()) }),
        }
    }

    pub(crate) fn waker(&self) -> Waker {
        self.reader.waker()
    }

    pub(crate) fn statistics(&mut self) -> Statistics {
        Statistics {
            reader: self.reader.statistics(),
            dropped: self.reader.dropped().unwrap_or(0),
            receive_errors: self.receive_errors,
            capture: None,
        }
    }

    pub(crate) fn auth_file_error(&self) -> Option<&AuthFileError> {
        self.reader.auth_file_error()
    }
}
