//! `test`: crates that are wrong on purpose. Those that are as they were made are tested where they are made.

use std::fs;

use crate::place::{Done, Place, wait_line};

pub(crate) fn test(place: &Place, name: &str, args: &[&str]) -> Done {
    place.run(name, &[&["test", "--for", "0.5"], args].concat())
}

/// What the steps say, without what cargo does and what differs from one run to the next.
pub(crate) fn steps(stderr: &str) -> String {
    let is_step = |line: &&str| {
        ["     Running ", "        Fine ", "    Finished test", "error: ", "warning: ", "note: "]
            .iter()
            .any(|start| line.starts_with(start))
            && !line.contains("unittests")
    };
    stderr.lines().filter(is_step).map(|line| format!("{line}\n")).collect()
}

/// The lines, with any number of value lists, notifications and functions of the daemon's, and of rounds, for which a busy machine has
/// less time.
pub(crate) fn without_counts(text: &str) -> String {
    let between = |line: &str, before: &str, after: &str| {
        let (start, rest) = line.split_once(before)?;
        let (_, end) = rest.split_once(after)?;
        Some(format!("{start}{before}SOME{after}{end}"))
    };
    let places = [
        ("collectd -f: ", ", no error"),
        ("has all ", " that it needs"),
        ("freed once; ", " rounds of its callbacks"),
        ("to be freed; ", " rounds of its callbacks"),
    ];
    let line = |line: &str| {
        let counted = places.iter().find_map(|(before, after)| between(line, before, after));
        counted.unwrap_or_else(|| line.to_owned()) + "\n"
    };
    text.lines().map(line).collect()
}

#[test]
fn a_program_gets_an_object_for_each_step() {
    let place = Place::new();
    place.new_plugin("t_json", "full");
    let done = test(&place, "t_json", &["--message-format", "json", "--valgrind", "--", "what_is_written"]);
    assert_eq!(done.code, Some(0), "{}", done.text());
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with('{') && line.ends_with('}')), "{}", done.text());
    let names = ["unit tests", "test host", "collectd -T", "collectd -f", "symbols", "free counts", "valgrind"];
    assert_eq!(lines.len(), names.len() + 1, "{}", done.text());
    for (line, name) in lines.iter().zip(names) {
        assert!(line.contains(&format!(r#""name":"{name}","ok":true,"problems":[]"#)), "{line}");
    }
    assert_eq!(lines[names.len()], r#"{"failed":[],"name":"t_json","ok":true,"reason":"tested","steps":7}"#);
    // What stands behind -- is cargo's.
    assert!(done.stderr.contains("1 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out"), "{}", done.text());
}

#[test]
fn a_failing_unit_test_and_a_further_export_are_told_and_the_rest_goes_on() {
    let place = Place::new();
    place.new_plugin("t_wrong", "notify");
    place.change("t_wrong/src/lib.rs", "matters(Severity::Okay, &with)", "matters(Severity::Failure, &with)");
    let text = fs::read_to_string(place.path("t_wrong/src/lib.rs")).expect("it was made");
    let more = "\n/// Somebody else's.\n#[unsafe(no_mangle)]\npub extern \"C\" fn plugin_log_of_mine() {}\n\n\
                /// The daemon's.\n#[cfg(not(test))]\n#[unsafe(no_mangle)]\npub extern \"C\" fn plugin_flush() {}\n";
    place.write("t_wrong/src/lib.rs", &(text + more));
    let done = test(&place, "t_wrong", &[]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    assert!(done.stdout.contains("warnings_matter_if_asked_for ... FAILED"), "{}", done.text());
    assert!(
        done.stderr.contains("error: unit tests: cargo test: exit status: 101\nnote: mend what"),
        "{}",
        done.text()
    );
    let wanted = "error: symbols: it exports `plugin_flush`, a name that the daemon has, too\n\
                  error: symbols: it exports `plugin_log_of_mine`\nnote: the daemon looks for module_register only;";
    assert!(done.stderr.contains(wanted), "{}", done.text());
    let end = "error: test of `t_wrong`: 2 of 6 steps failed: unit tests, symbols\n";
    assert!(done.stderr.ends_with(end), "{}", done.text());
}

#[test]
fn a_name_that_nobody_has_is_refused_and_one_of_a_library_is_not() {
    let place = Place::new();
    place.new_plugin("t_import", "notify");
    let text = fs::read_to_string(place.path("t_import/src/lib.rs")).expect("it was made");
    let call = |name: &str| {
        format!(
            "\n#[cfg(not(test))]\nmod c {{\n    unsafe extern \"C\" {{\n        pub(crate) fn {name}();\n    }}\n}}\n\n\
             /// Never called.\n#[cfg(not(test))]\n#[doc(hidden)]\npub static NEVER: unsafe extern \"C\" fn() = c::{name};\n"
        )
    };
    let used = text.replace(
        "        if matters(notification.severity, &self.config) {",
        "        #[cfg(not(test))]\n        std::hint::black_box(&NEVER);\n        if matters(notification.severity, &self.config) {",
    );
    assert_ne!(used, text);
    place.write("t_import/src/lib.rs", &(used.clone() + &call("plugin_of_another_release")));
    let done = test(&place, "t_import", &[]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    for wanted in [
        "undefined symbol: plugin_of_another_release",
        "error: symbols: it needs `plugin_of_another_release`, which neither the daemon nor a library has\nnote: collectd would not",
        "steps failed: test host, collectd -T, collectd -f, symbols, free counts\n",
    ] {
        assert!(done.stderr.contains(wanted), "{wanted}: {}", done.text());
    }

    // A library without versions of its names.
    let library = place.path("libunversioned.so");
    let source = place.write("unversioned.c", "void name_of_a_library(void) {}\n");
    let cc = std::process::Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status();
    assert!(cc.expect("cc runs").success());
    place.write("t_import/src/lib.rs", &(used + &call("name_of_a_library")));
    let dir = place.path("").display().to_string();
    place.write(
        "t_import/build.rs",
        &format!(
            "fn main() {{\n    println!(\"cargo::rustc-link-search={dir}\");\n    println!(\"cargo::rustc-link-lib=unversioned\");\n    \
             println!(\"cargo::rustc-link-arg=-Wl,-rpath,{dir}\");\n}}\n"
        ),
    );
    let done = test(&place, "t_import", &[]);
    assert_eq!(done.code, Some(0), "{}", done.text());
}

#[test]
fn errors_at_the_start_and_in_reads_are_told_with_their_text() {
    let place = Place::new();
    place.new_plugin("t_errors", "read");
    let done = test(&place, "t_errors", &["--config", "nowhere.conf"]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(1), "error: --config nowhere.conf: there is no such file\n"));

    place.write("t_errors/other.conf", "<Plugin t_errors>\n    Path \"/nowhere\"\n</Plugin>\n");
    place.change("t_errors/other.conf", "<Plugin", "LoadPlugin t_errors\n<Plugin");
    let done = test(&place, "t_errors", &["--config", "other.conf"]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    insta::assert_snapshot!("test_read_fails", without_counts(&steps(&done.stderr)));

    place.change(
        "t_errors/src/lib.rs",
        "        Ok(T",
        "        return Err(Error::msg(\"no such device\"));\n        #[allow(unreachable_code)]\n        Ok(T",
    );
    place.change(
        "t_errors/src/lib.rs",
        "    #[test]\n    fn the_daemon_gets",
        "    #[allow(unused)]\n    fn the_daemon_gets",
    );
    let done = test(&place, "t_errors", &[]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    insta::assert_snapshot!("test_init_fails", without_counts(&steps(&done.stderr)));
}

/// A crate with `unsafe` that is wrong, in a read.
fn unsound(place: &Place, name: &str, statements: &str) {
    place.new_plugin(name, "read");
    place.change(
        &format!("{name}/src/lib.rs"),
        "        let text = fs::read_to_string(&self.config.path)?;\n",
        &format!("        let text = fs::read_to_string(&self.config.path)?;\n{statements}"),
    );
}

#[test]
fn what_is_leaked_is_counted_and_found_by_valgrind_and_so_is_what_was_freed() {
    let place = Place::new();
    let statements = "        std::mem::forget(std::hint::black_box(Box::new([7_u64; 5])));
        let freed = Box::into_raw(Box::new(7_u64));
        drop(unsafe { Box::from_raw(freed) });
        std::hint::black_box(unsafe { freed.read() });
";
    unsound(&place, "t_unsound", statements);
    let done = test(&place, "t_unsound", &["--valgrind"]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    let source = fs::read_to_string(place.path("t_unsound/src/lib.rs")).expect("it was made");
    let at = |words: &str| {
        let line = source.lines().position(|line| line.contains(words)).expect("it is there") + 1;
        format!("    <t_unsound::TUnsound as collectd::callback::read::Read>::read (src/lib.rs:{line})\n")
    };
    for wanted in [
        "error: free counts: ",
        " more rounds of its callbacks leave ",
        " each\nnote: --valgrind says where memory is lost",
        &format!("error: valgrind: Invalid read of size 8\n{}{}", at("freed.read()"), at("Box::from_raw(freed)")),
        "note: the frames are those in the plugin",
        " blocks are definitely lost",
        &format!("{}note: nothing points to that memory", at("mem::forget")),
    ] {
        assert!(done.stderr.contains(wanted), "{wanted}: {}", done.text());
    }
    assert!(done.stderr.ends_with("2 of 7 steps failed: free counts, valgrind\n"), "{}", done.text());
}

/// The daemon does not survive it, and the rest of the test does.
#[test]
fn what_is_freed_twice_ends_the_host_and_not_the_test() {
    let place = Place::new();
    unsound(
        &place,
        "t_twice",
        "        let freed = Box::into_raw(Box::new(7_u64));\n        drop(unsafe { Box::from_raw(freed) });\n        \
         #[cfg(not(test))]\n        drop(unsafe { Box::from_raw(std::hint::black_box(freed)) });\n",
    );
    let done = test(&place, "t_twice", &[]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    assert!(
        done.stderr.contains("error: test host: in a read: the daemon died: signal: 6 (SIGABRT)"),
        "{}",
        done.text()
    );
    assert!(done.stderr.contains("error: collectd -T: signal: 6 (SIGABRT)"), "{}", done.text());
    assert!(place.left_behind().is_empty(), "{:?}", place.left_behind());
}

#[test]
fn what_does_not_compile_or_is_interrupted_ends_at_once() {
    let place = Place::new();
    place.new_plugin("t_ends", "write");
    let mut running = crate::place::Running::start(place.command("t_ends", &["test", "--for", "60"]));
    wait_line(&running.stderr, "collectd -f for 60 s");
    running.signal("INT");
    wait_line(&running.stderr, "error: collectd -f: interrupted");
    assert_eq!(running.wait().code(), Some(1));
    assert!(place.left_behind().is_empty(), "{:?}", place.left_behind());

    place.change("t_ends/src/lib.rs", "impl Write for", "impl Wrote for");
    let done = test(&place, "t_ends", &[]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    assert!(
        done.stderr.ends_with("error: `t_ends` does not compile: mend what the compiler says above\n"),
        "{}",
        done.text()
    );
}
