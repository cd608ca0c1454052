//! Users and passwords. The input is the content of an `AuthFile`.

use std::collections::BTreeMap;

use collectd_wire::{KeyRing, Opener, Sealer, SecurityLevel};

use crate::seeds;

pub(crate) fn run(content: &[u8]) {
    let keys = KeyRing::parse(content);
    let expected = users(content);
    assert!(keys.users().eq(expected.keys().map(Vec::as_slice)), "{keys:?}");
    assert_eq!((keys.len(), keys.is_empty()), (expected.len(), expected.is_empty()));

    let mut opener = Opener::new(SecurityLevel::Sign);
    // Making keys takes its time; a few tell as much as all.
    for (user, password) in expected.iter().take(8) {
        assert!(keys.user(user).is_some());
        let Ok(mut sealer) = Sealer::sign(user, password) else {
            assert!(user.is_empty(), "what is in a file can be sent with");
            continue;
        };
        let mut packet = Vec::new();
        sealer.seal(b"\0\0\0\x06h\0", &mut packet).expect("a packet");
        let error = opener.open(Some(&keys), &mut packet).find_map(Result::err);
        assert_eq!(error, None, "the password is another one");
    }
    let shown = format!("{keys:?}");
    assert!(!shown.contains(char::is_control), "{shown:?}");
}

/// Users and passwords as collectd reads them, byte for byte.
fn users(content: &[u8]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut users = BTreeMap::new();
    let mut bytes = content.iter().copied().peekable();
    while bytes.peek().is_some() {
        // fgets with a buffer of 4,096 bytes.
        let mut line = Vec::new();
        while line.len() < 4095 && line.last() != Some(&b'\n') {
            let Some(byte) = bytes.next() else { break };
            line.push(byte);
        }
        if let Some(nul) = line.iter().position(|&byte| byte == 0) {
            line.truncate(nul);
        }
        while line.pop_if(|byte| matches!(byte, b'\n' | b'\r')).is_some() {}
        let line = skip_space(&line);
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let (user, password) = (&line[..colon], skip_space(&line[colon + 1..]));
        if line[0] != b'#' && !password.is_empty() {
            users.entry(user.to_vec()).or_insert_with(|| password.to_vec());
        }
    }
    users
}

fn skip_space(text: &[u8]) -> &[u8] {
    match text {
        [b' ' | 9..=13, rest @ ..] => skip_space(rest),
        _ => text,
    }
}

pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    seeds::texts([
        b"alice: w0nderl4nd\nbob: bu1|der\n",
        b"# comment\r\n\r\n  alice:w0nderl4nd  \r\nalice: second\nb\xc3\xb6b:\tp\xc3\xa4ss: and more",
        b"\x0b user with blanks : p\0hidden\n:nobody\nnothing:\nno colon\n #x: y\n",
        &[b'x'; 5000],
        &[&[b' '; 4090][..], b"u: p\nv: q\n"].concat(),
    ])
}
