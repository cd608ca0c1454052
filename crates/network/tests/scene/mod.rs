//! One configuration, what comes in and what is looked at.
//!
//! A file is what an administrator has in collectd.conf, with comments for us:
//!
//! * `#feed WHERE ADDRESS [PORT [LEVEL USER PASSWORD]]`: from there packets come to this address;
//! * `#sink WHERE ADDRESS [PORT]`: there somebody reads what is sent to this address;
//! * `#echo`: the C plugin takes the host's own notifications, as they come back, for those of somebody else;
//! * `#warns TEXT`: our log may have a warning with this text;
//! * `#no-flush`: nobody sends FLUSH commands;
//! * `#statistics`: the plugin's statistics are compared too.
//!
//! WHERE is `near`, the daemon's own host, or `far`, one at the other end of a cable.

mod outcome;
mod run;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use collectd_net::SecurityLevel;

pub(crate) struct Scene {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) feeds: Vec<Feed>,
    pub(crate) sinks: Vec<Sink>,
    warns: Vec<String>,
    hears_itself: bool,
    flushes: bool,
    has_statistics: bool,
}

/// On which of the two hosts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Host {
    Near,
    Far,
}

pub(crate) struct Feed {
    host: Host,
    to: SocketAddr,
    level: SecurityLevel,
    user: String,
    password: String,
}

pub(crate) struct Sink {
    host: Host,
    at: SocketAddr,
}

impl Scene {
    /// All files.
    pub(crate) fn all() -> Vec<Scene> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configurations");
        let files = fs::read_dir(dir).expect("the directory is there").map(|entry| entry.expect("readable").path());
        let mut scenes: Vec<_> = files.map(|file| Scene::read(&file)).collect();
        scenes.sort_by(|one, other| one.name.cmp(&other.name));
        scenes
    }

    fn read(file: &Path) -> Scene {
        let text = fs::read_to_string(file).expect("a text");
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let lines = |kind: &str| {
            let lines = text.lines().filter_map(|line| line.strip_prefix('#')?.strip_prefix(kind));
            lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
        };
        let words = |line: &String| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        Scene {
            feeds: lines("feed ").iter().map(words).map(|words| Feed::new(&words)).collect(),
            sinks: lines("sink ").iter().map(words).map(|words| Sink::new(&words)).collect(),
            warns: lines("warns "),
            hears_itself: !lines("echo").is_empty(),
            flushes: lines("no-flush").is_empty(),
            has_statistics: !lines("statistics").is_empty(),
            name,
            text,
        }
    }
}

impl Feed {
    fn new(words: &[String]) -> Feed {
        let word = |index: usize| words.get(index).cloned().unwrap_or_default();
        let level = words.get(3).map(|level| level.parse().expect("a level")).unwrap_or_default();
        Feed { host: host(&words[0]), to: address(&words[1..]), level, user: word(4), password: word(5) }
    }
}

impl Sink {
    fn new(words: &[String]) -> Sink {
        Sink { host: host(&words[0]), at: address(&words[1..]) }
    }
}

fn host(word: &str) -> Host {
    match word {
        "near" => Host::Near,
        "far" => Host::Far,
        other => panic!("{other} is no host"),
    }
}

fn address(words: &[String]) -> SocketAddr {
    let port = words.get(1).map_or(25826, |port| port.parse().expect("a port"));
    SocketAddr::new(words[0].parse().expect("an address"), port)
}
