//! Packets from a capture.

use std::mem;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use collectd_net::{AuthFileError, Packets, Sleeper, Unpacker, Waited, Waker};

use super::{Arrived, Batch, Received, Statistics};
use crate::capture::{Capture, Datagrams, Next, Pace, Ports, Speed};

/// As many as a socket gives at once.
const BATCH: usize = 64;
/// So many frames that are not for us are passed over before it is looked again whether it is time to end.
const PATIENCE: usize = 4096;

/// A capture, and what is being made of it.
pub(super) struct File {
    capture: Capture,
    datagrams: Datagrams,
    unpacker: Unpacker,
    sleeper: Sleeper,
    pace: Pace,
    packets: Packets,
    times: Vec<SystemTime>,
    held: Held,
    /// There will be nothing more.
    is_over: bool,
    /// [`Received::End`] is yet to be answered.
    ends: bool,
    error: Option<anyhow::Error>,
}

/// A datagram that was read before it is time for it.
#[derive(Default)]
struct Held {
    time: Option<SystemTime>,
    packets: Packets,
}

/// Why no more is to be collected.
type Stop = ControlFlow<()>;

impl File {
    pub(super) fn open(path: &Path, ports: Ports, speed: Speed, unpacker: Unpacker) -> anyhow::Result<Self> {
        Ok(File {
            capture: Capture::open(path)?,
            datagrams: Datagrams::new(ports),
            unpacker,
            sleeper: Sleeper::new().context("cannot wait")?,
            pace: Pace::new(speed),
            packets: Packets::new(),
            times: Vec::new(),
            held: Held::default(),
            is_over: false,
            ends: false,
            error: None,
        })
    }

    pub(super) fn receive(&mut self, wait: Option<Duration>) -> Received<'_> {
        self.packets.clear();
        self.times.clear();
        if !self.ends {
            self.collect(wait).unwrap_or_else(|error| {
                self.error = Some(error);
                self.end();
            });
        }
        if !self.packets.is_empty() {
            let arrived = Arrived::Each(&self.times);
            return Received::Packets(Batch { packets: self.unpacker.open(&self.packets), arrived });
        }
        if mem::take(&mut self.ends) { Received::End } else { Received::Nothing }
    }

    fn collect(&mut self, wait: Option<Duration>) -> anyhow::Result<()> {
        if self.is_over || self.capture.is_on_disk() {
            // Whoever shows what there was may do so for long.
            let wait = if self.is_over { wait } else { Some(Duration::ZERO) };
            if self.sleep(wait)? == Waited::Woken || self.is_over {
                return Ok(());
            }
        }
        // A time too far to express is for ever.
        let deadline = wait.and_then(|wait| Instant::now().checked_add(wait));
        for _ in 0..PATIENCE {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let left = if self.packets.is_empty() { left } else { Some(Duration::ZERO) };
            let step = if self.held.time.is_some() { self.release(left)? } else { self.read(left)? };
            if step.is_break() || self.packets.len() >= BATCH {
                break;
            }
        }
        Ok(())
    }

    /// Takes what is held when it is time for it.
    fn release(&mut self, wait: Option<Duration>) -> anyhow::Result<Stop> {
        let Some(time) = self.held.time else { return Ok(Stop::Continue(())) };
        let due = self.pace.left(time);
        if due > Duration::ZERO {
            let nap = wait.map_or(due, |wait| wait.min(due));
            let waited = self.sleep(Some(nap))?;
            return Ok(if waited == Waited::Woken || nap < due { Stop::Break(()) } else { Stop::Continue(()) });
        }
        for (from, data) in &self.held.packets {
            self.packets.push(from, data);
            self.times.push(time);
        }
        self.held = Held::default();
        Ok(Stop::Continue(()))
    }

    fn read(&mut self, wait: Option<Duration>) -> anyhow::Result<Stop> {
        match self.capture.next(&self.sleeper, wait)? {
            Next::Frame(frame) => {
                let Some(datagram) = self.datagrams.find(&frame) else { return Ok(Stop::Continue(())) };
                if self.pace.left(datagram.time) > Duration::ZERO {
                    self.held.time = Some(datagram.time);
                    datagram.packets().for_each(|data| self.held.packets.push(datagram.from, data));
                } else {
                    for data in datagram.packets() {
                        self.packets.push(datagram.from, data);
                        self.times.push(datagram.time);
                    }
                }
                Ok(Stop::Continue(()))
            }
            Next::NotYet => Ok(Stop::Break(())),
            Next::Woken => {
                self.woken();
                Ok(Stop::Break(()))
            }
            Next::End => {
                self.end();
                Ok(Stop::Break(()))
            }
        }
    }

    fn sleep(&mut self, time: Option<Duration>) -> anyhow::Result<Waited> {
        let waited = self.sleeper.wait(None, time).context("cannot wait")?;
        if waited == Waited::Woken {
            self.woken();
        }
        Ok(waited)
    }

    fn woken(&mut self) {
        self.ends = true;
        // Of a pipe, what came before may still be in it.
        self.is_over |= self.capture.is_on_disk();
    }

    fn end(&mut self) {
        self.ends = true;
        self.is_over = true;
    }

    pub(super) fn waker(&self) -> Waker {
        self.sleeper.waker()
    }

    pub(super) fn statistics(&self) -> Statistics {
        Statistics {
            reader: self.unpacker.statistics(),
            capture: Some(self.datagrams.statistics()),
            ..Statistics::default()
        }
    }

    pub(super) fn auth_file_error(&self) -> Option<&AuthFileError> {
        self.unpacker.auth_file_error()
    }

    pub(super) fn take_error(&mut self) -> Option<anyhow::Error> {
        self.error.take()
    }
}
