//! Files of the system that look different to one daemon, and disks that only it has.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files, or sizes of disks, and where to mount them; then `--`, then a command that takes the place of the shell, so that
/// it has the same process id.
const MOUNT_AND_RUN: &str = r#"
while [ "$1" != -- ]; do
    case $1 in
        file) mount --bind "$2" "$3" ;;
        disk) mount -t tmpfs -o "size=$2" tmpfs "$3" ;;
    esac || exit
    shift 3
done
shift
exec "$@"
"#;

/// The command in a mount namespace where these files have these texts, and these directories are disks of so many bytes.
///
/// # Panics
///
/// When there can be no such namespace.
pub(crate) fn within(command: &Command, dir: &Path, files: &[(PathBuf, String)], disks: &[(String, u64)]) -> Command {
    let mut inside = mount_namespace();
    inside.args(["sh", "-c", MOUNT_AND_RUN, "sh"]);
    for (path, text) in files {
        let file = place(dir, path);
        fs::write(&file, text).expect("the private directory is writable");
        inside.arg("file").args([&file, path]);
    }
    for (name, bytes) in disks {
        let place = dir.join(name);
        fs::create_dir(&place).expect("the private directory is writable");
        inside.arg("disk").arg(bytes.to_string()).arg(place);
    }
    inside.arg("--").arg(command.get_program()).args(command.get_args());
    inside
}

pub(crate) fn change(dir: &Path, path: &Path, text: &str) {
    let file = place(dir, path);
    let opened = OpenOptions::new().write(true).open(&file);
    // In place: it is this file that is mounted, and not whatever has its name.
    let changed = opened.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.set_len(text.len() as u64)
    });
    changed.unwrap_or_else(|error| panic!("{}, for {}: {error}", file.display(), path.display()));
}

fn place(dir: &Path, path: &Path) -> PathBuf {
    dir.join(path.display().to_string().replace('/', "_"))
}

/// `unshare` with what this user needs for a mount namespace. In it this user is root, or may do as much to mounts.
///
/// # Panics
///
/// When there can be no such namespace.
#[must_use]
pub fn mount_namespace() -> Command {
    let with = |options: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(options);
        command
    };
    let works = |options: &[&str]| with(options).arg("true").output().is_ok_and(|output| output.status.success());
    let ways: [&[&str]; 2] = [&["--mount"], &["--mount", "--map-root-user"]];
    let way = ways.into_iter().find(|options| works(options));
    with(way.expect(
        "what sees other files needs a mount namespace: this test needs unshare(1) of util-linux, and to be \
         root (sudo make test) or to be allowed a user namespace",
    ))
}
