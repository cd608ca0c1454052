//! What a packet is made of, owned and comparable.

use std::cell::RefCell;

use collectd_types::{Identifier, Interval, Kind, Notification, Time, ValuesRef};
use collectd_wire::{DecodeError, Encoder, Item, Items, MAX_PACKET_SIZE, Skipped, decode, encode_notification};

/// An item, with values by their bits so that NaN equals itself.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Event {
    Values(Time, Interval, Identifier, Vec<(Kind, u64)>),
    Notification(Notification),
}

impl From<Item<'_>> for Event {
    fn from(item: Item<'_>) -> Event {
        match item {
            Item::Values(list) => {
                let values = list.values().map(|value| (value.kind(), value.to_bits())).collect();
                Event::Values(list.time(), list.interval(), list.identifier().to_identifier(), values)
            }
            Item::Notification(notification) => Event::Notification(notification.to_notification()),
        }
    }
}

/// Who vouches for an event.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Voucher {
    pub(crate) signed: bool,
    pub(crate) encrypted: bool,
    pub(crate) user: Option<Vec<u8>>,
}

/// All that came out of a packet.
#[derive(PartialEq, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Event>,
    /// Of each event.
    pub(crate) vouchers: Vec<Voucher>,
    pub(crate) errors: Vec<DecodeError>,
    pub(crate) skipped: Skipped,
}

impl Seen {
    /// Reads a packet of this size to its end, and checks what holds for each of them.
    pub(crate) fn of(items: Items<'_>, size: usize) -> Seen {
        Seen::read(items, size, |item| Event::from(item))
    }

    /// The same, and checks each item, which takes a while.
    pub(crate) fn checked(items: Items<'_>, size: usize) -> Seen {
        Seen::read(items, size, |item| check_item(item, size))
    }

    fn read(mut items: Items<'_>, size: usize, event: impl Fn(Item<'_>) -> Event) -> Seen {
        let mut seen = Seen::default();
        while let Some(item) = items.next() {
            match item {
                Ok(item) => {
                    seen.events.push(event(item));
                    let origin = items.origin();
                    let (signed, encrypted) = (origin.is_signed(), origin.is_encrypted());
                    let user = origin.user().map(<[u8]>::to_vec);
                    assert_eq!(user.is_some(), signed || encrypted);
                    seen.vouchers.push(Voucher { signed, encrypted, user });
                }
                Err(error) => {
                    assert!(error.offset < size, "{error} of {size}");
                    assert!(seen.errors.last().is_none_or(|last| last.offset < error.offset), "errors in order");
                    seen.errors.push(error);
                }
            }
            // Every part has four bytes at least.
            assert!(seen.events.len() + seen.errors.len() <= size / 4 + 1, "more than there is room for");
        }
        assert!(items.next().is_none(), "the end is the end");
        seen.skipped = items.skipped();
        seen
    }
}

thread_local! {
    // Its buffer is large compared with most inputs.
    static ENCODER: RefCell<Encoder> = RefCell::new(Encoder::new(MAX_PACKET_SIZE));
}

/// What was read is complete, can be shown, and sent on in no more room than it came in.
fn check_item(item: Item<'_>, size: usize) -> Event {
    let line = item.to_string();
    assert!(!line.contains(char::is_control), "{line:?}");
    assert!(!item.time().is_unset());
    let event = Event::from(item);
    let again = match item {
        Item::Values(list) => {
            let packet = encode(list);
            assert_eq!(encode(list.to_values().view()), packet, "a copy is sent as the view is");
            packet
        }
        Item::Notification(notification) => {
            encode_notification(notification, MAX_PACKET_SIZE).expect("what was received can be sent")
        }
    };
    assert!(again.len() <= size);
    let items: Result<Vec<Event>, _> = decode(&again).map(|item| item.map(Event::from)).collect();
    assert_eq!(items.as_deref(), Ok(&[event.clone()][..]));
    event
}

fn encode(list: ValuesRef<'_>) -> Vec<u8> {
    ENCODER.with_borrow_mut(|encoder| {
        encoder.clear();
        encoder.push(list).expect("what was received can be sent");
        encoder.packet().to_vec()
    })
}
