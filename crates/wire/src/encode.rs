//! Filling packets.

mod buffer;
mod data;
mod names;
mod notification;

use collectd_types::{Field, ValuesRef};

pub use notification::encode_notification;

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
/// assert_eq!((packets, encoder.value_lists()), (3, 1));
/// # Ok::<(), EncodeError>(())
/// ```
#[derive(Clone)]
pub struct Encoder {
    buffer: Buffer,
    limit: u16,
    len: u16,
    lists: u32,
    state: State,
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

/// A value list on its way into the packet.
struct Draft<'a> {
    buffer: &'a mut Buffer,
    at: usize,
    state: State,
}

impl Encoder {
    /// An encoder for packets of at most this many bytes; more than [`MAX_PACKET_SIZE`] counts as that.
    ///
    /// It owns one buffer of 65 KiB, whatever the size, and allocates nothing later.
    pub fn new(max_size: usize) -> Self {
        let limit = u16::try_from(max_size).unwrap_or(u16::MAX);
        Encoder { buffer: Buffer::new(), limit, len: 0, lists: 0, state: State::default() }
    }

    /// Appends a value list.
    ///
    /// # Errors
    ///
    /// If it does not fit, or no receiver would take it. Then nothing has changed: neither the bytes
    /// nor what the following lists leave out.
    pub fn push(&mut self, values: ValuesRef<'_>) -> Result<(), EncodeError> {
        let data = values.data();
        let count = data.len();
        if count.wrapping_sub(1) >= MAX_VALUES {
            return Err(bad_count(count));
        }
        if self.len == 0 {
            require_complete(values)?;
        }
        let mut draft = Draft { buffer: &mut self.buffer, at: usize::from(self.len), state: self.state };
        let identifier = values.identifier();
        match identifier.fields() {
            Some(fields) => draft.push_head(values, *fields)?,
            None => draft.push_head(values, identifier.names())?,
        }
        let Draft { at, state, .. } = draft;
        let end = at + part::VALUES_HEADER + part::VALUE_SIZE * count;
        if end > usize::from(self.limit) {
            return Err(self.does_not_fit(values));
        }
        data::write(data, count, self.buffer.slice(at, end));
        #[expect(clippy::cast_possible_truncation, reason = "not above the limit")]
        let len = end as u16;
        self.len = len;
        self.lists += 1;
        self.state = state;
        Ok(())
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
    }

    #[cold]
    fn does_not_fit(&self, values: ValuesRef<'_>) -> EncodeError {
        let size = size_alone(values);
        if size > usize::from(self.limit) { EncodeError::TooLarge(size) } else { EncodeError::Full }
    }
}

impl Draft<'_> {
    /// Writes what of identity, time and interval differs. There is always room: the buffer is longer
    /// than the longest packet by more than this can be.
    #[inline(always)]
    fn push_head<N: Source>(&mut self, values: ValuesRef<'_>, names: [N; 5]) -> Result<(), EncodeError> {
        let [host, plugin, plugin_instance, type_, type_instance] = names;
        self.name(part::HOST, Some(Field::Host), host, |state| &mut state.host)?;
        let time = values.time().to_raw();
        if time != self.state.time {
            if time == 0 {
                return Err(EncodeError::Missing(Field::Time));
            }
            self.state.time = time;
            self.number(part::TIME_HR, time);
        }
        let interval = values.interval().to_raw();
        if interval != self.state.interval {
            self.state.interval = interval;
            self.number(part::INTERVAL_HR, interval);
        }
        self.name(part::PLUGIN, Some(Field::Plugin), plugin, |state| &mut state.plugin)?;
        self.name(part::PLUGIN_INSTANCE, None, plugin_instance, |state| &mut state.plugin_instance)?;
        self.name(part::TYPE, Some(Field::Type), type_, |state| &mut state.type_)?;
        self.name(part::TYPE_INSTANCE, None, type_instance, |state| &mut state.type_instance)
    }

    #[inline(always)]
    fn name<N: Source>(
        &mut self,
        code: u16,
        required: Option<Field>,
        name: N,
        place: impl FnOnce(&mut State) -> &mut Place,
    ) -> Result<(), EncodeError> {
        let place = place(&mut self.state);
        if name.is_at(*place, self.buffer) {
            return Ok(());
        }
        let len = name.write(self.buffer, self.at, code);
        if let (Some(field), 0) = (required, len) {
            return Err(EncodeError::Missing(field));
        }
        *place = Place::new(self.at + part::HEADER, len);
        self.at += part::HEADER + len + 1;
        Ok(())
    }

    #[inline(always)]
    fn number(&mut self, code: u16, number: u64) {
        self.buffer.put(self.at, part::number(code, number));
        self.at += part::NUMBER_SIZE;
    }
}

#[cold]
fn bad_count(count: usize) -> EncodeError {
    if count == 0 { EncodeError::NoValues } else { EncodeError::TooManyValues(count) }
}

/// Whether every receiver would take the list. In a packet that has a list already, only what differs
/// from that one can be missing.
#[cold]
fn require_complete(values: ValuesRef<'_>) -> Result<(), EncodeError> {
    let names = [(Field::Host, values.host()), (Field::Plugin, values.plugin()), (Field::Type, values.type_())];
    if let Some((field, _)) = names.iter().find(|(_, name)| name.is_empty()) {
        return Err(EncodeError::Missing(*field));
    }
    if values.time().is_unset() { Err(EncodeError::Missing(Field::Time)) } else { Ok(()) }
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
const _: () = assert!(buffer::ROOM >= 5 * (part::HEADER + part::NAME_SIZE) + 2 * part::NUMBER_SIZE + part::NAME_SIZE);
const _: () = assert!(MAX_PACKET_SIZE == u16::MAX as usize);
