//! The guide's page of messages quotes what the daemon, the framework and the compiler really say.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use collectd_test_daemon::{Builder, Daemon, stock_types_db};
use collectd_test_host::{Release, Session};
use tempfile::TempDir;

use crate::support::{block, so, texts};

pub(crate) const PAGE: &str = include_str!("../../../../src/guide/trouble.md");

/// The lines of the page's blocks of this kind; `…` stands for anything in them.
fn quoted(kind: &str) -> Vec<&'static str> {
    let mut lines = Vec::new();
    let mut is_inside = false;
    for line in PAGE.lines() {
        match line.strip_prefix("```") {
            Some(info) => is_inside = info == kind,
            None if is_inside => lines.push(line),
            None => {}
        }
    }
    lines
}

fn is_in(quote: &str, output: &str) -> bool {
    output.lines().any(|line| {
        let mut rest = Some(line);
        for part in quote.split('…') {
            rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
        }
        rest.is_some()
    })
}

#[test]
fn every_message_on_the_page_is_real() {
    let quotes = quoted("text");
    assert!(quotes.len() > 80, "{quotes:#?}");
    let said = [loading(), configuring(), starting(), running(), compiling()].concat();
    let invented: Vec<_> = quotes.iter().filter(|quote| !is_in(quote, &said)).collect();
    assert!(invented.is_empty(), "nobody says {invented:#?} in\n{said}");
}

fn blunders(config: &str) -> Builder {
    Daemon::builder().load_so(so("blunders"), "blunders").conf(&block("blunders", config))
}

/// What a daemon says until it has said `needle`, and at its end.
fn ran(builder: Builder, needles: &[&str]) -> String {
    let mut daemon = builder.interval(Duration::from_millis(100)).start();
    for needle in needles {
        daemon.wait_log(needle, Duration::from_secs(60));
    }
    daemon.stop();
    daemon.log() + &daemon.output()
}

fn loading() -> String {
    let files = Files::new();
    let mut said = Daemon::builder().load("nowhere").check_start_fails();
    for name in ["linked", "foreign", "damaged"] {
        said += &Daemon::builder().plugin_dir(files.0.path()).load(name).check_start_fails();
    }
    for name in ["misnamed", "twins", "filters"] {
        said += &ran(Daemon::builder().load_so(so(name), name), &[]);
    }
    said += &ran(Daemon::builder().load_so(so("twins"), "twins").env("INSIST", "1"), &[]);
    said += &ran(Daemon::builder().load_so(so("panics"), "panics").env("PANIC_IN_SETUP", "1"), &[]);
    said + &texts(&Session::start(Release::V6_0).load(&so("idle"))).join("\n")
}

/// Files that are no plugins.
struct Files(TempDir);

impl Files {
    fn new() -> Files {
        let dir = tempfile::tempdir().expect("a temporary directory");
        symlink(so("idle"), dir.path().join("linked.so")).expect("a link");
        fs::copy(a_library(), dir.path().join("foreign.so")).expect("a copy");
        fs::write(dir.path().join("damaged.so"), "not a library\n").expect("a file");
        Files(dir)
    }
}

/// A library that this process has loaded, and that has no `module_register`.
fn a_library() -> PathBuf {
    let maps = fs::read_to_string("/proc/self/maps").expect("the system says what is loaded");
    let path = maps.lines().find_map(|line| line.split_whitespace().find(|word| word.contains("/libgcc_s")));
    path.expect("Rust's programs use it").into()
}

fn configuring() -> String {
    let early = |what: &str| block("diary", &format!("Early \"{what}\""));
    let types = format!("TypesDB \"{}\"", stock_types_db().display());
    let diary = |what: &str| Daemon::builder().conf(&types).load_so(so("diary"), "diary").conf(&early(what));
    let node = |head: &str, line: &str| format!("<Node{head}>\n{line}\n</Node>");
    let mistakes = [
        "Prot 1".to_owned(),
        "Port 70000".to_owned(),
        "Port 1.5".to_owned(),
        "Port \"80\"".to_owned(),
        "Mistake 80".to_owned(),
        "Port 1\nPort 2".to_owned(),
        "Port 1 2".to_owned(),
        "<Port>\nA 1\n</Port>".to_owned(),
        "Verbose \"on\"\nVerbose \"maybe\"".to_owned(),
        "Verbose \"maybe\"".to_owned(),
        "Mode \"fats\"".to_owned(),
        "Server \"a\"".to_owned(),
        "Server \"a\" 1 2".to_owned(),
        node("", "Weight 1"),
        node(" \"a\"", "Wieght 1"),
        node(" \"a\" \"b\"", "Weight 1"),
    ];
    let mut said: String = mistakes.iter().map(|mistake| blunders(mistake).check_start_fails()).collect();
    said += &(diary("dispatch").check_start_fails() + &diary("cache").check_start_fails());
    said += &blunders("</Node>").check_start_fails();
    said += &Daemon::builder()
        .load_so(so("blunders"), "other")
        .conf("<Plugin other>\nPort 1\n</Plugin>")
        .check_start_fails();
    said += &Daemon::builder().load_so(so("cached"), "cached").conf("<Plugin cached>\n</Plugin>").check_start_fails();
    said += &ran(blunders("Verbose \"on\"").conf("<Plugin nobody>\nPort 1\n</Plugin>"), &[]);
    for rule in [
        "<Match \"asked\">\nWrong 1\n</Match>\nTarget \"stop\"",
        "<Target \"changes\">\nWrong 1\n</Target>",
        "<Match \"nowhere\">\nA 1\n</Match>\nTarget \"stop\"",
        "Target \"nowhere\"",
    ] {
        let chain = format!("<Chain \"PreCache\">\n<Rule>\n{rule}\n</Rule>\n</Chain>");
        said += &Daemon::builder().load_so(so("filters"), "filters").conf(&chain).check_start_fails();
    }
    said
}

fn starting() -> String {
    let mut said = ran(Daemon::builder().load_so(so("cached"), "cached"), &["missing key"]);
    said += &ran(Daemon::builder().load_so(so("idle"), "idle"), &[]);
    let panics = Daemon::builder().load_so(so("panics"), "panics").conf(&block("panics", "In \"new\""));
    said += &ran(panics, &["plugin init callbacks failed."]);
    for mistake in ["\"group\"", "\"forever\"", "\"type\" \"type\""] {
        said += &ran(blunders(&format!("Mistake {mistake}")), &["plugin: init: "]);
    }
    let mut session = Session::start(Release::V5_8);
    session.load(&so("follower"));
    let (_, events) = session.try_run("init");
    said + &texts(&events).join("\n") + "\n"
}

/// Mistakes of reads, with how their lines end.
const MISTAKES: [(&str, &str); 17] = [
    ("type", "is not in types.db"),
    ("no type", "it is empty"),
    ("count", "has 3 values, not 1"),
    ("kind", "is a gauge, not a derive"),
    ("name", "more than 127"),
    ("nul", "a NUL byte at position 1"),
    ("time", "before 1970"),
    ("meta", "\"key\" has a NUL byte"),
    ("message", "more than 255"),
    ("writer", "there is no writer"),
    ("writers", "writing failed"),
    ("identifier", "an identifier has the form"),
    ("command", "No child processes"),
    ("old", "Value too old"),
    ("slow", "above its read interval"),
    ("thread", "thread \"unnamed\" panicked"),
    ("cache", "in a loop over its entries"),
];

fn running() -> String {
    let names: String = MISTAKES.iter().map(|(name, _)| format!(" \"{name}\"")).collect();
    let mut needles = MISTAKES.map(|(_, end)| end).to_vec();
    needles.push("all write plugins failed with status -1.");
    let mut said = ran(blunders(&format!("Mistake{names}\nWriter \"fail\"")), &needles);
    said += &ran(blunders("Mistake \"writers\""), &["no plugin that writes is loaded"]);
    said += &ran(blunders("Mistake \"echo\""), &["too deep"]);
    said += &ran(blunders("Mistake \"many\""), &["No write callback has been registered."]);
    said += &blunders("Mistake \"many\"\nWriter \"slow\"").write_threads(1).run_once().output;
    let chatter = Daemon::builder().load_so(so("chatter"), "chatter").conf(&block("chatter", "Fail \"x\"\nFailures 1"));
    said += &ran(chatter, &["read works again"]);
    said += &without_symbols();
    said + &failing()
}

/// An error of a plugin whose file has been stripped.
fn without_symbols() -> String {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("raises.so");
    let strip = Command::new("strip").arg("-o").arg(&file).arg(so("raises")).status();
    assert!(strip.expect("strip is there, in binutils").success());
    let config = block("raises", "LogTraces true\nHow \"message\"");
    ran(Daemon::builder().load_so(&file, "raises").conf(&config), &["<unknown>"])
}

/// The daemon's own lines about callbacks that fail.
fn failing() -> String {
    let fail = |place: &str, how: &str| format!("Fail \"{place}\" \"{how}\"\n");
    let config: String =
        ["notify", "missing", "update", "expired", "shutdown"].map(|place| fail(place, "error")).concat();
    let chain = format!(
        "<Chain \"PreCache\">\n<Rule>\n<Match \"diary\">\n{} </Match>\nTarget \"stop\"\n</Rule>\n\
         <Rule>\n<Target \"diary\">\n{} </Target>\n</Rule>\n</Chain>\nPreCacheChain \"PreCache\"",
        fail("match", "error"),
        fail("target", "error"),
    );
    let diary = |config: &str| Daemon::builder().load_so(so("diary"), "diary").conf(&block("diary", config));
    let builder = diary(&(config + "Tell \"hello\"\nFail \"read\" \"error\" 1000000")).conf(&chain).load("unixsock");
    let mut daemon = builder.interval(Duration::from_millis(100)).start();
    let notify = "PUTNOTIF severity=okay time=1700000000 host=h message=x";
    daemon.command(notify).expect("PUTNOTIF works");
    daemon.putval("h/p/gauge", "interval=0.1", "N:1");
    for needle in [
        "A match failed.",
        "A target failed.",
        "Notification callback diary returned -1.",
        "Callback function \"diary\" failed with status -1.",
        "failed with status -1 for event EXPIRED.",
    ] {
        daemon.wait_log(needle, Duration::from_secs(60));
    }
    daemon.stop();
    let mut said = daemon.log() + &daemon.output();
    said += &ran(diary(&fail("shutdown", "panic")), &[]);
    let panics = Daemon::builder().load_so(so("panics"), "panics").conf(&block("panics", "In \"drop\""));
    said + &ran(panics, &[])
}

/// What the compiler says to the files of `tests/ui`, which another test holds it to.
fn compiling() -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let entries = fs::read_dir(dir).expect("the compile-fail tests");
    let paths = entries.map(|entry| entry.expect("a directory can be read").path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "stderr"))
        .map(|path| crate::support::read(&path))
        .collect()
}
