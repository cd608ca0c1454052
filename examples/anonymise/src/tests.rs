//! The target in a daemon inside the test.

use std::fs;
use std::path::Path;

use collectd_testing::{Host, Verdict};

use super::*;

/// A daemon with the target, of a configuration that begins with the file of the secret.
fn start(dir: &Path, options: &str) -> Result<Host, String> {
    let file = dir.join("secret");
    if !file.exists() {
        fs::write(&file, "0123456789abcdef\n").expect("a temporary directory is writable");
    }
    let mut host = Host::start(module_register, "");
    let made = host.create_target("anonymise", &format!("SecretFile {file:?}\n{options}"));
    match made {
        Ok(()) => Ok(host),
        Err(failed) => Err(failed.to_string()),
    }
}

fn values(host: &str, plugin_instance: &str) -> Values {
    Values::new("gauge").host(host).plugin("p").plugin_instance(plugin_instance).type_instance("t").gauge(1.0)
}

fn changed(host: &mut Host, values: &Values) -> Values {
    let done = host.target("anonymise", values);
    assert_eq!(done.verdict, Verdict::Continue);
    done.values
}

fn name_of(host: &mut Host, name: &str) -> String {
    changed(host, &values(name, "")).identifier().host.to_string()
}

#[test]
fn the_same_name_has_the_same_pseudonym_with_the_same_secret() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut host = start(dir.path(), "").expect("that is its configuration");
    let web1 = name_of(&mut host, "web1.example.org");
    assert!(web1.len() == 16 && web1.bytes().all(|byte| byte.is_ascii_hexdigit()), "{web1}");
    assert_ne!(name_of(&mut host, "web2.example.org"), web1);
    host.shutdown();
    let mut host = start(dir.path(), "Digits 32").expect("that is its configuration");
    assert!(name_of(&mut host, "web1.example.org").starts_with(&web1));
    host.shutdown();
    // Another secret, other pseudonyms; the line end is no part of it.
    fs::write(dir.path().join("secret"), "0123456789abcdef").expect("it is writable");
    let mut host = start(dir.path(), "").expect("that is its configuration");
    assert_eq!(name_of(&mut host, "web1.example.org"), web1);
    host.shutdown();
    fs::write(dir.path().join("secret"), "0123456789abcdeg").expect("it is writable");
    let mut host = start(dir.path(), "").expect("that is its configuration");
    assert_ne!(name_of(&mut host, "web1.example.org"), web1);
    host.shutdown();
}

#[test]
fn names_and_beginnings_that_are_to_stay_do() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let options = "Keep \"gateway\"\nKeep \"/^test-/\"\nKeepPrefix \"web\" \"web-eu-\"\nKeepPrefix \"db\"";
    let mut host = start(dir.path(), options).expect("that is its configuration");
    assert_eq!(name_of(&mut host, "gateway"), "gateway");
    assert_eq!(name_of(&mut host, "test-17"), "test-17");
    let web = name_of(&mut host, "web-eu-1");
    assert!(web.starts_with("web-eu-") && web.len() == "web-eu-".len() + 16, "{web}");
    assert!(name_of(&mut host, "web1").starts_with("web"));
    assert!(!name_of(&mut host, "gateway2").contains("gateway"));
    // It is the whole name that the pseudonym is made of.
    assert_ne!(name_of(&mut host, "web1")[3..], name_of(&mut host, "db1")[2..]);
    host.shutdown();
}

#[test]
fn instances_are_replaced_if_asked_for_and_empty_ones_stay_empty() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let options = "PluginInstance true\nTypeInstance true\nKeep \"t\"";
    let mut host = start(dir.path(), options).expect("that is its configuration");
    let done = changed(&mut host, &values("web1", "web1"));
    let id = done.identifier();
    assert_eq!(id.plugin_instance, id.host);
    assert_ne!(id.host, "web1");
    assert_eq!((id.plugin.to_string(), id.type_instance.to_string()), ("p".to_owned(), "t".to_owned()));
    assert!(changed(&mut host, &values("web1", "")).identifier().plugin_instance.is_empty());
    host.shutdown();
    let mut host = start(dir.path(), "Host false\nTypeInstance true").expect("that is its configuration");
    let done = changed(&mut host, &values("web1", "web1"));
    let id = done.identifier();
    assert!(id.host == "web1" && id.plugin_instance == "web1" && id.type_instance != "t", "{id}");
    host.shutdown();
}

#[test]
fn what_tells_of_senders_goes_if_asked_for() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let received = values("web1", "")
        .meta("network:received", true)
        .meta("network:username", "web1")
        .meta("Network:IP_Address", "192.0.2.1")
        .meta("rack", "r7")
        .meta("zone", "z");
    let keys = |values: &Values| -> Vec<String> {
        let mut keys: Vec<String> = values.view().meta().to_meta().iter().map(|(key, _)| key.to_owned()).collect();
        keys.sort();
        keys
    };
    let mut host = start(dir.path(), "").expect("that is its configuration");
    assert_eq!(keys(&changed(&mut host, &received)).len(), 5);
    host.shutdown();
    let mut host = start(dir.path(), "RemoveSender true\nRemoveMetaData \"rack\"").expect("that is its configuration");
    assert_eq!(keys(&changed(&mut host, &received)), ["network:received", "zone"]);
    host.shutdown();
}

#[test]
fn mistakes_are_named() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let long = "x".repeat(112);
    for (options, complaint) in [
        ("Host false", "no name is replaced"),
        ("Digits 7", "Digits: 7 does not fit, expected a number from 8 to 64"),
        ("KeepPrefix \"\"", "KeepPrefix \"\": expected from 1 to 111 bytes"),
        (&format!("KeepPrefix \"{long}\""), "expected from 1 to 111 bytes"),
        ("Keep \"/(/\"", "Keep: \"/(/\": \"(\" is not closed"),
        ("Keeps \"a\"", "unknown field \"Keeps\""),
    ] {
        let failed = start(dir.path(), options).expect_err(options);
        assert!(failed.contains(complaint), "{failed}");
    }
    let file = dir.path().join("secret");
    for (text, complaint) in [("short\n", "has 5 bytes, expected from 16 to 4096"), (&" ".repeat(20), "has 0 bytes")] {
        fs::write(&file, text).expect("it is writable");
        let failed = start(dir.path(), "").expect_err(text);
        assert!(failed.contains(complaint), "{failed}");
    }
    fs::write(&file, "x".repeat(5000)).expect("it is writable");
    assert!(start(dir.path(), "").expect_err("too long").contains("expected from 16 to 4096"));
    fs::remove_file(&file).expect("it is there");
    fs::create_dir(&file).expect("a directory");
    assert!(start(dir.path(), "").expect_err("a directory").contains("is not a regular file"));
}

#[test]
fn the_file_of_the_secret_is_to_be_private() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("secret");
    fs::write(&file, "0123456789abcdef").expect("it is writable");
    for (mode, warnings) in [(0o644, 1), (0o640, 0)] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("it is ours");
        let mut host = start(dir.path(), "").expect("that is its configuration");
        let log = host.take_log();
        assert_eq!(
            log.iter().filter(|line| line.text.contains("can be read by everybody")).count(),
            warnings,
            "{log:?}"
        );
        host.shutdown();
    }
}
