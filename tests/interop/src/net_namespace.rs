use std::fs::{self, File};
use std::io::Write;
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};

use collectd_test_daemon::wait_until;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::PATIENCE;
use crate::peers::stock;

/// Runs the body of the test with this name as root: at once, or, by a user without the rights of root, again in a
/// user namespace where that user has them.
///
/// # Panics
///
/// When the test fails, or may not be root.
pub fn as_root(test: &str, body: impl FnOnce()) {
    if rustix::process::geteuid().is_root() {
        return body();
    }
    let mut command = stock("unshare", "util-linux");
    let this = std::env::current_exe().expect("a test has a program");
    let output = command.arg("--map-root-user").arg(this).args(["--exact", test, "--nocapture"]).output();
    let output = output.expect("unshare runs");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let hint = "this test needs to be root (sudo make test), or to be allowed a user namespace";
    assert!(output.status.success() && text.contains("1 passed"), "{hint}:\n{text}");
}

/// A network of its own. It has no name and leaves nothing behind: the kernel removes it when the process that keeps
/// it ends, which is when this is dropped or when the test program ends, however that may be.
#[derive(Debug)]
pub struct Namespace {
    /// `cat`, which ends when its input does.
    keeper: Child,
}

impl Namespace {
    /// A network with nothing but a loopback interface.
    ///
    /// # Panics
    ///
    /// Without the rights to make one.
    #[must_use]
    pub fn new() -> Namespace {
        let mut command = stock("unshare", "util-linux");
        let command = command.args(["--net", "cat"]).stdin(Stdio::piped());
        let keeper = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let mut namespace = Namespace { keeper };
        let ours = fs::read_link("/proc/thread-self/ns/net").expect("a process has a network");
        wait_until("a network namespace", PATIENCE, || {
            let ended = namespace.keeper.try_wait().expect("a child can be waited for");
            assert!(ended.is_none(), "no network namespace can be made, not even by root");
            fs::read_link(namespace.file()).ok().filter(|theirs| *theirs != ours)
        });
        namespace.run(|| ip("link set lo up"));
        namespace
    }

    /// Does something in a thread that lives in this network. Sockets made there and processes started there stay in
    /// it.
    ///
    /// # Panics
    ///
    /// When the work does, or the network cannot be entered.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let file = File::open(self.file()).expect("the keeper lives");
        std::thread::scope(|scope| {
            let thread = scope.spawn(move || {
                move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).expect("root may enter it");
                work()
            });
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// What `ip link … netns` takes for this network.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.keeper.id()
    }

    fn file(&self) -> String {
        format!("/proc/{}/ns/net", self.keeper.id())
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Namespace::new()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

/// Two networks with a cable between them: interface `cable`, addresses of both families, and groups routed to it.
#[derive(Debug)]
pub struct Pair {
    /// One end.
    pub near: Namespace,
    /// The other.
    pub far: Namespace,
}

impl Pair {
    /// Connects two new networks.
    ///
    /// # Panics
    ///
    /// Without the rights to do so.
    #[must_use]
    pub fn new() -> Pair {
        let (near, far) = (Namespace::new(), Namespace::new());
        let far_id = far.keeper.id();
        near.run(|| ip(&format!("link add cable type veth peer name cable netns {far_id}")));
        for (number, namespace) in [(1, &near), (2, &far)] {
            // Addresses that need not be found to be unique can be used at once.
            let lines = format!(
                "link set cable addrgenmode none\n\
                 addr add 10.77.0.{number}/24 dev cable\n\
                 addr add fe80::{number}/64 dev cable nodad\n\
                 addr add fd77::{number}/64 dev cable nodad\n\
                 link set cable up\n\
                 route add 224.0.0.0/4 dev cable\n"
            );
            namespace.run(|| ip(&lines));
        }
        for namespace in [&near, &far] {
            namespace.run(wait_route);
        }
        Pair { near, far }
    }
}

impl Default for Pair {
    fn default() -> Self {
        Pair::new()
    }
}

/// The kernel adds the route for groups of IPv6 when it has noticed that there is somebody at the other end.
fn wait_route() {
    wait_until("a route for groups", PATIENCE, || {
        let routes = fs::read_to_string("/proc/thread-self/net/ipv6_route").expect("IPv6 is there");
        let mut lines = routes.lines();
        lines.any(|line| line.starts_with("ff00000000000000") && line.ends_with(" cable")).then_some(())
    });
}

/// Commands of `ip`, one a line, for the network of this thread.
///
/// # Panics
///
/// When one fails.
pub fn ip(lines: &str) {
    let mut command: Command = stock("ip", "iproute2");
    let mut child = command.args(["-batch", "-"]).stdin(Stdio::piped()).spawn().expect("ip runs");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(lines.as_bytes()).expect("ip reads");
    drop(input);
    let status = child.wait().expect("a child can be waited for");
    assert!(status.success(), "ip: {status}, for\n{lines}");
}
