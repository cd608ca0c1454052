//! The plugin as a file, and the configuration that it comes with.

use std::fs;
use std::path::Path;
use std::process::Command;

use async_nats::{ConnectOptions, jetstream};
use collectd_test_daemon::{Daemon, cargo_build, run_once, stock_plugin_dir, wait_until};

use crate::common::plugin;
use crate::servers::{self, Servers, runtime};

#[test]
fn the_configuration_to_start_from_works() {
    let servers = Servers::started(1);
    let runtime = runtime();
    let client = servers.client(&runtime, ConnectOptions::new);
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let conf = fs::read_to_string(here.join("nats_writer.conf")).expect("it is there");
    let address = "nats://127.0.0.1:4222";
    assert!(conf.contains(address));
    let stock = |name: &str| stock_plugin_dir().join(format!("{name}.so"));
    let (load, cpu) = (stock("load"), stock("cpu"));
    let dir = cargo_build::plugin_dir(&[(&plugin(), "nats_writer"), (&load, "load"), (&cpu, "cpu")]);
    let conf = conf.replace(address, &format!("nats://127.0.0.1:{}", servers.port(0)));
    let conf = format!("PluginDir {:?}\nBaseDir \"@DIR@/base\"\n{conf}", dir.path());
    let outcome = run_once(&conf);
    assert!(outcome.status.success(), "{}", outcome.output);

    let mut daemon = Daemon::start_with(&conf);
    let load = wait_until("the load", servers::PATIENCE, || {
        // Made by the first of the two daemons, if it had the time.
        runtime.block_on(async { jetstream::new(client.clone()).get_stream("COLLECTD").await.ok() })?;
        let stored = runtime.block_on(servers::stored(&client));
        stored.into_iter().find(|(subject, _)| subject.ends_with(".load.load"))
    });
    assert_eq!(load.1[0]["dsnames"], serde_json::json!(["shortterm", "midterm", "longterm"]));
    assert!(daemon.stop().success());
}

#[test]
fn nothing_is_exported_but_what_the_daemon_looks_for() {
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(plugin()).output().expect("nm of binutils");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let names: Vec<_> = text.lines().filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(names, ["module_register"]);
}
