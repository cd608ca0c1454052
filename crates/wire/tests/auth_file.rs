//! `AuthFile`: what is a user in it, and when it is read again.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use collectd_wire::{AuthFile, KeyRing, Opener, Reload, Sealer, SecurityLevel};
use proptest::prelude::*;

/// Whether this user has this password: whether what is signed with it is let through.
fn knows(keys: &KeyRing, user: &str, password: &str) -> bool {
    let plain = [0, 0, 0, 6, b'h', 0];
    let mut packet = Vec::new();
    Sealer::sign(user.as_bytes(), password.as_bytes()).unwrap().seal(&plain, &mut packet).unwrap();
    Opener::new(SecurityLevel::Sign).open(Some(keys), &mut packet).next().is_none()
}

/// Whether these and no others are users.
fn has_only(file: &[u8], users: &[(&str, &str)]) -> bool {
    let keys = KeyRing::parse(file);
    keys.len() == users.len() && users.iter().all(|(user, password)| knows(&keys, user, password))
}

#[test]
fn each_line_is_a_user() {
    assert!(has_only(b"alice: w0nderl4nd\nbob:bu1|der\n", &[("alice", "w0nderl4nd"), ("bob", "bu1|der")]));
    assert!(has_only(b"", &[]));
}

#[test]
fn blanks_count_behind_but_not_before() {
    assert!(has_only(b" \t\x0b\x0cu: \t\x0b\x0cp\n", &[("u", "p")]));
    assert!(has_only(b"space : pw\n", &[("space ", "pw")]));
    assert!(has_only(b"u: pw \t\n", &[("u", "pw \t")]));
    assert!(has_only(b"a b: c d\n", &[("a b", "c d")]));
}

#[test]
fn lines_without_user_or_password_are_ignored() {
    assert!(has_only(b"\n\r\n   \n# u: p\n  # u: p\nno colon\nu:\nv:   \r\nw: p\n", &[("w", "p")]));
    assert!(has_only(b"u:#p\n", &[("u", "#p")]));
}

#[test]
fn the_user_ends_at_the_first_colon() {
    assert!(has_only(b"u: a:b::c\n", &[("u", "a:b::c")]));
    assert!(has_only(b"u:: p\n", &[("u", ": p")]));
}

#[test]
fn the_first_of_two_lines_for_a_user_counts() {
    assert!(has_only(b"u: first\nv: p\nu: second\n", &[("u", "first"), ("v", "p")]));
    // One without a password is no line for that user.
    assert!(has_only(b"u:\nu: second\n", &[("u", "second")]));
}

#[test]
fn lines_end_with_lf_or_both_or_not_at_all() {
    assert!(has_only(b"u: p\r\nv: q\r\r\nw: r", &[("u", "p"), ("v", "q"), ("w", "r")]));
    // Alone, CR is a byte like others.
    assert!(has_only(b"u: p\rv: q\n", &[("u", "p\rv: q")]));
}

#[test]
fn a_nul_ends_the_line_for_us() {
    assert!(has_only(b"u: p\0q\nv: r\n", &[("u", "p"), ("v", "r")]));
    assert!(has_only(b"u\0: p\nv: r\n", &[("v", "r")]));
}

/// The daemon reads pieces of 4,095 bytes, the line feed included.
#[test]
fn a_line_that_is_too_long_is_several() {
    let password = "x".repeat(4095 - 3);
    assert!(has_only(format!("u: {password}").as_bytes(), &[("u", &password)]));
    assert!(has_only(format!("u: {password}\nv: q\n").as_bytes(), &[("u", &password), ("v", "q")]));
    assert!(has_only(format!("u: {password}v: q\n").as_bytes(), &[("u", &password), ("v", "q")]));
    assert!(has_only(format!("# {}v: q\n", "x".repeat(4093)).as_bytes(), &[("v", "q")]));
}

#[test]
fn bytes_that_are_no_text_are_users_too() {
    let keys = KeyRing::parse(b"\xff\xfe: \x80\n");
    assert!(keys.user(b"\xff\xfe").is_some());
    assert_eq!(format!("{keys:?}"), r#"{"\xff\xfe"}"#, "without the password");
}

proptest! {
    #[test]
    fn any_bytes_can_be_read(bytes in proptest::collection::vec(prop::sample::select(&b"ab:# \n\r\0\xff"[..]), 0..200)) {
        let keys = KeyRing::parse(&bytes);
        prop_assert!(keys.len() <= bytes.iter().filter(|&&byte| byte == b':').count());
    }
}

fn auth_file(dir: &Path) -> (std::path::PathBuf, AuthFile) {
    let path = dir.join("passwd");
    write_old(&path, "u: one\n");
    let file = AuthFile::open(&path).unwrap();
    (path, file)
}

/// Writes a file that was, by its time, not touched for long.
fn write_old(path: &Path, content: &str) {
    fs::write(path, content).unwrap();
    set_modified(path, SystemTime::now() - Duration::from_secs(1000));
}

fn set_modified(path: &Path, time: SystemTime) {
    File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
}

#[track_caller]
fn assert_reads(file: &AuthFile, users: usize) {
    match file.refresh_now() {
        Some(Reload::Read { users: now }) => assert_eq!(now, users),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_fails_once(file: &AuthFile) {
    let first = file.refresh_now();
    assert!(matches!(first, Some(Reload::Failed(_))), "{first:?}");
    for _ in 0..3 {
        assert!(file.refresh_now().is_none(), "said once");
    }
    assert!(knows(&file.keys(), "u", "one"), "the keys stay");
}

#[test]
fn a_change_within_the_same_second_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("passwd");
    fs::write(&path, "u: one\n").unwrap();
    let time = path.metadata().unwrap().modified().unwrap();
    let file = AuthFile::open(&path).unwrap();
    assert!(knows(&file.keys(), "u", "one"));
    // Of the same size, and even with the same time on it.
    fs::write(&path, "u: two\n").unwrap();
    set_modified(&path, time);
    assert_reads(&file, 1);
    assert!(knows(&file.keys(), "u", "two"));
    assert!(file.refresh_now().is_none(), "no change, no report");
}

#[test]
fn an_older_file_is_read_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let (path, file) = auth_file(dir.path());
    fs::write(&path, "u: two\n").unwrap();
    set_modified(&path, SystemTime::UNIX_EPOCH);
    assert_reads(&file, 1);
    assert!(knows(&file.keys(), "u", "two"));
}

#[test]
fn a_file_that_shrinks_or_is_emptied_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (path, file) = auth_file(dir.path());
    write_old(&path, "u: one\nv: two\n");
    assert_reads(&file, 2);
    write_old(&path, "v: two\n");
    assert_reads(&file, 1);
    assert!(file.keys().user(b"u").is_none());
    write_old(&path, "");
    assert_reads(&file, 0);
}

#[test]
fn a_file_that_replaces_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (path, file) = auth_file(dir.path());
    let time = path.metadata().unwrap().modified().unwrap();
    let other = dir.path().join("new");
    fs::write(&other, "u: two\n").unwrap();
    set_modified(&other, time);
    fs::rename(&other, &path).unwrap();
    assert_reads(&file, 1);
    assert!(knows(&file.keys(), "u", "two"));
}

#[test]
fn a_touched_file_with_the_same_users_is_no_news() {
    let dir = tempfile::tempdir().unwrap();
    let (path, file) = auth_file(dir.path());
    let before = file.keys();
    set_modified(&path, SystemTime::now());
    assert!(file.refresh_now().is_none());
    assert!(std::sync::Arc::ptr_eq(&before, &file.keys()));
}

#[test]
fn a_file_that_vanishes_leaves_the_keys_and_may_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let (path, file) = auth_file(dir.path());
    let aside = dir.path().join("aside");
    fs::rename(&path, &aside).unwrap();
    assert_fails_once(&file);
    // The very same, with nothing changed.
    fs::rename(&aside, &path).unwrap();
    assert_reads(&file, 1);
    assert!(file.refresh_now().is_none());
    fs::remove_file(&path).unwrap();
    assert_fails_once(&file);
}

#[test]
fn a_file_that_comes_back_untouched_is_news() {
    let dir = tempfile::tempdir().unwrap();
    let (here, away) = (dir.path().join("here"), dir.path().join("away"));
    fs::create_dir(&here).unwrap();
    let (_, file) = auth_file(&here);
    fs::rename(&here, &away).unwrap();
    assert_fails_once(&file);
    fs::rename(&away, &here).unwrap();
    assert_reads(&file, 1);
}

#[test]
fn what_is_no_file_leaves_the_keys() {
    let dir = tempfile::tempdir().unwrap();
    let (path, file) = auth_file(dir.path());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_fails_once(&file);
    assert!(AuthFile::open(&path).is_err());
    assert!(AuthFile::open("/dev/zero").is_err());
    fs::remove_dir(&path).unwrap();
    File::create(&path).unwrap().set_len((16 << 20) + 1).unwrap();
    assert!(AuthFile::open(&path).is_err(), "too large");
}

#[test]
fn a_missing_file_is_an_error_that_names_it() {
    let error = AuthFile::open("/nonexistent/passwd").unwrap_err();
    assert!(error.to_string().starts_with("/nonexistent/passwd: "), "{error}");
}

#[test]
fn it_is_looked_at_about_once_a_second() {
    let dir = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let (path, file) = auth_file(dir.path());
    write_old(&path, "u: two\n");
    let noticed = loop {
        if let Some(reload) = file.refresh() {
            assert!(matches!(reload, Reload::Read { users: 1 }), "{reload}");
            break start.elapsed();
        }
        assert!(start.elapsed() < Duration::from_secs(60), "never read again");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(noticed > Duration::from_millis(500), "{noticed:?}");
    assert!(knows(&file.keys(), "u", "two"));
}

#[test]
fn readers_see_one_state_or_the_other_while_it_changes() {
    let dir = tempfile::tempdir().unwrap();
    let (path, file) = auth_file(dir.path());
    std::thread::scope(|scope| {
        let changes = scope.spawn(|| {
            for round in 0..50 {
                let other = dir.path().join("new");
                write_old(&other, if round % 2 == 0 { "u: one\nv: two\n" } else { "u: one\n" });
                fs::rename(&other, &path).unwrap();
                file.refresh_now();
            }
        });
        while !changes.is_finished() {
            let keys = file.keys();
            assert!(keys.user(b"u").is_some());
            assert!((1..=2).contains(&keys.len()));
        }
    });
}
