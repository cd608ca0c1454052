use std::fs;
use std::path::PathBuf;

use collectd_net::{ReaderBuilder, SecurityLevel, Server};
use tempfile::TempDir;

/// Who signs and encrypts: more bytes than letters.
pub const USER: &str = "jörg";

/// A colon, blanks and letters beyond ASCII inside; the rules of the peers differ for blanks at its ends.
pub const PASSWORD: &str = "correct: hörse battery";

/// One level, its user and where receivers find them.
#[derive(Debug)]
pub struct Security {
    /// The level.
    pub level: SecurityLevel,
    user: String,
    password: String,
    dir: TempDir,
}

impl Security {
    /// This level, with the usual user.
    #[must_use]
    pub fn new(level: SecurityLevel) -> Security {
        Security::of(level, USER, PASSWORD)
    }

    /// This level, with this user, who is not the first in the file.
    ///
    /// # Panics
    ///
    /// When the file cannot be written.
    #[must_use]
    pub fn of(level: SecurityLevel, user: &str, password: &str) -> Security {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let content = format!("# those who may send\nalice: w0nderl4nd\n\n{user}: {password}\nbob: bu1|der\n");
        let security = Security { level, user: user.to_owned(), password: password.to_owned(), dir };
        fs::write(security.file(), content).expect("a temporary directory is writable");
        security
    }

    /// Every level.
    #[must_use]
    pub fn all() -> [Security; 3] {
        [SecurityLevel::None, SecurityLevel::Sign, SecurityLevel::Encrypt].map(Security::new)
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.level != SecurityLevel::None
    }

    /// As the peers' programs want it.
    #[must_use]
    pub fn name(&self) -> String {
        self.level.to_string().to_lowercase()
    }

    /// The user that receivers see.
    #[must_use]
    pub fn user(&self) -> &str {
        if self.is_secure() { &self.user } else { "" }
    }

    /// The file of users.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.dir.path().join("users")
    }

    /// For a program's command line: user and password, or nothing.
    #[must_use]
    pub fn credentials(&self) -> Vec<String> {
        if self.is_secure() { vec![self.user.clone(), self.password.clone()] } else { Vec::new() }
    }

    /// A receiver of ours that demands it.
    pub fn demand(&self, reader: ReaderBuilder) -> ReaderBuilder {
        if self.is_secure() { reader.auth_file(self.file()).security_level(self.level) } else { reader }
    }

    /// A server of ours that gets it.
    pub fn give(&self, server: Server) -> Server {
        server.security(self.level, &self.user, &self.password)
    }

    /// The C plugin's lines for a `Server`.
    #[must_use]
    pub fn c_server(&self, host: &str, port: u16) -> String {
        let lines = format!("Username \"{}\"\nPassword \"{}\"\n", self.user, self.password);
        let lines = if self.is_secure() { lines } else { String::new() };
        format!("<Server \"{host}\" \"{port}\">\nSecurityLevel {}\n{lines}</Server>\n", self.level)
    }

    /// The C plugin's lines for a `Listen`.
    #[must_use]
    pub fn c_listen(&self, host: &str, port: u16) -> String {
        let file = format!("AuthFile \"{}\"\n", self.file().display());
        let file = if self.is_secure() { file } else { String::new() };
        format!("<Listen \"{host}\" \"{port}\">\nSecurityLevel {}\n{file}</Listen>\n", self.level)
    }
}
