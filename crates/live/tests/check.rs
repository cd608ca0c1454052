//! Packets taken apart.

mod captures;
mod common;

use std::fs;

use captures::{Said, auth_file, capture, folder, live, packets};
use collectd_wire::{DecodeError, KeyRing, Opener, SecurityLevel};
use common::{gauge, packet};
use serde_json::Value as Json;

fn check(args: &[&str], input: &[u8]) -> Said {
    live(&[&["check"], args].concat(), input)
}

/// Place and length of each part that is shown, with its kind.
fn parts(stdout: &str) -> Vec<(usize, usize, String)> {
    let number = |text: Option<&str>| text.is_some_and(|text| text.trim_start().parse::<usize>().is_ok());
    let lines = stdout.lines().filter(|line| number(line.get(..6)) && number(line.get(6..12)));
    lines
        .map(|line| {
            let kind = line[14..].trim_start();
            let kind = kind.split("  ").next().unwrap().split(" \"").next().unwrap();
            (line[..6].trim().parse().unwrap(), line[6..12].trim().parse().unwrap(), kind.to_owned())
        })
        .collect()
}

/// Lines of value lists and notifications.
fn results(stdout: &str) -> Vec<String> {
    let results = stdout.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("= value list ").or_else(|| line.strip_prefix("= notification ")).map(str::to_owned)
    });
    results.collect()
}

#[test]
fn a_packet_in_full() {
    let directory = tempfile::tempdir().unwrap();
    let users = auth_file(directory.path());
    let file = folder("vectors").join("crafted-plain-then-encrypted.bin");
    let types = directory.path().join("types.db");
    fs::write(&types, "gauge value:GAUGE:U:U\n").unwrap();
    let args = [file.to_str().unwrap(), "--auth-file", &users, "--types-db", types.to_str().unwrap()];
    let expected = r#"packet 1: 181 bytes
     0     8  host               "sec"
     8    12  time               1700001000.000000000 = 2023-11-14T22:30:00.000000000Z
    20    12  interval           10 s
    32    10  plugin             "plain"
    42    10  type               "gauge"
    52    15  values             gauge 0.0
              = value list [1700001000] sec/plain/gauge [(1, 0.0)]
    67   114  encrypted          for "alice", 67 bytes, initialisation vector 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f
              = decrypted, and its checksum is right
   114     8    host             "sec"
   122    12    time             1700001000.000000000 = 2023-11-14T22:30:00.000000000Z
   134    12    interval         10 s
   146    10    plugin           "alice"
   156    10    type             "gauge"
   166    15    values           gauge 1.0
                = value list [1700001000] sec/alice/gauge [(1, 1.0)], encrypted by "alice"
2 value lists, 0 notifications

"#;
    assert_eq!(check(&args, b"").stdout(), expected);
}

/// Of each packet of a real sender every part, in its place, and every value list and notification.
#[test]
fn packets_of_real_senders_are_told_whole() {
    let directory = tempfile::tempdir().unwrap();
    let users = auth_file(directory.path());
    let keys = KeyRing::parse(&fs::read(&users).unwrap());
    let mut compared = 0;
    for (name, data) in packets("vectors") {
        let stdout = check(&["--auth-file", &users], &data).stdout();
        let shown = parts(&stdout);
        let about: Json =
            serde_json::from_slice(&fs::read(folder("vectors").join(name.clone() + ".json")).unwrap()).unwrap();
        if let Some(expected) = about["parts"].as_array() {
            let expected: Vec<_> = expected.iter().map(|part| part[3].as_u64().unwrap()).collect();
            assert_eq!(shown.iter().map(|(_, length, _)| *length as u64).collect::<Vec<_>>(), expected, "{name}");
            compared += 1;
        }
        // One part begins where the one before it ends, or in it.
        let mut before = 0;
        for (offset, length, kind) in &shown {
            assert!(*offset >= before && offset + length <= data.len(), "{name}: {kind} at {offset}");
            before = *offset;
        }
        let mut copy = data.clone();
        let mut opener = Opener::new(SecurityLevel::None);
        let items: Vec<_> = opener.open(Some(&keys), &mut copy).map(|item| item.unwrap().to_string()).collect();
        let results = results(&stdout);
        assert_eq!(results.len(), items.len(), "{name}");
        for (result, item) in results.iter().zip(&items) {
            assert!(result.starts_with(item), "{name}: {result}");
        }
        let of_kind =
            |kind: &str| about["events"].as_array().unwrap().iter().filter(|event| event["kind"] == kind).count();
        let total = format!("{} value lists, {} notifications", of_kind("values"), of_kind("notification"));
        assert!(stdout.contains(&format!("\n{total}\n")), "{name}");
    }
    assert!(compared > 50, "{compared}");
}

/// With each set-up of a receiver: what it complains of is shown, where it is.
#[test]
fn what_is_wrong_is_named_where_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let users = auth_file(directory.path());
    let keys = KeyRing::parse(&fs::read(&users).unwrap());
    let mut faults = 0;
    for (level, with_keys, args) in [
        (SecurityLevel::None, false, &[][..]),
        (SecurityLevel::None, true, &["--auth-file", &users][..]),
        (SecurityLevel::Sign, true, &["--auth-file", &users, "--security-level", "sign"][..]),
        (SecurityLevel::Encrypt, true, &["--auth-file", &users, "--security-level", "encrypt"][..]),
    ] {
        let packets = packets("malformed");
        let file = capture(packets.iter().map(|(_, data)| data));
        let all = check(args, &file).stdout;
        let faulty = check(&[&["--errors"], args].concat(), &file).stdout;
        let texts = all.split("\n\n").map(|text| text.to_owned() + "\n");
        for ((number, (name, data)), text) in (1..).zip(packets).zip(texts) {
            assert!(text.starts_with(&format!("packet {number}: frame {number}, ")), "{text}");
            let mut copy = data.clone();
            let mut opener = Opener::new(level);
            let mut items = opener.open(with_keys.then_some(&keys), &mut copy);
            let (mut found, mut errors) = (Vec::new(), Vec::new());
            for item in items.by_ref() {
                match item {
                    Ok(item) => found.push(item.to_string()),
                    Err(error) => errors.push(error),
                }
            }
            let skipped = items.skipped();
            for DecodeError { offset, kind, .. } in &errors {
                let place = format!("\n{offset:>6} ");
                let (_, behind) = text.split_once(&place).unwrap_or_else(|| panic!("{name}: {offset}"));
                let kind_text = if with_keys {
                    kind.to_string()
                } else {
                    kind.to_string().replace("an encrypted part, and no key for it", "not decrypted")
                };
                assert!(behind.lines().nth(1).unwrap().contains(&kind_text), "{name}: {kind}: {text}");
            }
            assert_eq!(results(&text).len(), found.len(), "{name}");
            let incomplete = skipped.value_lists() + skipped.notifications();
            assert_eq!(text.matches("! not complete: ").count(), incomplete as usize, "{name}");
            assert_eq!(text.matches("! a name that is too long").count(), skipped.long_names as usize, "{name}");
            let no_keys = errors.iter().filter(|error| error.kind.to_string().contains("no key for it") && !with_keys);
            let is_faulty = errors.len() > no_keys.count() || incomplete + skipped.long_names > 0;
            let shown = faulty.contains(&format!("packet {number}: "));
            assert_eq!(shown, is_faulty, "{name} at {level:?}: {text}");
            faults += u32::from(is_faulty);
        }
    }
    assert!(faults > 200, "{faults}");
}

/// Of a few, by hand: what is wrong is at the byte where it was put.
#[test]
fn places_are_those_of_the_mistakes() {
    for (name, place, text) in [
        ("framing-len1-middle", 61, "! the rest is no part"),
        ("framing-len0-first", 0, "! the rest is no part"),
        ("framing-trailing-3", 61, "! the rest is no part"),
        ("number-desync-oob", 0, "! a number part whose length is not 12"),
        ("values-count-low", 46, "! a values part whose length and count do not fit together"),
        ("values-dstype-4", 46, "! a value of unknown kind"),
        ("string-unterminated-host", 61, "! a text that does not end with NUL"),
    ] {
        let file = folder("malformed").join(name.to_owned() + ".bin");
        let said = check(&[file.to_str().unwrap()], b"");
        assert_eq!(said.code, Some(1));
        let (before, _) = said.stdout.split_once(text).unwrap_or_else(|| panic!("{name}: {}", said.stdout));
        let part = before.lines().nth_back(1).unwrap();
        assert!(part.starts_with(&format!("{place:>6} ")), "{name}: {part}");
    }
}

#[test]
fn it_says_what_receivers_do() {
    let says = |name: &str, args: &[&str], texts: &[&str]| {
        let file = folder("malformed").join(name.to_owned() + ".bin");
        let said = check(&[&[file.to_str().unwrap()], args].concat(), b"");
        for text in texts {
            assert!(said.stdout.contains(text), "{name}: {text}: {}", said.stdout);
        }
    };
    says("number-desync-oob", &[], &["a number part whose length is not 12", "collectd does not look at this length"]);
    says("framing-trailing-3", &[], &["warns of a truncated packet"]);
    says("values-before-identity", &[], &["not complete: no host, no plugin, no type, no time", "without a word"]);
    says("framing-oversize-1600", &[], &["longer than 1452 bytes: collectd cuts it"]);
}

#[test]
fn types_db_is_asked_what_collectd_would_say() {
    let directory = tempfile::tempdir().unwrap();
    let types = directory.path().join("types.db");
    fs::write(&types, "gauge value:DERIVE:U:U\n").unwrap();
    let types_db = ["--types-db", types.to_str().unwrap()];
    let stdout = check(&types_db, &packet([gauge(1)])).stdout();
    assert!(stdout.contains("- for a collectd with this types.db: "), "{stdout}");
    fs::write(&types, "gauge value:GAUGE:U:U\n").unwrap();
    let stdout = check(&types_db, &packet([gauge(1)])).stdout();
    assert!(!stdout.contains("types.db"), "{stdout}");
}

#[test]
fn captures_are_checked_packet_by_packet() {
    let mut bad = packet([gauge(2)]);
    bad.truncate(bad.len() - 1);
    let file = capture([packet([gauge(1)]), bad.clone(), packet([gauge(3)])]);
    let said = check(&[], &file);
    assert_eq!((said.code, &said.stderr[..]), (Some(1), "error: something is wrong with 1 of 3 packets\n"));
    assert_eq!(results(&said.stdout).len(), 2);
    let head = format!(
        "packet 2: frame 2, 2023-11-14T22:13:21.000000000Z, 192.0.2.1:4711 to 192.0.2.2:25826, {} bytes\n",
        bad.len()
    );
    assert!(said.stdout.contains(&head), "{}", said.stdout);
    assert!(said.stdout.contains("- its time is 1699999993 s before that of its arrival\n"), "{}", said.stdout);
    let said = check(&["--errors"], &file);
    assert!(said.stdout.starts_with(&head), "{}", said.stdout);
    assert!(said.stdout.ends_with("\n\n3 packets, 1 with something wrong in them\n"), "{}", said.stdout);
    assert_eq!(results(&said.stdout).len(), 0);
    // Damage to the file is another matter.
    let said = check(&[], &file[..file.len() - 1]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.starts_with("error: standard input is cut off at byte "), "{}", said.stderr);
    assert_eq!(said.stdout.matches("packet ").count(), 2, "{}", said.stdout);
}

#[test]
fn hexadecimal_text_is_a_packet() {
    let data = packet([gauge(1)]);
    let text: String = data.iter().map(|byte| format!("{byte:02x} ")).collect();
    assert_eq!(check(&[], text.as_bytes()).stdout(), check(&[], &data).stdout());
    let said = check(&[], b"00 00 0g");
    assert_eq!((said.code, &said.stderr[..]), (Some(1), "error: line 1, column 8: 'g' is no hexadecimal digit\n"));
    let said = check(&[], &vec![0; 65_536]);
    assert_eq!(said.stderr, "error: this is no packet: it has 65536 bytes, and no datagram more than 65535\n");
    let said = check(&[], &vec![0; 2 << 20]);
    assert!(said.stderr.starts_with("error: standard input is neither a capture nor a packet"), "{}", said.stderr);
}

/// What is said in a packet must not do anything to a terminal, wherever it is said.
#[test]
fn hostile_names_stay_text() {
    let hostile = "\x1b]0;pwned\x07\x1b[2J\n\r\u{202e}<script>";
    let text = |code: [u8; 2]| {
        let length = u16::try_from(hostile.len() + 5).unwrap().to_be_bytes();
        [&code[..], &length, hostile.as_bytes(), &[0]].concat()
    };
    let signature =
        [&[2, 0][..], &u16::try_from(hostile.len() + 36).unwrap().to_be_bytes(), &[7; 32], hostile.as_bytes()];
    let name = u16::try_from(hostile.len()).unwrap().to_be_bytes();
    let length = u16::try_from(hostile.len() + 62).unwrap().to_be_bytes();
    let encrypted = [&[2, 0x10][..], &length, &name, hostile.as_bytes(), &[7; 56]];
    let names = [text([0, 0]), text([0, 2]), text([0, 3]), text([0, 4]), text([0, 5])].concat();
    let rest = [&[0, 1, 0, 12, 0, 0, 0, 0, 0, 0, 0, 7][..], &[0, 6, 0, 15, 0, 1, 2], &[0; 8]].concat();
    let severity = [1, 1, 0, 12, 0, 0, 0, 0, 0, 0, 0, 4];
    let packet =
        [&signature.concat()[..], &names, &rest, &severity, &text([1, 0]), &text([9, 9]), &encrypted.concat()].concat();
    let directory = tempfile::tempdir().unwrap();
    let users = directory.path().join("users");
    fs::write(&users, "bob: x\n").unwrap();
    for args in [&[][..], &["--auth-file", users.to_str().unwrap()]] {
        let said = check(args, &packet);
        for output in [&said.stdout, &said.stderr] {
            let harmful = output.chars().filter(|character| character.is_control() && *character != '\n');
            assert_eq!(harmful.count(), 0, "{output}");
            assert!(!output.contains('\u{202e}'), "{output}");
        }
        assert!(said.stdout.contains(r"\x1b]0;pwned"), "{}", said.stdout);
    }
    // As in what is printed from a capture.
    let printed = live(&["print", "--read", "-"], &capture([&packet])).stdout();
    assert_eq!(printed.lines().count(), 2, "{printed}");
    assert!(!printed.contains('\x1b') && !printed.contains('\u{202e}'), "{printed}");
}
