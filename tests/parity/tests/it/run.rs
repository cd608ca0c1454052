//! Runs scenarios in two daemons at once, the Python half in one and the Rust half in the other.

use std::process::ExitStatus;
use std::thread::{self, sleep};
use std::time::{Duration, Instant, SystemTime};

use crate::observe::{Lines, Seen, with_end};
use crate::recorder;
use crate::scenario::{SIDES, Scenario, Side, Step, directory};
use collectd_test_daemon::{Builder, Daemon, cargo_build};

/// How long to wait for what takes a second at most.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was seen of each scenario, first of Python and then of Rust.
pub(crate) struct Outcome {
    pub(crate) seen: [Vec<Vec<String>>; 2],
    /// Warnings and errors that no scenario accounts for.
    pub(crate) unexplained: [Vec<String>; 2],
}

pub(crate) fn run(scenarios: &[Scenario]) -> Outcome {
    let run_side = |side| move || run_side(scenarios, side);
    let [(python, of_python), (rust, of_rust)] = thread::scope(|scope| {
        SIDES
            .map(|side| scope.spawn(run_side(side)))
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    Outcome { seen: [python, rust], unexplained: [of_python, of_rust] }
}

fn run_side(scenarios: &[Scenario], side: Side) -> (Vec<Vec<String>>, Vec<String>) {
    let since = SystemTime::now();
    let builder = builder(scenarios, side);
    if let [scenario] = scenarios
        && scenario.is_refused(side)
    {
        let seen = Seen { log: builder.check_start_fails(), ..Seen::default() };
        return (vec![seen.lines(side, since).of(scenario)], Vec::new());
    }
    let mut daemon = builder.start();
    for scenario in scenarios {
        take_steps(scenario, side, &mut daemon);
    }
    let before = wait_until_complete(scenarios, side, &daemon, since);
    let status = daemon.stop();
    let after = look(&daemon).lines(side, since);
    let unexplained = after.of_none(scenarios).cloned().collect();
    let seen = scenarios.iter().map(|scenario| {
        let mut seen = with_end(before.of(scenario), &after.of(scenario));
        if scenario.is_alone() {
            seen.push(exit(status));
        } else {
            assert!(status.success(), "the daemon of {side:?}: {status}\n{}", daemon.log());
        }
        seen
    });
    (seen.collect(), unexplained)
}

fn exit(status: ExitStatus) -> String {
    status.code().map_or_else(|| format!("{status}"), |code| format!("exit {code}"))
}

fn builder(scenarios: &[Scenario], side: Side) -> Builder {
    let deaf = scenarios.iter().any(|scenario| scenario.is_deaf);
    // Plugins get the first interval: one read at the start, unless a callback wants more. The daemon itself gets the
    // second one, as it may sleep once more when it is told to stop. One thread each for reading and writing keeps
    // what is read and written in its order.
    let builder = Daemon::builder().interval(Duration::from_secs(1000)).write_threads(1).logfile(!deaf);
    let builder = builder.load_so(recorder::build(), "recorder");
    let builder = builder.conf(&format!("<Plugin recorder>\nFile \"@DIR@/recorded\"\nDeaf {deaf}\n</Plugin>"));
    let builder = builder.load("csv").load("unixsock");
    let builder = match side {
        Side::Python => python(builder, scenarios),
        Side::Rust => rust(builder, scenarios),
    };
    builder.conf("Interval 0.5\nReadThreads 1")
}

fn python(builder: Builder, scenarios: &[Scenario]) -> Builder {
    let mut conf = format!("<Plugin python>\nModulePath \"{}\"\n", directory().display());
    for scenario in scenarios {
        conf += &format!("Import \"{}\"\n", scenario.name);
    }
    for line in scenarios.iter().flat_map(|scenario| scenario.conf(Side::Python)) {
        conf = conf + line + "\n";
    }
    // Nothing is left beside the modules.
    builder.env("PYTHONDONTWRITEBYTECODE", "1").load("python").conf(&(conf + "</Plugin>"))
}

fn rust(mut builder: Builder, scenarios: &[Scenario]) -> Builder {
    let package = env!("CARGO_PKG_NAME");
    let (own_file, together): (Vec<_>, Vec<_>) = scenarios.iter().partition(|scenario| scenario.load.is_some());
    for name in own_file.iter().filter_map(|scenario| scenario.load.as_deref()) {
        builder = builder.load_so(cargo_build::example(package, name), name);
    }
    if !together.is_empty() {
        let names: Vec<_> = together.iter().map(|scenario| scenario.name.as_str()).collect();
        builder = builder.env("SCENARIOS", names.join(" ")).load_so(cargo_build::example(package, "parity"), "parity");
    }
    let conf: Vec<_> = scenarios.iter().flat_map(|scenario| scenario.conf(Side::Rust)).collect();
    builder.conf(&conf.join("\n"))
}

fn take_steps(scenario: &Scenario, side: Side, daemon: &mut Daemon) {
    let name = match side {
        Side::Python => format!("python.{}", scenario.name),
        Side::Rust => scenario.name.clone(),
    };
    for step in &scenario.steps {
        match step {
            Step::FlushAll => daemon.flush_all(),
            Step::Wait(text) => {
                daemon.wait_log(&text.replace("@NAME@", &name), PATIENCE);
            }
            Step::Command(line) => {
                let line = line.replace("@NAME@", &name);
                daemon.command(&line).unwrap_or_else(|answer| panic!("{}: {line}: {answer}", scenario.name));
            }
        }
    }
}

/// As many lines as are expected, of every scenario. What is missing then is found by the comparison.
fn wait_until_complete(scenarios: &[Scenario], side: Side, daemon: &Daemon, since: SystemTime) -> Lines {
    let expected = |scenario: &Scenario| {
        let lines = scenario.expected(side);
        lines.iter().position(|line| line == crate::scenario::END || line.starts_with("exit ")).unwrap_or(lines.len())
    };
    let expected: Vec<_> = scenarios.iter().map(expected).collect();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let late = Instant::now() >= deadline;
        let lines = look(daemon).lines(side, since);
        let complete = scenarios.iter().zip(&expected).all(|(scenario, count)| lines.of(scenario).len() >= *count);
        if complete || late {
            return lines;
        }
        sleep(Duration::from_millis(20));
    }
}

fn look(daemon: &Daemon) -> Seen {
    let recorded = std::fs::read_to_string(daemon.dir().join("recorded")).unwrap_or_default();
    // The last line may be half written.
    let complete = |text: String| text.rfind('\n').map_or_else(String::new, |end| text[..end].to_owned());
    Seen {
        log: complete(daemon.log()),
        stderr: complete(daemon.output()),
        recorded: complete(recorded),
        csv: daemon.csv_rows(),
    }
}
