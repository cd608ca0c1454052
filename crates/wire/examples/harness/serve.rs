//! Receiving, as `collectd_net::Reader` does, in one thread.

use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use collectd_udp::{DEFAULT_BUFFER_SIZE, Listen, Receiver};
use collectd_wire::{AuthFile, KeyRing, Opener, SecurityLevel};

use crate::measure::Options;

/// How often the count is written.
const PERIOD: Duration = Duration::from_millis(50);

/// Receives until somebody ends the process.
pub(crate) fn run(options: &Options) -> Result<()> {
    let addr = options.addr.as_deref().context("serve needs -addr HOST:PORT")?;
    let addr = resolve(addr).with_context(|| format!("-addr {addr}"))?;
    let out = options.out.as_deref().context("serve needs -o COUNTFILE")?;
    let auth_file = match options.level {
        // Without keys, as a daemon without AuthFile.
        SecurityLevel::None => None,
        _ => Some(AuthFile::open(options.auth_file.as_deref().context("serve needs -authfile FILE")?)?),
    };
    let buffer_size = options.buffer_size.unwrap_or(DEFAULT_BUFFER_SIZE);
    let mut receiver = Receiver::builder().listen(Listen::new(addr)).buffer_size(buffer_size).bind()?;
    let mut opener = Opener::new(options.level);
    let mut keys = auth_file.as_ref().map(AuthFile::keys);
    let mut count = Count::new(out)?;
    loop {
        let mut batch = receiver.recv_batch_mut(Some(PERIOD))?;
        if let Some(reload) = auth_file.as_ref().and_then(AuthFile::refresh) {
            eprintln!("{reload}");
            keys = auth_file.as_ref().map(AuthFile::keys);
        }
        count.add(&mut opener, keys.as_deref(), &mut batch);
        count.write_if_due()?;
    }
}

fn resolve(addr: &str) -> Result<SocketAddr> {
    addr.to_socket_addrs()?.next().context("no address")
}

struct Count<'a> {
    path: &'a str,
    lists: usize,
    sum: f64,
    due: Instant,
}

impl<'a> Count<'a> {
    fn new(path: &'a str) -> Result<Self> {
        let mut count = Count { path, lists: 0, sum: 0.0, due: Instant::now() };
        count.write_if_due()?;
        Ok(count)
    }

    fn add<P: AsRef<[u8]> + AsMut<[u8]>>(&mut self, opener: &mut Opener, keys: Option<&KeyRing>, packets: &mut [P]) {
        let mut done = (0, self.sum);
        for items in opener.open_all(keys, packets).iter() {
            // What came before an error counts.
            if let Err(error) = crate::add_up(items, &mut done) {
                eprintln!("{error}");
            }
        }
        self.lists += done.0;
        self.sum = std::hint::black_box(done.1);
    }

    fn write_if_due(&mut self) -> Result<()> {
        let now = Instant::now();
        if now >= self.due {
            self.due = now + PERIOD;
            fs::write(self.path, format!("{}\n", self.lists)).with_context(|| self.path.to_owned())?;
        }
        Ok(())
    }
}
