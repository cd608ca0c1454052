//! `collectd-live check`: packets taken apart.

mod force;
mod hex;
mod judge;
mod packet;
mod report;
mod seen;
mod text;
mod verdict;

use std::io::{self, BufWriter};
use std::path::PathBuf;

use anyhow::{Context, bail};
use collectd_net::Sleeper;

use crate::capture::{Capture, Content, Datagrams, Next, Ports};
use crate::console::warn;
use crate::source::security;
use crate::types;
use judge::Judge;
use packet::{Origin, Packet};
use report::Report;

/// Take packets apart: each part with its place, its meaning, and what receivers make of it.
///
/// For people who debug senders. The file is a capture, or one packet: its bytes, or as hexadecimal text.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The capture or packet; - is standard input, as is leaving it out.
    #[arg(default_value = "-")]
    file: PathBuf,

    /// Show only packets with something wrong in them.
    #[arg(long)]
    errors: bool,

    /// Of a capture: the ports that datagrams went to; may be repeated [default: 25826, or any if "record" wrote it].
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Vec<u16>,

    #[command(flatten)]
    security: security::Args,

    #[command(flatten)]
    types: types::Args,
}

const AFTER_HELP: &str = "\
Each line is a part: where it begins, its length, what it is, and what it says; parts inside
signatures and encrypted parts are indented. Below it, \"=\" is what comes of it, \"!\" what is wrong
with it, \"-\" what else there is to say. \"collectd\" is its network plugin as of version 5.12.

Hexadecimal text is taken as people have it: plain, or from xxd, hexdump -C, or Wireshark.

The exit status is 1 if something is malformed, not complete, or has a wrong signature or password.
What is encrypted is none of this if there is no --auth-file.

Examples:
  collectd-live check traffic.pcapng --errors
  collectd-live check packet.bin --auth-file /etc/collectd/passwd
  echo '00 00 00 06 68 00' | collectd-live check
  tcpdump -i any -U -w - udp port 25826 | collectd-live check";

/// As much of hexadecimal text as the longest packet can be, with all that may be around it.
const LIMIT: usize = 1 << 20;

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let judge = Judge::new(args.security.level(), args.security.keys()?, args.types.read()?);
    let content = Content::open(&args.file, LIMIT)?;
    let mut report = Report::new(BufWriter::new(io::stdout().lock()), args.errors);
    let checked = match content {
        Content::Capture(capture) => check_capture(capture, args, judge, &mut report),
        Content::Bytes(bytes) => check_bytes(bytes, judge, &mut report),
    };
    // What was found before an error is worth something, too.
    let written = checked.and_then(|()| Ok(report.finish()?));
    if let Err(error) = &written
        && error.downcast_ref().is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe)
    {
        // Whoever read has seen enough.
        return Ok(());
    }
    written?;
    match report.faulty() {
        0 => Ok(()),
        1 if report.packets() == 1 => bail!("something is wrong with this packet"),
        faulty => bail!("something is wrong with {faulty} of {} packets", report.packets()),
    }
}

fn check_bytes<W: io::Write>(bytes: Vec<u8>, mut judge: Judge, report: &mut Report<W>) -> anyhow::Result<()> {
    let data = if hex::is_text(&bytes) { hex::parse(&bytes)? } else { bytes };
    if data.len() > collectd_wire::MAX_PACKET_SIZE {
        bail!(
            "this is no packet: it has {} bytes, and no datagram more than {}",
            data.len(),
            collectd_wire::MAX_PACKET_SIZE
        );
    }
    judge.judge(&Packet { data: &data, origin: None }, report)?;
    Ok(())
}

fn check_capture<W: io::Write>(
    mut capture: Capture,
    args: &Args,
    mut judge: Judge,
    report: &mut Report<W>,
) -> anyhow::Result<()> {
    let sleeper = Sleeper::new().context("cannot wait")?;
    let mut datagrams = Datagrams::new(Ports::new(&args.port));
    let on_disk = capture.is_on_disk();
    let ended = loop {
        let frame = match capture.next(&sleeper, None) {
            Ok(Next::Frame(frame)) => frame,
            Ok(_) => break Ok(()),
            Err(error) => break Err(error),
        };
        let Some(datagram) = datagrams.find(&frame) else { continue };
        for data in datagram.packets() {
            let origin = Origin { frame: frame.number, time: datagram.time, from: datagram.from, to: datagram.to };
            judge.judge(&Packet { data, origin: Some(origin) }, report)?;
        }
        if !on_disk {
            // Somebody is watching.
            report.flush()?;
        }
    };
    report.flush()?;
    for (count, what) in datagrams.statistics().counts() {
        warn(format_args!("{}: {count} {what}", args.file.display()));
    }
    ended
}
