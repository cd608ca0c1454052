//! What must hold for any input, as functions of bytes that panic where it does not.
//!
//! The fuzzer calls them with what it comes up with (`make fuzz`), a test with all that is known to be
//! interesting (`cargo test -p collectd-fuzz`).

mod auth_file;
mod decode;
mod event;
mod identifier;
mod naive;
mod open;
mod round_trip;
mod sections;
mod seeds;
mod types_db;

/// Something to be fuzzed.
#[derive(Debug)]
pub struct Target {
    /// How it is called on the command line.
    pub name: &'static str,
    /// Panics if something does not hold for this input.
    pub run: fn(&[u8]),
    /// Inputs to begin with, by name.
    pub seeds: fn() -> Vec<(String, Vec<u8>)>,
    /// The file in `dictionaries` with what is likely to matter in its inputs.
    pub dictionary: &'static str,
    /// How many bytes inputs may have. The fuzzer finds more in many short ones.
    pub longest: usize,
}

/// Room for nine sections and some lists. Longer ones are among the seeds, which the test gives as they are.
const PACKET: usize = 4096;
/// Room for some lines of the length that is too long.
const FILE: usize = 3 * 4096;

impl Target {
    /// All of them.
    pub const ALL: [Target; 6] = [
        Target { name: "decode", run: decode::run, seeds: decode::seeds, dictionary: "packet", longest: PACKET },
        Target { name: "open", run: open::run, seeds: open::seeds, dictionary: "packet", longest: PACKET },
        Target {
            name: "round_trip",
            run: round_trip::run,
            seeds: round_trip::seeds,
            dictionary: "none",
            longest: PACKET,
        },
        Target {
            name: "auth_file",
            run: auth_file::run,
            seeds: auth_file::seeds,
            dictionary: "auth_file",
            longest: FILE,
        },
        Target { name: "types_db", run: types_db::run, seeds: types_db::seeds, dictionary: "types_db", longest: FILE },
        Target {
            name: "identifier",
            run: identifier::run,
            seeds: identifier::seeds,
            dictionary: "identifier",
            longest: 1024,
        },
    ];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Target> {
        Target::ALL.into_iter().find(|target| target.name == name)
    }
}
