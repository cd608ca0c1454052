//! A daemon in the background: what a plugin starts when it is made lives there.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use collectd_test_daemon::{Daemon, cargo_build, collectd, stock_plugin_dir, wait_until};
use tempfile::TempDir;

use crate::support::{block, read, so, with};

const PATIENCE: Duration = Duration::from_secs(60);

/// A collectd that has gone to the background. Not a child of ours: it is ended by its pid file.
struct Background {
    dir: TempDir,
    _plugins: TempDir,
}

impl Background {
    /// `block` is the configuration of the plugin, if it has any.
    fn start(plugin: &str, block: &str) -> Background {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let plugins = cargo_build::plugin_dir(&[(&so(plugin), plugin)]);
        let path = dir.path().display();
        let conf = format!(
            "BaseDir \"{path}\"\nPIDFile \"{path}/pid\"\nHostname \"testhost\"\nFQDNLookup false\nInterval 1\n\
             PluginDir \"{}\"\nLoadPlugin logfile\n\
             <Plugin logfile>\nFile \"{path}/log\"\nTimestamp false\nPrintSeverity true\n</Plugin>\n\
             PluginDir \"{}\"\nLoadPlugin {plugin}\n{block}\n",
            stock_plugin_dir().display(),
            plugins.path().display(),
        );
        fs::write(dir.path().join("collectd.conf"), conf).expect("a temporary directory is writable");
        let background = Background { dir, _plugins: plugins };
        let mut command = Command::new(collectd());
        command.arg("-C").arg(background.path("collectd.conf"));
        command.env_remove("LD_LIBRARY_PATH").env_remove("NOTIFY_SOCKET").env_remove("UPSTART_JOB");
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.expect("collectd runs").success(), "{}", background.log());
        background
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn log(&self) -> String {
        read(&self.path("log"))
    }

    /// The process that the pid file names, if it still is this daemon.
    fn pid(&self) -> Option<u32> {
        let pid = read(&self.path("pid")).trim().parse().ok()?;
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        String::from_utf8_lossy(&command).contains(self.dir.path().to_str()?).then_some(pid)
    }

    fn signal(&self, name: &str) {
        if let Some(pid) = self.pid() {
            let _ = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status();
        }
    }

    fn stop(&self) {
        self.signal("TERM");
        wait_until("the end of the daemon", PATIENCE, || self.pid().is_none().then_some(()));
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.signal("KILL");
    }
}

/// With a block the configuration is read before the fork; the plugin is made after it all the same.
#[test]
fn a_thread_started_when_the_plugin_is_made_lives_in_the_background() {
    for (block, word) in [(block("worker", "Word \"ticks\""), "ticks"), (String::new(), "beats")] {
        let daemon = Background::start("worker", &block);
        let pid = wait_until("the pid file", PATIENCE, || daemon.pid());
        let line = format!("worker plugin: {word}");
        wait_until("a heartbeat", PATIENCE, || (with(&daemon.log(), &line).len() > 5).then_some(()));
        let parent = read(&PathBuf::from(format!("/proc/{pid}/stat")));
        assert!(!parent.contains(&format!(" {} ", std::process::id())), "it went to the background: {parent}");
        daemon.stop();
        let log = daemon.log();
        let end = log.lines().position(|line| line.contains("worker plugin: joined")).expect("it was shut down");
        assert!(log.lines().skip(end).all(|line| !line.contains(word)), "{log}");
    }
}

#[test]
fn reading_once_ends_the_thread_as_well() {
    let outcome = Daemon::builder().load_so(so("worker"), "worker").run_once();
    assert!(outcome.status.success(), "{}", outcome.output);
    assert_eq!(with(&outcome.output, "worker plugin: joined").len(), 1, "{}", outcome.output);
}
