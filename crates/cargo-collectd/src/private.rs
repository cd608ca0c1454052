//! A directory of one collectd's own: its base directory, its plugins, its configuration.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use collectd_locate::{Collectd, program};
use tempfile::TempDir;

/// Gone with everything in it when dropped.
#[derive(Debug)]
pub(crate) struct Private {
    dir: TempDir,
}

impl Private {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("cargo-collectd.").tempdir().context("no temporary directory")?;
        for name in ["base", "plugins"] {
            fs::create_dir(dir.path().join(name)).context("cannot write to the temporary directory")?;
        }
        Ok(Private { dir })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Puts a plugin where the daemon will look: a copy, as it refuses links.
    pub(crate) fn add_plugin(&self, so: &Path, name: &str) -> anyhow::Result<()> {
        let to = self.path("plugins").join(format!("{name}.so"));
        fs::copy(so, &to).with_context(|| format!("cannot copy {} to {}", so.display(), to.display()))?;
        Ok(())
    }

    /// Does the same with one of a directory, if it has it: what it lacks the daemon will say itself.
    pub(crate) fn add_plugin_of(&self, dir: &Path, name: &str) -> anyhow::Result<()> {
        match plugin_in(dir, name) {
            Some(so) if plugin_in(&self.path("plugins"), name).is_none() => self.add_plugin(&so, name),
            _ => Ok(()),
        }
    }

    /// What the daemon says, with the directory of its plugins in the place of the one where the copies are.
    pub(crate) fn as_of_the_system(&self, log: &[String], collectd: &Collectd) -> Vec<String> {
        let (own, stock) = (self.path("plugins").display().to_string(), collectd.plugin_dir.display().to_string());
        log.iter().map(|line| line.replace(&own, &stock)).collect()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// Starts collectd in a program that runs others, as valgrind does. It ends with us, whatever ends us.
    pub(crate) fn start_within(
        &self,
        within: &[OsString],
        collectd: &Collectd,
        args: &[&str],
        conf: &Path,
    ) -> anyhow::Result<Child> {
        let mut words = with_us();
        words.extend_from_slice(within);
        self.spawn(words, collectd, args, conf)
    }

    /// Starts it in a network of its own, if the system allows that.
    pub(crate) fn start_alone(&self, collectd: &Collectd, args: &[&str], conf: &Path) -> anyhow::Result<Child> {
        let works = |way: &&&[&str]| {
            Command::new(way[0])
                .args(&way[1..])
                .arg("true")
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        };
        let ways: [&[&str]; 2] = [&["unshare", "--net"], &["unshare", "--map-root-user", "--net"]];
        let way = ways.iter().find(works).copied().unwrap_or(&[]);
        // Who gets other rights forgets whom to end with: that comes last.
        let words = way.iter().map(OsString::from).chain(with_us()).collect();
        self.spawn(words, collectd, args, conf)
    }

    fn spawn(
        &self,
        mut words: Vec<OsString>,
        collectd: &Collectd,
        args: &[&str],
        conf: &Path,
    ) -> anyhow::Result<Child> {
        words.push(collectd.program.clone().into());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(args)
            .arg("-C")
            .arg(unexpanded(conf))
            .arg("-P")
            .arg(self.path("pid"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A service manager's socket, and cargo's library path, are not the daemon's.
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("NOTIFY_SOCKET")
            .env_remove("UPSTART_JOB")
            // Ctrl-C is for us, who end it in order.
            .process_group(0);
        command.spawn().with_context(|| format!("cannot run {}", collectd.program.display()))
    }
}

/// The file of a plugin in a directory: the daemon ignores case.
pub(crate) fn plugin_in(dir: &Path, name: &str) -> Option<PathBuf> {
    let file = format!("{name}.so");
    let is_it = |path: &PathBuf| path.file_name().is_some_and(|other| other.eq_ignore_ascii_case(&file));
    fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path()).find(is_it)
}

/// What a program is run by that is to end with us.
pub(crate) fn with_us() -> Vec<OsString> {
    let Some(setpriv) = program("setpriv") else { return Vec::new() };
    let options = ["--pdeathsig", "TERM", "--"].map(OsString::from);
    std::iter::once(setpriv.into()).chain(options).collect()
}

/// The name of a configuration, which the daemon expands as a shell does: at `-C`, and at `Include`.
pub(crate) fn unexpanded(path: &Path) -> OsString {
    let bytes = path.as_os_str().as_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%".contains(byte) || !byte.is_ascii();
    if bytes.iter().all(is_plain) {
        return path.into();
    }
    let mut word = vec![b'\''];
    for &byte in bytes {
        if byte == b'\'' {
            word.extend_from_slice(b"'\\'");
        }
        word.push(byte);
    }
    word.push(b'\'');
    OsString::from_vec(word)
}

/// Text as the configuration has it between quotes.
pub(crate) fn quote(text: impl AsRef<Path>) -> String {
    let text = text.as_ref().to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_itself_to_a_shell() {
        assert_eq!(unexpanded(Path::new("/a/b-1.conf")), "/a/b-1.conf");
        for name in ["/a b", "/it's \"one\"", "$HOME `x` *?[a]", "~", "#", "\\"] {
            let script = format!("printf %s {}", unexpanded(Path::new(name)).display());
            let output = Command::new("sh").args(["-c", &script]).output().expect("sh runs");
            assert_eq!(String::from_utf8_lossy(&output.stdout), name);
        }
    }
}
