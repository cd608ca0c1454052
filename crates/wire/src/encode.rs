//! Filling packets.

mod buffer;
mod data;
mod names;
mod notification;
mod padding;

use alloc::boxed::Box;

use collectd_types::{Data, Field, IdentifierRef, Interval, NameRef, Time, ValuesRef};

pub use notification::encode_notification;
pub use padding::{MIN_PADDING, pad_packet};

use crate::part::{self, MAX_PACKET_SIZE, MAX_VALUES};
use buffer::Buffer;
use names::{Place, Source};

/// Why something was not encoded. The packet is as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// It does not fit into what is left of this packet; into an empty one it does.
    #[error("the packet is full")]
    Full,
    /// It does not even fit an empty packet: this many bytes would be needed.
    #[error("it takes {0} bytes, which is more than a packet may have")]
    TooLarge(usize),
    /// A value list without values, which receivers refuse.
    #[error("there are no values")]
    NoValues,
    /// A value list with this many values, more than [`MAX_VALUES`].
    #[error("there are {0} values, more than 7281")]
    TooManyValues(usize),
    /// This part is empty or unset, and receivers drop what lacks it.
    #[error("the {0} is missing")]
    Missing(Field),
    /// The text of a notification has this many bytes, more than [`MAX_MESSAGE_LEN`](crate::MAX_MESSAGE_LEN).
    #[error("the message has {0} bytes, more than 255")]
    MessageTooLong(usize),
    /// The text of a notification has a NUL byte at this position, where it would end for the receiver.
    #[error("the message has a NUL byte at position {0}")]
    MessageNul(usize),
}

/// Packs value lists into one packet, in the order of parts that collectd's own network plugin uses.
///
/// When [`push`](Self::push) answers [`Full`](EncodeError::Full), send [`packet`](Self::packet),
/// [`clear`](Self::clear) and push again: there is at least one value list in it then, and it will fit.
///
/// ```
/// use collectd_types::{Time, Values};
/// use collectd_wire::{EncodeError, Encoder};
///
/// let list = Values::new("gauge").host("h").plugin("p").time(Time::from_secs(1)).gauge(1.0);
/// let mut encoder = Encoder::new(100);
/// let mut packets = 0;
/// for _ in 0..10 {
///     if encoder.push(list.view()) == Err(EncodeError::Full) {
///         packets += 1;
///         encoder.clear();
///         encoder.push(list.view())?;
///     }
/// }
/// assert_eq!((packets, encoder.value_lists()), (2, 2));
/// # Ok::<(), EncodeError>(())
/// ```
#[derive(Clone)]
pub struct Encoder {
    buffer: Box<Buffer>,
    limit: u16,
    len: u16,
    lists: u32,
    state: State,
    known: Known,
}

/// How well the state is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// The packet is empty, so no list was checked for what is missing.
    Empty,
    Exactly,
    /// A list did not fit after it had been written. Most callers begin a new packet then; for those
    /// that go on, what is in force is read from the packet, which spares all others from noting it.
    Not,
}

/// All of a value list but the values.
struct Head<N> {
    time: Time,
    interval: Interval,
    names: [N; 5],
}

impl<N: Source> Head<N> {
    /// Whether receivers will take it.
    fn is_complete(&self) -> bool {
        let [host, plugin, _, type_, _] = &self.names;
        !(self.time.is_unset() || host.is_empty() || plugin.is_empty() || type_.is_empty())
    }
}

/// What the receiver has in force after what is in the packet.
#[derive(Clone, Copy, Default)]
struct State {
    time: u64,
    interval: u64,
    host: Place,
    plugin: Place,
    plugin_instance: Place,
    type_: Place,
    type_instance: Place,
}

impl State {
    /// What is in force after a packet of ours.
    fn of(buffer: &Buffer, len: u16) -> State {
        let mut state = State::default();
        let packet = buffer.packet(len);
        let mut at = 0;
        while let Some(&[a, b, c, d]) = packet.get(at..).and_then(|rest| rest.first_chunk()) {
            let size = usize::from(u16::from_be_bytes([c, d]));
            let payload = packet.get(at + part::HEADER..at + size).unwrap_or_default();
            let number = payload.try_into().map_or(0, u64::from_be_bytes);
            let place = || Place::of(payload, at + part::HEADER);
            match u16::from_be_bytes([a, b]) {
                part::HOST => state.host = place(),
                part::PLUGIN => state.plugin = place(),
                part::PLUGIN_INSTANCE => state.plugin_instance = place(),
                part::TYPE => state.type_ = place(),
                part::TYPE_INSTANCE => state.type_instance = place(),
                part::TIME_HR => state.time = number,
                part::INTERVAL_HR => state.interval = number,
                _ => {}
            }
            at += size;
        }
        state
    }
}

/// A value list on its way into the packet.
struct Draft<'a> {
    buffer: &'a mut Buffer,
    state: &'a mut State,
    at: usize,
}

impl Encoder {
    /// An encoder for packets of at most this many bytes; more than [`MAX_PACKET_SIZE`] counts as that.
    ///
    /// It owns a buffer of 129 KiB, whatever the size, and allocates nothing later.
    pub fn new(max_size: usize) -> Self {
        let limit = u16::try_from(max_size).unwrap_or(u16::MAX);
        Encoder {
            buffer: Box::new(Buffer::new()),
            limit,
            len: 0,
            lists: 0,
            state: State::default(),
            known: Known::Empty,
        }
    }

    /// Appends a value list.
    ///
    /// # Errors
    ///
    /// If it does not fit, or no receiver would take it. Then nothing has changed: neither the bytes
    /// nor what the following lists leave out.
    // Inlined, so that the view of a value list never has to be built in memory; what is rare is not.
    #[inline(always)]
    pub fn push(&mut self, values: ValuesRef<'_>) -> Result<(), EncodeError> {
        // Taken apart at once and put together again only where it is rare, so that no copy is made.
        let (time, interval, data) = (values.time(), values.interval(), values.data());
        let Some(fields) = values.as_identifier().fields() else {
            return self.push_names(&Head { time, interval, names: values.identifier().names() }, data);
        };
        let head = Head { time, interval, names: fields.each_ref() };
        if self.append(&head, data) {
            return Ok(());
        }
        let values = ValuesRef::new(time, interval, IdentifierRef::from_fields(fields), data);
        Err(self.why_not(values, head.is_complete()))
    }

    /// The bytes of the packet. Do not send it while it [is empty](Self::is_empty).
    pub fn packet(&self) -> &[u8] {
        self.buffer.packet(self.len)
    }

    /// How many bytes the packet has.
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// Whether there is nothing in the packet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many value lists are in the packet.
    pub fn value_lists(&self) -> usize {
        self.lists as usize
    }

    /// The most bytes that the packet may have.
    pub fn max_size(&self) -> usize {
        usize::from(self.limit)
    }

    /// Begins a new packet.
    pub fn clear(&mut self) {
        self.len = 0;
        self.lists = 0;
        self.state = State::default();
        self.known = Known::Empty;
    }

    #[inline(never)]
    fn push_names(&mut self, head: &Head<NameRef<'_>>, data: Data<'_>) -> Result<(), EncodeError> {
        if self.append(head, data) {
            return Ok(());
        }
        let values = ValuesRef::new(head.time, head.interval, IdentifierRef::new(head.names), data);
        Err(self.why_not(values, head.is_complete()))
    }

    /// Writes a value list behind the packet, and makes it a part of the packet if it fits.
    #[inline(always)]
    fn append<N: Source>(&mut self, head: &Head<N>, data: Data<'_>) -> bool {
        if self.known != Known::Exactly && !self.prepare(head.is_complete()) {
            return false;
        }
        let mut draft = Draft { buffer: &mut self.buffer, state: &mut self.state, at: usize::from(self.len) };
        let Some(len) = draft.push_head(head).and_then(|()| data::write(data, draft.buffer, draft.at, self.limit))
        else {
            self.known = Known::Not;
            return false;
        };
        self.len = len;
        self.lists += 1;
        true
    }

    /// Gets to know the state exactly. Answers whether the list can be appended: behind another one,
    /// only what differs from that can be missing.
    #[cold]
    #[inline(never)]
    fn prepare(&mut self, complete: bool) -> bool {
        if self.known == Known::Not {
            self.state = State::of(&self.buffer, self.len);
        }
        let complete = self.len > 0 || complete;
        self.known = if complete { Known::Exactly } else { Known::Empty };
        complete
    }

    /// Why a value list was not appended.
    #[cold]
    #[inline(never)]
    fn why_not(&self, values: ValuesRef<'_>, complete: bool) -> EncodeError {
        let count = values.data().len();
        if !complete {
            return EncodeError::Missing(missing(values));
        }
        if count == 0 {
            return EncodeError::NoValues;
        }
        if count > MAX_VALUES {
            return EncodeError::TooManyValues(count);
        }
        if LONGEST_HEAD + part::VALUES_HEADER + part::VALUE_SIZE * count <= usize::from(self.limit) {
            return EncodeError::Full;
        }
        let size = size_alone(values);
        if size > usize::from(self.limit) { EncodeError::TooLarge(size) } else { EncodeError::Full }
    }
}

impl Draft<'_> {
    /// Writes what of identity, time and interval differs; `None` if something is missing. There is
    /// always room: the buffer is longer than the longest packet by more than this can be.
    #[inline(always)]
    fn push_head<N: Source>(&mut self, head: &Head<N>) -> Option<()> {
        let [host, plugin, plugin_instance, type_, type_instance] = head.names;
        self.name(part::HOST, REQUIRED, host, |state| &mut state.host)?;
        let time = head.time.to_raw();
        if time != self.state.time {
            if time == 0 {
                return None;
            }
            self.state.time = time;
            self.number(part::TIME_HR, time);
        }
        let interval = head.interval.to_raw();
        if interval != self.state.interval {
            self.state.interval = interval;
            self.number(part::INTERVAL_HR, interval);
        }
        self.name(part::PLUGIN, REQUIRED, plugin, |state| &mut state.plugin)?;
        self.name(part::PLUGIN_INSTANCE, OPTIONAL, plugin_instance, |state| &mut state.plugin_instance)?;
        self.name(part::TYPE, REQUIRED, type_, |state| &mut state.type_)?;
        self.name(part::TYPE_INSTANCE, OPTIONAL, type_instance, |state| &mut state.type_instance)
    }

    #[inline(always)]
    fn name<N: Source>(
        &mut self,
        code: u16,
        required: bool,
        name: N,
        place: impl FnOnce(&mut State) -> &mut Place,
    ) -> Option<()> {
        let place = place(self.state);
        if name.is(place, self.buffer, code) {
            return Some(());
        }
        let len = name.write(self.buffer, self.at, code, place);
        self.at += part::HEADER + len + 1;
        if required && len == 0 { None } else { Some(()) }
    }

    #[inline(always)]
    fn number(&mut self, code: u16, number: u64) {
        self.buffer.put(self.at, part::number(code, number));
        self.at += part::NUMBER_SIZE;
    }
}

/// The most that identity, time and interval of a value list can take.
const LONGEST_HEAD: usize = 5 * (part::HEADER + part::NAME_SIZE) + 2 * part::NUMBER_SIZE;

const REQUIRED: bool = true;
const OPTIONAL: bool = false;

/// The first thing that an incomplete value list lacks.
fn missing(values: ValuesRef<'_>) -> Field {
    if values.host().is_empty() {
        Field::Host
    } else if values.plugin().is_empty() {
        Field::Plugin
    } else if values.type_().is_empty() {
        Field::Type
    } else {
        Field::Time
    }
}

/// The size of a packet with nothing but this list.
fn size_alone(values: ValuesRef<'_>) -> usize {
    let name_size = |len: usize| if len == 0 { 0 } else { part::HEADER + len + 1 };
    let names: usize = values.identifier().names().iter().map(|name| name_size(name.len())).sum();
    let interval = if values.interval().is_unset() { 0 } else { part::NUMBER_SIZE };
    let numbers = part::VALUES_HEADER + part::VALUE_SIZE * values.data().len();
    names + part::NUMBER_SIZE + interval + numbers
}

// A head of five longest names, and the longest copy of a name behind it, must fit the room behind the
// longest packet.
const _: () = assert!(buffer::ROOM >= LONGEST_HEAD + part::NAME_SIZE);
const _: () = assert!(MAX_PACKET_SIZE == u16::MAX as usize);
