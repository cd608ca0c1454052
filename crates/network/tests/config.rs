//! Mistakes in the configuration stop the daemon's start, and its log says what is wrong and where.

mod common;

use std::thread;

use collectd_test_daemon::UdpSink;
use common::{sender, server, unconfigured_sender};

/// A line or block of the configuration, and what the log has to name: key and value.
const MISTAKES: &[(&str, &[&str])] = &[
    // Keys that there are not.
    ("Sever \"127.0.0.1\"", &["Sever", "Server"]),
    ("<Sever \"127.0.0.1\">\n</Sever>", &["Sever", "Server"]),
    ("<Server \"h\">\nSecurity \"None\"\n</Server>", &["Server", "Security"]),
    ("ReportStat false", &["ReportStat", "ReportStats"]),
    // Values of another type.
    ("MaxPacketSize \"large\"", &["MaxPacketSize", "large"]),
    ("MaxPacketSize true", &["MaxPacketSize", "true"]),
    ("TimeToLive \"x\"", &["TimeToLive", "x"]),
    ("Linger \"soon\"", &["Linger", "soon"]),
    ("Server true", &["Server", "true"]),
    ("ReportStats \"perhaps\"", &["ReportStats", "perhaps"]),
    // Values out of range.
    ("Server \"127.0.0.1\" \"70000\"", &["Server", "70000", "65535"]),
    ("Server \"127.0.0.1\" 70000", &["Server", "70000", "quotes"]),
    ("Server \"127.0.0.1\" \"0\"", &["Server", "\"0\"", "65535"]),
    ("Server \"127.0.0.1\" \"-1\"", &["Server", "-1"]),
    ("Server \"127.0.0.1\" \"\"", &["Server", "\"\""]),
    ("Server \"127.0.0.1\" \"no-such-service\"", &["Server", "no-such-service"]),
    ("MaxPacketSize 5", &["MaxPacketSize", "5", "1024"]),
    ("MaxPacketSize 1023", &["MaxPacketSize", "1023", "1024"]),
    ("MaxPacketSize 65536", &["MaxPacketSize", "65536", "65535"]),
    ("MaxPacketSize -1", &["MaxPacketSize", "-1"]),
    ("MaxPacketSize 1024.5", &["MaxPacketSize", "1024.5"]),
    ("TimeToLive 0", &["TimeToLive", "0", "255"]),
    ("TimeToLive 256", &["TimeToLive", "256", "255"]),
    ("Linger -1", &["Linger", "-1"]),
    ("Linger 3601", &["Linger", "3601", "3600"]),
    // Too little, too much.
    ("Server \"\"", &["Server", "\"\""]),
    ("Server \" \"", &["Server", "\" \""]),
    // (Without a child, the daemon's parser leaves it out; a line without values it refuses itself.)
    ("<Server>\nSecurityLevel \"None\"\n</Server>", &["Server"]),
    ("Server \"127.0.0.1\" \"1\" \"x\"", &["Server", "3"]),
    ("<TimeToLive 1>\nX 1\n</TimeToLive>", &["TimeToLive"]),
    // Nothing fails open.
    ("<Listen \"*\" \"25826\">\nSecurityLevel Sign\n</Listen>", &["Listen", "SecurityLevel", "Sign", "AuthFile"]),
    ("<Listen \"*\">\nAuthFile \"/nonexistent\"\n</Listen>", &["Listen", "AuthFile", "/nonexistent"]),
    ("<Listen \"*\">\nInterface \"nosuchif0\"\n</Listen>", &["Listen", "Interface", "nosuchif0"]),
    ("<Listen \"*\">\nReplayWindow 10\n</Listen>", &["Listen", "ReplayWindow", "SecurityLevel"]),
    ("<Listen \"*\">\nAllowFrom \"everywhere\"\n</Listen>", &["Listen", "AllowFrom", "everywhere"]),
    ("<Listen \"*\">\nUserHosts \"u\" \"/(/\"\n</Listen>", &["Listen", "UserHosts", "/(/"]),
    ("SecurityLevel \"Encrypt\"", &["SecurityLevel"]),
    ("AuthFile \"/etc/passwd\"", &["AuthFile"]),
    ("<Server \"h\">\nSecurityLevel \"Encrypt\"\n</Server>", &["Server", "SecurityLevel", "Encrypt", "Username"]),
    ("<Server \"h\">\nSecurityLevel Sign\nUsername \"u\"\n</Server>", &["Server", "SecurityLevel", "Sign", "Password"]),
    ("<Server \"h\">\nSecurityLevel \"Encrpyt\"\n</Server>", &["Server", "SecurityLevel", "Encrpyt", "Encrypt"]),
    ("<Server \"h\">\nAuthFile \"/etc/passwd\"\n</Server>", &["Server", "AuthFile"]),
    ("<Server \"h\">\nPasswordFile \"/nonexistent\"\n</Server>", &["Server", "PasswordFile", "/nonexistent"]),
    ("<Server \"h\">\nInterface \"nosuchif0\"\n</Server>", &["Server", "Interface", "nosuchif0"]),
    ("<Server \"h\">\nBindAddress \"localhost\"\n</Server>", &["Server", "BindAddress", "localhost"]),
    ("<Server \"::1\">\nBindAddress \"127.0.0.1\"\n</Server>", &["Server", "BindAddress", "127.0.0.1", "::1"]),
    ("<Server \"h\">\nResolveInterval -1\n</Server>", &["Server", "ResolveInterval", "-1"]),
    ("Forward \"perhaps\"", &["Forward", "perhaps"]),
    ("QueueLimit 5", &["QueueLimit", "5", "65536"]),
    ("ReceiveThreads 0", &["ReceiveThreads", "0", "64"]),
    ("ReceiveBuffer 1", &["ReceiveBuffer", "1", "65536"]),
    ("DuplicateWindow -5", &["DuplicateWindow", "-5"]),
];

/// The line of the log, on which everything is.
#[track_caller]
fn refusal(said: &str, block: &str) -> String {
    let line = said.lines().find(|line| line.contains("rust_network plugin: config"));
    line.unwrap_or_else(|| panic!("{block}: no such line in\n{said}")).to_owned()
}

#[test]
fn mistakes_stop_the_start_and_are_named() {
    // The daemons spend their time waiting.
    let parts = MISTAKES.chunks(MISTAKES.len().div_ceil(4));
    thread::scope(|scope| {
        for part in parts {
            scope.spawn(move || part.iter().for_each(|(block, wanted)| check_mistake(block, wanted)));
        }
    });
}

fn check_mistake(block: &str, wanted: &[&str]) {
    println!("{block}");
    let line = refusal(&sender(block).check_start_fails(), block);
    assert!(line.starts_with("[error] "), "{block}: {line}");
    for wanted in wanted {
        assert!(line.contains(wanted), "{block}: no {wanted} in {line}");
    }
}

#[test]
fn mistakes_in_a_block_of_the_c_plugin_are_named_too() {
    let conf = "<Plugin network>\nServer \"127.0.0.1\"\nMaxPacketSize 5\n</Plugin>";
    let line = refusal(&unconfigured_sender().conf(conf).check_start_fails(), conf);
    assert!(line.contains("MaxPacketSize: 5 "), "{line}");
}

#[test]
fn a_password_does_not_get_into_the_log() {
    for (option, wanted) in [
        ("Password \"hunter2\"", "needs a Username"),
        ("Password \"hunter2\"\nPassword \"hunter2\"", "Password"),
        ("Password \"hunter2\" \"hunter2\"", "Password"),
        ("Password 5\nPassword \"hunter2\"", "Password"),
        ("Passwort \"hunter2\"", "\"Passwort\""),
        ("<Password \"hunter2\">\nX 1\n</Password>", "Password"),
    ] {
        let block = format!("<Server \"h\">\nSecurityLevel Sign\n{option}\n</Server>");
        let said = sender(&block).check_start_fails();
        assert!(!said.contains("hunter2"), "{said}");
        let line = refusal(&said, &block);
        assert!(line.contains(wanted), "{line}");
    }
}

/// Keys are as in the rest of the configuration: in any case, and some may come more than once.
#[test]
fn everything_that_is_right_is_taken() {
    let sink = UdpSink::bind();
    let block = format!(
        "{}\
         server \"::1\" \"syslog\"\n\
         <SERVER \"127.0.0.1\" \"{}\">\n  securitylevel \"none\"\n</SERVER>\n\
         TimeToLive 1\nTimeToLive 255\n\
         MaxPacketSize 1024\nmaxpacketsize 1452\n\
         Linger 0.5\nForward false\nReportStats \"false\"\n",
        server(sink.port()),
        sink.port()
    );
    let mut daemon = sender(&block).load("uptime").start();
    let _packets = sink.wait(2, common::PATIENCE);
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(!daemon.log().contains("[error]"), "{}", daemon.log());
}

/// It is in its `BaseDir` when it begins to receive.
#[test]
fn files_are_found_from_where_the_daemon_was_started() {
    let port = collectd_test_daemon::free_udp_port();
    let block = format!("<Listen \"127.0.0.1\" \"{port}\">\nSecurityLevel Sign\nAuthFile \"Cargo.toml\"\n</Listen>");
    let mut daemon = sender(&block).start();
    assert!(daemon.stop().success(), "{}", daemon.log());
    assert!(!daemon.log().contains("[error]"), "{}", daemon.log());
}

#[test]
fn without_a_server_the_daemon_starts_and_is_told() {
    let mut daemon = sender("").load("uptime").start();
    daemon.wait_log(
        "[warning] rust_network plugin: there is neither a Server nor a Listen in the configuration",
        common::PATIENCE,
    );
    assert!(daemon.stop().success());
    let mut daemon = unconfigured_sender().start();
    daemon.wait_log("there is neither a Server nor a Listen in the configuration", common::PATIENCE);
    assert!(daemon.stop().success());
}

/// As somebody does who tries a configuration.
#[test]
fn a_test_run_of_the_daemon_ends_well() {
    let sink = UdpSink::bind();
    let outcome = sender(&server(sink.port())).load("uptime").run_once();
    assert!(outcome.status.success(), "{}", outcome.output);
    assert!(!outcome.output.contains("[error]"), "{}", outcome.output);
}
