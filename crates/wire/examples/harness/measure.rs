//! Time per value list, as one line of JSON, and marks for a tracer.

use std::fs;
use std::io::{Read, stdin};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use collectd_wire::SecurityLevel;

/// The command line.
pub(crate) struct Options {
    pub(crate) op: String,
    pub(crate) mode: String,
    pub(crate) level: SecurityLevel,
    pub(crate) data: String,
    pub(crate) limit: Option<usize>,
    pub(crate) passes: usize,
    pub(crate) out: Option<String>,
    pub(crate) addr: Option<String>,
    pub(crate) auth_file: Option<String>,
    pub(crate) buffer_size: Option<usize>,
    pub(crate) files: Vec<String>,
}

/// What one pass did.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) lists: usize,
    pub(crate) packets: usize,
    pub(crate) bytes: usize,
}

impl Options {
    pub(crate) fn from_args() -> Result<Options> {
        let mut args = std::env::args().skip(1);
        let usage = "usage: harness encode|encode-owned|decode|check none|sign|encrypt [-d DIR] [-n LISTS] [-p PASSES] [-o OUT]\n       \
                     harness serve none|sign|encrypt -addr HOST:PORT -o COUNTFILE [-authfile FILE] [-rcvbuf BYTES]";
        let (op, mode) = (args.next().context(usage)?, args.next().context(usage)?);
        let mut options = Options {
            op,
            level: mode.parse()?,
            mode,
            data: "data".to_owned(),
            limit: None,
            passes: 15,
            out: None,
            addr: None,
            auth_file: None,
            buffer_size: None,
            files: Vec::new(),
        };
        while let Some(arg) = args.next() {
            let mut value = || args.next().context(usage);
            match arg.as_str() {
                "-d" => options.data = value()?,
                "-n" => options.limit = Some(value()?.parse()?).filter(|&limit| limit > 0),
                "-p" => options.passes = value()?.parse::<usize>()?.max(1),
                "-o" => options.out = Some(value()?),
                "-addr" => options.addr = Some(value()?),
                "-authfile" => options.auth_file = Some(value()?),
                "-rcvbuf" => options.buffer_size = Some(value()?.parse()?),
                _ => options.files.push(arg),
            }
        }
        Ok(options)
    }
}

/// Runs a pass to warm up, then as many as are wanted, and prints the result.
pub(crate) fn run(options: &Options, mut pass: impl FnMut() -> Result<Done>) -> Result<()> {
    let done = pass()?;
    if std::env::var_os("STEPCOUNT").is_some() {
        return count_steps(&done, || pass().map(drop));
    }
    let mut times = Vec::with_capacity(options.passes);
    for _ in 0..options.passes {
        let start = cpu_time();
        pass()?;
        times.push(cpu_time().saturating_sub(start));
    }
    times.sort();
    let per_list = |time: Duration| time.as_secs_f64() * 1e9 / done.lists as f64;
    let [median, least, most] = [times[times.len() / 2], times[0], times[times.len() - 1]].map(per_list);
    println!(
        "RESULT {{\"impl\":\"collectd-wire\",\"op\":\"{}\",\"mode\":\"{}\",\"vls\":{},\"dgrams\":{},\"bytes\":{},\
         \"passes\":{},\"ns_vl\":{median:.2},\"ns_vl_min\":{least:.2},\"ns_vl_max\":{most:.2},\"vl_s\":{:.0},\
         \"mb_s\":{:.1}}}",
        options.op,
        options.mode,
        done.lists,
        done.packets,
        done.bytes,
        times.len(),
        1e9 / median,
        done.bytes as f64 / done.lists as f64 / median * 1e3,
    );
    Ok(())
}

/// A tracer waits for the thread's number, answers with a byte, and counts between two system calls
/// that nothing else makes.
fn count_steps(done: &Done, mut pass: impl FnMut() -> Result<()>) -> Result<()> {
    println!("STEP {}", std::process::id());
    stdin().read_exact(&mut [0])?;
    let _ = std::os::unix::process::parent_id();
    pass()?;
    let _ = std::os::unix::process::parent_id();
    println!("STEPVLS {}", done.lists);
    Ok(())
}

/// CPU time of this thread where the system tells it in nanoseconds, else the clock.
fn cpu_time() -> Duration {
    // The kernel brings its count up to date when a thread gives way, else only with the next tick.
    std::thread::yield_now();
    fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(wall_time, Duration::from_nanos)
}

fn wall_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
