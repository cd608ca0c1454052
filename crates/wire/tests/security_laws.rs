//! Laws of signing, encrypting and opening.

mod common;

use aes::Aes256;
use collectd_wire::{
    DecodeErrorKind as Kind, Item, Items, KeyRing, MAX_PACKET_SIZE, Opener, SealError, Sealer, SecurityLevel, decode,
};
use common::Setup;
use hmac::{Hmac, KeyInit, Mac};
use ofb::cipher::{KeyIvInit, StreamCipher};
use proptest::collection::vec;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const USERS: [(&str, &str); 3] = [("alice", "w0nderl4nd"), ("bob", "bu1|der"), ("u", "p")];
const MAX_DEPTH: u8 = 8;

/// A part that does nothing.
const SOMETHING: [u8; 50] = {
    let mut part = [0; 50];
    (part[0], part[3]) = (0x7f, 50);
    part
};

fn keys() -> KeyRing {
    USERS.into_iter().collect()
}

/// All kinds of receivers; collectd refuses to be one of the last two.
fn setups() -> impl Iterator<Item = Setup> {
    let without_keys = |level| Setup { name: "without keys", level, keys: false };
    Setup::ALL.into_iter().chain([SecurityLevel::Sign, SecurityLevel::Encrypt].map(without_keys))
}

/// What is found in a packet: items, each with all about where it was, and errors.
type Found = Vec<Result<(String, bool, bool, Option<Vec<u8>>), (usize, Kind)>>;

fn found(mut items: Items<'_>) -> Found {
    let mut found = Vec::new();
    while let Some(item) = items.next() {
        let origin = items.origin();
        found.push(match item {
            Ok(item) => Ok((show(item), origin.is_signed(), origin.is_encrypted(), origin.user().map(<[u8]>::to_vec))),
            Err(error) => Err((error.offset, error.kind)),
        });
    }
    found
}

fn show(item: Item<'_>) -> String {
    format!("{item:?}")
}

/// The obvious receiver: what is behind what, as the protocol says it, with a copy of everything.
struct Obvious<'a> {
    setup: Setup,
    keys: &'a KeyRing,
    found: Found,
}

#[derive(Clone)]
struct Place {
    base: usize,
    signed: bool,
    encrypted: bool,
    user: Option<Vec<u8>>,
    depth: u8,
}

impl Obvious<'_> {
    fn receive(mut self, packet: &[u8]) -> Found {
        self.section(packet, &Place { base: 0, signed: false, encrypted: false, user: None, depth: 0 });
        self.found
    }

    fn section(&mut self, bytes: &[u8], place: &Place) {
        // Plain parts of this section as a packet of their own, and where each was.
        let mut plain = Vec::new();
        let mut at = 0;
        let end = loop {
            if bytes.len() - at <= 4 {
                break at;
            }
            let word = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
            let (code, size) = (word(at), usize::from(word(at + 2)));
            if size < 4 || size > bytes.len() - at {
                break at;
            }
            let rest = &bytes[at..];
            let here = Place { base: place.base + at, ..place.clone() };
            let level = self.setup.level;
            if code == 0x0210 {
                if !self.plain(&plain, &SOMETHING, place) {
                    return;
                }
                match self.decrypt(rest, size, &here) {
                    Err(kind) => return self.found.push(Err((here.base, kind))),
                    Ok((user, start, content)) => {
                        let base = here.base + start;
                        let depth = place.depth + 1;
                        self.section(&content, &Place { base, encrypted: true, user: Some(user), depth, ..here });
                    }
                }
                // Its state goes on, but its lists were reported.
                plain.push((place.base + at, Vec::new()));
            } else if level == SecurityLevel::Encrypt && !place.encrypted {
            } else if code == 0x0200 && self.setup.keys {
                if !self.plain(&plain, &SOMETHING, place) {
                    return;
                }
                return match self.verify(rest, size, &here) {
                    Err(kind) => self.found.push(Err((here.base, kind))),
                    Ok(user) => {
                        let base = here.base + size;
                        let depth = place.depth + 1;
                        self.section(&rest[size..], &Place { base, signed: true, user: Some(user), depth, ..here });
                    }
                };
            } else if level == SecurityLevel::Sign && !place.signed && !place.encrypted && code != 0x0200 {
            } else {
                plain.push((place.base + at, rest[..size].to_vec()));
            }
            at += size;
        };
        self.plain(&plain, &bytes[end..], &Place { base: place.base + end, ..place.clone() });
    }

    /// Notes what these parts give behind the last encrypted one, which is marked by no bytes. Whether
    /// that was all.
    fn plain(&mut self, parts: &[(usize, Vec<u8>)], behind: &[u8], place: &Place) -> bool {
        let known = parts.iter().rposition(|(_, bytes)| bytes.is_empty()).unwrap_or_default();
        let mut packet: Vec<u8> = parts.iter().flat_map(|(_, bytes)| bytes).copied().collect();
        // It makes a difference for the last part whether something is behind it.
        packet.extend(behind);
        let before: Vec<u8> = parts[..known].iter().flat_map(|(_, bytes)| bytes).copied().collect();
        let reported = decode(&before).filter(Result::is_ok).count();
        for item in decode(&packet).skip(reported) {
            match item {
                Ok(item) => {
                    self.found.push(Ok((show(item), place.signed, place.encrypted, place.user.clone())));
                }
                Err(wrong) => {
                    let mut at = 0;
                    let is_it = |(_, bytes): &&(usize, Vec<u8>)| {
                        at += bytes.len();
                        at > wrong.offset
                    };
                    let offset = parts.iter().find(is_it).map_or(place.base, |(offset, _)| *offset);
                    self.found.push(Err((offset, wrong.kind)));
                    return false;
                }
            }
        }
        true
    }

    fn verify(&self, rest: &[u8], size: usize, place: &Place) -> Result<Vec<u8>, Kind> {
        if rest.len() <= 36 || size <= 36 {
            return Err(Kind::SignatureLength);
        }
        let name = &rest[36..size];
        let user = c_text(name);
        if place.depth >= MAX_DEPTH {
            return Err(Kind::TooDeep);
        }
        let password = password(&user, self.keys).ok_or(Kind::SignatureUnknownUser)?;
        let mac = mac(password, name, &rest[size..]);
        if mac == rest[4..36] { Ok(user) } else { Err(Kind::SignatureMismatch) }
    }

    fn decrypt(&self, rest: &[u8], size: usize, place: &Place) -> Result<(Vec<u8>, usize, Vec<u8>), Kind> {
        if rest.len() <= 42 {
            return Err(Kind::EncryptedShort);
        }
        if size <= 42 {
            return Err(Kind::EncryptedLength);
        }
        let name = usize::from(u16::from_be_bytes([rest[4], rest[5]]));
        if name == 0 || name > size - 43 {
            return Err(Kind::EncryptedUserLength);
        }
        let user = c_text(&rest[6..6 + name]);
        if !self.setup.keys {
            return Err(Kind::EncryptedNoKey);
        }
        let password = password(&user, self.keys).ok_or(Kind::EncryptedNoKey)?;
        if place.depth >= MAX_DEPTH {
            return Err(Kind::TooDeep);
        }
        let mut body = rest[22 + name..size].to_vec();
        cipher(password, rest[6 + name..22 + name].try_into().unwrap(), &mut body);
        let (checksum, content) = body.split_at(20);
        if checksum != &sha1::Sha1::digest(content)[..] {
            return Err(Kind::EncryptedChecksum);
        }
        Ok((user, 42 + name, content.to_vec()))
    }
}

fn c_text(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().take_while(|&byte| byte != 0).collect()
}

fn password(user: &[u8], keys: &KeyRing) -> Option<&'static str> {
    let password = USERS.iter().find(|(name, _)| name.as_bytes() == user).map(|(_, password)| *password);
    assert_eq!(password.is_some(), keys.user(user).is_some());
    password
}

fn mac(password: &str, name: &[u8], content: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(password.as_bytes()).unwrap();
    mac.update(name);
    mac.update(content);
    mac.finalize().into_bytes().into()
}

fn cipher(password: &str, iv: [u8; 16], data: &mut [u8]) {
    ofb::Ofb::<Aes256>::new(&Sha256::digest(password), &iv.into()).apply_keystream(data);
}

/// A part of a packet to be made.
#[derive(Clone, Debug)]
enum Part {
    Bytes(Vec<u8>),
    /// Over all that follows; the number is of the byte to spoil, if there is such a one.
    Sign(usize, usize),
    Encrypt(usize, [u8; 16], usize, Vec<Part>),
}

const WHOLE: usize = usize::MAX;

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let leaf = prop_oneof![
        8 => plain().prop_map(Part::Bytes),
        4 => Just(Part::Bytes(make(&complete()))),
        1 => vec(any::<u8>(), 0..12).prop_map(Part::Bytes),
        3 => (0usize..4, spoil()).prop_map(|(user, spoilt)| Part::Sign(user, spoilt)),
    ];
    let part = leaf.clone().prop_recursive(10, 40, 6, |inner| {
        let made = |(user, iv, spoilt, inner)| Part::Encrypt(user, iv, spoilt, inner);
        (0usize..4, any::<[u8; 16]>(), spoil(), vec(inner, 0..6)).prop_map(made)
    });
    vec(prop_oneof![3 => leaf, 1 => part], 0..12)
}

fn spoil() -> impl Strategy<Value = usize> {
    prop_oneof![9 => Just(WHOLE), 1 => 0usize..80]
}

/// A part that is neither signed nor encrypted; mostly a good one.
fn plain() -> impl Strategy<Value = Vec<u8>> {
    let name = |code: u8| move |name: u8| vec![0, code, 0, 6, name, 0];
    prop_oneof![
        4 => (1u8..4).prop_map(|time| vec![0, 8, 0, 12, 0, 0, 0, time, 0, 0, 0, 0]),
        4 => any::<u8>().prop_map(name(0)),
        4 => any::<u8>().prop_map(name(2)),
        4 => any::<u8>().prop_map(name(4)),
        6 => any::<u8>().prop_map(|value| vec![0, 6, 0, 15, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, value]),
        2 => Just(vec![1, 1, 0, 12, 0, 0, 0, 0, 0, 0, 0, 4]),
        2 => any::<u8>().prop_map(|text| vec![1, 0, 0, 6, text, 0]),
        1 => any::<u8>().prop_map(|byte| vec![0x7f, 1, 0, 5, byte]),
        1 => Just(vec![0x7f, 2, 0, 8, 2, 0x10, 0, 0]),
        1 => Just(vec![0, 0, 0, 6, 1, 1]),
        1 => Just(vec![0, 8, 0, 13, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ]
}

/// All that stands in a packet up to its first section works alike for any receiver.
fn complete() -> Vec<Part> {
    let parts = [
        &[0, 8, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0][..],
        &[0, 0, 0, 6, b'h', 0],
        &[0, 2, 0, 6, b'p', 0],
        &[0, 4, 0, 6, b't', 0],
        &[0, 6, 0, 15, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 7],
    ];
    parts.into_iter().map(|bytes| Part::Bytes(bytes.to_vec())).collect()
}

fn make(parts: &[Part]) -> Vec<u8> {
    let Some((first, behind)) = parts.split_first() else { return Vec::new() };
    let behind = make(behind);
    let mut bytes = match first {
        Part::Bytes(bytes) => bytes.clone(),
        Part::Sign(user, spoilt) => {
            let (user, password) = USERS.get(*user).unwrap_or(&("nobody", "x"));
            let size = u16::try_from(36 + user.len()).unwrap();
            let mut bytes = vec![2, 0];
            bytes.extend(size.to_be_bytes());
            bytes.extend(mac(password, user.as_bytes(), &behind));
            bytes.extend(user.as_bytes());
            spoil_byte(&mut bytes, *spoilt);
            bytes
        }
        Part::Encrypt(user, iv, spoilt, inner) => {
            let (user, password) = USERS.get(*user).unwrap_or(&("nobody", "x"));
            let content = make(inner);
            let size = u16::try_from(42 + user.len() + content.len()).unwrap();
            let mut bytes = vec![2, 0x10];
            bytes.extend(size.to_be_bytes());
            bytes.extend(u16::try_from(user.len()).unwrap().to_be_bytes());
            bytes.extend(user.as_bytes());
            bytes.extend(iv);
            let mut body = sha1::Sha1::digest(&content).to_vec();
            body.extend(content);
            cipher(password, *iv, &mut body);
            bytes.extend(body);
            spoil_byte(&mut bytes, *spoilt);
            bytes
        }
    };
    bytes.extend(behind);
    bytes
}

fn spoil_byte(bytes: &mut [u8], at: usize) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1;
    }
}

/// Opens it alone and in company; answers what is found.
fn open(packet: &[u8], setup: Setup, keys: &KeyRing) -> Found {
    let mut opener = Opener::new(setup.level);
    let keys = setup.keys.then_some(keys);
    let alone = found(opener.open(keys, &mut packet.to_vec()));
    found(Opener::new(setup.level).strict(true).open(keys, &mut packet.to_vec()));
    let mut many = [packet.to_vec(), Vec::new(), packet.to_vec()];
    let opened = opener.open_all(keys, &mut many);
    assert_eq!(found(opened.items(0)), alone);
    assert_eq!(found(opened.items(1)), []);
    assert_eq!(found(opened.items(2)), alone);
    alone
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_opener_is_the_obvious_one(all in parts()) {
        let packet = make(&all);
        let keys = keys();
        for setup in setups() {
            let expected = Obvious { setup, keys: &keys, found: Vec::new() }.receive(&packet);
            prop_assert_eq!(open(&packet, setup, &keys), expected, "{}", setup.name);
        }
    }

    #[test]
    fn any_bytes_can_be_opened(bytes in vec(prop_oneof![Just(0u8), Just(2), Just(0x10), Just(1), Just(50), any::<u8>()], 0..400)) {
        let keys: KeyRing = [(&[1u8][..], "p"), (&[2], "p"), (&[50], "p")].into_iter().collect();
        for setup in setups() {
            let found = open(&bytes, setup, &keys);
            prop_assert!(found.len() <= 1 + bytes.len() / 6);
            prop_assert!(found.iter().all(|found| !matches!(found, Err((offset, _)) if *offset >= bytes.len())));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_sealed_comes_back(
        packets in vec(vec(plain(), 1..30).prop_map(|parts| parts.concat()), 1..100),
        user in 0usize..3,
        encrypt in any::<bool>(),
    ) {
        let (user, password) = USERS[user];
        let level = if encrypt { SecurityLevel::Encrypt } else { SecurityLevel::Sign };
        let mut sealer = Sealer::new(level, user.as_bytes(), password.as_bytes()).unwrap();
        let (mut one, mut many) = (Vec::new(), Vec::new());
        let sealed = sealer.seal_all(&packets, &mut many).unwrap().to_vec();
        let mut opener = Opener::new(level).strict(true);
        let keys = keys();
        let mut received = sealed.clone();
        let opened = opener.open_all(Some(&keys), &mut received);
        prop_assert_eq!(opened.len(), packets.len());
        for (at, packet) in packets.iter().enumerate() {
            prop_assert_eq!(sealed[at].len(), packet.len() + sealer.overhead());
            let mut iv = [0; 16];
            if encrypt {
                iv.copy_from_slice(&sealed[at][6 + user.len()..22 + user.len()]);
            }
            sealer.seal_again(packet, iv, &mut one).unwrap();
            prop_assert_eq!(&one, &sealed[at], "many at once are what each is alone");
            let plain: Vec<_> = decode(packet).filter_map(Result::ok).map(show).collect();
            let expected: Vec<_> = plain
                .into_iter()
                .map(|item| (item, !encrypt, encrypt, Some(user.as_bytes().to_vec())))
                .collect();
            let got: Vec<_> = found(opened.items(at)).into_iter().filter_map(Result::ok).collect();
            prop_assert_eq!(got, expected);
        }
    }
}

/// No bit of a sealed packet can be turned without a loss of all that is in it.
#[test]
fn a_change_anywhere_is_refused() {
    let plain = make(&complete());
    let keys = keys();
    for level in [SecurityLevel::Sign, SecurityLevel::Encrypt] {
        let mut sealed = Vec::new();
        Sealer::new(level, b"alice", b"w0nderl4nd").unwrap().seal(&plain, &mut sealed).unwrap();
        assert_eq!(found(Opener::new(level).open(Some(&keys), &mut sealed.clone())).len(), 1);
        for bit in 0..sealed.len() * 8 {
            let mut packet = sealed.clone();
            packet[bit / 8] ^= 1 << (bit % 8);
            let found = found(Opener::new(level).open(Some(&keys), &mut packet));
            assert!(found.iter().all(Result::is_err), "{level}, bit {bit}: {found:?}");
        }
        for len in 0..sealed.len() {
            let found = found(Opener::new(level).open(Some(&keys), &mut sealed[..len].to_vec()));
            assert!(found.iter().all(Result::is_err), "{level}, cut to {len}: {found:?}");
        }
    }
}

#[test]
fn sections_may_be_eight_deep() {
    let keys = keys();
    let none = Setup::ALL[1];
    let ok = |packet: &[u8]| open(packet, none, &keys).iter().filter(|found| found.is_ok()).count();
    for depth in 0..12 {
        let signed: Vec<_> = (0..depth).map(|_| Part::Sign(0, WHOLE)).chain(complete()).collect();
        assert_eq!(ok(&make(&signed)), usize::from(depth <= 8), "{depth} signatures");
        let wrap = |inner, _| vec![Part::Encrypt(1, [9; 16], WHOLE, inner)];
        let encrypted = (0..depth).fold(complete(), wrap);
        assert_eq!(ok(&make(&encrypted)), usize::from(depth <= 8), "{depth} layers");
    }
}

/// The largest packets of each kind that cost other decoders much.
#[test]
fn the_worst_packets_are_no_trouble() {
    let keys = keys();
    let start = std::time::Instant::now();
    let signatures: Vec<_> = (0..1000).map(|_| Part::Sign(2, WHOLE)).collect();
    let mut flat: Vec<_> = (0..1000).map(|_| Part::Encrypt(2, [3; 16], WHOLE, complete()[..1].to_vec())).collect();
    flat.push(Part::Sign(2, WHOLE));
    // Layers of which each holds many more, all to be decrypted again and again.
    let wrap = |inner: Vec<Part>, _| vec![Part::Encrypt(0, [1; 16], WHOLE, inner)];
    let many = (0..7).fold(flat.clone(), wrap);
    for parts in [signatures, flat, many] {
        let packet = make(&parts);
        assert!(packet.len() <= MAX_PACKET_SIZE);
        for setup in setups() {
            open(&packet, setup, &keys);
        }
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn strict_receivers_refuse_mixed_packets() {
    let keys = keys();
    let encrypted = || Part::Encrypt(0, [5; 16], WHOLE, complete());
    let plain = complete;
    let first = |parts: Vec<Part>, level| {
        let mut packet = make(&parts);
        found(Opener::new(level).strict(true).open(Some(&keys), &mut packet)).into_iter().next()
    };
    let concat = |parts: [Vec<Part>; 2]| parts.concat();
    let (sign, encrypt) = (SecurityLevel::Sign, SecurityLevel::Encrypt);
    let signature = || vec![Part::Sign(0, WHOLE)];
    let size = make(&[encrypted()]).len();

    for level in [sign, encrypt] {
        let kind = if level == sign { Kind::Unsigned } else { Kind::Unencrypted };
        assert_eq!(first(concat([plain(), vec![encrypted()]]), level), Some(Err((0, kind))));
        assert_eq!(first(concat([vec![encrypted()], plain()]), level), Some(Err((size, kind))), "nothing before it");
        assert!(first(vec![encrypted(), encrypted()], level).unwrap().is_ok());
        let inside = Part::Encrypt(0, [5; 16], WHOLE, concat([vec![encrypted()], plain()]));
        assert!(first(vec![inside], level).unwrap().is_ok(), "inside all is encrypted");
    }
    assert_eq!(first(concat([signature(), vec![encrypted()]]), encrypt), Some(Err((0, Kind::Unencrypted))));
    assert!(first(concat([signature(), concat([vec![encrypted()], plain()])]), sign).unwrap().is_ok());
    assert!(first(concat([vec![encrypted()], concat([signature(), plain()])]), sign).unwrap().is_ok());
    assert_eq!(first(concat([plain(), concat([signature(), plain()])]), sign), Some(Err((0, Kind::Unsigned))));
    // Without a level there is nothing to refuse.
    assert!(first(plain(), SecurityLevel::None).unwrap().is_ok());
}

#[test]
fn what_nobody_could_read_is_not_sealed() {
    let mut out = vec![1];
    for (user, password, error) in [
        (&b""[..], &b"p"[..], SealError::User),
        (b"a\0b", b"p", SealError::User),
        (&[b'u'; MAX_PACKET_SIZE], b"p", SealError::User),
        (b"u", b"", SealError::Password),
        (b"u", b"p\0", SealError::Password),
    ] {
        assert_eq!(Sealer::sign(user, password).unwrap_err(), error);
        assert_eq!(Sealer::encrypt(user, password).unwrap_err(), error);
    }
    for mut sealer in [Sealer::sign(b"user", b"p").unwrap(), Sealer::encrypt(b"user", b"p").unwrap()] {
        assert_eq!(sealer.seal(b"", &mut out), Err(SealError::Empty));
        let room = sealer.room(usize::MAX);
        sealer.seal(&vec![0; room], &mut out).unwrap();
        assert_eq!(out.len(), MAX_PACKET_SIZE);
        assert_eq!(sealer.seal(&vec![0; room + 1], &mut out), Err(SealError::TooLarge(MAX_PACKET_SIZE + 1)));
        assert!(out.is_empty(), "nothing is left to be sent");
        assert_eq!(sealer.room(1452), 1452 - sealer.overhead());
        assert_eq!(sealer.room(10), 0);
    }
}

#[test]
fn no_two_packets_have_the_same_vector() {
    let mut sealer = Sealer::encrypt(b"u", b"p").unwrap();
    let packets = vec![b"the same"; 1000];
    let mut sealed = Vec::new();
    let all: std::collections::BTreeSet<_> = sealer.seal_all(&packets, &mut sealed).unwrap().iter().cloned().collect();
    assert_eq!(all.len(), 1000);
    let mut one = Vec::new();
    sealer.seal(b"the same", &mut one).unwrap();
    assert!(!all.contains(&one));
}
