//! `nats-server` processes on ports of this machine, ended with the test.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::jetstream::{self, stream};
use async_nats::{Client, ConnectOptions};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One server, or several of a cluster. A stopped one keeps its directory and its ports.
pub(crate) struct Servers {
    dir: TempDir,
    nodes: Vec<Node>,
}

struct Node {
    name: String,
    port: u16,
    address: String,
    process: Option<Child>,
}

impl Servers {
    /// Not started yet; with these lines in the configuration.
    pub(crate) fn new(count: usize, more: &str) -> Servers {
        Servers::at("127.0.0.1", count, more)
    }

    /// The same, with another address for clients.
    pub(crate) fn at(host: &str, count: usize, more: &str) -> Servers {
        let dir = tempfile::Builder::new().prefix("nats-test.").tempdir().expect("a temporary directory");
        let ports: Vec<_> = (0..2 * count).map(|_| collectd_test_daemon::free_tcp_port()).collect();
        let (clients, routes) = ports.split_at(count);
        let nodes = clients.iter().enumerate().map(|(index, &port)| {
            let name = format!("n{index}");
            let mut conf = format!("server_name: {name}\nlisten: \"{host}:{port}\"\n{more}\n");
            let _ =
                writeln!(conf, "jetstream {{ store_dir: {:?}, max_mem: 64M, max_file: 256M }}", dir.path().join(&name));
            if count > 1 {
                let urls: Vec<_> = routes.iter().map(|port| format!("\"nats-route://127.0.0.1:{port}\"")).collect();
                let (route, urls) = (routes[index], urls.join(", "));
                let _ = writeln!(conf, "cluster {{ name: c, listen: \"127.0.0.1:{route}\", routes: [{urls}] }}");
            }
            fs::write(dir.path().join(format!("{name}.conf")), conf).expect("a file");
            Node { name, port, address: format!("{host}:{port}"), process: None }
        });
        let nodes = nodes.collect();
        Servers { dir, nodes }
    }

    pub(crate) fn started(count: usize) -> Servers {
        let mut servers = Servers::new(count, "");
        (0..count).for_each(|index| servers.start(index));
        servers
    }

    pub(crate) fn start(&mut self, index: usize) {
        let dir = self.dir.path();
        let node = &mut self.nodes[index];
        let log = |name: &str| {
            File::options().append(true).create(true).open(dir.join(format!("{name}.log"))).expect("a file")
        };
        let process = Command::new(program())
            .arg("-c")
            .arg(dir.join(format!("{}.conf", node.name)))
            .stdin(Stdio::null())
            .stdout(log(&node.name))
            .stderr(log(&node.name))
            .spawn();
        node.process = Some(process.expect("nats-server, of Debian's nats-server"));
    }

    /// As a machine goes that loses its power.
    pub(crate) fn kill(&mut self, index: usize) {
        let mut process = self.nodes[index].process.take().expect("it runs");
        process.kill().expect("it is there");
        process.wait().expect("it ends");
    }

    /// It keeps its connections, and does nothing any more.
    pub(crate) fn freeze(&self, index: usize) {
        let id = self.nodes[index].process.as_ref().expect("it runs").id();
        let status = Command::new("sh").args(["-c", &format!("kill -STOP {id}")]).status();
        assert!(status.expect("sh runs").success());
    }

    pub(crate) fn port(&self, index: usize) -> u16 {
        self.nodes[index].port
    }

    pub(crate) fn index(&self, name: &str) -> usize {
        self.nodes.iter().position(|node| node.name == name).expect("a node of this name")
    }

    /// `Server` lines.
    pub(crate) fn lines(&self) -> String {
        let line = |node: &Node| format!("Server \"nats://{}\"\n", node.address);
        self.nodes.iter().map(line).collect()
    }

    /// A client, when one of them answers.
    pub(crate) fn client(&self, runtime: &Runtime, options: impl Fn() -> ConnectOptions) -> Client {
        let addresses: Vec<_> = self.nodes.iter().map(|node| &node.address).collect();
        collectd_test_daemon::wait_until("a server", PATIENCE, || {
            let attempt = options().connection_timeout(Duration::from_secs(1)).connect(&addresses);
            runtime.block_on(attempt).ok()
        })
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            if let Some(mut process) = node.process.take() {
                let _ = process.kill();
                let _ = process.wait();
            }
            if std::thread::panicking() {
                let log = fs::read_to_string(self.dir.path().join(format!("{}.log", node.name))).unwrap_or_default();
                let last: Vec<_> = log.lines().rev().take(15).collect();
                eprintln!("---- {}:\n{}", node.name, last.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
        }
    }
}

/// Debian has it where only root looks.
fn program() -> &'static str {
    ["/usr/sbin/nats-server", "/usr/bin/nats-server"]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .unwrap_or("nats-server")
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Subject and content of a message.
pub(crate) type Stored = (String, Value);

/// Everything in the stream `COLLECTD`, in its order.
pub(crate) async fn stored(client: &Client) -> Vec<Stored> {
    let stream = stream(client).await;
    let mut messages = Vec::new();
    for number in 1..=stream.cached_info().state.last_sequence {
        let message = stream.get_raw_message(number).await.expect("a message");
        messages.push((message.subject.to_string(), serde_json::from_slice(&message.payload).expect("JSON")));
    }
    messages
}

pub(crate) async fn stream(client: &Client) -> stream::Stream {
    jetstream::new(client.clone()).get_stream("COLLECTD").await.expect("the stream")
}
