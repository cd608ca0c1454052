//! A collectd daemon inside the tests of a plugin.
//!
//! [`Host`] is the daemon: it takes a configuration, loads a plugin that is part of the test program, calls its callbacks
//! when a test says so, and keeps what comes of it. No `.so` file, no installed daemon, no `unsafe`.
//!
//! ```
//! use collectd::prelude::*;
//! use collectd_testing::host;
//!
//! #[derive(Deserialize)]
//! #[serde(rename_all = "PascalCase")]
//! struct Dice {
//!     sides: u32,
//! }
//!
//! impl Plugin for Dice {
//!     const NAME: &'static str = "dice";
//!     type Config = Dice;
//!
//!     fn new(config: Dice) -> Result<Self> {
//!         Ok(config)
//!     }
//! }
//!
//! impl Read for Dice {
//!     fn read(&self) -> Result {
//!         Values::new("gauge").type_instance("sides").gauge(self.sides.into()).dispatch()?;
//!         Ok(())
//!     }
//! }
//!
//! let mut host = host!(Dice: Read).config("<Plugin dice>\n  Sides 20\n</Plugin>").start();
//! host.read();
//! let values = host.take_values();
//! assert_eq!(values[0].numbers().1, [20_f64.to_bits()]);
//! assert_eq!(values[0].identifier().to_string(), "fake.example.org/dice/gauge-sides");
//! host.shutdown();
//! ```
//!
//! A crate that is made a plugin by `plugin!` or `module!` has a function `module_register`, in its own tests and, if it is
//! an `rlib` too, in those in `tests/`: `Host::start(module_register, "…")`.
//!
//! # One daemon at a time
//!
//! A process has one daemon, as it has one plugin interface: a `Host` waits until the one of another thread is dropped.
//! So tests of a program that have one take turns, whatever `--test-threads` says; a thread that makes a second one while
//! it has the first gets a panic that says so. Each starts empty, and ends with the shutdown of a daemon.
//!
//! What outlives a daemon is what outlives one in a plugin: the `static`s of its author, threads that nobody ends, and
//! what the framework remembers of a type of types.db. A test that gives one name two meanings is better in a program
//! of its own.
//!
//! # Time
//!
//! The daemon's clock stands still at [`START`], so that times can be compared; [`Host::advance`] lets it go on, calls reads when they
//! are due, and tells of values that are missing. `std::time` and what the plugin takes from it is not touched.
//!
//! # Types
//!
//! Those of the first types.db found where collectd installs it, and a dozen that are always there (`gauge`, `derive`, `counter`,
//! `absolute`, `load`, `cpu`, `memory`, `percent`, `bytes`, `count`, `temperature`, `if_octets`). More by [`Builder::types`], or `TypesDB`
//! in the configuration.
//!
//! # Where it is not
//!
//! It belongs to `[dev-dependencies]`. A plugin with a daemon of its own inside would talk to itself; the linker refuses to
//! make such a file: `the_fake_collectd_is_for_dev_dependencies_and_cannot_be_in_a_plugin` is in its message.
#![forbid(unsafe_code)]

mod builder;
mod failed;
mod filter;
mod happening;
mod host;
mod ledger;
mod macros;
mod panics;
mod step;
mod words;

pub use builder::Builder;
pub use failed::Failed;
pub use filter::{Targeted, Verdict};
pub use happening::{Call, Callback, Happening, Level, Line, Registered};
pub use host::{HOSTNAME, Host, START};
