//! The plugin in a daemon of the test's, with files that the test makes.

use std::fs;
use std::path::Path;

use collectd_testing::{Failed, Host};
use tempfile::TempDir;

use crate::module_register;

const SOME: &str = "some avg10=25.57 avg60=32.84 avg300=22.10 total=14258947085\n";
const FULL: &str = "full avg10=1.50 avg60=0.25 avg300=0.00 total=101119565\n";

/// A system with a proc file system and cgroups.
struct System(TempDir);

impl System {
    fn new() -> Self {
        let system = System(tempfile::tempdir().expect("a temporary directory"));
        system.write("cgroup/cgroup.controllers", "memory\n");
        for resource in ["cpu", "memory", "io"] {
            system.write(&format!("proc/pressure/{resource}"), [SOME, FULL].concat());
        }
        system
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a temporary directory is writable");
        fs::write(path, text).expect("a temporary directory is writable");
    }

    fn cgroup(&self, name: &str) {
        for resource in ["cpu", "memory", "io"] {
            self.write(&format!("cgroup/{name}/{resource}.pressure"), [SOME, FULL].concat());
        }
    }

    fn try_start(&self, config: &str) -> Result<Host, Failed> {
        let dir = self.0.path().display();
        let roots = format!("ProcRoot \"{dir}/proc\"\nCgroupRoot \"{dir}/cgroup\"");
        Host::try_start(module_register, &format!("<Plugin pressure>\n{roots}\n{config}\n</Plugin>"))
    }

    fn start(&self, config: &str) -> Host {
        self.try_start(config).unwrap_or_else(|failed| panic!("{failed}"))
    }
}

/// `pressure[-instance]/type-instance=value` of what has been dispatched.
fn dispatched(host: &mut Host) -> Vec<String> {
    let values = host.take_values();
    let shown = values.iter().map(|values| {
        let name = values.identifier().to_string();
        let value = values.view().value(0).map_or(String::new(), |value| value.to_string());
        format!("{}={value}", name.trim_start_matches("fake.example.org/"))
    });
    shown.collect()
}

fn log(host: &mut Host) -> Vec<String> {
    host.take_log().iter().map(ToString::to_string).collect()
}

#[test]
fn the_whole_system_is_reported() {
    let system = System::new();
    system.write("proc/pressure/cpu", SOME);
    let mut host = system.start("Resource \"cpu\" \"IO\"");
    host.read();
    assert_eq!(
        dispatched(&mut host),
        [
            "pressure/percent-cpu-some-avg10=25.57",
            "pressure/percent-cpu-some-avg60=32.84",
            "pressure/percent-cpu-some-avg300=22.1",
            "pressure/total_time_in_ms-cpu-some=14258947",
            "pressure/percent-io-some-avg10=25.57",
            "pressure/percent-io-some-avg60=32.84",
            "pressure/percent-io-some-avg300=22.1",
            "pressure/total_time_in_ms-io-some=14258947",
            "pressure/percent-io-full-avg10=1.5",
            "pressure/percent-io-full-avg60=0.25",
            "pressure/percent-io-full-avg300=0.0",
            "pressure/total_time_in_ms-io-full=101119",
        ]
    );
    host.shutdown();
}

#[test]
fn what_is_reported_can_be_chosen() {
    let system = System::new();
    system.cgroup("system.slice/cron.service");
    system.cgroup("user.slice");
    system.write("cgroup/cpu.pressure", SOME);
    let mut host = system.start(
        "System false\nResource \"cpu\"\nAverage 60\nTotal false\nCgroup \"/system.slice/cron.service\"\nCgroup \"/\"\n\
         <Cgroup \"/user.slice\">\n  Instance \"people\"\n</Cgroup>",
    );
    host.read();
    assert_eq!(
        dispatched(&mut host),
        [
            "pressure-system.slice_cron.service/percent-cpu-some-avg60=32.84",
            "pressure-system.slice_cron.service/percent-cpu-full-avg60=0.25",
            "pressure-root/percent-cpu-some-avg60=32.84",
            "pressure-people/percent-cpu-some-avg60=32.84",
            "pressure-people/percent-cpu-full-avg60=0.25",
        ]
    );
    host.shutdown();
}

#[test]
fn a_cgroup_that_is_away_is_told_once_and_the_others_are_read() {
    let system = System::new();
    let mut host = system.start("Resource \"memory\"\nAverage 10\nTotal false\nCgroup \"/a\"\nCgroup \"/b\"");
    system.cgroup("b");
    for _ in 0..2 {
        host.read();
        let both = ["pressure/percent-memory", "pressure-b/percent-memory"];
        let expected = both.map(|name| [format!("{name}-some-avg10=25.57"), format!("{name}-full-avg10=1.5")]);
        assert_eq!(dispatched(&mut host), expected.concat());
    }
    let [line] = &log(&mut host)[..] else { panic!("one line") };
    assert!(line.starts_with("warning: pressure plugin: cannot read \"/"), "{line}");
    assert!(line.ends_with("/cgroup/a/memory.pressure\": No such file or directory (os error 2)"), "{line}");

    system.cgroup("a");
    host.read();
    assert_eq!(dispatched(&mut host).len(), 6);
    let [line] = &log(&mut host)[..] else { panic!("one line") };
    assert!(line.starts_with("notice: ") && line.ends_with("/cgroup/a\" can be read again"), "{line}");
    host.shutdown();
}

#[test]
fn what_the_kernel_would_not_write_is_told_and_the_rest_is_reported() {
    let huge = [SOME.repeat(100), "x".repeat(1_000_000)].concat();
    let texts: [(&[u8], &str); 6] = [
        (b"", "it is empty"),
        (b"some avg10=25.57 avg6", "line 1 has no end"),
        (b"full avg10=1.50 avg60=0.25 avg300=0.00\n", "line 1: total is missing"),
        (b"\x1b[2J\x07\n", r#"line 1: it begins with "\u{1b}[2J\u{7}", not "some" or "full""#),
        (b"\xff\xfe", "stream did not contain valid UTF-8"),
        (huge.as_bytes(), "has no end"),
    ];
    for (text, problem) in texts {
        let system = System::new();
        let mut host = system.start("Average 10\nTotal false");
        system.write("proc/pressure/memory", text);
        host.read();
        assert_eq!(dispatched(&mut host).len(), 4, "cpu and io");
        let [line] = &log(&mut host)[..] else { panic!("one line") };
        assert!(line.contains("/proc/pressure/memory\""), "{line}");
        assert!(line.ends_with(problem), "{line}");
        host.shutdown();
    }
}

#[test]
fn a_kernel_that_does_not_measure_is_a_clear_error_at_the_start() {
    let system = System::new();
    fs::remove_dir_all(system.0.path().join("proc/pressure")).expect("it is there");
    let failed = system.try_start("").unwrap_err();
    let line = failed.log()[0].to_string();
    let expected = "error: pressure plugin: init: the kernel measures no pressure: it needs CONFIG_PSI, and psi=1 on its \
                    command line if it was built with CONFIG_PSI_DEFAULT_DISABLED: cannot read \"";
    assert!(line.starts_with(expected), "{line}");
    assert!(line.ends_with("/proc/pressure/cpu\": No such file or directory (os error 2)"), "{line}");
    // Cgroups have files of their own.
    assert!(system.try_start("System false\nCgroup \"/\"").is_ok());
}

#[test]
fn cgroups_of_version_1_are_a_clear_error_at_the_start() {
    let system = System::new();
    fs::remove_file(system.0.path().join("cgroup/cgroup.controllers")).expect("it is there");
    assert!(system.try_start("").is_ok());
    let line = system.try_start("Cgroup \"/a\"").unwrap_err().log()[0].to_string();
    assert!(line.contains("/cgroup\" is not the root of cgroups of version 2: No such file"), "{line}");
}

#[test]
fn mistakes_in_the_configuration_stop_the_start() {
    let system = System::new();
    let long = format!("Cgroup \"/{}\"", "a".repeat(128));
    let named = format!("<Cgroup \"/{}\">\nInstance \"a\"\n</Cgroup>", "a".repeat(200));
    assert!(system.try_start(&named).is_ok());
    for (config, problem) in [
        ("Average 30", "Average: the kernel has none over 30 seconds, but over 10, 60 and 300"),
        ("Resource \"disk\"", "Resource: unknown value \"disk\""),
        ("Cgroup \"a\"", "Cgroup \"a\": the path begins with a slash, as in /proc/PID/cgroup"),
        ("Cgroup \"/a/../../etc\"", "Cgroup \"/a/../../etc\": the path leads out of the cgroups"),
        ("Cgroup \"/a/b\"\nCgroup \"/a_b\"", "Cgroup \"/a_b\": another one has the same plugin instance"),
        ("<Cgroup \"/a\">\nInstance \"\"\n</Cgroup>", "Instance is empty, which stands for the whole system"),
        (&long, "the plugin instance is longer than 127 bytes: give it another by Instance"),
        ("System false", "there is nothing to report: System is false, and there is no Cgroup"),
    ] {
        let failed = system.try_start(config).unwrap_err();
        assert!(failed.log().iter().any(|line| line.text.contains(problem)), "{config}: {failed}");
    }
}
