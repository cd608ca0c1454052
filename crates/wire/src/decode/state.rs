//! What is in force while a packet is read.

use collectd_types::{
    Data, IdentifierRef, Interval, MetaRef, NameRef, NotificationRef, Severity, Time, ValuesRef, WireValues,
};

use super::Skipped;
use crate::part;

#[derive(Clone, Debug, Default)]
pub(super) struct State<'a> {
    pub(super) time: u64,
    pub(super) interval: u64,
    /// By the types of their parts; one of the places is not used.
    pub(super) names: [NameRef<'a>; NAMES],
    severity: i32,
    /// One bit for each name that was too long to be taken. Those that have been replaced since are not known here until
    /// [`is_usable_again`](Self::is_usable_again) looks.
    too_long: u8,
}

/// What stands in the place of a name that is too long; told by its address.
static TOO_LONG: [u8; 1] = [b'?'];

const NAMES: usize = part::TYPE_INSTANCE as usize + 1;

impl<'a> State<'a> {
    /// The daemon has room for 32 bits.
    pub(super) fn set_severity(&mut self, severity: u64) {
        #[expect(clippy::cast_possible_truncation)]
        let low = severity as u32;
        self.severity = low.cast_signed();
    }

    /// Whether a value list has all that it needs.
    #[inline(always)]
    pub(super) fn is_complete(&self) -> bool {
        let [host, _, plugin, _, type_, _] = self.names;
        self.time != 0 && !host.is_empty() && !plugin.is_empty() && !type_.is_empty() && self.too_long == 0
    }

    /// Notes that the name of this part is too long. What has this name is not used.
    #[cold]
    pub(super) fn set_too_long(&mut self, code: usize) {
        self.names[code] = NameRef::until_nul(&TOO_LONG);
        self.too_long |= 1 << code;
    }

    /// Whether there were names that are too long, and now are none.
    pub(super) fn is_usable_again(&mut self) -> bool {
        let before = self.too_long;
        for (code, name) in self.names.iter().enumerate() {
            if !core::ptr::eq(name.as_bytes().as_ptr(), TOO_LONG.as_ptr()) {
                self.too_long &= !(1 << code);
            }
        }
        before != 0 && self.too_long == 0
    }

    /// The value list of these values.
    #[inline(always)]
    pub(super) fn value_list(&self, values: WireValues<'a>) -> ValuesRef<'a> {
        let interval = Interval::from_raw(self.interval);
        ValuesRef::new(Time::from_raw(self.time), interval, self.identifier(), Data::Wire(values))
    }

    /// The notification with this message, if it is complete.
    pub(super) fn notification(&mut self, message: &'a [u8], skipped: &mut Skipped) -> Option<NotificationRef<'a>> {
        self.is_usable_again();
        let counter = match Severity::from_code(self.severity) {
            _ if self.too_long != 0 => &mut skipped.notifications_with_long_name,
            None => &mut skipped.notifications_without_severity,
            Some(_) if self.time == 0 => &mut skipped.notifications_without_time,
            Some(_) if message.is_empty() => &mut skipped.notifications_without_message,
            Some(severity) => {
                let time = Time::from_raw(self.time);
                let (identifier, meta) = (self.identifier(), MetaRef::NONE);
                return Some(NotificationRef { time, severity, identifier, message, meta });
            }
        };
        *counter += 1;
        None
    }

    #[inline(always)]
    fn identifier(&self) -> IdentifierRef<'a> {
        let [host, _, plugin, plugin_instance, type_, type_instance] = self.names;
        IdentifierRef::new([host, plugin, plugin_instance, type_, type_instance])
    }
}
