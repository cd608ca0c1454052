//! `run`: a private daemon, and what it has to show.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::place::{PATIENCE, Place, Running, wait_line, wait_lines};

#[test]
fn values_are_shown_until_the_time_is_up() {
    let place = Place::new();
    place.new_plugin("r_values", "read");
    let done = place.run("r_values", &["run", "--for", "2s", "--interval", "0.5"]);
    assert_eq!(done.code, Some(0), "{}", done.text());
    let values: Vec<&str> =
        done.stdout.lines().filter(|line| line.contains("/r_values/file_handles/used [(1, ")).collect();
    // Five, or less on a machine that is busy.
    assert!((1..=6).contains(&values.len()), "{}", done.text());
    // Seconds since 1970 come first, and nothing else is there.
    assert!(done.stdout.lines().all(|line| line.starts_with("[1")), "{}", done.text());
    assert!(done.stderr.contains("     Running collectd "), "{}", done.text());
    assert!(done.stderr.contains("[info] r_values plugin: reading /proc/sys/fs/file-nr"), "{}", done.text());
    let after = done.stderr.split("       Ended collectd, exit status: 0 after ").nth(1).expect("it ended");
    let after: f64 = after.split(' ').next().and_then(|seconds| seconds.parse().ok()).expect("seconds");
    assert!((2.0..30.0).contains(&after), "{}", done.text());
    assert!(place.left_behind().is_empty(), "{:?}", place.left_behind());
}

#[test]
fn notifications_and_other_plugins_are_shown_too() {
    let place = Place::new();
    place.new_plugin("r_hears", "notify");
    let mut running = Running::start(place.command("r_hears", &["run", "--with", "load"]));
    wait_lines(&running.stdout, &["/uptime/uptime WARNING: Host ", "/load/load [(1, "]);
    wait_line(&running.stderr, "[warning] r_hears plugin: ");
    running.signal("INT");
    assert!(running.wait().success());
}

#[test]
fn a_target_changes_what_is_shown() {
    let place = Place::new();
    place.new_plugin("r_lower", "target");
    let conf = fs::read_to_string(place.path("r_lower/collectd.conf")).expect("it was made");
    place.write("r_lower/other.conf", &format!("Hostname \"DB1.Example.org\"\n{conf}"));
    let mut running = Running::start(place.command("r_lower", &["run", "--config", "other.conf"]));
    wait_line(&running.stdout, "] db1/load/load [");
    running.signal("INT");
    assert!(running.wait().success());
}

#[test]
fn a_program_gets_one_object_a_line() {
    let place = Place::new();
    place.new_plugin("r_json", "full");
    let reasons =
        ["running", "log", "value-list", "notification", "ended"].map(|name| format!("\"reason\":\"{name}\""));
    let [began @ .., ended] = reasons.each_ref().map(String::as_str);
    let mut running = Running::start(place.command("r_json", &["run", "--message-format", "json"]));
    let mut lines = wait_lines(&running.stdout, &began);
    running.signal("INT");
    lines.extend(wait_lines(&running.stdout, &[ended]));
    assert!(running.wait().success());
    for line in lines {
        assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
        assert!(reasons.iter().any(|reason| line.contains(reason)), "{line}");
    }
}

#[test]
fn a_mistake_in_the_configuration_has_its_line() {
    let place = Place::new();
    place.new_plugin("r_mistake", "read");
    place.change("r_mistake/collectd.conf", "ReportMax true", "ReportMaxx true");
    let done = place.run("r_mistake", &["run", "--for", "60"]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    let wanted =
        "error: HERE/r_mistake/collectd.conf:4: r_mistake plugin: config: unknown field \"ReportMaxx\", expected ";
    assert!(done.stderr.contains(wanted), "{}", done.text());
    assert!(done.stderr.ends_with("error: collectd ended by itself: exit status: 1\n"), "{}", done.text());
    assert!(place.left_behind().is_empty());
}

/// What who has written it would look for long.
#[test]
fn a_configuration_that_is_passed_over_is_told() {
    let place = Place::new();
    place.new_plugin("r_odd", "read");
    let run = |conf: &str, more: &[&str]| {
        place.write("r_odd/collectd.conf", conf);
        place.run("r_odd", &[&["run"], more].concat())
    };
    let stock = collectd_test_daemon::stock_plugin_dir().display().to_string();
    let done = run("LoadPlugin r_odd\n", &["--with", "no_such"]);
    let wanted = format!("error: --with no_such: there is no no_such.so in {stock}\n");
    assert_eq!((done.code, done.stderr), (Some(1), wanted), "before the build");

    // The plugin need not be loaded, and has its block and its interval all the same.
    let conf = "Interval 0.25\n<Plugin r_odd>\n    ReportMax true\n</Plugin>\n";
    let done = run(conf, &["--for", "2s", "--message-format", "json"]);
    assert_eq!(done.code, Some(0), "{}", done.text());
    assert!(!done.stderr.contains("isn't loaded"), "{}", done.text());
    let values = done.stdout.lines().find(|line| line.contains("\"type_instance\":\"max\""));
    assert!(values.is_some_and(|line| line.contains("\"interval\":0.25")), "{}", done.text());

    let done = run("LoadPlugin r_od\n", &["--for", "60s"]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    let wanted = format!("error: HERE/r_odd/collectd.conf:1: plugin_load: Could not find plugin \"r_od\" in {stock}\n");
    assert!(done.stderr.contains(&wanted), "{}", done.text());
    let note = "note: the plugin that is made here is loaded with `LoadPlugin r_odd`\n";
    assert!(done.stderr.contains(note), "{}", done.text());

    let done = run("LoadPlugin r_odd\n<Plugin r_odd>\n    ReportMax \"true\n</Plugin>\n", &["--for", "1s"]);
    let wanted = "warning: HERE/r_odd/collectd.conf:3: this quote is not closed: the daemon passes over what follows\n";
    assert!(done.stderr.contains(wanted), "{}", done.text());
    assert!(place.left_behind().is_empty(), "{:?}", place.left_behind());
}

#[test]
fn what_does_not_compile_or_is_no_plugin_is_not_run() {
    let place = Place::new();
    place.new_plugin("r_broken", "log");
    place.change("r_broken/src/lib.rs", "impl Log for", "impl Lag for");
    let done = place.run("r_broken", &["run", "--for", "60"]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    assert!(done.stderr.contains("error") && !done.stderr.contains("Running"), "{}", done.text());

    let done = place.run("r_broken", &["run", "--config", "src"]);
    assert_eq!(done.stderr, "error: --config src: there is no such file\n");

    let done = place.run("", &["run"]);
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.starts_with("error: could not find `Cargo.toml`"), "{}", done.text());
}

/// As Ctrl-C, as `kill` and as a terminal that is closed; and the daemon goes when its parent is killed.
#[test]
fn signals_end_all() {
    let place = Place::new();
    place.new_plugin("r_signals", "write");
    for signal in ["INT", "TERM", "HUP", "KILL"] {
        let mut running = Running::start(attended(&place.command("r_signals", &["run", "--message-format", "json"])));
        let line = wait_line(&running.stdout, "\"reason\":\"running\"");
        let pid: String =
            line.split("\"pid\":").nth(1).expect("its number").chars().take_while(char::is_ascii_digit).collect();
        wait_line(&running.stdout, "\"reason\":\"value-list\"");
        running.signal(signal);
        let status = running.wait();
        assert_eq!(status.success(), signal != "KILL", "{signal}: {status}");
        let deadline = Instant::now() + Duration::from_secs(60);
        while is_running(&pid) {
            assert!(Instant::now() < deadline, "{signal}: the daemon goes on");
            std::thread::sleep(Duration::from_millis(20));
        }
        if signal != "KILL" {
            assert!(place.left_behind().is_empty(), "{signal}: {:?}", place.left_behind());
        }
    }
}

/// As a shell starts it for somebody at a terminal, also if `nohup` runs these tests.
fn attended(command: &Command) -> Command {
    let mut attended = Command::new("env");
    attended.arg("--default-signal=HUP").arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    attended.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    attended.current_dir(command.get_current_dir().expect("it was settled"));
    attended
}

#[test]
fn what_nohup_runs_goes_on_without_its_terminal() {
    let place = Place::new();
    place.bare_plugin("", "r-nohup", "r_nohup");
    let command = place.command("", &["run", "--with", "load"]);
    let mut shell = Command::new("sh");
    let words: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
    shell.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).args(words).current_dir(place.path(""));
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    let mut running = Running::start(shell);
    wait_line(&running.stdout, "/load/load [");
    running.signal("HUP");
    // It would end within the second of an interval.
    for _ in 0..3 {
        wait_line(&running.stdout, "/load/load [");
    }
    running.signal("TERM");
    assert!(running.wait().success());
}

fn is_running(pid: &str) -> bool {
    // A zombie, which nobody has waited for, does nothing.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
}

#[test]
fn watching_builds_and_starts_again() {
    let place = Place::new();
    place.new_plugin("r_watch", "read");
    let mut running = Running::start(place.command("r_watch", &["run", "--watch"]));
    wait_line(&running.stdout, "/r_watch/file_handles/used [");
    place.change("r_watch/src/lib.rs", "\"used\"", "\"in_use\"");
    wait_line(&running.stderr, "     Changed ");
    wait_line(&running.stdout, "/r_watch/file_handles/in_use [");
    // A mistake is waited out.
    place.change("r_watch/collectd.conf", "ReportMax true", "ReportMaxx true");
    wait_line(&running.stderr, "collectd.conf:4: r_watch plugin: config: unknown field");
    wait_line(&running.stderr, "     Waiting for a change");
    // Also one for which there is no daemon at all.
    place.change("r_watch/collectd.conf", "    ReportMaxx true", "</Plugin>\nPluginDir \"/nowhere\"\n<Plugin r_watch>");
    wait_line(&running.stderr, "collectd.conf:5: PluginDir: the plugin would not be found");
    wait_line(&running.stderr, "     Waiting for a change");
    place.change("r_watch/collectd.conf", "</Plugin>\nPluginDir \"/nowhere\"\n<Plugin r_watch>", "    ReportMax false");
    wait_line(&running.stdout, "/r_watch/file_handles/in_use [");
    running.signal("INT");
    assert!(running.wait().success());
    assert!(place.left_behind().is_empty());
}

/// One that is in the daemon for ever is killed, and that is said.
#[test]
fn a_daemon_that_does_not_end_is_killed() {
    let place = Place::new();
    place.new_plugin("r_stuck", "full");
    place.change(
        "r_stuck/src/lib.rs",
        "log::info!(\"{} value lists in all\", self.seen.load(Ordering::Relaxed));",
        "loop { std::thread::sleep(Duration::from_secs(1)); }",
    );
    place.change(
        "r_stuck/src/lib.rs",
        "        Ok(())\n    }\n}\n\n/// collectd compares",
        "    }\n}\n\n/// collectd compares",
    );
    let start = Instant::now();
    let done = place.run("r_stuck", &["run", "--for", "0.5"]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    assert!(done.stderr.contains("does a callback never return?"), "{}", done.text());
    assert!(start.elapsed() < PATIENCE);
    assert!(place.left_behind().is_empty());
}

/// Nobody reads any more, as `head` when it has its line.
#[test]
fn a_closed_pipe_ends_it_in_order() {
    let place = Place::new();
    place.new_plugin("r_pipe", "read");
    for more in [&[][..], &["--message-format", "json"]] {
        let command = place.command("r_pipe", &[&["run", "--interval", "0.2"], more].concat());
        let mut shell = Command::new("sh");
        let words: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
        shell.args(["-c", "\"$@\" | head -n 1", "sh"]).args(words).current_dir(place.path("r_pipe"));
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let done = place.finish(shell);
        assert_eq!(done.stdout.lines().count(), 1, "{}", done.text());
        assert!(done.stderr.contains("       Ended collectd, exit status: 0 after "), "{}", done.text());
        assert!(!done.stderr.contains("panicked") && !done.stderr.contains("error"), "{}", done.text());
        assert!(place.left_behind().is_empty());
    }
}

/// The first Ctrl-C asks for the end, the second does not wait for it, and nothing is left: neither the daemon, nor its
/// directory, nor what the plugin has started.
#[test]
fn a_second_signal_does_not_wait_for_a_read_that_never_returns() {
    let place = Place::new();
    place.new_plugin("r_never", "read");
    place.change(
        "r_never/src/lib.rs",
        "        let text = fs::read_to_string(&self.config.path)?;\n",
        "        let child = std::process::Command::new(\"sleep\").arg(\"1000\").spawn()?;\n        \
         log::info!(\"child={} parent={}\", child.id(), std::process::id());\n        \
         while !self.config.path.as_os_str().is_empty() {\n            \
         std::thread::sleep(std::time::Duration::from_secs(1));\n        }\n        \
         let text = fs::read_to_string(&self.config.path)?;\n",
    );
    let mut running = Running::start(place.command("r_never", &["run"]));
    let line = wait_line(&running.stderr, "child=");
    let number = |name: &str| {
        let rest = line.split(name).nth(1).expect("its number");
        rest.chars().take_while(char::is_ascii_digit).collect::<String>()
    };
    running.signal("INT");
    wait_line(&running.stderr, "     Waiting for collectd to end; a further Ctrl-C kills it");
    running.signal("INT");
    wait_line(&running.stderr, " s and was killed: does a callback never return?");
    assert_eq!(running.wait().code(), Some(1));
    let deadline = Instant::now() + PATIENCE;
    for pid in [number("parent="), number("child=")] {
        while is_running(&pid) {
            assert!(Instant::now() < deadline, "{pid} goes on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    assert!(place.left_behind().is_empty(), "{:?}", place.left_behind());
}

/// A name that a shell would take apart, which the daemon does, too; also of the directory for temporary files.
#[test]
fn a_directory_may_have_any_name() {
    let place = Place::new();
    let dir = "it's $HOME [of] * mine";
    place.bare_plugin(dir, "r-place", "r_place");
    place.write(&format!("{dir}/collectd.conf"), "LoadPlugin load\nHostname \"odd\"\n");
    let tmp = place.path("a `b` c");
    fs::create_dir(&tmp).expect("it is writable");
    let mut command = place.command(dir, &["run", "--for", "1.5"]);
    let done = place.finish({
        command.env("TMPDIR", &tmp);
        command
    });
    assert_eq!(done.code, Some(0), "{}", done.text());
    assert!(done.stdout.contains("] odd/load/load ["), "{}", done.text());
    let mut command = place.command(dir, &["check", "collectd.conf"]);
    let done = place.finish({
        command.env("TMPDIR", &tmp);
        command
    });
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""), "{}", done.text());
}
