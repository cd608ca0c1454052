//! What the pages for operators say: their configurations are taken by the real daemon, their commands work, and every
//! option is listed.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use collectd_test_daemon::{Daemon, cargo_build, free_udp_port};
use support::{first_block, page, read, root, text};

/// The page's ports, replaced by free ones.
fn with_free_ports(text: &str) -> String {
    let ports = (25826..25830).filter(|port| text.contains(&port.to_string()));
    ports.fold(text.to_owned(), |text, port| text.replace(&port.to_string(), &free_udp_port().to_string()))
}

#[test]
fn configurations_are_taken_without_complaint() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let password = dir.path().join("password");
    fs::write(&password, "secret\n").expect("a file");
    // As the page says; the log complains of other ones.
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).expect("its owner may");
    fs::write(dir.path().join("users"), "web1: secret\n").expect("a file");
    let so = cargo_build::cdylib("rust_network");
    let blocks: Vec<_> = page("docs/operating.md").blocks.into_iter().filter(|block| block.info == "apache").collect();
    assert!(blocks.len() >= 4);
    for block in blocks {
        let conf = block.text.strip_prefix("LoadPlugin rust_network\n").expect("a complete example");
        let conf = conf.replace("/etc/collectd", dir.path().to_str().expect("UTF-8"));
        let builder = Daemon::builder().load_so(&so, "rust_network").load("csv").conf(&with_free_ports(&conf));
        let outcome = builder.run_once();
        assert!(outcome.status.success(), "line {}: {}", block.line, outcome.output);
        let bad = |line: &&str| ["[error]", "[warning]"].iter().any(|level| line.starts_with(level));
        let complaint = outcome.output.lines().filter(bad).find(|line| !line.contains("left after shutting down"));
        assert_eq!(complaint, None, "line {}: {}", block.line, outcome.output);
    }
}

/// The fields of a struct for serde, as keys of the configuration.
fn keys(code: &str, name: &str) -> BTreeSet<String> {
    let (_, rest) = code.split_once(&format!("pub struct {name} {{")).unwrap_or_else(|| panic!("no {name}"));
    let fields = rest.split_once("\n}").expect("an end").0.lines().filter_map(|line| line.trim().split_once(": "));
    let fields =
        fields.map(|(field, _)| field).filter(|field| field.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    let pascal = |field: &str| {
        let words = field.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
        words.collect::<String>()
    };
    fields.filter(|field| *field != "address").map(pascal).collect()
}

/// The options in the tables below a heading.
fn listed(heading: &str) -> BTreeSet<String> {
    let page = read(&root().join("docs/rust_network.md"));
    let (_, rest) = page.split_once(&format!("## {heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let section = rest.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split([' ', '`']).next()).map(str::to_owned).collect()
}

#[test]
fn every_option_is_listed_and_no_other() {
    for (file, name, heading) in [
        ("mod.rs", "Config", "In the plugin's block"),
        ("server.rs", "Server", "In a Server block"),
        ("listen.rs", "Listen", "In a Listen block"),
    ] {
        let keys = keys(&read(&root().join("crates/network/src/config").join(file)), name);
        assert!(keys.len() > 6, "{name}: {keys:?}");
        assert_eq!(listed(heading), keys, "{heading}");
    }
}

/// The options of the README's table are on the page, and what is a default in one is it in the other.
#[test]
fn the_readme_lists_nothing_else() {
    let readme = read(&root().join("README.md"));
    let page = read(&root().join("docs/rust_network.md"));
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|row| row.split_once("` | "));
    let options: Vec<_> = rows
        .filter(|(_, rest)| ["plugin", "`Server`", "`Listen`"].iter().any(|place| rest.starts_with(place)))
        .collect();
    assert!(options.len() >= 11, "{options:?}");
    for (option, _) in options {
        let name = option.split(' ').next().expect("a name");
        assert!(page.contains(&format!("| `{name} ")), "{name}");
    }
}

#[test]
fn the_command_of_collectd_live_prints_what_comes() {
    let programs = support::programs();
    let port = free_udp_port();
    let command = first_block("docs/collectd-live.md", "sh").replace("25827", &port.to_string());
    assert!(command.contains("--count 10"), "{command}");
    let command = command.replace("--timeout 3", "--timeout 30");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let child = Command::new("sh")
        .args(["-ec", &command])
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("sh runs");
    let mut writer = collectd_net::Writer::new(format!("127.0.0.1:{port}").as_str()).expect("a writer");
    let list = collectd_net::Values::new("gauge").host("h").plugin("p").gauge(1.5);
    // Until it has what it wants: it may not listen yet.
    let child = std::thread::spawn(move || child.wait_with_output());
    while !child.is_finished() {
        writer.send(&list).expect("it fits");
        // Until somebody listens, the system may say that nobody does.
        let _refused = writer.flush();
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.join().expect("no panic").expect("it ran");
    assert!(output.status.success());
    assert_eq!(
        text(&output.stdout).lines().filter(|line| line.ends_with(" h/p/gauge [(1, 1.5)]")).count(),
        10,
        "{}",
        text(&output.stdout)
    );
}
