//! The decoder with keys. Since no fuzzer finds a signature or a checksum, the input tells how to make a
//! packet: how many sections, three bytes for each, and then the bytes that are put into them.
//!
//! The three bytes, from the outermost section to the innermost: whose it is and whether it is encrypted;
//! how many bytes come before it; how many behind it.

use collectd_wire::{DecodeErrorKind as Wrong, KeyRing, MAX_PACKET_SIZE, Opener, Sealer, SecurityLevel};

use crate::event::{Event, Seen, Voucher};
use crate::sections::{Expected, Known};
use crate::{naive, seeds};

/// Whom the receiver knows.
const USERS: [(&str, &str); 5] =
    [("alice", "w0nderl4nd"), ("bob", "bu1|der"), ("u", "p"), ("b\u{f6}b", "p\u{e4}ss"), ("carol", "with: colon")];

/// Who sends; the first two do it right.
const SENDERS: [(&str, &str); 4] =
    [("alice", "w0nderl4nd"), ("bob", "bu1|der"), ("alice", "b0reland"), ("mallory", "w0nderl4nd")];

/// Sections within sections are read so deep.
const DEEPEST: usize = 8;

thread_local! {
    static TOOLS: Tools = Tools::new();
}

struct Tools {
    keys: KeyRing,
    signers: [Sealer; 4],
    encrypters: [Sealer; 4],
}

impl Tools {
    fn new() -> Tools {
        let sealer = |level| {
            SENDERS.map(|(user, password)| Sealer::new(level, user.as_bytes(), password.as_bytes()).expect("a user"))
        };
        let (signers, encrypters) = (sealer(SecurityLevel::Sign), sealer(SecurityLevel::Encrypt));
        Tools { keys: KeyRing::from_iter(USERS), signers, encrypters }
    }

    fn sealer(&self, layer: &Layer) -> &Sealer {
        if layer.encrypted { &self.encrypters[layer.sender] } else { &self.signers[layer.sender] }
    }
}

struct Layer {
    encrypted: bool,
    sender: usize,
    before: usize,
    behind: usize,
}

impl Layer {
    fn of(&[flags, before, behind]: &[u8; 3]) -> Layer {
        let sender = usize::from(flags >> 1 & 3);
        Layer { encrypted: flags & 1 == 1, sender, before: before.into(), behind: behind.into() }
    }
}

/// What an input tells to do.
struct Recipe<'a> {
    layers: Vec<Layer>,
    content: &'a [u8],
}

impl<'a> Recipe<'a> {
    fn of(input: &'a [u8]) -> Option<Recipe<'a>> {
        let (&count, rest) = input.split_first()?;
        let (layers, _) = rest.as_chunks::<3>();
        let layers: Vec<_> = layers.iter().take(usize::from(count) % (DEEPEST + 2)).map(Layer::of).collect();
        let content = &rest[3 * layers.len()..];
        // Room for nine sections of the longest user.
        Some(Recipe { layers, content: &content[..content.len().min(MAX_PACKET_SIZE - 500)] })
    }
}

/// Packs content into sections, the first around all others, and notes what was encrypted.
fn seal(tools: &Tools, layers: &[Layer], content: &[u8], known: &mut Known) -> Vec<u8> {
    let Some((layer, layers)) = layers.split_first() else { return content.to_vec() };
    let (before, content) = content.split_at(layer.before.min(content.len()));
    let (content, behind) = content.split_at(content.len() - layer.behind.min(content.len()));
    let mut inner = seal(tools, layers, content, known);
    if !layer.encrypted {
        inner.extend_from_slice(behind);
    }
    let mut sealed = Vec::new();
    if tools.sealer(layer).seal_again(&inner, [7; 16], &mut sealed).is_err() {
        // Nothing can be put around nothing.
        sealed = inner;
    } else if layer.encrypted {
        known.insert(sealed.clone(), (layer.sender < 2).then_some(inner));
        sealed.extend_from_slice(behind);
    }
    [before, &sealed].concat()
}

pub(crate) fn run(input: &[u8]) {
    let Some(recipe) = Recipe::of(input) else { return };
    TOOLS.with(|tools| {
        let mut known = Known::new();
        let packet = seal(tools, &recipe.layers, recipe.content, &mut known);
        assert!(packet.len() <= MAX_PACKET_SIZE);
        let [none, sign, encrypt] = [SecurityLevel::None, SecurityLevel::Sign, SecurityLevel::Encrypt].map(|level| {
            let seen = open_anyhow(tools, level, &packet);
            if let Some(expected) = Expected::of(&packet, level, &USERS, &known) {
                assert_eq!(seen.events, expected.events);
                assert_eq!(seen.vouchers, expected.vouchers);
                assert_eq!(seen.errors.iter().map(naive::seen).collect::<Vec<_>>(), expected.errors);
            }
            seen
        });
        check_levels(&none, &sign, &encrypt);
    });
}

/// Opens a packet alone, among others, and strictly.
fn open_anyhow(tools: &Tools, level: SecurityLevel, packet: &[u8]) -> Seen {
    let mut copy = packet.to_vec();
    let seen = Seen::checked(Opener::new(level).open(Some(&tools.keys), &mut copy), packet.len());
    check_batch(tools, level, packet, &seen);

    let mut copy = packet.to_vec();
    let strict = Seen::of(Opener::new(level).strict(true).open(Some(&tools.keys), &mut copy), packet.len());
    let refused = strict.events.is_empty()
        && matches!(strict.errors[..], [error] if matches!(error.kind, Wrong::Unsigned | Wrong::Unencrypted));
    let same = strict.events == seen.events && strict.errors == seen.errors && strict.vouchers == seen.vouchers;
    assert!(refused || same, "{seen:?}\nstrictly {strict:?}");
    let passed_over = seen.skipped.unsigned_parts + seen.skipped.unencrypted_parts;
    assert!(refused || passed_over == 0, "{strict:?}");
    seen
}

/// What is made of a packet does not depend on others.
fn check_batch(tools: &Tools, level: SecurityLevel, packet: &[u8], seen: &Seen) {
    let mut other = Vec::new();
    let neighbour = b"\0\0\0\x06h\0";
    tools.encrypters[1].seal_again(neighbour, [3; 16], &mut other).expect("a packet");
    let mut packets = [packet.to_vec(), other.clone(), packet.to_vec(), neighbour.to_vec(), other];
    let mut opener = Opener::new(level);
    let opened = opener.open_all(Some(&tools.keys), &mut packets);
    assert_eq!(opened.len(), 5);
    for index in [0, 2] {
        assert_eq!(&Seen::of(opened.items(index), packet.len()), seen);
    }
    assert_eq!(opened.items(4).filter(Result::is_err).count(), 0);
}

/// Higher levels show what a lower one does, as far as it is vouched for.
fn check_levels(none: &Seen, sign: &Seen, encrypt: &Seen) {
    assert!(sign.vouchers.iter().all(|voucher| voucher.signed || voucher.encrypted));
    assert!(encrypt.vouchers.iter().all(|voucher| voucher.encrypted));
    // Errors in parts that are passed over show only where they are not.
    if none.errors.is_empty() {
        assert_eq!(sign.events, vouched(none, |voucher| voucher.signed || voucher.encrypted));
        assert_eq!(encrypt.events, vouched(none, |voucher| voucher.encrypted));
        assert!(sign.errors.is_empty() && encrypt.errors.is_empty());
    }
}

fn vouched(seen: &Seen, enough: fn(&Voucher) -> bool) -> Vec<Event> {
    let both = seen.events.iter().zip(&seen.vouchers);
    both.filter(|(_, voucher)| enough(voucher)).map(|(event, _)| event.clone()).collect()
}

/// Packets as they are, and those in sections of all kinds.
pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    const LAYERS: [&[[u8; 3]]; 10] = [
        &[],
        &[[0, 0, 0]],
        &[[1, 0, 0]],
        &[[1, 20, 30]],
        &[[1, 48, 48], [0, 24, 0]],
        &[[2, 0, 0], [3, 0, 20]],
        &[[1, 0, 0], [0, 0, 0], [3, 12, 0]],
        &[[5, 0, 30]],
        &[[1, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 0], [3, 0, 0], [2, 0, 0], [1, 0, 0], [1, 0, 0]],
        &[[1, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 0], [3, 0, 0], [2, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]],
    ];
    let mut seeds = around_parts();
    for (index, (name, packet)) in seeds::packets().into_iter().enumerate() {
        // Each as it is, and in one of the others.
        for number in [0, 1 + index % (LAYERS.len() - 1)] {
            let layers = LAYERS[number];
            let count = u8::try_from(layers.len()).expect("a few");
            seeds.push((format!("{name}-{number}"), [&[count][..], layers.as_flattened(), &packet].concat()));
        }
    }
    seeds
}

/// Sections between whole parts, so that what is in force outside and inside of them matters.
fn around_parts() -> Vec<(String, Vec<u8>)> {
    const HEAD: &[u8] = b"\0\x08\0\x0c\0\0\0\x01\0\0\0\0\0\0\0\x06h\0\0\x02\0\x06p\0\0\x04\0\x06t\0";
    const VALUE: &[u8] = b"\0\x06\0\x0f\0\x01\x02\0\0\0\0\0\0\0\x07";
    let whole = [HEAD, VALUE].concat();
    let len = |bytes: &[u8]| u8::try_from(bytes.len()).expect("short");
    // A list, a section that begins without a head, and a list that has the head from before.
    let content = [&whole[..], VALUE, &whole, VALUE].concat();
    [0, 1]
        .map(|flags| {
            let layer = [1, flags, len(&whole), len(VALUE)];
            (format!("between-{flags}"), [&layer[..], &content].concat())
        })
        .to_vec()
}
