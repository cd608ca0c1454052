//! Packets that nobody would send: those that are known, and good ones, changed at random before and after they are
//! signed or encrypted. The same number makes the same packets.

use collectd_types::{Interval, Notification, Time, Values};
use collectd_wire::{Encoder, Sealer};

use crate::receiving::{ALICE, BOB};

/// Xorshift, 64 bits.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Below this.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or_default() % end.max(1)
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Makes packets without end.
pub(crate) struct Mutator {
    random: Random,
    known: Vec<Vec<u8>>,
    sealers: Vec<Sealer>,
    number: u64,
}

/// Nobody sends more in a datagram of IPv4.
const LONGEST: usize = 65_507;

impl Mutator {
    pub(crate) fn new(seed: u64) -> Mutator {
        let target = collectd_fuzz::Target::named("decode").expect("a target");
        let known = (target.seeds)().into_iter().map(|(_, packet)| packet).filter(|packet| packet.len() < 10_000);
        let users = [ALICE, BOB, (b"alice".as_slice(), b"guess".as_slice()), (b"mallory", b"pw")];
        let sealers =
            users.iter().flat_map(|(user, password)| [Sealer::sign(user, password), Sealer::encrypt(user, password)]);
        Mutator {
            random: Random::new(seed),
            known: known.collect(),
            sealers: sealers.map(|sealer| sealer.expect("a user")).collect(),
            number: 0,
        }
    }

    pub(crate) fn packet(&mut self) -> Vec<u8> {
        self.number += 1;
        let mut packet = match self.random.below(10) {
            0 => self.noise(),
            1..=4 => self.good(),
            _ => {
                let index = self.random.below(self.known.len());
                self.known[index].clone()
            }
        };
        let layers = [0, 0, 1, 1, 1, 2, 3, 9][self.random.below(8)];
        for _ in 0..layers {
            self.mutate(&mut packet, 3);
            packet = self.seal(&packet);
        }
        self.mutate(&mut packet, if layers > 0 { 4 } else { 1 });
        packet.truncate(LONGEST);
        packet
    }

    fn noise(&mut self) -> Vec<u8> {
        let len = [0, 1, 4, 5, 64, 1452, 1453][self.random.below(7)];
        (0..len).map(|_| self.random.next().to_le_bytes()[0]).collect()
    }

    /// With times of now, so that some get past a window.
    fn good(&mut self) -> Vec<u8> {
        let now = Time::now();
        let mut encoder = Encoder::new(1452);
        for _ in 0..self.random.below(20) {
            let seconds = i64::try_from(self.random.below(200)).unwrap_or_default() - 100;
            let time = Time::from_raw(now.to_raw().wrapping_add_signed(seconds << 30));
            let host = self.name();
            let list = Values::new(*self.random.choose(&["gauge", "derive", "load", "if_octets", "none"])).host(&host);
            let list = list.plugin(self.name()).type_instance(self.name()).time(time).interval(Interval::from_secs(10));
            let list = (0..self.random.below(4)).fold(list, |list, _| match self.random.below(3) {
                0 => list.gauge(f64::from_bits(self.random.next())),
                1 => list.derive(self.random.next().cast_signed()),
                _ => list.counter(self.random.next()),
            });
            // Some cannot be sent.
            let _ = encoder.push(list.view());
        }
        let mut packet = encoder.packet().to_vec();
        if self.random.one_in(10) {
            let text = self.name();
            let notification = Notification::okay(text).host(self.name()).plugin("p").time(now);
            packet.extend(collectd_wire::encode_notification(notification.view(), 1000).unwrap_or_default());
        }
        packet
    }

    fn name(&mut self) -> Vec<u8> {
        let number = self.number.to_string();
        let names: [&[u8]; 8] = [b"a", b"web1", b"x\ny", b"", b"/", b"\xff\x80", b"%s%n", number.as_bytes()];
        let name = self.random.choose(&names).to_vec();
        if self.random.one_in(20) { name.repeat(1 + 126 / name.len().max(1)) } else { name }
    }

    fn seal(&mut self, content: &[u8]) -> Vec<u8> {
        let (index, mut sealed) = (self.random.below(self.sealers.len()), Vec::new());
        match self.sealers[index].seal(content, &mut sealed) {
            Ok(()) => sealed,
            // Nothing can be put around nothing, or around too much.
            Err(_) => content.to_vec(),
        }
    }

    /// Changes it, one time in so many not at all.
    fn mutate(&mut self, packet: &mut Vec<u8>, rarely: usize) {
        if rarely > 1 && !self.random.one_in(rarely) {
            return;
        }
        for _ in 0..=self.random.below(3) {
            let at = self.random.below(packet.len());
            match self.random.below(9) {
                0 => packet.truncate(at),
                1..=2 if !packet.is_empty() => packet[at] ^= 1 << self.random.below(8),
                3 if !packet.is_empty() => packet[at] = *self.random.choose(&[0, 1, 4, 5, 0x7f, 0x80, 0xff]),
                4 => self.insert_header(packet, at),
                5 => {
                    let other = self.random.choose(&self.known).clone();
                    let from = self.random.below(other.len());
                    packet.splice(at..at, other[from..].iter().copied());
                }
                6 => {
                    let end = at + self.random.below(packet.len() - at);
                    let copy = packet[at..end].to_vec();
                    packet.splice(at..at, copy);
                }
                7 => {
                    let end = at + self.random.below(packet.len() - at);
                    packet.drain(at..end);
                }
                _ => packet.extend(std::iter::repeat_n(0, self.random.below(8))),
            }
        }
    }

    /// A part with a length that may be a lie.
    fn insert_header(&mut self, packet: &mut Vec<u8>, at: usize) {
        const CODES: [u16; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x100, 0x101, 0x200, 0x210, 0x7777, 0xffff];
        const SIZES: [u16; 12] = [0, 3, 4, 5, 6, 12, 15, 37, 43, 132, 133, 0xffff];
        let (code, size) = (*self.random.choose(&CODES), *self.random.choose(&SIZES));
        packet.splice(at..at, [code.to_be_bytes(), size.to_be_bytes()].concat());
    }
}
