//! What holds for any value lists and any bytes.

mod common;

use collectd_types::{
    Data, IdentifierRef, Interval, Kind, Meta, Name, NameRef, Notification, Severity, SourceField, Time, Value,
    ValuesRef,
};
use collectd_wire::{EncodeError, Encoder, MAX_VALUES, decode, encode_notification};
use common::Event;
use proptest::collection::vec;
use proptest::prelude::*;

/// A value list, and a choice of how the encoder gets to see it.
#[derive(Clone, Debug)]
struct List {
    time: u64,
    interval: u64,
    names: [Vec<u8>; 5],
    values: Vec<(Kind, u64)>,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Owned,
    Daemon,
    Wire,
}

impl List {
    fn event(&self) -> Event {
        let [host, plugin, plugin_instance, type_, type_instance] =
            self.names.each_ref().map(|name| Name::new(name).unwrap());
        let id = collectd_types::Identifier { host, plugin, plugin_instance, type_, type_instance };
        Event::Values(Time::from_raw(self.time), Interval::from_raw(self.interval), id, self.values.clone())
    }

    /// Calls with a view that has the form of this list.
    fn with_view<T>(&self, use_view: impl FnOnce(ValuesRef<'_>) -> T) -> T {
        let (time, interval) = (Time::from_raw(self.time), Interval::from_raw(self.interval));
        let names = IdentifierRef::new(self.names.each_ref().map(|name| NameRef::new(name).unwrap()));
        match self.form {
            Form::Owned => {
                let values: Vec<_> = self.values.iter().map(|&(kind, bits)| Value::from_bits(kind, bits)).collect();
                use_view(ValuesRef::new(time, interval, names, Data::Values(&values)))
            }
            Form::Daemon => {
                // Behind the NUL there is what was there before; a name that fills its array has none.
                let fields = self.names.each_ref().map(|name| {
                    let mut field = [0xaa; 128];
                    field[..name.len()].copy_from_slice(name);
                    if name.len() < 127 || self.time.is_multiple_of(2) {
                        field[name.len()] = 0;
                    }
                    field
                });
                let (kinds, bits): (Vec<_>, Vec<_>) = self.values.iter().copied().unzip();
                let names = IdentifierRef::from_fields(&fields);
                let source =
                    |kind: &Kind| SourceField { name: [0xaa; 128], kind: kind.code().into(), min: 0.0, max: 0.0 };
                let sources: Vec<_> = kinds.iter().map(source).collect();
                let data = match self.interval % 2 {
                    0 => Data::Sources { sources: &sources, bits: &bits },
                    _ => Data::Bits { kinds: &kinds, bits: &bits },
                };
                use_view(ValuesRef::new(time, interval, names, data))
            }
            Form::Wire => {
                let mut part = Vec::new();
                push_values(&mut part, &self.values);
                let (kinds, numbers) = part[6..].split_at(self.values.len());
                let values = collectd_types::WireValues::new(kinds, numbers).unwrap();
                use_view(ValuesRef::new(time, interval, names, Data::Wire(values)))
            }
        }
    }
}

/// The encoder as one would write it down from the description: the oracle.
#[derive(Clone, Default)]
struct Naive {
    limit: usize,
    packet: Vec<u8>,
    time: u64,
    interval: u64,
    names: [Vec<u8>; 5],
}

impl Naive {
    fn push(&mut self, list: &List) -> Result<(), ()> {
        let needed = [&list.names[0], &list.names[1], &list.names[3]];
        if list.time == 0 || list.values.is_empty() || needed.iter().any(|name| name.is_empty()) {
            return Err(());
        }
        let mut after = self.clone();
        after.name(0, 0, list);
        if after.time != list.time {
            after.number(8, list.time);
        }
        if after.interval != list.interval {
            after.number(9, list.interval);
        }
        (after.time, after.interval) = (list.time, list.interval);
        for (index, code) in [(1, 2), (2, 3), (3, 4), (4, 5)] {
            after.name(index, code, list);
        }
        push_values(&mut after.packet, &list.values);
        if after.packet.len() > self.limit {
            return Err(());
        }
        *self = after;
        Ok(())
    }

    fn name(&mut self, index: usize, code: u8, list: &List) {
        let name = &list.names[index];
        if self.names[index] != *name {
            self.packet.extend([0, code, 0, u8::try_from(name.len() + 5).unwrap()]);
            self.packet.extend(name);
            self.packet.push(0);
            self.names[index].clone_from(name);
        }
    }

    fn number(&mut self, code: u8, number: u64) {
        self.packet.extend([0, code, 0, 12]);
        self.packet.extend(number.to_be_bytes());
    }
}

fn push_values(packet: &mut Vec<u8>, values: &[(Kind, u64)]) {
    packet.extend([0, 6]);
    packet.extend(u16::try_from(6 + 9 * values.len()).unwrap().to_be_bytes());
    packet.extend(u16::try_from(values.len()).unwrap().to_be_bytes());
    packet.extend(values.iter().map(|(kind, _)| kind.code()));
    for &(kind, bits) in values {
        packet.extend(if kind == Kind::Gauge { bits.to_le_bytes() } else { bits.to_be_bytes() });
    }
}

/// Few different names, of which some differ late or in length only, so that much repeats.
fn name(shortest: usize) -> impl Strategy<Value = Vec<u8>> {
    let lengths =
        prop_oneof![Just(shortest), Just(7), Just(8), Just(15), Just(16), Just(126), Just(127), shortest..=127];
    (lengths, 0u8..2).prop_map(|(len, last)| {
        let mut name: Vec<u8> = (0..len).map(|at| b'a' + u8::try_from(at % 26).unwrap()).collect();
        if let Some(byte) = name.last_mut() {
            *byte += last;
        }
        name
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    (0u8..4).prop_map(|code| Kind::from_code(code).unwrap())
}

fn list() -> impl Strategy<Value = List> {
    let names = (name(0), name(0), name(0), name(0), name(0));
    let numbers = prop_oneof![Just(0u64), Just(u64::MAX), 1u64..4, any::<u64>()];
    let values = vec((kind(), any::<u64>()), 0..5);
    let values = prop_oneof![9 => values, 1 => vec((kind(), any::<u64>()), 60..70)];
    let form = prop_oneof![Just(Form::Owned), Just(Form::Daemon), Just(Form::Wire)];
    (1u64..4, numbers, names, values, form, 0u8..20).prop_map(|(time, interval, names, values, form, odd)| List {
        time: if odd == 0 { 0 } else { time },
        interval,
        names: names.into(),
        values,
        form,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_encoder_is_the_obvious_one(lists in vec(list(), 0..30), limit in 0usize..3000, clear in 0usize..40) {
        let mut encoder = Encoder::new(limit);
        let mut naive = Naive { limit, ..Naive::default() };
        let mut taken = Vec::new();
        for (number, list) in lists.iter().enumerate() {
            if number == clear {
                encoder.clear();
                prop_assert!(encoder.is_empty() && encoder.value_lists() == 0);
                naive = Naive { limit, ..Naive::default() };
                taken.clear();
            }
            let result = list.with_view(|view| encoder.push(view));
            prop_assert_eq!(result.is_ok(), naive.push(list).is_ok(), "{:?}", result);
            if result.is_ok() {
                taken.push(list.event());
            }
            prop_assert_eq!(encoder.packet(), &naive.packet[..], "{:?} after {:?}", list, result);
            prop_assert!(encoder.len() <= limit);
            check_error(result, list, limit, &encoder)?;
        }
        prop_assert_eq!(encoder.value_lists(), taken.len());
        let decoded: Result<Vec<Event>, _> = decode(encoder.packet()).map(|item| item.map(Event::from)).collect();
        prop_assert_eq!(decoded, Ok(taken));
    }

    #[test]
    fn notifications_come_back(
        names in [name(0), name(0), name(0), name(0), name(0)],
        message in vec(1u8.., 1..=255),
        time in 1u64..,
        severity in prop_oneof![Just(Severity::Failure), Just(Severity::Warning), Just(Severity::Okay)],
    ) {
        let [host, plugin, plugin_instance, type_, type_instance] = names.map(|name| Name::new(name).unwrap());
        let identifier = collectd_types::Identifier { host, plugin, plugin_instance, type_, type_instance };
        let notification = Notification { time: Time::from_raw(time), severity, identifier, message, meta: Meta::new() };
        let packet = encode_notification(notification.view(), 944).unwrap();
        let decoded: Result<Vec<Event>, _> = decode(&packet).map(|item| item.map(Event::from)).collect();
        prop_assert_eq!(encode_notification(notification.view(), packet.len() - 1), Err(EncodeError::TooLarge(packet.len())));
        prop_assert_eq!(decoded, Ok(vec![Event::Notification(notification)]));
    }

    /// Any bytes, and packets with some bytes changed: no panic, the end is reached in linear work, and
    /// what comes out is complete.
    #[test]
    fn any_bytes_can_be_decoded(
        lists in vec(list(), 0..10),
        changes in vec((any::<proptest::sample::Index>(), any::<u8>()), 0..10),
        noise in vec(any::<u8>(), 0..200),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut encoder = Encoder::new(65_535);
        for list in &lists {
            let _ = list.with_view(|view| encoder.push(view));
        }
        let mut packet = encoder.packet().to_vec();
        packet.extend(noise);
        for (at, byte) in changes {
            if !packet.is_empty() {
                let at = at.index(packet.len());
                packet[at] = byte;
            }
        }
        packet.truncate(cut.index(packet.len() + 1));
        let mut items = decode(&packet);
        let mut count = 0;
        while let Some(item) = items.next() {
            count += 1;
            // Every part takes four bytes at least.
            prop_assert!(count <= packet.len() / 4 + 1);
            match item {
                Ok(item) => {
                    let printed = item.to_string();
                    prop_assert!(!printed.contains('\n') && !item.time().is_unset());
                }
                Err(error) => {
                    prop_assert!(error.offset < packet.len());
                    prop_assert!(items.next().is_none());
                    break;
                }
            }
        }
    }
}

/// Whether the error says what is the case.
fn check_error(
    result: Result<(), EncodeError>,
    list: &List,
    limit: usize,
    encoder: &Encoder,
) -> Result<(), TestCaseError> {
    let mut alone = Naive { limit: usize::MAX, ..Naive::default() };
    let sendable = alone.push(list).is_ok();
    match result {
        Ok(()) => prop_assert!(!encoder.is_empty()),
        Err(EncodeError::Full) => prop_assert!(sendable && alone.packet.len() <= limit && !encoder.is_empty()),
        Err(EncodeError::TooLarge(size)) => prop_assert!(sendable && alone.packet.len() == size && size > limit),
        Err(EncodeError::NoValues) => prop_assert!(list.values.is_empty()),
        Err(EncodeError::Missing(_)) => prop_assert!(!sendable),
        Err(other) => prop_assert!(false, "{}", other),
    }
    Ok(())
}

fn list_of(values: usize) -> List {
    let names = ["h", "p", "", "t", ""].map(|name| name.as_bytes().to_vec());
    List { time: 1, interval: 0, names, values: vec![(Kind::Derive, 7); values], form: Form::Daemon }
}

#[test]
fn as_many_values_as_a_part_can_hold() {
    let mut encoder = Encoder::new(usize::MAX);
    let head = 2 * 6 + 6 + 12;
    // The largest part alone fits, but not with the names that a receiver needs.
    let largest = list_of(MAX_VALUES);
    let size = head + 6 + 9 * MAX_VALUES;
    assert_eq!(largest.with_view(|view| encoder.push(view)), Err(EncodeError::TooLarge(size)));
    assert_eq!(
        list_of(MAX_VALUES + 1).with_view(|view| encoder.push(view)),
        Err(EncodeError::TooManyValues(MAX_VALUES + 1))
    );
    let fitting = list_of(MAX_VALUES - 4);
    assert_eq!(fitting.with_view(|view| encoder.push(view)), Ok(()));
    let decoded: Vec<_> = decode(encoder.packet()).map(|item| Event::from(item.unwrap())).collect();
    assert_eq!(decoded, [fitting.event()]);
}

/// The end of the largest packet is where positions have the most bits.
#[test]
fn the_largest_packet_can_be_filled_to_the_last_byte() {
    let mut encoder = Encoder::new(65_535);
    let mut naive = Naive { limit: 65_535, ..Naive::default() };
    for number in 0.. {
        let mut list = list_of(1 + number % 3);
        list.names[4] = format!("instance-{number}-{}", "x".repeat(number % 100)).into_bytes();
        let result = list.with_view(|view| encoder.push(view));
        assert_eq!(result.is_ok(), naive.push(&list).is_ok());
        if result.is_err() {
            break;
        }
    }
    for len in (0..127).rev() {
        let mut list = list_of(1);
        list.names[2] = vec![b'y'; len];
        list.names[4] = vec![b'z'; len];
        assert_eq!(list.with_view(|view| encoder.push(view)).is_ok(), naive.push(&list).is_ok());
    }
    while naive.push(&list_of(1)).is_ok() {
        assert_eq!(list_of(1).with_view(|view| encoder.push(view)), Ok(()));
    }
    assert!(encoder.len() > 65_535 - 15);
    assert_eq!(encoder.packet(), naive.packet);
    assert_eq!(list_of(1).with_view(|view| encoder.push(view)), Err(EncodeError::Full));
}

/// Work must not depend on what is in a packet: the slowest 65,535 bytes take about as long as others.
#[test]
fn a_large_packet_of_small_parts_is_no_trouble() {
    let empty_host = [0, 0, 0, 5, 0].repeat(13_107);
    assert!(decode(&empty_host).next().is_none());
    let unknown = [0xff, 0xff, 0, 4].repeat(16_383);
    let mut items = decode(&unknown);
    // The last of them is a header with nothing behind it.
    assert_eq!(items.by_ref().filter(Result::is_err).count(), 1);
    assert_eq!(items.skipped().unknown_parts, 16_382);
}
