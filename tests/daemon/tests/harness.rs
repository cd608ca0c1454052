//! The harness itself, against the daemon's own plugins.

use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use collectd_test_daemon::{
    Daemon, UdpSink, cargo_build, check_start_fails, free_udp_port, run_once, stock_plugin_dir, wait_until,
};
use tempfile::TempDir;

#[test]
fn a_read_plugin_writes_rows_and_the_daemon_ends_well() {
    let mut daemon = Daemon::builder().load("csv").load("uptime").start();
    let dir = daemon.dir().to_owned();
    let rows = daemon.wait_rows("testhost/uptime/uptime", 2);
    let seconds: f64 = rows[0].1.parse().expect("an uptime is a number");
    assert!(seconds > 0.0, "{rows:?}");
    assert!(daemon.resident_bytes() > 100_000);
    assert!(daemon.stop().success());
    assert!(daemon.log().contains("[info] Exiting normally."), "{}", daemon.log());
    drop(daemon);
    assert!(!dir.exists());
}

#[test]
fn a_value_put_through_the_socket_is_a_row() {
    let mut daemon = Daemon::builder().load("csv").load("unixsock").write_threads(1).start();
    daemon.putval("a host/plug-in/if_octets-x y", "interval=1", "1749238000.5:1:-2");
    daemon.putval("a host/plug-in/if_octets-x y", "interval=1", "1749238001.5:18446744073709551:3");
    let rows = daemon.wait_rows("a host/plug-in/if_octets-x y", 2);
    assert_eq!(rows[0], ("1749238000.500".into(), "1,-2".into()));
    assert_eq!(rows[1].1, "18446744073709551,3");
    let listed = daemon.command("LISTVAL").expect("LISTVAL works");
    assert!(listed[0].ends_with(" a host/plug-in/if_octets-x y"), "{listed:?}");
    let complaint = daemon.command("GETVAL nobody/plug/load").expect_err("no such value");
    assert!(complaint.starts_with("-1 "), "{complaint}");
    assert!(daemon.stop().success());
}

#[test]
fn a_daemon_sees_what_is_pretended_and_nobody_else_does() {
    let mut daemon = Daemon::builder()
        .load("csv")
        .load("entropy")
        .pretend("/proc/sys/kernel/random/entropy_avail", "1001\n")
        .start();
    assert_eq!(daemon.wait_rows("testhost/entropy/entropy", 1)[0].1, "1001.000000");
    daemon.pretend("/proc/sys/kernel/random/entropy_avail", "77\n");
    wait_until("the new number", Duration::from_secs(20), || {
        let rows = daemon.wait_rows("testhost/entropy/entropy", 1);
        rows.iter().any(|row| row.1 == "77.000000").then_some(())
    });
    assert!(daemon.stop().success());
    let entropy = fs::read_to_string("/proc/sys/kernel/random/entropy_avail").expect("Linux has it");
    assert!(entropy.trim() != "77" && entropy.trim() != "1001", "{entropy}");
}

#[test]
fn a_refused_configuration_says_why() {
    let output = Daemon::builder().load("csv").conf("<Plugin csv>\nNoSuchKey 1\n</Plugin>").check_start_fails();
    assert!(output.contains("csv") && output.to_lowercase().contains("nosuchkey"), "{output}");

    let output = Daemon::builder().load("no_such_plugin").check_start_fails();
    assert!(output.contains("Could not find plugin \"no_such_plugin\""), "{output}");

    let output = check_start_fails("NoSuchOption 1\n<Broken");
    assert!(output.contains("parse error") || output.contains("failed"), "{output}");
}

#[test]
#[should_panic(expected = "the daemon accepted the configuration")]
fn a_configuration_that_is_not_refused_is_a_failure() {
    let _ = Daemon::builder().load("load").check_start_fails();
}

#[test]
#[should_panic(expected = "the daemon ended")]
fn a_daemon_that_does_not_start_is_a_failure() {
    let _ = Daemon::builder().load("no_such_plugin").start();
}

#[test]
fn run_once_reads_every_plugin_once() {
    let outcome = Daemon::builder().load("load").run_once();
    assert!(outcome.status.success(), "{}", outcome.output);
    assert!(outcome.output.contains("Exiting normally."), "{}", outcome.output);
    assert!(outcome.valgrind.is_none());

    let conf = format!(
        "FQDNLookup false\nBaseDir \"@DIR@\"\nPIDFile \"@DIR@/pid\"\nPluginDir \"{}\"\nLoadPlugin load\n",
        stock_plugin_dir().display()
    );
    let outcome = run_once(&conf);
    assert!(outcome.status.success(), "{}", outcome.output);
    let outcome = run_once(&format!("{conf}LoadPlugin no_such_plugin\n"));
    assert_eq!(outcome.status.code(), Some(1), "{}", outcome.output);
}

#[test]
fn sigusr1_flushes() {
    // The C network plugin holds what does not fill a packet until it is flushed.
    let sink = UdpSink::bind();
    let server = format!("<Plugin network>\nServer \"127.0.0.1\" \"{}\"\n</Plugin>", sink.port());
    let mut daemon = Daemon::builder().load("csv").load("unixsock").load("network").conf(&server).start();
    daemon.putval("h/p/gauge", "interval=1", "N:42");
    let _ = daemon.wait_rows("h/p/gauge", 1);
    assert_eq!(sink.count(), 0);
    // Whether csv or network is handed a value first is the daemon's choice: flush until it is there.
    wait_until("a flushed packet", Duration::from_secs(20), || {
        daemon.flush_all();
        (sink.count() > 0).then_some(())
    });
    let packets = sink.wait(1, Duration::from_secs(1));
    assert!(packets[0].windows(5).any(|bytes| bytes == b"gauge"), "{packets:?}");
    assert!(daemon.stop().success());
}

#[test]
fn a_sink_collects_what_is_sent() {
    let sink = UdpSink::bind();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    for packet in [&b"one"[..], b"", b"three"] {
        socket.send_to(packet, ("127.0.0.1", sink.port())).expect("loopback takes it");
    }
    assert_eq!(sink.wait(3, Duration::from_secs(10)), [&b"one"[..], b"", b"three"]);

    let port = free_udp_port();
    assert_ne!(port, free_udp_port());
    assert_eq!(UdpSink::bind_port(port).port(), port);
}

#[test]
#[should_panic(expected = "not within 50ms: the end of time")]
fn waiting_ends() {
    wait_until("the end of time", Duration::from_millis(50), || None::<()>);
}

#[test]
fn valgrind_tells_whose_fault_it_is() {
    let (_dir, so) = compile(
        "#include <stdlib.h>\n\
         static char *volatile lost;\n\
         __attribute__((noinline)) static void lose(void) { lost = malloc(123); lost[0] = 1; lost = 0; }\n\
         __attribute__((noinline)) static char overrun(void) {\n\
             char *volatile p = malloc(4); char c = p[4]; free(p); return c; }\n\
         volatile char seen;\n\
         void module_register(void) { lose(); seen = overrun(); }\n",
    );
    let mut daemon = Daemon::builder().load_so(&so, "careless").load("load").valgrind(true).start();
    assert!(daemon.stop().success());
    let report = daemon.valgrind_report();
    let ours = report.mentioning("careless.so");
    assert!(ours.iter().any(|f| f.is_leak() && f.what.starts_with("123 bytes")), "{ours:#?}");
    assert!(ours.iter().any(|f| f.kind == "InvalidRead" && f.frames[0].mentions("overrun")), "{ours:#?}");
    assert_eq!(ours.len(), 2, "{ours:#?}");
    report.assert_clean("load.so");
}

#[test]
fn own_plugin_directories_go_before_the_daemons() {
    let (_dir, so) = compile("void module_register(void) {}\n");
    let plugins = cargo_build::plugin_dir(&[(&so, "mine"), (&so, "load")]);
    let mut daemon =
        Daemon::builder().plugin_dir(plugins.path()).load("mine").load("load").load("csv").load("uptime").start();
    assert!(daemon.log().contains("plugin \"mine\" successfully loaded"), "{}", daemon.log());
    // By then the daemon's own load plugin would have been read twice.
    let _ = daemon.wait_rows("testhost/uptime/uptime", 3);
    assert!(daemon.stop().success());
    assert_eq!(daemon.csv_rows().into_keys().collect::<Vec<_>>(), ["testhost/uptime/uptime"]);
}

#[test]
fn conf_text_knows_the_private_directory() {
    let mut daemon = Daemon::builder()
        .load_with("uptime", "Interval 0.1")
        .conf("LoadPlugin csv\n<Plugin csv>\nDataDir \"@DIR@/elsewhere\"\n</Plugin>")
        .hostname("other")
        .env("TZ", "UTC")
        .start();
    let rows = daemon.dir().join("elsewhere/other/uptime");
    wait_until("rows elsewhere", Duration::from_secs(20), || rows.exists().then_some(()));
    assert!(daemon.stop().success());
}

#[test]
fn cargo_builds_what_tests_load() {
    let so = cargo_build::cdylib("rust_network");
    assert_eq!(so.file_name().and_then(|name| name.to_str()), Some("librust_network.so"));
    assert!(fs::metadata(&so).expect("it exists").len() > 0);
    assert_eq!(cargo_build::cdylib("rust_network"), so);
}

/// A plugin in C, so that nothing of ours is between the harness and the daemon.
fn compile(source: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (c, so) = (dir.path().join("plugin.c"), dir.path().join("plugin.so"));
    fs::write(&c, source).expect("a temporary directory is writable");
    let output = Command::new("cc")
        .args(["-shared", "-fPIC", "-g", "-O0", "-o"])
        .args([&so, &c] as [&Path; 2])
        .output()
        .expect("a C compiler: install the packages gcc and libc6-dev");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (dir, so)
}
