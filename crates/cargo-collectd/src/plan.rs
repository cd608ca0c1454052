//! The configuration of the private daemon.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use collectd_locate::Collectd;

use crate::conf::Conf;
use crate::diagnosis::Diagnosis;
use crate::private::{Private, quote};
use crate::project::{Built, Project};
use crate::shell::Shell;

/// What is to run.
pub(crate) struct Plan<'a> {
    pub(crate) collectd: &'a Collectd,
    pub(crate) project: &'a Project,
    pub(crate) built: &'a Built,
    /// What it includes.
    pub(crate) config: Option<&'a Path>,
    pub(crate) interval: Option<Duration>,
    /// More plugins of collectd's.
    pub(crate) with: &'a [String],
}

/// How long the network plugin may hold values back, in seconds.
const FLUSH: &str = "0.2";

impl Plan<'_> {
    /// Makes the daemon's directory, with its plugins and its configuration, `collectd.conf`.
    /// Its network plugin sends to that port.
    pub(crate) fn prepare(&self, port: Option<u16>, shell: &Shell) -> anyhow::Result<Private> {
        let private = Private::new()?;
        let conf = self.config.map(Conf::read).unwrap_or_default();
        if let Some(entry) = conf.top("PluginDir").next() {
            let (file, line) = (entry.file.display(), entry.line);
            anyhow::bail!("{file}:{line}: PluginDir: the plugin would not be found, take the line out");
        }
        if self.interval.is_some() {
            for entry in conf.top("Interval") {
                shell.warn(format_args!(
                    "{}:{}: plugins loaded behind this Interval have it",
                    entry.file.display(),
                    entry.line
                ));
            }
        }
        private.add_plugin(&self.built.so, &self.built.name)?;
        let blocks = conf.top("Plugin").map(crate::conf::Entry::arg);
        let named = conf.loaded().chain(blocks).chain(self.with.iter().map(String::as_str));
        for name in named.chain(["logfile", "network"]) {
            private.add_plugin_of(&self.collectd.plugin_dir, name)?;
        }
        private.write("collectd.conf", &self.text(&private, &conf, port)?)?;
        Ok(private)
    }

    fn text(&self, private: &Private, conf: &Conf, port: Option<u16>) -> anyhow::Result<String> {
        let mut text = format!("PluginDir {}\nFQDNLookup false\n", quote(private.path("plugins")));
        let interval = self.interval.map_or(1.0, |interval| interval.as_secs_f64());
        writeln!(text, "Interval {interval}")?;
        writeln!(text, "TypesDB {}", quote(self.collectd.types_db()?))?;
        if let Some(types) = self.project.file("types.db") {
            writeln!(text, "TypesDB {}", quote(types))?;
        }
        // First, so that it hears what the others say while they are loaded.
        let log =
            "<Plugin logfile>\nFile \"stderr\"\nLogLevel \"info\"\nTimestamp true\nPrintSeverity true\n</Plugin>\n";
        write!(text, "LoadPlugin logfile\n{log}")?;
        if let Some(port) = port {
            write!(text, "<LoadPlugin network>\nFlushInterval {FLUSH}\n</LoadPlugin>\n")?;
            write!(text, "<Plugin network>\nServer \"127.0.0.1\" \"{port}\"\nMaxPacketSize 65507\n</Plugin>\n")?;
        }
        for name in self.with {
            writeln!(text, "LoadPlugin {}", quote(name))?;
        }
        if let Some(config) = self.config {
            writeln!(text, "Include {}", quote(config))?;
        }
        if !conf.loaded().any(|name| name.eq_ignore_ascii_case(&self.built.name)) {
            writeln!(text, "LoadPlugin {}", quote(&self.built.name))?;
        }
        // Whatever was said before: the last one counts.
        write!(text, "{log}BaseDir {}\nPIDFile {}\n", quote(private.path("base")), quote(private.path("pid")))?;
        Ok(text)
    }

    /// Says where in the configuration the mistakes are of which the daemon has spoken.
    pub(crate) fn explain(&self, log: &[String], shell: &Shell) {
        if let Some(config) = self.config {
            Diagnosis::of(log, &Conf::read(config), self.collectd).tell(shell);
        }
    }
}
