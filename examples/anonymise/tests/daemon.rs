//! The target in the real daemon.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, cargo_build, free_udp_port, wait_until};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

fn so() -> PathBuf {
    cargo_build::cdylib("collectd-example-anonymise")
}

fn secret(text: &str) -> (TempDir, String) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("secret");
    fs::write(&file, text).expect("it is writable");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is ours");
    (dir, file.display().to_string())
}

/// A daemon whose PreCacheChain has these lines.
fn chained(builder: Builder, lines: &str) -> Builder {
    builder
        .load_so(so(), "anonymise")
        .conf(&format!("<Chain \"PreCache\">\n{lines}\n</Chain>\nPreCacheChain \"PreCache\""))
}

/// The names of hosts that the daemon's csv plugin has seen.
fn hosts(daemon: &Daemon) -> Vec<String> {
    let mut hosts: Vec<String> =
        daemon.csv_rows().into_keys().filter_map(|name| Some(name.split_once('/')?.0.to_owned())).collect();
    hosts.dedup();
    hosts
}

#[test]
fn files_and_the_cache_have_pseudonyms_only() {
    let (_dir, file) = secret("a secret of the test");
    let lines = format!(
        "<Target \"anonymise\">\nSecretFile \"{file}\"\nKeep \"gateway\"\nKeepPrefix \"web\"\nTypeInstance true\n</Target>"
    );
    let mut daemon = chained(Daemon::builder().load("csv").load("unixsock").write_threads(1), &lines).start();
    for host in ["web1.example.org", "db1", "gateway", "web1.example.org"] {
        daemon.putval(&format!("{host}/p/gauge-db1"), "interval=1", "N:1");
    }
    daemon.putval("last/p/gauge", "interval=1", "N:1");
    let rows = wait_until("five names", PATIENCE, || {
        let rows = daemon.csv_rows();
        (rows.len() == 4).then_some(rows)
    });
    let listed = daemon.command("LISTVAL").expect("LISTVAL works").join("\n");
    for name in ["web1.", "example", "last"] {
        assert!(!listed.contains(name) && !rows.keys().any(|row| row.contains(name)), "{listed}\n{rows:#?}");
    }
    // db1 is the same wherever it stands.
    let pseudonym = rows.keys().find_map(|row| row.strip_prefix("gateway/p/gauge-")).expect("it is kept").to_owned();
    assert_eq!(pseudonym.len(), 16);
    assert!(rows.contains_key(&format!("{pseudonym}/p/gauge-{pseudonym}")), "{rows:#?}");
    let web: Vec<_> = rows.iter().filter(|(row, _)| row.starts_with("web")).collect();
    assert!(matches!(web[..], [(_, rows)] if rows.len() == 2), "{rows:#?}");
    assert!(daemon.stop().success(), "{}", daemon.log());
}

#[test]
fn the_start_stops_without_the_secret() {
    let (dir, file) = secret("too short");
    let lines = |file: &str| format!("<Target \"anonymise\">\nSecretFile \"{file}\"\n</Target>");
    let output = chained(Daemon::builder().load("csv"), &lines(&file)).check_start_fails();
    assert!(output.contains("has 9 bytes, expected from 16 to 4096"), "{output}");
    let missing = dir.path().join("missing").display().to_string();
    let output = chained(Daemon::builder().load("csv"), &lines(&missing)).check_start_fails();
    let complaint = format!("SecretFile {missing:?} cannot be read: No such file or directory");
    assert!(output.contains(&complaint), "{output}");
}

/// Signs what it sends, so that its user is known.
fn sender(name: &str, port: u16) -> Daemon {
    let server = format!(
        "<Plugin network>\n<Server \"127.0.0.1\" \"{port}\">\nSecurityLevel \"Sign\"\nUsername \"{name}\"\n\
         Password \"of {name}\"\n</Server>\n</Plugin>"
    );
    let builder = Daemon::builder().hostname(&format!("{name}.example.org")).load("load");
    builder.load_with("network", "FlushInterval 1").conf(&server).start()
}

/// Marks the type instance of what has a match.
fn marked(name: &str, key: &str) -> String {
    format!(
        "<Rule>\n<Match \"regex\">\nMetaData \"{key}\" \".\"\n</Match>\n<Target \"replace\">\n\
         TypeInstance \"$\" \"{name}\"\n</Target>\n</Rule>\n"
    )
}

#[test]
fn values_of_two_daemons_arrive_without_their_names() {
    let (dir, file) = secret("a secret of the test");
    let users = dir.path().join("users");
    fs::write(&users, "alice: of alice\nbob: of bob\n").expect("it is writable");
    let marks = |place: &str| {
        ["username", "ip_address", "received"].map(|key| marked(&format!("{place} {key},"), &format!("network:{key}")))
    };
    let rule =
        format!("<Rule>\n<Target \"anonymise\">\nSecretFile \"{file}\"\nRemoveSender true\n</Target>\n</Rule>\n");
    let chain = marks("before").concat() + &rule + &marks("after").concat();
    let (mut receiver, port) = receiver(&users, &chain);
    let mut senders = ["alice", "bob"].map(|name| sender(name, port));
    // Neither knows what the other has, and both are there.
    let rows = wait_until("values of both", PATIENCE, || (hosts(&receiver).len() == 2).then(|| receiver.csv_rows()));
    for (name, _) in rows {
        let (host, rest) = name.split_once('/').expect("a name");
        assert!(host.len() == 16 && host.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        // The address and the user were there, and are gone.
        assert_eq!(rest, "load/load-before username,before ip_address,before received,after received,");
    }
    for sender in &mut senders {
        assert!(sender.stop().success(), "{}", sender.log());
    }
    assert!(receiver.stop().success(), "{}", receiver.log());
}

fn receiver(users: &Path, chain: &str) -> (Daemon, u16) {
    let port = free_udp_port();
    let listen = format!(
        "<Plugin network>\n<Listen \"127.0.0.1\" \"{port}\">\nSecurityLevel \"Sign\"\nAuthFile \"{}\"\n</Listen>\n\
         </Plugin>",
        users.display()
    );
    let builder =
        Daemon::builder().load("csv").load("match_regex").load("target_replace").load("network").conf(&listen);
    (chained(builder, chain).start(), port)
}

/// The configuration beside the code, but for its paths.
#[test]
fn the_example_is_one() {
    let (_dir, file) = secret("a secret of the test");
    let conf = include_str!("../anonymise.conf").replace("/etc/collectd/anonymise.secret", &file);
    let conf: String =
        conf.lines().filter(|line| !line.starts_with("LoadPlugin")).map(|line| format!("{line}\n")).collect();
    let builder = Daemon::builder().load("load").load("csv").load("match_regex").load_so(so(), "anonymise");
    let outcome = builder.conf(&conf).run_once();
    let bad = |line: &&str| ["[error]", "[warning]"].iter().any(|level| line.starts_with(level));
    let complaints: Vec<_> = outcome.output.lines().filter(bad).collect();
    assert!(outcome.status.success(), "{}", outcome.output);
    // `-T` does not wait for its write threads.
    assert!(complaints.iter().all(|line| line.contains("left after shutting down")), "{complaints:#?}");
}
