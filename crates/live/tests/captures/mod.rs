//! Capture files and the programs that read them.

#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use etherparse::PacketBuilder;

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    pub(crate) pcapng: bool,
    pub(crate) big_endian: bool,
    pub(crate) nanoseconds: bool,
}

impl Format {
    pub(crate) const USUAL: Format = Format { pcapng: false, big_endian: false, nanoseconds: false };

    pub(crate) fn all() -> impl Iterator<Item = Format> {
        (0..8).map(|n| Format { pcapng: n & 1 > 0, big_endian: n & 2 > 0, nanoseconds: n & 4 > 0 })
    }

    fn long(self, number: u32) -> [u8; 4] {
        if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    fn short(self, number: u16) -> [u8; 2] {
        if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    /// What a file of this kind of network begins with.
    pub(crate) fn header(self, link: u16) -> Vec<u8> {
        if !self.pcapng {
            let magic = if self.nanoseconds { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
            let version = [self.short(2), self.short(4)].concat();
            return [&self.long(magic), &version[..], &[0; 8], &self.long(262_144), &self.long(link.into())].concat();
        }
        let order = [self.long(0x1a2b_3c4d), [self.short(1), self.short(0)].concat().try_into().unwrap()].concat();
        let section = self.block(0x0a0d_0d0a, &[&order[..], &[0xff; 8]].concat());
        let unit = [&self.short(9)[..], &self.short(1), &[9, 0, 0, 0], &[0; 4]].concat();
        let options = if self.nanoseconds { unit } else { Vec::new() };
        let interface = [&self.short(link)[..], &[0; 6], &options].concat();
        [section, self.block(1, &interface)].concat()
    }

    /// A frame of so long after 1970.
    pub(crate) fn frame(self, nanos: u64, frame: &[u8]) -> Vec<u8> {
        let length = self.long(frame.len().try_into().unwrap());
        let (second, unit) = (1_000_000_000, if self.nanoseconds { 1 } else { 1000 });
        let low = |number: u64| self.long((number & 0xffff_ffff).try_into().unwrap());
        if !self.pcapng {
            return [&low(nanos / second)[..], &low(nanos % second / unit), &length, &length, frame].concat();
        }
        let time = nanos / unit;
        let padding = vec![0; frame.len().next_multiple_of(4) - frame.len()];
        let head = [self.long(0), low(time >> 32), low(time), length, length].concat();
        self.block(6, &[&head[..], frame, &padding].concat())
    }

    fn block(self, kind: u32, content: &[u8]) -> Vec<u8> {
        let length = self.long(u32::try_from(content.len()).unwrap() + 12);
        [&self.long(kind)[..], &length, content, &length].concat()
    }

    /// A file with these frames, a second apart.
    pub(crate) fn file(self, link: u16, frames: &[Vec<u8>]) -> Vec<u8> {
        let mut file = self.header(link);
        for (index, frame) in (1_700_000_000..).zip(frames) {
            file.extend(self.frame(index * 1_000_000_000, frame));
        }
        file
    }
}

/// The kinds of network, as captures number them.
pub(crate) const ETHERNET: u16 = 1;
pub(crate) const RAW: u16 = 101;

/// An IP packet from port 4711 to this port.
pub(crate) fn ip(v6: bool, port: u16, data: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let v6_address = |end: u8| [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end];
    let builder = if v6 {
        PacketBuilder::ipv6(v6_address(1), v6_address(2), 64)
    } else {
        PacketBuilder::ipv4([192, 0, 2, 1], [192, 0, 2, 2], 64)
    };
    builder.udp(4711, port).write(&mut packet, data).unwrap();
    packet
}

/// The same on Ethernet.
pub(crate) fn ethernet(port: u16, data: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0][..], &ip(false, port, data)].concat()
}

/// A capture of these datagrams to collectd's port.
pub(crate) fn capture<D: AsRef<[u8]>>(datagrams: impl IntoIterator<Item = D>) -> Vec<u8> {
    let frames: Vec<_> = datagrams.into_iter().map(|data| ethernet(25826, data.as_ref())).collect();
    Format::USUAL.file(ETHERNET, &frames)
}

/// What a program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// Its output, if all went well.
    #[track_caller]
    pub(crate) fn stdout(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }
}

/// Runs `collectd-live` with this on its standard input.
pub(crate) fn live(args: &[&str], input: &[u8]) -> Said {
    run(Command::new(env!("CARGO_BIN_EXE_collectd-live")).args(args), input)
}

/// Runs a program with this on its standard input.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Said {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", command.get_program()));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It may end before it has read all.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    // Invalid UTF-8 must not come out of any of these programs.
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A folder of packets at the root of the workspace.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(name)
}

/// The packets in it with their names, sorted.
pub(crate) fn packets(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = folder(name);
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter_map(|name| name.strip_suffix(".bin").map(str::to_owned)).collect();
    names.sort();
    assert!(names.len() > 70, "{names:?}");
    names.into_iter().map(|name| (name.clone(), fs::read(folder.join(name + ".bin")).unwrap())).collect()
}

/// All users that the packets of these folders are of, as an `AuthFile`.
pub(crate) fn auth_file(directory: &Path) -> String {
    let about = |path: PathBuf| serde_json::from_slice::<serde_json::Value>(&fs::read(path).unwrap()).unwrap();
    let vectors = packets("vectors").into_iter().map(|(name, _)| about(folder("vectors").join(name + ".json")));
    let mut users = BTreeMap::new();
    for about in vectors.chain([about(folder("malformed").join("observed.json"))]) {
        for (user, password) in about["users"].as_object().into_iter().flatten() {
            let before = users.insert(user.clone(), password.clone());
            assert!(before.is_none_or(|before| before == *password), "{user} has two passwords");
        }
    }
    let lines: String = users.iter().map(|(user, word)| format!("{user}: {}\n", word.as_str().unwrap())).collect();
    let path = directory.join("users");
    fs::write(&path, lines).unwrap();
    path.to_str().unwrap().to_owned()
}
