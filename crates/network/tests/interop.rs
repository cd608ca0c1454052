//! What arrives at collectd's own `network` plugin, and what it sends in our place.

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, Rows, UdpSink, free_udp_port, stock_types_db};
use common::packets::Peer;
use common::{PATIENCE, SAMPLE, c_network, lists, load_sample, names, sender, server, soon, unconfigured_sender};
use tempfile::TempDir;

/// The sample reads twice; all of it is in no more than this many rows.
const READS: usize = 2;

/// A name for a type, as long as they get.
fn long_type() -> String {
    "t".repeat(127)
}

/// Both daemons have to know the type of the sample.
struct Types(TempDir);

impl Types {
    fn new() -> Types {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let line = format!("{} value:GAUGE:U:U\n", long_type());
        fs::write(dir.path().join("types.db"), line).expect("a temporary directory is writable");
        Types(dir)
    }

    fn add_to(&self, builder: Builder) -> Builder {
        let line = |path: &Path| format!("TypesDB \"{}\"\n", path.display());
        builder.conf(&(line(&stock_types_db()) + &line(&self.0.path().join("types.db"))))
    }

    /// A daemon that dispatches the sample's values. One thread writes, so that the order is the same each time.
    fn add_sample(&self, builder: Builder) -> Builder {
        let block = format!("LongType \"{}\"\nReads {READS}", long_type());
        let builder = builder.write_threads(1).interval(Duration::from_millis(200));
        load_sample(self.add_to(builder), "fixed_values", &block)
    }
}

fn count(rows: &Rows) -> usize {
    rows.values().map(Vec::len).sum()
}

/// Runs the sample with this sender and a C receiver: the rows on this and on that side.
fn near_and_far(types: &Types, sender: impl FnOnce(u16) -> Builder) -> (Rows, Rows) {
    let port = free_udp_port();
    let far = c_network(&format!("Listen \"127.0.0.1\" \"{port}\"")).load("csv").write_threads(1);
    let mut far = types.add_to(far).start();
    let mut near = types.add_sample(sender(port)).load("csv").start();
    near.wait_log(&format!("read {READS} is complete"), PATIENCE);
    // The last ones. The daemon forgets what is in its own queue when it stops.
    let _written = near.wait_rows("fixed/values/gauge-often", 4 * READS);
    assert!(near.stop().success());
    let wanted = near.csv_rows();
    let nudge = Peer::to(([127, 0, 0, 1], port).into());
    soon("rows of the receiver", || {
        // The C plugin may keep the last of it until more comes.
        nudge.nudge();
        (count(&far.csv_rows()) >= count(&wanted)).then_some(())
    });
    assert!(far.stop().success());
    (wanted, far.csv_rows())
}

#[test]
fn the_c_plugin_gets_what_it_would_send_itself() {
    let types = Types::new();
    let (near, far) = near_and_far(&types, |port| sender(&server(port)));
    assert_eq!(far, near);
    let (near_of_c, far_of_c) = near_and_far(&types, |port| c_network(&server(port)));
    assert_eq!(near_of_c, near);
    assert_eq!(far_of_c, far);

    // That there was something to compare.
    assert_eq!(near.len(), 37, "{:?}", near.keys());
    let first = |name: &str| near[name][0].clone();
    let row = |values: &str| ("1749238000.500".to_owned(), values.to_owned());
    assert_eq!(first("fixed/values/counter-max"), row("18446744073709551615"));
    assert_eq!(first("fixed/values/absolute-max"), row("18446744073709551615"));
    assert_eq!(first("fixed/values-eth0/if_octets"), row("-9223372036854775808,9223372036854775807"));
    assert_eq!(first("fixed/values/load"), row("0.100000,nan,5000.000000"));
    assert_eq!(first("fixed/values/gauge-minus-inf"), row("-inf"));
    assert_eq!(first("fixed/values/gauge-minus-zero"), row("-0.000000"));
    assert_eq!(first("größe/naïve-ζ☃/gauge-日本 語"), row("1.500000"));
    assert_eq!(first(&format!("fixed/values/{}", long_type())), row("2.500000"));
    let long = "x".repeat(127);
    for name in [
        format!("{long}/values/gauge"),
        format!("fixed/{long}/gauge"),
        format!("fixed/values-{long}/gauge"),
        format!("fixed/values/gauge-{long}"),
    ] {
        assert_eq!(first(&name), row("1.500000"), "{name}");
    }
}

/// Beyond what csv shows: every bit of values, times and intervals, and the packing too.
#[test]
fn packets_are_those_of_the_c_plugin() {
    let types = Types::new();
    let packets = |with: fn(&str) -> Builder, extra: &str| {
        let sink = UdpSink::bind();
        let mut daemon = types.add_sample(with(&(server(sink.port()) + extra))).load("csv").start();
        daemon.wait_log(&format!("read {READS} is complete"), PATIENCE);
        let _written = daemon.wait_rows("fixed/values/gauge-often", 4 * READS);
        assert!(daemon.stop().success());
        // It has been sent, and loopback is no detour.
        soon("all value lists", || {
            let packets = sink.packets();
            (lists(&packets).len() == (SAMPLE + 1) * READS).then_some(packets)
        })
    };
    // The C plugin keeps this much room for a signature or the head of an encrypted part, needed or not.
    const SIGNATURE: usize = 106;
    // Ours keeps some for what makes full packets equally long, which is behind everything else.
    let size = 1452 - SIGNATURE + collectd_wire::MIN_PADDING;
    let ours = packets(sender, &format!("Linger 3600\nMaxPacketSize {size}"));
    let theirs = packets(c_network, "");
    assert_eq!(lists(&ours), lists(&theirs));
    assert!(ours.len() > 1);
    assert_eq!(ours.len(), theirs.len());
    let last = ours.len() - 1;
    for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        let mut padded = theirs.to_vec();
        if index < last {
            collectd_wire::pad_packet(&mut padded, size);
        }
        assert_eq!(ours.as_slice(), padded.as_slice(), "packet {index}");
    }
}

#[test]
fn blocks_of_either_name_are_read_and_several_count_as_one() {
    let block = |name: &str, port: u16| format!("<Plugin {name}>\n{}</Plugin>\n", server(port));
    for blocks in [
        &["rust_network"][..],
        &["network"],
        &["\"network\""],
        &["Network"],
        &["rust_network", "network"],
        &["network", "rust_network"],
        &["network", "network", "rust_network", "rust_network"],
    ] {
        let sinks: Vec<_> = blocks.iter().map(|_| UdpSink::bind()).collect();
        let conf: String = blocks.iter().zip(&sinks).map(|(name, sink)| block(name, sink.port())).collect();
        let builder = load_sample(unconfigured_sender().conf(&conf), "fixed_values", "");
        let mut daemon = builder.start();
        daemon.wait_log("read 1 is complete", PATIENCE);
        for sink in &sinks {
            soon(&format!("values for each Server of {conf}"), || {
                (lists(&sink.packets()).len() == SAMPLE).then_some(())
            });
        }
        assert!(daemon.stop().success(), "{}", daemon.log());
    }
}

/// From a file of an administrator's: only the LoadPlugin line is another.
#[test]
fn a_configuration_of_the_c_plugin_needs_one_changed_line() {
    let sink = UdpSink::bind();
    let conf = format!(
        "<Plugin \"network\">\n\
         \t# client setup:\n\
         \tServer \"127.0.0.1\" \"{0}\"\n\
         \t<Server \"127.0.0.1\" \"{0}\">\n\t\tSecurityLevel None\n\t</Server>\n\
         \tTimeToLive 128\n\tMaxPacketSize 1452\n\tForward false\n\tReportStats false\n\
         </Plugin>\n",
        sink.port()
    );
    let builder = load_sample(unconfigured_sender().conf(&conf), "fixed_values", "");
    let mut daemon = builder.start();
    soon("values of both servers", || (lists(&sink.packets()).len() == 2 * SAMPLE).then_some(()));
    assert!(daemon.stop().success());
}

#[test]
fn servers_of_both_families_and_names_get_everything() {
    let port = free_udp_port();
    let listen = format!("Listen \"127.0.0.1\" \"{port}\"\nListen \"::1\" \"{port}\"");
    // With several threads csv may lose rows while it makes a file.
    let far = || c_network(&listen).load("csv").write_threads(1).start();
    for host in ["::1", "localhost", "slow.test"] {
        let mut far = far();
        let names = common::Names::new();
        // The others must not notice that there is one without an address.
        let block = format!("Server \"nowhere.test\"\nServer \"{host}\" \"{port}\"\nServer \"nowhere.test\" \"7\"");
        let builder = load_sample(names.preload(sender(&block)), "fixed_values", "");
        let mut near = builder.start();
        near.wait_log("Server \"nowhere.test\" \"25826\": cannot resolve \"nowhere.test\"", PATIENCE);
        near.wait_log("Server \"nowhere.test\" \"7\": cannot resolve \"nowhere.test\"", PATIENCE);
        let rows = SAMPLE;
        let nudge = Peer::to(([127, 0, 0, 1], port).into());
        soon(&format!("all values through {host}"), || {
            nudge.nudge();
            (count(&far.csv_rows()) == rows).then_some(())
        });
        assert!(near.stop().success(), "{}", near.log());
        assert!(near.log().contains("Server \"nowhere.test\" \"7\": 2 packets could not be sent"), "{}", near.log());
        assert!(far.stop().success());
    }
}

/// On the loopback interface, where `c/names.c` keeps it.
#[test]
fn a_group_is_reached() {
    use collectd_udp::{Interface, Listen, Receiver};
    let lo = Interface::named("lo").expect("the loopback interface");
    let group = (collectd_udp::GROUP_V4, free_udp_port()).into();
    let mut receiver = Receiver::builder().listen(Listen::new(group).interface(Some(lo))).bind().expect("a group");
    let answers = common::Names::new();
    let block = format!("Server \"239.192.74.66\" \"{}\"", group.port());
    let builder = load_sample(answers.preload(sender(&block)), "fixed_values", "");
    let mut near = builder.start();
    let mut packets: Vec<Vec<u8>> = Vec::new();
    soon("all values through the group", || {
        let batch = receiver.recv_batch(Some(Duration::from_millis(100))).expect("loopback works");
        packets.extend(batch.iter().map(|datagram| datagram.data.to_vec()));
        (lists(&packets).len() >= SAMPLE).then_some(())
    });
    assert!(names(&packets).contains(&"fixed/values/load".to_owned()));
    assert!(near.stop().success());
}

/// The plugin that gives its block is there, and does nothing.
#[test]
fn the_c_plugin_beside_ours_stays_idle() {
    let sink = UdpSink::bind();
    let conf = format!("<Plugin network>\n{}</Plugin>", server(sink.port()));
    let mut daemon: Daemon = load_sample(unconfigured_sender().conf(&conf), "fixed_values", "").start();
    soon("all values", || (lists(&sink.packets()).len() >= SAMPLE).then_some(()));
    assert!(daemon.stop().success());
    // Twice the number if both had sent.
    assert_eq!(lists(&sink.packets()).len(), SAMPLE);
    assert!(daemon.log().contains("network.so was loaded for <Plugin network> blocks"), "{}", daemon.log());
}
