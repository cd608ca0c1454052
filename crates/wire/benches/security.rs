//! What it costs to sign, verify, encrypt and decrypt a packet, alone and side by side.
//!
//! Prints nanoseconds per packet, the best of many passes.

use std::hint::black_box;
use std::time::Instant;

use aes::Aes256;
use collectd_wire::{KeyRing, Opener, Sealer, SecurityLevel};
use hmac::Mac;
use ofb::cipher::{KeyIvInit, StreamCipher};
use sha1::Digest;

/// As much as collectd puts under the cipher of a full packet: the checksum and 1,346 bytes of parts.
const PLAIN: usize = 1346;
const USER: &str = "alice";
const PASSWORD: &str = "w0nderl4nd";

fn main() {
    primitives();
    println!("{:<38}{:>10}{:>10}{:>10}{:>10}", "ns per packet, packets at once:", 1, 8, 32, 64);
    line("sign", |count| seal(SecurityLevel::Sign, count));
    line("verify, and pass over 30 parts", |count| open(SecurityLevel::Sign, count));
    line("encrypt", |count| seal(SecurityLevel::Encrypt, count));
    line("decrypt, and pass over 30 parts", |count| open(SecurityLevel::Encrypt, count));
}

fn line(name: &str, mut measure: impl FnMut(usize) -> f64) {
    print!("{name:<38}");
    for count in [1, 8, 32, 64] {
        print!("{:>10.0}", measure(count));
    }
    println!();
}

/// What the rest is made of.
fn primitives() {
    let mut data = packet(0);
    let mut line = |name: &str, step: &mut dyn FnMut(&mut [u8])| {
        println!("{name:<38}{:>10.0}", best(1, || step(black_box(&mut data))));
    };
    line("SHA-1", &mut |data| _ = black_box(sha1::Sha1::digest(data)));
    line("SHA-256", &mut |data| _ = black_box(sha2::Sha256::digest(data)));
    let keyed = <hmac::Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(PASSWORD.as_bytes()).unwrap();
    line("HMAC-SHA-256, keyed before", &mut |data| {
        let mut mac = keyed.clone();
        mac.update(USER.as_bytes());
        mac.update(data);
        black_box(mac.finalize());
    });
    let mut cipher = ofb::Ofb::<Aes256>::new(&[1; 32].into(), &[2; 16].into());
    line("AES-256 of the `ofb` crate", &mut |data| cipher.apply_keystream(data));
}

fn packets(count: usize) -> Vec<Vec<u8>> {
    (0..=u8::MAX).take(count).map(packet).collect()
}

/// Parts of a type that nobody knows, so that what is measured is not the reading of them.
fn packet(seed: u8) -> Vec<u8> {
    let part = |at: u8| [0x7f, 0, 0, 46].into_iter().chain((0..42).map(move |byte| byte ^ at ^ seed));
    let mut packet: Vec<u8> = (0..=u8::MAX).take(PLAIN / 46).flat_map(part).collect();
    packet.extend([0x7f, 0, 0, u8::try_from(PLAIN % 46).unwrap()]);
    packet.resize(PLAIN, 1);
    packet
}

fn sealer(level: SecurityLevel) -> Sealer {
    Sealer::new(level, USER.as_bytes(), PASSWORD.as_bytes()).unwrap()
}

fn seal(level: SecurityLevel, count: usize) -> f64 {
    let mut sealer = sealer(level);
    let packets = packets(count);
    let mut sealed = vec![Vec::new()];
    best(count, || {
        if count == 1 {
            sealer.seal(black_box(&packets[0]), &mut sealed[0]).unwrap();
        } else {
            black_box(sealer.seal_all(black_box(&packets), &mut sealed).unwrap());
        }
    })
}

fn sealed(level: SecurityLevel, count: usize) -> Vec<Vec<u8>> {
    let packets = packets(count);
    sealer(level).seal_all(&packets, &mut Vec::new()).unwrap().to_vec()
}

/// Verifies or decrypts, and passes over the parts.
fn open(level: SecurityLevel, count: usize) -> f64 {
    let keys = KeyRing::from_iter([(USER, PASSWORD)]);
    let sealed = sealed(level, count);
    let mut opener = Opener::new(level);
    let mut packets = sealed.clone();
    best(count, || {
        // Once opened they are plain; a copy costs little beside the rest.
        for (packet, sealed) in packets.iter_mut().zip(&sealed) {
            packet.copy_from_slice(sealed);
        }
        for mut items in opener.open_all(Some(&keys), black_box(&mut packets)).iter() {
            assert!(black_box(items.next()).is_none());
            assert!(items.skipped().unknown_parts > 0);
        }
    })
}

/// Nanoseconds for each of so many packets.
fn best(count: usize, mut pass: impl FnMut()) -> f64 {
    let repeats = 20_000 / count;
    let time = |pass: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..repeats).for_each(|_| pass());
        start.elapsed().as_nanos() as f64 / (repeats * count) as f64
    };
    (0..10).map(|_| time(&mut pass)).fold(f64::INFINITY, f64::min)
}
