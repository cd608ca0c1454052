//! Encoder and decoder. The input tells what to encode, and in which sizes.

use arbitrary::{Result, Unstructured};
use collectd_types::{
    Data, Identifier, IdentifierRef, Interval, Kind, Meta, Name, Notification, Severity, SourceField, Time, Value,
    ValuesRef, WireValues,
};
use collectd_wire::{
    EncodeError, Encoder, KeyRing, MAX_MESSAGE_LEN, Opener, Sealer, SecurityLevel, decode, encode_notification,
};

use crate::event::{Event, Seen};
use crate::seeds;

/// A value list, and how the encoder gets to see it.
struct List {
    time: Time,
    interval: Interval,
    names: Identifier,
    values: Vec<(Kind, u64)>,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Owned,
    Daemon,
    Wire,
}

impl List {
    fn event(&self) -> Event {
        Event::Values(self.time, self.interval, self.names.clone(), self.values.clone())
    }

    fn push(&self, encoder: &mut Encoder) -> core::result::Result<(), EncodeError> {
        let names = self.names.view();
        let view = |names, data| ValuesRef::new(self.time, self.interval, names, data);
        match self.form {
            Form::Owned => {
                let values: Vec<_> = self.values.iter().map(|&(kind, bits)| Value::from_bits(kind, bits)).collect();
                encoder.push(view(names, Data::Values(&values)))
            }
            Form::Daemon => {
                // Behind the NUL there is what was there before; a name that fills its array may have none.
                let fields = names.names().map(|name| {
                    let mut field = [0xaa; 128];
                    field[..name.len()].copy_from_slice(name.as_bytes());
                    if name.len() < Name::MAX_LEN || self.time.to_raw().is_multiple_of(2) {
                        field[name.len()] = 0;
                    }
                    field
                });
                let (kinds, bits): (Vec<_>, Vec<_>) = self.values.iter().copied().unzip();
                let names = IdentifierRef::from_fields(&fields);
                let source =
                    |kind: &Kind| SourceField { name: [0xaa; 128], kind: kind.code().into(), min: 0.0, max: 0.0 };
                let sources: Vec<_> = kinds.iter().map(source).collect();
                let data = match self.interval.to_raw() % 2 {
                    0 => Data::Sources { sources: &sources, bits: &bits },
                    _ => Data::Bits { kinds: &kinds, bits: &bits },
                };
                encoder.push(view(names, data))
            }
            Form::Wire => {
                let kinds: Vec<u8> = self.values.iter().map(|(kind, _)| kind.code()).collect();
                let number = |&(kind, bits): &(Kind, u64)| {
                    if kind == Kind::Gauge { bits.to_le_bytes() } else { bits.to_be_bytes() }
                };
                let numbers: Vec<u8> = self.values.iter().flat_map(number).collect();
                encoder.push(view(names, Data::Wire(WireValues::new(&kinds, &numbers).expect("known kinds"))))
            }
        }
    }
}

fn list(input: &mut Unstructured<'_>) -> Result<List> {
    let (time, interval) = (Time::from_raw(number(input)?), Interval::from_raw(number(input)?));
    let names = identifier(input)?;
    let most = if input.ratio(1, 8)? { 300 } else { 4 };
    let count = input.int_in_range(0..=most)?;
    let value = |input: &mut Unstructured<'_>| {
        let kind = Kind::from_code(input.int_in_range(0..=3)?).expect("four kinds");
        Ok((kind, input.arbitrary()?))
    };
    let values = (0..count).map(|_| value(input)).collect::<Result<_>>()?;
    let form = *input.choose(&[Form::Owned, Form::Daemon, Form::Wire])?;
    Ok(List { time, interval, names, values, form })
}

fn identifier(input: &mut Unstructured<'_>) -> Result<Identifier> {
    let mut name = || name(input);
    Ok(Identifier { host: name()?, plugin: name()?, plugin_instance: name()?, type_: name()?, type_instance: name()? })
}

/// Few different numbers, so that some repeat.
fn number(input: &mut Unstructured<'_>) -> Result<u64> {
    Ok(match input.int_in_range(0..=7)? {
        0 => 0,
        1 => input.arbitrary()?,
        2 => u64::MAX,
        other => other,
    })
}

/// Names of all lengths, many of which begin alike.
fn name(input: &mut Unstructured<'_>) -> Result<Name> {
    let len = *input.choose(&[1usize, 1, 0, 3, 7, 8, 9, 15, 16, 17, 38, 39, 126, 127])?;
    let mut bytes = vec![b'x'; len];
    if input.arbitrary()? {
        let given = input.bytes(len.min(input.len()))?;
        let place = len - given.len();
        bytes[place..].copy_from_slice(given);
    }
    bytes.iter_mut().for_each(|byte| *byte = (*byte).max(1));
    Ok(Name::new(&bytes).expect("at most 127 bytes without NUL"))
}

pub(crate) fn run(input: &[u8]) {
    // What is missing at the end of the input is not made.
    let _ = round_trip(&mut Unstructured::new(input));
}

fn round_trip(input: &mut Unstructured<'_>) -> Result<()> {
    let limit = if input.arbitrary()? { 1452 } else { input.int_in_range(0..=66_000)? };
    let mut encoder = Encoder::new(limit);
    let mut pushed = Vec::new();
    while !input.is_empty() {
        if input.ratio(1, 16)? {
            check_notification(&notification(input)?);
        }
        let list = list(input)?;
        let before = encoder.packet().to_vec();
        match list.push(&mut encoder) {
            Ok(()) => {
                assert!(encoder.packet().starts_with(&before) && encoder.len() <= limit);
                pushed.push(list.event());
            }
            Err(error) => {
                assert_eq!(encoder.packet(), before, "an error leaves no trace");
                check_error(error, &list, encoder.max_size());
                assert!(error != EncodeError::Full || !before.is_empty());
                if error == EncodeError::Full && input.arbitrary()? {
                    check_packet(&encoder, &pushed);
                    encoder.clear();
                    pushed = vec![list.event()];
                    assert_eq!(list.push(&mut encoder), Ok(()), "it fits an empty packet");
                }
            }
        }
        assert_eq!(encoder.value_lists(), pushed.len());
    }
    check_packet(&encoder, &pushed);
    Ok(())
}

/// What was pushed comes out, however it was sealed.
fn check_packet(encoder: &Encoder, pushed: &[Event]) {
    let packet = encoder.packet();
    let seen = Seen::checked(decode(packet), packet.len());
    assert_eq!(seen, Seen { events: pushed.to_vec(), vouchers: seen.vouchers.clone(), ..Seen::default() });
    let keys = KeyRing::from_iter([("u", "p")]);
    for level in [SecurityLevel::Sign, SecurityLevel::Encrypt] {
        let sealer = Sealer::new(level, b"u", b"p").expect("a user");
        let mut sealed = Vec::new();
        if sealer.seal_again(packet, [1; 16], &mut sealed).is_err() {
            assert!(packet.is_empty() || packet.len() > sealer.room(usize::MAX));
            continue;
        }
        assert_eq!(sealed.len(), packet.len() + sealer.overhead());
        let size = sealed.len();
        let mut opener = Opener::new(level).strict(true);
        let opened = Seen::of(opener.open(Some(&keys), &mut sealed), size);
        assert_eq!(opened, Seen { vouchers: opened.vouchers.clone(), ..Seen::of(decode(packet), size) });
    }
}

/// Whether the error says what is the case.
fn check_error(error: EncodeError, list: &List, limit: usize) {
    let Identifier { host, plugin, type_, .. } = &list.names;
    let complete = !list.time.is_unset() && ![host, plugin, type_].into_iter().any(Name::is_empty);
    let alone = |limit| {
        let mut encoder = Encoder::new(limit);
        list.push(&mut encoder).map(|()| encoder.len())
    };
    match error {
        EncodeError::Full => assert!(alone(limit).is_ok()),
        EncodeError::TooLarge(size) => {
            assert!(size > limit);
            assert_eq!((alone(size), alone(size - 1)), (Ok(size), Err(error)));
        }
        EncodeError::NoValues => assert!(complete && list.values.is_empty()),
        EncodeError::Missing(_) => assert!(!complete),
        other => panic!("{other}"),
    }
}

fn notification(input: &mut Unstructured<'_>) -> Result<Notification> {
    let time = Time::from_raw(number(input)?);
    let severity = *input.choose(&[Severity::Failure, Severity::Warning, Severity::Okay])?;
    let identifier = identifier(input)?;
    let len = input.int_in_range(0..=300)?;
    let message = input.bytes(len.min(input.len()))?.to_vec();
    Ok(Notification { time, severity, identifier, message, meta: Meta::new() })
}

fn check_notification(notification: &Notification) {
    let message = &notification.message;
    let sendable =
        !notification.time.is_unset() && (1..=MAX_MESSAGE_LEN).contains(&message.len()) && !message.contains(&0);
    let encoded = encode_notification(notification.view(), 944);
    assert_eq!(encoded.is_ok(), sendable, "{encoded:?}");
    if let Ok(packet) = encoded {
        let seen = Seen::checked(decode(&packet), packet.len());
        assert_eq!((seen.events, seen.errors), (vec![Event::Notification(notification.clone())], Vec::new()));
    }
}

/// The bytes of packets are as good as any.
pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    seeds::packets().into_iter().filter(|(_, packet)| packet.len() < 2000).collect()
}
