//! An AuthFile that changes, or goes away, while packets come in.

mod common;
mod receiving;

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use collectd_test_daemon::{Daemon, free_udp_port};
use collectd_test_interop::{as_root, stock};
use collectd_types::Time;
use common::{PATIENCE, log_lines, soon};
use receiving::{ALICE, BOB, Source, Statistics, USERS, auth_file, gauge, listen, own_log, packet, reporting, signed};
use tempfile::TempDir;

/// A daemon with an AuthFile.
struct Receiver {
    daemon: Daemon,
    port: u16,
    file: PathBuf,
    sent: u64,
    _dir: TempDir,
}

impl Receiver {
    fn start() -> Receiver {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let place = dir.path().to_owned();
        Receiver::start_in(&place, dir)
    }

    fn start_in(place: &Path, dir: TempDir) -> Receiver {
        let port = free_udp_port();
        let block = listen(port, &format!("SecurityLevel Sign\n{}", auth_file(place)));
        Receiver { daemon: reporting(&block).start(), port, file: place.join("users"), sent: 0, _dir: dir }
    }

    /// Whether what this user signs is taken.
    fn takes(&mut self, user: (&[u8], &[u8])) -> bool {
        self.sent += 1;
        let metric = format!("h/p/gauge-{}", self.sent);
        let content = packet([gauge("h", &self.sent.to_string(), Time::now(), 1.0)]);
        Source::new(self.port).send(&signed(user, &content));
        let _ = Statistics::received(&self.daemon, self.port, self.sent);
        self.daemon.csv_rows().contains_key(&metric)
    }

    /// Waits until it is as it should be: the file is looked at once a second, when something comes.
    fn wait(&mut self, user: (&[u8], &[u8]), is_taken: bool) {
        soon(&format!("{} to be taken: {is_taken}", String::from_utf8_lossy(user.0)), || {
            (self.takes(user) == is_taken).then_some(())
        });
    }

    /// It stays as it is for longer than the daemon needs to notice.
    fn assert_stays(&mut self, user: (&[u8], &[u8])) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(1500) {
            assert!(self.takes(user), "{}", self.daemon.log());
        }
    }

    fn stop(mut self) -> String {
        assert!(self.daemon.stop().success());
        own_log(&self.daemon)
    }
}

const CAROL: (&[u8], &[u8]) = (b"carol", b"pw");

#[test]
fn users_come_and_go_with_the_file() {
    let mut receiver = Receiver::start();
    assert!(receiver.takes(ALICE) && receiver.takes(BOB) && !receiver.takes(CAROL));
    // As an editor does, which leaves the old time on the new file.
    let (new, old_time) =
        (receiver.file.with_extension("new"), fs::metadata(&receiver.file).unwrap().modified().unwrap());
    fs::write(&new, "alice: w0nderl4nd\ncarol: pw\n").expect("writable");
    fs::File::options().write(true).open(&new).and_then(|file| file.set_modified(old_time)).expect("writable");
    fs::rename(&new, &receiver.file).expect("writable");
    receiver.wait(CAROL, true);
    assert!(receiver.takes(ALICE) && !receiver.takes(BOB));
    // Another password of the same length.
    fs::write(&receiver.file, "alice: wAnderl4nd\ncarol: pw\n").expect("writable");
    receiver.wait(ALICE, false);
    // Nobody.
    fs::write(&receiver.file, "").expect("writable");
    receiver.wait(CAROL, false);
    fs::write(&receiver.file, USERS).expect("writable");
    receiver.wait(BOB, true);
    let log = receiver.stop();
    assert!(!log.contains("w0nderl4nd") && !log.contains("wAnder"), "{log}");
    for users in [2, 2, 0, 2] {
        assert!(log.contains(&format!("AuthFile: read the users again, there are {users}")), "{log}");
    }
}

/// What cannot be read leaves the users as they were, is told once, and does not hold anybody up.
#[test]
fn a_file_that_cannot_be_read_changes_nothing() {
    type Spoil = fn(&Path);
    let spoils: [(&str, Spoil); 6] = [
        ("removed", |_| {}),
        ("a directory", |path| fs::create_dir(path).expect("writable")),
        ("a link in a circle", |path| symlink(path, path).expect("writable")),
        ("a FIFO", |path| {
            let status = std::process::Command::new("mkfifo").arg(path).status();
            assert!(status.expect("mkfifo is there").success());
        }),
        ("without end", |path| symlink("/dev/zero", path).expect("writable")),
        ("huge", |path| fs::File::create(path).and_then(|file| file.set_len(1 << 30)).expect("writable")),
    ];
    let mut receiver = Receiver::start();
    for (what, spoil) in spoils {
        println!("{what}");
        assert!(receiver.takes(ALICE));
        fs::remove_file(&receiver.file).expect("writable");
        spoil(&receiver.file);
        receiver.assert_stays(ALICE);
        let _ = fs::remove_dir(&receiver.file).or_else(|_| fs::remove_file(&receiver.file));
        // Back, and somebody else in it.
        fs::write(&receiver.file, format!("{USERS}carol: pw\n")).expect("writable");
        receiver.wait(CAROL, true);
        fs::write(&receiver.file, USERS).expect("writable");
        receiver.wait(CAROL, false);
    }
    let log = receiver.stop();
    assert_eq!(log.matches("; the users stay as they were").count(), 6, "{log}");
    assert_eq!(log.matches("read the users again").count(), 12, "{log}");
}

/// Somebody writes to it slowly, or all the time.
#[test]
fn a_file_that_is_being_written_is_read_whole_in_the_end() {
    let mut receiver = Receiver::start();
    let mut file = fs::File::create(&receiver.file).expect("writable");
    for number in 0..20 {
        writeln!(file, "user{number}: pw").expect("writable");
        let _ = receiver.takes(BOB);
    }
    write!(file, "{USERS}").expect("writable");
    drop(file);
    receiver.wait(ALICE, true);
    assert!(receiver.takes((b"user19", b"pw")));
    let log = receiver.stop();
    assert!(!log.contains("stay as they were") && !log.contains("[error]"), "{log}");
}

/// The file is written on a full disk, which leaves it empty, and once more when there is room.
#[test]
fn users_that_a_full_disk_lost_are_back_when_there_is_room() {
    in_own_mounts("users_that_a_full_disk_lost_are_back_when_there_is_room", || {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let place = dir.path().join("disk");
        fs::create_dir(&place).expect("writable");
        let mut mount = stock("mount", "mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k", "none"]).arg(&place);
        assert!(mount.status().expect("mount runs").success());
        let mut receiver = Receiver::start_in(&place, dir);
        assert!(receiver.takes(ALICE));
        let mut filler = fs::File::create(place.join("filler")).expect("writable");
        // That made room, which others take.
        let mut users = fs::File::create(&receiver.file).expect("writable");
        while filler.write_all(&[1; 512]).is_ok() {}
        assert!(users.write_all(USERS.as_bytes()).is_err(), "the disk is full");
        assert_eq!(fs::metadata(&receiver.file).expect("it is there").len(), 0);
        receiver.wait(ALICE, false);
        drop(filler);
        fs::remove_file(place.join("filler")).expect("writable");
        fs::write(&receiver.file, format!("{USERS}carol: pw\n")).expect("writable");
        receiver.wait(CAROL, true);
        assert!(receiver.takes(ALICE));
        receiver.daemon.wait_log("there are 0", PATIENCE);
        assert_eq!(log_lines(&receiver.daemon, "read the users again"), 2, "{}", receiver.daemon.log());
        let _ = receiver.stop();
    });
}

/// Runs a test as root, in a process whose mounts nobody else sees, and which go with it.
fn in_own_mounts(test: &str, body: impl FnOnce()) {
    const INSIDE: &str = "COLLECTD_TEST_OWN_MOUNTS";
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    as_root(test, || {
        let mut command = stock("unshare", "util-linux");
        let this = std::env::current_exe().expect("a test has a program");
        command.args(["--mount", "--propagation", "private"]).arg(this).args(["--exact", test, "--nocapture"]);
        let output = command.env(INSIDE, "yes").output().expect("unshare runs");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    });
}
