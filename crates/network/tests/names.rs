//! By which name others ask for the plugin: by that of the block that configures it. So what refers to `network`
//! elsewhere in a configuration, or in a script, needs no change.

mod common;

use std::thread::sleep;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, UdpSink, cargo_build};
use common::{assert_no_trouble, names, server, soon};

/// A daemon with these lines, and `rust_network` loaded with these options.
fn daemon(before: &str, load: &str, conf: &str) -> Builder {
    let builder = Daemon::builder().write_threads(1).load("csv").load("unixsock").conf(before);
    builder.load_so_with(cargo_build::cdylib("rust_network"), "rust_network", load).conf(conf)
}

fn put(daemon: &Daemon, name: &str) {
    daemon.putval(&format!("h/p/gauge-{name}"), "interval=1", "1749238000:1");
}

fn arrived(sink: &UdpSink) -> Vec<String> {
    names(&sink.packets())
}

/// Nothing leaves by itself within any test.
fn block(name: &str, sink: &UdpSink) -> String {
    let own = if name == "rust_network" { "Linger 3600\n" } else { "" };
    format!("<Plugin {name}>\n{}{own}</Plugin>\n", server(sink.port()))
}

/// A rule that sends what has a type instance with `net` in it to the plugin of this name, and the rest to csv.
fn chain(writer: &str) -> String {
    format!(
        "LoadPlugin match_regex\nPostCacheChain \"Post\"\n<Chain \"Post\">\n<Rule>\n<Match regex>\n\
         TypeInstance \"net\"\n</Match>\n<Target write>\nPlugin \"{writer}\"\n</Target>\n</Rule>\n\
         <Target write>\nPlugin \"csv\"\n</Target>\n</Chain>\n"
    )
}

fn assert_reached(daemon: &mut Daemon, sink: &UdpSink, name: &str, others: &[&str]) {
    put(daemon, "local");
    put(daemon, "net-1");
    let _written = daemon.wait_rows("h/p/gauge-net-1", 1);
    // Not before somebody asks.
    for other in others {
        daemon.command(&format!("FLUSH plugin={other}")).expect("FLUSH works");
    }
    sleep(Duration::from_millis(300));
    assert_eq!(arrived(sink), [""; 0]);
    daemon.command(&format!("FLUSH plugin={name}")).expect("FLUSH works");
    soon("the value for the network", || (!arrived(sink).is_empty()).then_some(()));
    assert_eq!(arrived(sink), ["h/p/gauge-net-1"]);
    assert!(daemon.stop().success());
    assert_no_trouble(daemon);
}

#[test]
fn who_has_the_block_of_network_has_its_name() {
    let sink = UdpSink::bind();
    // Written in another case, and its options come in two blocks.
    let conf = block("Network", &sink) + "<Plugin rust_network>\nLinger 3600\n</Plugin>\n" + &chain("network");
    let mut daemon = daemon("", "", &conf).start();
    assert_reached(&mut daemon, &sink, "network", &["csv", "rust_network"]);
}

#[test]
fn who_has_a_block_of_its_own_has_its_own_name() {
    let sink = UdpSink::bind();
    let conf = block("rust_network", &sink) + &chain("rust_network");
    let mut daemon = daemon("", "", &conf).start();
    assert_reached(&mut daemon, &sink, "rust_network", &["csv", "network"]);
}

/// As while one is replaced by the other: both send.
#[test]
fn beside_the_c_plugin_each_has_its_own_name() {
    let (theirs, ours) = (UdpSink::bind(), UdpSink::bind());
    let before = "LoadPlugin network\n".to_owned() + &block("network", &theirs);
    let mut daemon = daemon(&before, "", &block("rust_network", &ours)).start();
    put(&daemon, "a");
    put(&daemon, "b");
    let _written = daemon.wait_rows("h/p/gauge-b", 1);
    sleep(Duration::from_millis(300));
    assert_eq!((theirs.count(), ours.count()), (0, 0));
    // The last of the writers may get its value only now.
    let flush_until_all_is_sent = |plugin: &str, sink: &UdpSink| {
        soon(plugin, || {
            daemon.command(&format!("FLUSH plugin={plugin}")).expect("FLUSH works");
            (arrived(sink).len() == 2).then_some(())
        });
    };
    flush_until_all_is_sent("network", &theirs);
    assert_eq!(ours.count(), 0);
    flush_until_all_is_sent("rust_network", &ours);
    assert_eq!(arrived(&ours), arrived(&theirs));
    assert!(daemon.stop().success());
    assert_no_trouble(&daemon);
}

/// The timer that the daemon makes for `FlushInterval` belongs to a name, and the C plugin, loaded for its block, has
/// one of that name before.
#[test]
fn the_timer_of_the_load_line_flushes_under_either_name() {
    for name in ["network", "rust_network"] {
        let sink = UdpSink::bind();
        let conf = block(name, &sink) + "<Plugin rust_network>\nLinger 3600\n</Plugin>\n";
        let mut daemon = daemon("", "FlushInterval 0.5\nFlushTimeout 1", &conf).start();
        put(&daemon, "a");
        soon(&format!("the value of the block {name}"), || (!arrived(&sink).is_empty()).then_some(()));
        assert!(daemon.stop().success());
        assert_no_trouble(&daemon);
    }
}

/// With options of ours in a block of their own, the way back is the way there: one line.
#[test]
fn the_same_configuration_is_good_for_either_plugin() {
    for loads_ours in [true, false, true] {
        let sink = UdpSink::bind();
        let conf = block("network", &sink) + "<Plugin rust_network>\nLinger 3600\nQueueLimit 1000000\n</Plugin>\n";
        let builder = Daemon::builder().write_threads(1).load("csv").load("unixsock");
        let builder = match loads_ours {
            true => builder.load_so(cargo_build::cdylib("rust_network"), "rust_network"),
            false => builder.load("network"),
        };
        let mut daemon = builder.conf(&conf).start();
        put(&daemon, "a");
        let _written = daemon.wait_rows("h/p/gauge-a", 1);
        soon("the value", || {
            daemon.command("FLUSH plugin=network").expect("FLUSH works");
            (!arrived(&sink).is_empty()).then_some(())
        });
        assert!(daemon.stop().success());
        if loads_ours {
            assert_no_trouble(&daemon);
        } else {
            // It says that there is a block that nobody reads.
            assert!(daemon.log().contains("rust_network"), "{}", daemon.log());
        }
    }
}
