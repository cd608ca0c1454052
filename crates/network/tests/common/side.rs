//! Daemons that differ in nothing but the plugin.

use collectd_test_daemon::{Builder, Daemon, cargo_build};

/// Which plugin a daemon has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    C,
    Ours,
}

impl Side {
    pub(crate) const BOTH: [Side; 2] = [Side::C, Side::Ours];

    /// A daemon with these lines in its block, and with some of our own where they are understood.
    pub(crate) fn daemon(self, block: &str, own: &str) -> Builder {
        self.daemon_with("", block, own)
    }

    /// The same with options for the LoadPlugin block.
    pub(crate) fn daemon_with(self, load: &str, block: &str, own: &str) -> Builder {
        let builder = Daemon::builder().write_threads(1);
        match self {
            Side::C => builder.load_with("network", load).conf(&format!("<Plugin network>\n{block}\n</Plugin>")),
            Side::Ours => {
                let builder = builder.load_so_with(cargo_build::cdylib("rust_network"), "rust_network", load);
                // With the name of the other one: everything else in a test can be the same.
                builder.conf(&format!("<Plugin network>\n{block}\n{own}\n</Plugin>"))
            }
        }
    }

    pub(crate) fn is_ours(self) -> bool {
        self == Side::Ours
    }
}
