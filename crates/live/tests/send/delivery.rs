//! To the real collectd, with its own network plugin and ours, whose csv plugin says what arrived.

use std::fmt::Write;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;

use collectd_test_daemon::{Builder, Daemon, cargo_build, free_udp_port, wait_until};

use crate::run::{PATIENCE, command, finish, start};

const NOTIFICATION: &str = "PUTNOTIF severity=failure time=1700000000.25 host=h0 plugin=df plugin_instance=root \
    type=df_complex type_instance=\"a b\" message=\"the \\\"disk\\\" is 99% full\"";

/// Of several kinds, in several packets.
fn lines() -> String {
    let mut lines = String::new();
    for number in 0..100 {
        let (host, time) = (number % 7, 1_700_000_000 + number);
        let _ = writeln!(lines, "PUTVAL h{host}/load/load interval=10 {time}.125:{number}.5:-1e{number}:U");
        let _ = writeln!(lines, "PUTVAL h{host}/if-eth{number}/if_octets {time}:{number}:-9223372036854775808");
        let _ =
            writeln!(lines, "PUTVAL \"h{host}/a b-{number}/counter-c d\" {time}:18446744073709551615 {}:3", time + 1);
    }
    lines
}

/// A way to receive, and the address to send to.
struct Receiver {
    builder: Builder,
    to: String,
}

impl Receiver {
    fn new(plugin: &str, host: &str, level: &str, auth_file: &Path) -> Receiver {
        let port = free_udp_port();
        let auth_file = auth_file.display();
        let conf = format!(
            "<Plugin {plugin}>\n<Listen \"{host}\" \"{port}\">\nSecurityLevel {level}\nAuthFile \"{auth_file}\"\n\
             </Listen>\n</Plugin>\n"
        );
        let builder = match plugin {
            "network" => Daemon::builder().load("network"),
            _ => Daemon::builder().load_so(cargo_build::cdylib("rust_network"), plugin),
        };
        let to = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        Receiver { builder: builder.write_threads(1).load("csv").conf(&conf), to }
    }
}

/// The one notification in the log of a daemon.
fn notification(daemon: &Daemon) -> Option<String> {
    let log = daemon.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("Notification: ")).collect();
    assert!(lines.len() <= 1, "{lines:?}");
    lines.first().map(|line| (*line).to_owned())
}

#[test]
fn several_daemons_get_everything_at_every_level() {
    // What a daemon makes of the same lines when they come through its socket.
    let expected = Daemon::builder().write_threads(1).load("csv").load("unixsock").start();
    for line in lines().lines().chain([NOTIFICATION]) {
        expected.command(line).unwrap();
    }
    let complete = |daemon: &Daemon| {
        let rows = daemon.csv_rows();
        (rows.values().map(Vec::len).sum::<usize>() >= 400).then_some(rows)
    };
    let rows = wait_until("what came through the socket", PATIENCE, || complete(&expected));
    let said = wait_until("the notification", PATIENCE, || notification(&expected));
    assert!(said.contains("plugin_instance = root, type = df_complex, type_instance = a b, "), "{said}");

    for level in ["none", "sign", "encrypt"] {
        let dir = tempfile::tempdir().unwrap();
        let password = dir.path().join("password");
        fs::write(&password, "w0nder l4nd\nnot this\n").unwrap();
        let auth = dir.path().join("auth");
        fs::write(&auth, "alice: w0nder l4nd\n").unwrap();
        let mut args = Vec::new();
        let mut daemons = Vec::new();
        for plugin in ["network", "rust_network"] {
            for host in ["127.0.0.1", "::1"] {
                let receiver = Receiver::new(plugin, host, level, &auth);
                daemons.push((receiver.builder.start(), receiver.to.clone()));
                args.extend(["--to".to_owned(), receiver.to]);
            }
        }
        let mut args: Vec<_> = args.iter().map(String::as_str).collect();
        let password = password.display().to_string();
        match level {
            "none" => {}
            "sign" => args.extend(["--security-level", level, "--username", "alice", "--password-file", &password]),
            _ => args.extend(["--security-level", level, "--username", "alice"]),
        }
        let mut command = command(&args);
        if level == "encrypt" {
            command.env("COLLECTD_PASSWORD", "w0nder l4nd");
        }
        let (status, said_here) = finish(start(command), &(lines() + NOTIFICATION));
        assert_eq!(status, Some(0), "{said_here}");
        assert!(
            said_here.starts_with("400 value lists, 1 notifications from 301 lines; 0 wrong, 0 odd\n"),
            "{said_here}"
        );
        for (daemon, to) in &daemons {
            let any = if to.starts_with('[') { "[::1]:0" } else { "127.0.0.1:0" };
            let nudge = UdpSocket::bind(any).unwrap();
            let got = wait_until("all rows", PATIENCE, || {
                // The C plugin may keep the last of it until more comes.
                nudge.send_to(&[], to).unwrap();
                complete(daemon)
            });
            assert_eq!(got, rows, "{level}");
            assert_eq!(wait_until("the notification", PATIENCE, || notification(daemon)), said, "{level}");
        }
    }
}
