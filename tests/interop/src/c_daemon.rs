use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use collectd_net::{Notification, Severity};
use collectd_test_daemon::{Builder, Daemon, free_udp_port, stock_types_db, wait_until};
use collectd_types::{Interval, Value};
use tempfile::TempDir;

use crate::PATIENCE;
use crate::list::List;
use crate::peers::sources;
use crate::sample;

/// The real daemon with its own `network` plugin, and a module for the python plugin that writes down what arrives.
#[derive(Debug)]
pub struct CDaemon {
    daemon: Daemon,
    nudge: Option<UdpSocket>,
    _types: TempDir,
}

/// A notification as the daemon gives it to its plugins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Host, plugin, plugin instance, type, type instance.
    pub names: [String; 5],
    /// In 2⁻³⁰ s.
    pub time: u64,
    /// The code of the severity.
    pub severity: i32,
    /// The text.
    pub message: String,
}

impl CDaemon {
    /// Starts one with these lines in the block of the `network` plugin.
    #[must_use]
    pub fn start(network: &str) -> CDaemon {
        CDaemon::start_with(network, |builder| builder)
    }

    /// The same with more in the configuration.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn start_with(network: &str, more: impl FnOnce(Builder) -> Builder) -> CDaemon {
        let nudge = network.contains("Listen").then(|| {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of this machine");
            socket.connect((Ipv4Addr::LOCALHOST, free_udp_port())).expect("a port of this machine");
            socket
        });
        let port = nudge.as_ref().and_then(|socket| Some(socket.peer_addr().ok()?.port()));
        let listen = port.map(|port| format!("Listen \"127.0.0.1\" \"{port}\"\n")).unwrap_or_default();
        let types = tempfile::tempdir().expect("a temporary directory");
        let file = types.path().join("types.db");
        fs::write(&file, sample::types_db()).expect("a temporary directory is writable");
        let conf = format!(
            "TypesDB \"{}\" \"{}\"\n<Plugin network>\n{network}\n{listen}</Plugin>\n<Plugin python>\nModulePath \"{}\"\n\
             Import record\n<Module record>\nFile \"@DIR@/record\"\n</Module>\n</Plugin>\n",
            stock_types_db().display(),
            file.display(),
            sources().display(),
        );
        // One thread keeps the order. The sources are no place for compiled modules.
        let builder = Daemon::builder().env("PYTHONDONTWRITEBYTECODE", "1").write_threads(1);
        let daemon = more(builder.load("network").load("python").load("unixsock").conf(&conf)).start();
        CDaemon { daemon, nudge, _types: types }
    }

    /// Dispatches a value list through the unixsock plugin.
    ///
    /// # Panics
    ///
    /// When the daemon refuses it.
    pub fn dispatch(&self, list: &List) {
        let mut values = format!("{:?}", list.seconds());
        for value in list.values() {
            values += ":";
            values += &match value {
                Value::Gauge(gauge) if gauge.is_nan() => "U".into(),
                // The shortest text that gives the same bits.
                Value::Gauge(gauge) => format!("{gauge:?}"),
                other => other.to_string(),
            };
        }
        let interval = Interval::from_raw(list.interval).as_secs_f64();
        self.daemon.putval(&list.identifier(), &format!("interval={interval:?}"), &values);
    }

    /// Dispatches a notification through the unixsock plugin, which wants one line without line breaks.
    ///
    /// # Panics
    ///
    /// When the daemon refuses it.
    pub fn notify(&self, notification: &Notification) {
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let severity = match notification.severity {
            Severity::Failure => "failure",
            Severity::Warning => "warning",
            Severity::Okay => "okay",
        };
        let mut line = format!("PUTNOTIF severity={severity} time={:?}", notification.time.as_secs_f64());
        let keys = ["host", "plugin", "plugin_instance", "type", "type_instance"];
        for (key, name) in keys.into_iter().zip(notification.view().identifier.names()) {
            if !name.is_empty() {
                line += &format!(" {key}={}", quoted(&name.to_string_lossy()));
            }
        }
        line += &format!(" message={}", quoted(&String::from_utf8_lossy(&notification.message)));
        self.daemon.command(&line).unwrap_or_else(|answer| panic!("{line}: {answer}"));
    }

    /// Has the `network` plugin send what it holds back, as often as it takes until `done`.
    ///
    /// # Panics
    ///
    /// When that never is.
    pub fn flush_until<T>(&self, what: &str, mut done: impl FnMut() -> Option<T>) -> T {
        wait_until(what, PATIENCE, || {
            // Values may still be on their way to the plugin.
            self.daemon.command("FLUSH plugin=network").expect("the daemon flushes");
            done()
        })
    }

    /// The value lists that the daemon got so far, and who signed or encrypted them.
    #[must_use]
    pub fn recorded(&self) -> Vec<(List, String)> {
        self.lines().iter().filter_map(|line| List::from_line(line)).collect()
    }

    /// Waits until it got so many.
    ///
    /// # Panics
    ///
    /// When they do not come.
    #[must_use]
    pub fn wait_recorded(&self, count: usize) -> Vec<(List, String)> {
        self.wait(&format!("{count} value lists"), || Some(self.recorded()).filter(|lists| lists.len() >= count))
    }

    /// Waits until it got so many notifications.
    ///
    /// # Panics
    ///
    /// When they do not come.
    #[must_use]
    pub fn wait_notes(&self, count: usize) -> Vec<Note> {
        self.wait(&format!("{count} notifications"), || {
            let notes: Vec<_> = self.lines().iter().filter_map(|line| Note::from_line(line)).collect();
            Some(notes).filter(|notes| notes.len() >= count)
        })
    }

    /// Waits for a line of its log, and returns it.
    ///
    /// # Panics
    ///
    /// When it does not come.
    #[must_use]
    pub fn wait_line(&self, needle: &str) -> String {
        self.wait(&format!("{needle:?}"), || {
            let log = self.daemon.log();
            log.lines().find(|line| line.contains(needle)).map(str::to_owned)
        })
    }

    /// The plugin keeps what it received to itself while its other thread is busy, until something else comes,
    /// which an empty packet is.
    fn wait<T>(&self, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
        let mut last = Instant::now();
        wait_until(&format!("{what} in the daemon"), PATIENCE, || {
            if let Some(socket) = self.nudge.as_ref().filter(|_| last.elapsed() > Duration::from_millis(200)) {
                socket.send(&[]).expect("the plugin listens");
                last = Instant::now();
            }
            ready()
        })
    }

    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.record()).unwrap_or_default();
        // The last line may be half written.
        let complete = text.rfind('\n').map_or("", |end| &text[..end]);
        complete.lines().map(str::to_owned).collect()
    }

    fn record(&self) -> PathBuf {
        self.daemon.dir().join("record")
    }
}

impl Note {
    /// What a daemon should make of it.
    #[must_use]
    pub fn of(notification: &Notification) -> Note {
        let view = notification.view();
        Note {
            names: view.identifier.names().map(|name| name.to_string_lossy().into_owned()),
            time: view.time.to_raw(),
            severity: view.severity.code(),
            message: String::from_utf8_lossy(view.message).into_owned(),
        }
    }

    fn from_line(line: &str) -> Option<Note> {
        let fields: Vec<_> = line.strip_prefix("n\t")?.split('\t').collect();
        let [time, severity, names @ .., message] = fields.as_slice() else { panic!("no notification: {line:?}") };
        Some(Note {
            names: names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>().try_into().expect("five names"),
            time: time.parse().expect("a number"),
            severity: severity.parse().expect("a number"),
            message: (*message).to_owned(),
        })
    }
}

impl Deref for CDaemon {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}

impl DerefMut for CDaemon {
    fn deref_mut(&mut self) -> &mut Daemon {
        &mut self.daemon
    }
}
