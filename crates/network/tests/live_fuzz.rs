//! The live plugin, flooded with packets that nobody would send: the daemon goes on, answers, and counts all of them.
//!
//! * `FUZZ_SECONDS`: for how long, 15 if it is not there. `make fuzz-network` has more of it.
//! * `FUZZ_SEED`: which packets; another number each time if it is not there.
//! * `FUZZ_UNDER`: `valgrind` (the default), or `nothing`, which is faster.
//! * `FUZZ_PLUGIN`: the plugin to load, built with a sanitizer of addresses or threads, whose runtime is `FUZZ_PRELOAD`.

mod common;
mod mutation;
mod receiving;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use collectd_test_daemon::{Builder, Daemon, UdpSink, cargo_build, free_udp_port, udp_queues, wait_until};
use common::server;
use mutation::{Mutator, Random};
use receiving::{Source, Statistics, USERS, auth_file, instance, listen, own_log};

/// What each `Listen` demands.
const OPTIONS: [&str; 6] = [
    "MaxPacketSize 65535",
    "@USERS@\nReceiveThreads 2",
    "@USERS@\nSecurityLevel Sign\nMaxPacketSize 65535",
    "@USERS@\nSecurityLevel Sign\nStrict true\nReplayWindow 60\nUserHosts \"alice\" \"a\" \"/^web/\"",
    "@USERS@\nSecurityLevel Encrypt\nReplayWindow 60\nReceiveThreads 2",
    "@USERS@\nSecurityLevel Encrypt\nStrict true\nAllowFrom \"127.9.0.0/25\"",
];

/// What others send goes on to the network, but not into the daemon's cache, which has no limit.
const CHAIN: &str = r#"PreCacheChain "Fuzz"
<Chain "Fuzz">
  <Rule>
    <Match "regex">
      Host "^testhost$"
    </Match>
    Target "return"
  </Rule>
  <Target "write">
    Plugin "rust_network"
  </Target>
  Target "stop"
</Chain>"#;

fn seconds() -> u64 {
    env::var("FUZZ_SECONDS").map_or(15, |text| text.parse().expect("FUZZ_SECONDS is a number of seconds"))
}

fn under_valgrind() -> bool {
    let under = env::var("FUZZ_UNDER").unwrap_or_else(|_| "valgrind".to_owned());
    assert!(under == "valgrind" || under == "nothing", "FUZZ_UNDER is \"valgrind\" or \"nothing\"");
    under == "valgrind"
}

/// What the daemon gets, and how often.
struct Flood {
    daemon: Daemon,
    ports: [u16; OPTIONS.len()],
    sent: [u64; OPTIONS.len()],
    users: PathBuf,
}

impl Flood {
    fn start(dir: &Path) -> Flood {
        let ports = OPTIONS.map(|_| free_udp_port());
        let users = auth_file(dir);
        let listens = ports.iter().zip(OPTIONS);
        let listens = listens.map(|(&port, options)| listen(port, &options.replace("@USERS@", &users)));
        let sink = UdpSink::bind();
        // Nobody is there: what is sent on need not be kept.
        let own = format!("{}Forward true\nDuplicateWindow 5\nLinger 0.1\nReportStats true", server(sink.port()));
        drop(sink);
        let block = listens.collect::<String>() + &own;
        let so = env::var_os("FUZZ_PLUGIN").map_or_else(|| cargo_build::cdylib("rust_network"), PathBuf::from);
        let interval = Duration::from_secs(if under_valgrind() { 3 } else { 1 });
        let builder = Daemon::builder().load("match_regex").conf(CHAIN).load_so(so, "rust_network");
        let builder = builder.conf(&format!("<Plugin rust_network>\n{block}\n</Plugin>")).load("csv").load("unixsock");
        let builder = sanitized(builder.interval(interval).write_threads(5).valgrind(under_valgrind()));
        Flood { daemon: builder.start(), ports, sent: [0; OPTIONS.len()], users: dir.join("users") }
    }

    /// Sends for so long; looks after the daemon every second.
    fn run(&mut self, seed: u64, end: Instant) {
        let (mut mutator, mut random) = (Mutator::new(seed), Random::new(seed ^ 0x5a5a));
        let sources: Vec<Vec<Source>> = self.ports.iter().map(|&port| sources(port)).collect();
        let mut looked = Instant::now();
        while Instant::now() < end {
            for _ in 0..20 {
                let packet = mutator.packet();
                let listener = random.below(self.ports.len());
                random.choose(&sources[listener]).send(&packet);
                self.sent[listener] += 1;
            }
            // More than it can take tells nothing of it.
            std::thread::sleep(Duration::from_millis(if under_valgrind() { 25 } else { 2 }));
            let waits = |port: &u16| udp_queues(*port).iter().any(|&bytes| bytes > 100_000);
            while self.ports.iter().any(waits) && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(10));
            }
            if looked.elapsed() > Duration::from_secs(1) {
                looked = Instant::now();
                self.look_after(&mut random);
            }
        }
    }

    /// The daemon answers, also while its users change and it is told to flush.
    fn look_after(&mut self, random: &mut Random) {
        let start = Instant::now();
        let _values = self.daemon.command("LISTVAL").expect("the daemon answers");
        assert!(start.elapsed() < Duration::from_secs(60), "an answer took {:?}", start.elapsed());
        match random.below(4) {
            0 => self.daemon.flush_all(),
            1 => fs::write(&self.users, USERS.to_owned() + "carol: pw\n").expect("writable"),
            2 => fs::write(&self.users, USERS).expect("writable"),
            _ => {}
        }
    }

    /// Sent is received and dropped by the kernel.
    fn assert_counts(&self) {
        let sum = |statistics: &Statistics, index: usize| {
            let count = |name: &str| statistics.get(&format!("{}/{name}", instance(self.ports[index])), 0);
            Some((count("if_packets")?, count("packets-dropped-kernel")?))
        };
        for (index, options) in OPTIONS.iter().enumerate() {
            let (received, dropped) = wait_until("all packets", Duration::from_secs(180), || {
                let both = sum(&Statistics::of(&self.daemon), index)?;
                (both.0 + both.1 >= self.sent[index]).then_some(both)
            });
            println!("{:?}: {received} received, {dropped} dropped", options.lines().last());
            assert_eq!(received + dropped, self.sent[index]);
            assert!(received > dropped, "it was too fast to tell anything");
        }
    }
}

/// Fifty senders, of whom the fourth part may not send to the last `Listen`.
fn sources(port: u16) -> Vec<Source> {
    (0..50).map(|number| Source::at([127, 9, 0, 100 + number], port)).collect()
}

/// With the runtime of the sanitizer that the plugin was built with.
fn sanitized(builder: Builder) -> Builder {
    let Some(runtime) = env::var_os("FUZZ_PRELOAD") else { return builder };
    let builder = builder.env("LD_PRELOAD", runtime);
    // The daemon itself loses some memory, and ends as usual when something was found, which the test reads. What was
    // freed is kept by AddressSanitizer; with its usual 256 MiB nobody could say whether the plugin grows.
    let options = "quarantine_size_mb=8:detect_leaks=0:exitcode=0:halt_on_error=0:report_signal_unsafe=0";
    builder.env("ASAN_OPTIONS", options).env("TSAN_OPTIONS", options)
}

#[test]
fn the_daemon_survives_what_nobody_would_send() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is past 1970");
    let seed = env::var("FUZZ_SEED").map_or(now.as_secs(), |text| text.parse().expect("FUZZ_SEED is a number"));
    println!("FUZZ_SEED={seed}");
    let mut flood = Flood::start(dir.path());
    let length = Duration::from_secs(seconds());
    flood.run(seed, Instant::now() + length / 3);
    let before = flood.daemon.resident_bytes();
    flood.run(seed + 1, Instant::now() + length * 2 / 3);
    let after = flood.daemon.resident_bytes();
    flood.assert_counts();
    assert!(flood.daemon.stop().success(), "{}", flood.daemon.log());

    let log = own_log(&flood.daemon);
    println!(
        "{} packets; {} bytes of log; {before} and {after} bytes of memory",
        flood.sent.iter().sum::<u64>(),
        log.len()
    );
    // Less than a megabyte in an hour, of all six together.
    let limit = 100_000 + usize::try_from(seconds()).expect("not so long") * 240;
    assert!(log.len() < limit, "{} bytes of log", log.len());
    assert!(!log.contains("panic"), "{log}");
    let output = flood.daemon.output();
    assert!(!output.contains("Sanitizer"), "{output}");
    if under_valgrind() {
        flood.daemon.valgrind_report().assert_clean("rust_network");
    } else {
        // What it remembers of packets and metrics is bounded, and full after some time.
        assert!(after < before + (64 << 20), "{before} and {after} bytes");
    }
}
