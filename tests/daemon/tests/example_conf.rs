//! `collectd.conf.example` runs as it is: only its paths, and the port of this test, are replaced.

use std::path::{Path, PathBuf};
use std::time::Duration;

use collectd_test_daemon::{Daemon, UdpSink, cargo_build, run_once, stock_plugin_dir, stock_types_db};
use tempfile::TempDir;

const EXAMPLE: &str = include_str!("../../../collectd.conf.example");

#[test]
fn the_daemon_tests_it_and_finds_nothing_to_complain_about() {
    let plugins = plugins();
    let outcome = run_once(&with_paths(plugins.path()));
    assert!(outcome.status.success(), "{}", outcome.output);
    for line in outcome.output.lines() {
        let complaint = line.starts_with("[error]") || line.starts_with("[warning]");
        // `-T` does not wait for its write threads.
        let expected = line.contains("left after shutting down the write threads");
        assert!(!complaint || expected, "{line}\nin\n{}", outcome.output);
    }
}

#[test]
fn what_it_measures_arrives() {
    let plugins = plugins();
    let sink = UdpSink::bind();
    let server = format!("\"127.0.0.1\" \"{}\"", sink.port());
    let conf = replace_line(&with_paths(plugins.path()), "    Server ", &server);
    let mut daemon = Daemon::start_with(&conf);
    let packets = sink.wait(1, Duration::from_secs(20));
    // A values part names its plugin in a string part, with a NUL at the end.
    let all = packets.concat();
    assert!(all.windows(5).any(|bytes| bytes == b"load\0"), "{packets:02x?}");
    assert!(daemon.stop().success(), "{}", daemon.output());
}

/// The plugins it loads, ours among them, as after `make install`.
fn plugins() -> TempDir {
    let loads = EXAMPLE.lines().filter_map(|line| line.strip_prefix("LoadPlugin "));
    let files: Vec<(PathBuf, &str)> = loads
        .map(|name| match name {
            "rust_network" => (cargo_build::cdylib(name), name),
            _ => (stock_plugin_dir().join(format!("{name}.so")), name),
        })
        .collect();
    assert!(files.iter().any(|(_, name)| *name == "rust_network"), "{files:?}");
    let files: Vec<_> = files.iter().map(|(file, name)| (file.as_path(), *name)).collect();
    cargo_build::plugin_dir(&files)
}

fn with_paths(plugins: &Path) -> String {
    let conf = replace_line(EXAMPLE, "BaseDir ", "\"@DIR@/base\"");
    let conf = replace_line(&conf, "PIDFile ", "\"@DIR@/pid\"");
    let conf = replace_line(&conf, "PluginDir ", &format!("\"{}\"", plugins.display()));
    replace_line(&conf, "TypesDB ", &format!("\"{}\"", stock_types_db().display()))
}

/// Replaces what follows `key` in the one line that starts with it.
fn replace_line(conf: &str, key: &str, value: &str) -> String {
    let count = conf.lines().filter(|line| line.starts_with(key)).count();
    assert_eq!(count, 1, "lines that start with {key:?}");
    let replace = |line: &str| match line.strip_prefix(key) {
        Some(_) => format!("{key}{value}\n"),
        None => format!("{line}\n"),
    };
    conf.lines().map(replace).collect()
}
