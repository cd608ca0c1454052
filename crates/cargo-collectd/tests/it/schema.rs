//! `schema`: what it says is what the plugin takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use collectd_test_daemon::{Outcome, cargo_build, run_once, stock_plugin_dir};

use crate::new::KINDS;
use crate::place::{Done, Place, target_dir};

/// Samples of the framework's tests, and whether they take their example as it stands, and with all that can be left
/// out: what a text has to be, and what cannot be beside what, only the plugin knows.
const SAMPLES: [(&str, bool, bool); 8] = [
    ("configured", true, true),
    ("csv_rs", true, true),
    ("match_regex_rs", false, true),
    ("selective", true, true),
    ("several", true, false),
    ("survey", false, false),
    ("target_replace_rs", false, true),
    ("threshold_rs", true, true),
];

#[test]
fn every_kind_takes_what_is_shown() {
    let place = Place::new();
    let mut shown = String::new();
    for kind in KINDS {
        let name = format!("sc_{kind}");
        place.new_plugin(&name, kind);
        let conf = schema(&place, &name, "conf");
        assert_eq!(conf.stderr, "", "{}", conf.text());
        let built = place.finish(place.cargo(&name, &["build"]));
        assert_eq!(built.code, Some(0), "{}", built.text());
        let so = target_dir().join(format!("debug/lib{name}.so"));
        for text in [uncommented(&conf.stdout), complete(&conf.stdout)] {
            check_accepted(&so, &name, &text);
        }
        shown += &format!("==== {kind}\n{}", conf.stdout);
    }
    insta::assert_snapshot!("schema_kinds", shown);
}

#[test]
fn samples_take_what_is_shown() {
    let place = Place::new();
    let mut shown = String::new();
    for (name, as_it_stands, with_all) in SAMPLES {
        sample(&place, name);
        let conf = schema(&place, name, "conf");
        shown += &format!("==== {name}\n{}{}", conf.stdout, conf.stderr);
        let texts = [(as_it_stands, uncommented(&conf.stdout)), (with_all, complete(&conf.stdout))];
        for (_, text) in texts.into_iter().filter(|(is_taken, _)| *is_taken) {
            let so = cargo_build::example("collectd-test-plugins", name);
            check_accepted(&so, file_name(&text), &text);
        }
    }
    insta::assert_snapshot!("schema_samples", shown);
}

/// What the daemon does with an example that is wrong.
#[test]
fn an_example_that_is_changed_is_refused() {
    let place = Place::new();
    sample(&place, "configured");
    let conf = complete(&schema(&place, "configured", "conf").stdout);
    let so = cargo_build::example("collectd-test-plugins", "configured");
    for (from, to) in [("Port 80", "Port 65536"), ("<Node \"name\">", "<Node>"), ("Weight", "Wait")] {
        assert!(conf.contains(from), "{conf}");
        let outcome = outcome(&so, "configured", &conf.replace(from, to));
        assert!(!outcome.status.success(), "{to}: {}", outcome.output);
    }
}

#[test]
fn the_json_is_a_schema_that_takes_what_the_plugin_takes() {
    let place = Place::new();
    let check = |name: &str, instance: &str| {
        let json = schema(&place, name, "json");
        let script = "import json, sys\n\
             sys.path.append('/usr/lib/python3/dist-packages')\n\
             import jsonschema\n\
             schema, instance = map(json.loads, sys.argv[1:])\n\
             jsonschema.Draft202012Validator.check_schema(schema)\n\
             errors = [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(instance)]\n\
             print('\\n'.join(errors))\n";
        let output =
            Command::new("python3").args(["-c", script, &json.stdout, instance]).output().expect("python3 runs");
        assert!(output.status.success(), "install python3-jsonschema: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    };
    for (name, _, _) in SAMPLES {
        sample(&place, name);
        // Whatever it is, it is a schema.
        let _ = check(name, "{}");
    }
    odd(&place);
    let _ = check("odd", "{}");
    let good =
        r#"{"Plugin": {"configured": {"$argument": "a", "Port": 80, "Node": [{"$argument": "n", "Weight": 0.5}]}}}"#;
    assert_eq!(check("configured", good), "");
    for (from, to, problem) in [
        ("80", "65536", "maximum of 65535"),
        ("\"$argument\": \"n\", ", "", "'$argument' is a required"),
        ("Weight", "Wait", "'Wait' was unexpected"),
        ("0.5", "\"x\"", "not of type 'number'"),
    ] {
        let said = check("configured", &good.replace(from, to));
        assert!(said.contains(problem), "{said}");
    }
    let lines = r#"{"Plugin": {"several": {"Read": [["a"], ["b", 0.5, "g"]], "Node": {"n": {"Prefix": "p"}}}}}"#;
    assert_eq!(check("several", lines), "");
    let said = check("several", &lines.replace("\"g\"", "\"g\", 1"));
    assert!(said.contains("at most 3 items"), "{said}");
    let rules = r#"{"Target": {"replace_rs": [{"Host": ["^a", "b"]}, {"MetaData": ["k", "^a", "b"]}]}}"#;
    assert_eq!(check("target_replace_rs", rules), "");
    assert_ne!(check("target_replace_rs", &rules.replace("Host", "Ghost")), "");
    insta::assert_snapshot!("schema_json", schema(&place, "several", "json").stdout);
}

#[test]
fn programs_have_no_complaint_about_the_pages() {
    let place = Place::new();
    let mut names = Vec::new();
    for kind in KINDS {
        place.new_plugin(&format!("ma_{kind}"), kind);
        names.push(format!("ma_{kind}"));
    }
    for (name, _, _) in SAMPLES {
        sample(&place, name);
        names.push(name.to_owned());
    }
    odd(&place);
    names.push("odd".to_owned());
    for name in names {
        let man = schema(&place, &name, "man");
        let page = place.write(&format!("{name}.5"), &man.stdout);
        let lint =
            Command::new("mandoc").args(["-Tlint", "-Wall"]).arg(&page).output().expect("mandoc runs: install mandoc");
        let said = String::from_utf8_lossy(&lint.stdout).into_owned() + &String::from_utf8_lossy(&lint.stderr);
        assert_eq!(said, "", "{name}: {}", man.stdout);
        let mut read = Command::new("man");
        let read =
            read.args(["--warnings", "-E", "UTF-8", "-l"]).arg(&page).env("MANWIDTH", "100").env("LC_ALL", "C.UTF-8");
        let read = read.stdin(Stdio::null()).output().expect("man runs: install man-db");
        assert_eq!(String::from_utf8_lossy(&read.stderr), "", "{name}");
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        assert!(read.status.success() && text.contains("collectd.conf(5)"), "{text}");
        if name == "odd" {
            // What looks like commands of the language is text.
            assert!(text.contains(".so /etc/passwd") && text.contains(r"\fBnot bold\n"), "{text}");
        }
    }
    insta::assert_snapshot!("schema_man", schema(&place, "threshold_rs", "man").stdout);
}

/// Everything that a type can be, in several files; and what cannot be followed, with its place.
#[test]
fn what_cannot_be_followed_is_said_and_shown() {
    let place = Place::new();
    odd(&place);
    let conf = schema(&place, "odd", "conf");
    insta::assert_snapshot!("schema_odd", conf.text());
    assert!(!conf.stdout.contains('\x1b'), "{:?}", conf.stdout);
    let json = place.finish(command(&place, "odd", &["schema", "--message-format", "json"]));
    let reasons = json.stdout.lines().map(|line| line.split("\"reason\":").nth(1).expect("each has one"));
    let reasons: Vec<&str> = reasons.map(|rest| rest.trim_end_matches('}').trim_matches('"')).collect();
    assert!(reasons.contains(&"warning") && reasons.last() == Some(&"schema"), "{}", json.text());
}

#[test]
fn a_source_that_cannot_be_read_has_its_place() {
    let place = Place::new();
    place.new_plugin("sc_broken", "log");
    place.change("sc_broken/src/lib.rs", "impl Log for", "impl Log fur");
    let done = place.run("sc_broken", &["schema"]);
    assert_eq!(done.code, Some(1), "{}", done.text());
    assert!(done.stderr.starts_with("error: HERE/sc_broken/src/lib.rs:52:10: expected "), "{}", done.text());
    place.write("sc_broken/src/lib.rs", "mod missing;\n");
    let done = place.run("sc_broken", &["schema"]);
    assert_eq!(done.stderr, "error: src/lib.rs:1:5: there is no file of the module `missing`\n");
    place.write("sc_broken/src/lib.rs", "//! Nothing.\n");
    let done = place.run("sc_broken", &["schema"]);
    assert!(done.stderr.contains("has no collectd::plugin! or collectd::module!"), "{}", done.text());
}

fn command(place: &Place, name: &str, args: &[&str]) -> Command {
    let mut command = place.command(name, args);
    command.env("SOURCE_DATE_EPOCH", "1764194400");
    command
}

fn schema(place: &Place, name: &str, format: &str) -> Done {
    let done = place.finish(command(place, name, &["schema", "--format", format]));
    assert_eq!(done.code, Some(0), "{name}: {}", done.text());
    done
}

/// A crate with the source of a sample.
fn sample(place: &Place, name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/plugins/examples");
    let source = fs::read_to_string(root.join(format!("{name}.rs"))).expect("there is such a sample");
    crate_of(place, name, &[("lib.rs", &source)]);
}

fn crate_of(place: &Place, name: &str, files: &[(&str, &str)]) {
    fs::create_dir_all(place.path(name).join("src")).expect("a directory");
    place.write(
        &format!("{name}/Cargo.toml"),
        &format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n"
        ),
    );
    for (file, text) in files {
        let path = PathBuf::from(format!("{name}/src/{file}"));
        fs::create_dir_all(place.path("").join(path.parent().expect("a directory"))).expect("a directory");
        place.write(path.to_str().expect("UTF-8"), text);
    }
}

fn odd(place: &Place) {
    crate_of(
        place,
        "odd",
        &[
            ("lib.rs", include_str!("odd/lib.rs")),
            ("options.rs", include_str!("odd/options.rs")),
            ("options/read.rs", include_str!("odd/options/read.rs")),
        ],
    );
}

/// The name after `LoadPlugin`.
fn file_name(conf: &str) -> &str {
    let line = conf.lines().find_map(|line| line.strip_prefix("LoadPlugin "));
    line.expect("it loads the plugin").trim_matches('"')
}

/// Without the first `#` of each line.
fn uncommented(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.strip_prefix('#').expect("each has one"))).collect()
}

/// Without those of what can be left out, too. What explains has a `#`, a space and a word.
fn complete(text: &str) -> String {
    let mut text = uncommented(text);
    loop {
        let next: String = text.lines().map(|line| format!("{}\n", without_mark(line))).collect();
        if next == text {
            return text;
        }
        text = next;
    }
}

fn without_mark(line: &str) -> String {
    let inner = line.trim_start();
    let indent = &line[..line.len() - inner.len()];
    match inner.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && (!rest.starts_with(' ') || rest.starts_with("  ")) => {
            format!("{indent}{rest}")
        }
        _ => line.to_owned(),
    }
}

/// `collectd -T`, with nothing in the configuration but the example and a log.
fn outcome(so: &Path, name: &str, conf: &str) -> Outcome {
    let logfile = stock_plugin_dir().join("logfile.so");
    let dir = cargo_build::plugin_dir(&[(so, name), (&logfile, "logfile")]);
    run_once(&format!(
        "PluginDir \"{}\"\nBaseDir \"@DIR@\"\nHostname \"testhost\"\nFQDNLookup false\nLoadPlugin logfile\n\
         <Plugin logfile>\nFile stderr\nPrintSeverity true\n</Plugin>\n{conf}",
        dir.path().display()
    ))
}

#[track_caller]
fn check_accepted(so: &Path, name: &str, conf: &str) {
    let outcome = outcome(so, name, conf);
    assert!(outcome.status.success(), "{}\n{conf}", outcome.output);
    let complaints = ["config:", "unknown", "Parse error", "isn't loaded", "[error]"];
    let complaint = outcome.output.lines().find(|line| complaints.iter().any(|words| line.contains(words)));
    assert_eq!(complaint, None, "{}\n{conf}", outcome.output);
}
