//! The configuration of the private daemon.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use collectd_locate::Collectd;

use crate::conf::Conf;
use crate::diagnosis::{Diagnosis, OPEN_QUOTE, other_name};
use crate::private::{Private, plugin_in, quote, unexpanded};
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
        let interval = self.interval.map(|interval| interval.as_secs_f64());
        let is_loaded = conf.loaded().any(|name| name.eq_ignore_ascii_case(&self.built.name));
        // That of the configuration comes too late for a plugin that is loaded before it.
        let configured = || conf.top("Interval").last()?.arg().parse().ok().filter(|_| !is_loaded);
        writeln!(text, "Interval {}", interval.or_else(configured).unwrap_or(1.0))?;
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
        // Before its block: the daemon passes over that of a plugin that it does not have yet.
        if !is_loaded {
            writeln!(text, "LoadPlugin {}", quote(&self.built.name))?;
        }
        if let Some(config) = self.config {
            writeln!(text, "Include {}", quote(unexpanded(config)))?;
        }
        // Whatever was said before: the last one counts.
        write!(text, "{log}BaseDir {}\nPIDFile {}\n", quote(private.path("base")), quote(private.path("pid")))?;
        Ok(text)
    }

    /// Says where in the configuration the mistakes are of which the daemon has spoken.
    pub(crate) fn explain(&self, log: &[String], private: &Private, shell: &Shell) {
        let Some(config) = self.config else { return };
        let conf = Conf::read(config);
        let log = private.as_of_the_system(log, self.collectd);
        Diagnosis::of(&log, &conf, self.collectd).tell(shell);
        if let Some(hint) = other_name(&log, &conf, &self.built.name) {
            shell.note(hint);
        }
    }
}

/// What `--with` names has to be there: to be told so after the build is late.
pub(crate) fn check_with(collectd: &Collectd, with: &[String]) -> anyhow::Result<()> {
    match with.iter().find(|name| plugin_in(&collectd.plugin_dir, name).is_none()) {
        Some(name) => anyhow::bail!("--with {name}: there is no {name}.so in {}", collectd.plugin_dir.display()),
        None => Ok(()),
    }
}

/// The daemon passes over what follows such a quote, and says of it no more than the quote, at its end.
pub(crate) fn warn_of_quotes(conf: &Conf, shell: &Shell) {
    if let Some((file, line)) = &conf.open_quote {
        shell.warn(format_args!("{}:{line}: {OPEN_QUOTE}", file.display()));
    }
}
