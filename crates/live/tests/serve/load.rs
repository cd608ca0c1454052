//! As many series as a large site has.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common;
use crate::server::Serve;

const SERIES: u64 = 100_000;
/// No packet has more of its value lists.
const PACKET: u64 = 60;

/// collectd's own source of load; ended when dropped.
struct Generator {
    child: Child,
    said: tempfile::NamedTempFile,
}

impl Generator {
    fn start(port: u16) -> Generator {
        let said = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new("collectd-tg");
        command.args(["-n", &SERIES.to_string(), "-i", "10", "-d", "127.0.0.1", "-D", &port.to_string()]);
        command.stdin(Stdio::null()).stdout(File::create(said.path()).unwrap()).stderr(Stdio::null());
        let child = command.spawn().expect("collectd-tg: apt-get install collectd-utils");
        Generator { child, said }
    }

    /// Ends it, and returns how many value lists it says that it sent. It counts some before they are in a packet, of
    /// which it does not send the last, and the last few not at all.
    fn stop(mut self) -> u64 {
        let kill = format!("kill -INT {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        common::until("it ends", || self.child.try_wait().unwrap());
        let said = std::fs::read_to_string(self.said.path()).unwrap();
        let line = said.lines().rev().find_map(|line| line.strip_suffix(" values have been sent."));
        line.unwrap_or_else(|| panic!("{said}")).parse().unwrap()
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of a process so far.
fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<_> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    // In hundredths of a second, on every Linux that there is.
    Duration::from_millis(10 * (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()))
}

/// The statistics when nothing more comes.
fn settled(serve: &Serve) -> serde_json::Value {
    let mut before = serde_json::Value::Null;
    common::until("nothing more comes", || {
        std::thread::sleep(Duration::from_secs(1));
        let statistics = serve.json("/api/statistics");
        let same = statistics["value_lists"] == before;
        before = statistics["value_lists"].clone();
        same.then_some(statistics)
    })
}

/// For `SERVE_SECONDS` (short if not set; 120 is the length for figures).
#[test]
fn a_hundred_thousand_series_are_served() {
    let seconds = std::env::var("SERVE_SECONDS").map_or(12, |seconds| seconds.parse().expect("SERVE_SECONDS"));
    // So that all series have all their points halfway.
    let history = (seconds / 20).max(1).to_string();
    let serve = Serve::start(&["--history", &history]);
    let generator = Generator::start(serve.udp.port());
    common::until("all series are there", || (serve.json("/api/statistics")["series"] == SERIES).then_some(()));
    let start = Instant::now();
    let (mut halfway, mut slowest, mut asked) = (0, Duration::ZERO, Vec::new());
    let busy_before = cpu(serve.pid());
    while start.elapsed() < Duration::from_secs(seconds) {
        for path in ["/", "/api/hosts", "/api/series?q=host77+plugin3", "/api/statistics"] {
            let before = Instant::now();
            assert_eq!(serve.get(path).status, 200);
            let took = before.elapsed();
            slowest = slowest.max(took);
            asked.push(took);
        }
        if halfway == 0 && start.elapsed() > Duration::from_secs(seconds) / 2 {
            halfway = serve.memory("VmRSS:");
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    let took = start.elapsed();
    let (memory, peak, busy) = (serve.memory("VmRSS:"), serve.memory("VmHWM:"), cpu(serve.pid()) - busy_before);
    let sent = generator.stop();
    let statistics = settled(&serve);
    let number = |name: &str| statistics[name].as_u64().unwrap();
    asked.sort_unstable();
    let median = asked[asked.len() / 2];
    eprintln!(
        "{seconds} s, {sent} value lists of {} series: {memory} kB after, {halfway} kB halfway, {peak} kB at most; \
         {:.1} % of a core; answers in {median:?}, at most {slowest:?}; waited for the store {} s",
        number("series"),
        busy.as_secs_f64() / took.as_secs_f64() * 100.0,
        statistics["waited"],
    );
    let (taken, dropped) = (number("value_lists"), number("dropped"));
    assert!(taken <= sent + 3 && taken + PACKET * (dropped + 1) > sent, "{statistics}");
    assert_eq!((number("beyond"), number("malformed"), number("incomplete")), (0, 0, 0));
    assert_eq!((number("series"), number("hosts")), (SERIES, 1000));
    assert!(halfway > 0 && memory < halfway + halfway / 20, "{halfway} kB halfway, {memory} kB at the end");
    assert!(peak < 200_000, "{peak} kB");
    // This machine may be busy with other tests; a person waits no longer.
    assert!(median < Duration::from_millis(500), "{median:?}");
}
