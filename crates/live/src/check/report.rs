//! How it is shown.

use std::fmt;
use std::io::{self, Write};

/// Lines about packets.
pub(super) struct Report<W> {
    out: W,
    /// Packets with nothing wrong in them are not shown.
    only_errors: bool,
    /// Of the packet at hand.
    lines: Vec<u8>,
    is_faulty: bool,
    packets: u64,
    faulty: u64,
}

/// What a remark is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Remark {
    /// What comes of a part.
    Result,
    Note,
    Fault,
    /// More of the remark before.
    More,
}

/// Where the text begins that belongs to the place and the length before it.
const MARGIN: usize = 14;

impl<W: Write> Report<W> {
    pub(super) fn new(out: W, only_errors: bool) -> Self {
        Report { out, only_errors, lines: Vec::new(), is_faulty: false, packets: 0, faulty: 0 }
    }

    /// Begins a packet.
    pub(super) fn begin(&mut self, about: impl fmt::Display) {
        self.lines.clear();
        self.is_faulty = false;
        self.packets += 1;
        let number = self.packets;
        self.line(format_args!("packet {number}: {about}"));
    }

    /// A part, or what is none.
    pub(super) fn part(&mut self, offset: usize, length: usize, depth: usize, kind: impl fmt::Display, value: &str) {
        let (indent, width) = (2 * depth, 18_usize.saturating_sub(2 * depth));
        let kind = kind.to_string();
        self.line(format_args!("{offset:>6} {length:>5}  {:indent$}{kind:<width$} {value}", ""));
    }

    /// What there is to say about the part before.
    pub(super) fn remark(&mut self, remark: Remark, depth: usize, text: impl fmt::Display) {
        self.is_faulty |= remark == Remark::Fault;
        let mark = match remark {
            Remark::Result => "=",
            Remark::Note => "-",
            Remark::Fault => "!",
            Remark::More => " ",
        };
        let indent = MARGIN + 2 * depth;
        self.line(format_args!("{:indent$}{mark} {text}", ""));
    }

    /// Ends a packet.
    pub(super) fn end(&mut self, total: impl fmt::Display) -> io::Result<()> {
        self.line(format_args!("{total}\n"));
        self.faulty += u64::from(self.is_faulty);
        if self.is_faulty || !self.only_errors { self.out.write_all(&self.lines) } else { Ok(()) }
    }

    /// Says how it is with all of them, if they are many.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if self.packets != 1 {
            writeln!(self.out, "{} packets, {} with something wrong in them", self.packets, self.faulty)?;
        }
        self.flush()
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    pub(super) fn packets(&self) -> u64 {
        self.packets
    }

    pub(super) fn faulty(&self) -> u64 {
        self.faulty
    }

    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Memory takes everything.
        let _ = writeln!(self.lines, "{line}");
    }
}
