//! The plugin as a file, and the configuration that it comes with.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use collectd_test_daemon::{Daemon, cargo_build, run_once, stock_plugin_dir, wait_until};

use crate::common::{open, plugin};

#[test]
fn the_configuration_to_start_from_works() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let conf = fs::read_to_string(here.join("sqlite_writer.conf")).expect("it is there");
    let database = "/var/lib/collectd/values.sqlite";
    assert!(conf.contains(database));
    let stock = |name: &str| stock_plugin_dir().join(format!("{name}.so"));
    let (load, cpu) = (stock("load"), stock("cpu"));
    let dir = cargo_build::plugin_dir(&[(&plugin(), "sqlite_writer"), (&load, "load"), (&cpu, "cpu")]);
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("deep").join("values.sqlite");
    let conf = conf.replace(database, &file.display().to_string());
    let conf = format!("PluginDir {:?}\nBaseDir \"@DIR@/base\"\n{conf}", dir.path());
    let outcome = run_once(&conf);
    assert!(outcome.status.success(), "{}", outcome.output);

    let mut daemon = Daemon::start_with(&conf);
    let query = "SELECT count(DISTINCT source) FROM metric WHERE plugin = 'load'";
    wait_until("the load", Duration::from_secs(60), || {
        daemon.flush_all();
        let count: i64 = open(&file).query_row(query, [], |row| row.get(0)).expect("a number");
        (count == 3).then_some(())
    });
    // The query of README.md, for any host.
    let readme = fs::read_to_string(here.join("README.md")).expect("it is there");
    let query = readme.split("```sql\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a query");
    assert!(query.contains("host = 'www' AND "), "{query}");
    let found = open(&file).query_row(&query.replace("host = 'www' AND ", ""), [], |row| row.get(1));
    assert!(found.is_ok_and(|load: f64| load >= 0.0));
    assert!(daemon.stop().success());
}

/// SQLite is in the file, and nobody else sees it: another plugin may have another one.
#[test]
fn nothing_is_exported_but_what_the_daemon_looks_for() {
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(plugin()).output().expect("nm of binutils");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let names: Vec<_> = text.lines().filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(names, ["module_register"]);
}
