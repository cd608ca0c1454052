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
}

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
        self.time != 0 && !host.is_empty() && !plugin.is_empty() && !type_.is_empty()
    }

    /// The value list of these values.
    #[inline(always)]
    pub(super) fn value_list(&self, values: WireValues<'a>) -> ValuesRef<'a> {
        let interval = Interval::from_raw(self.interval);
        ValuesRef::new(Time::from_raw(self.time), interval, self.identifier(), Data::Wire(values))
    }

    /// The notification with this message, if it is complete.
    pub(super) fn notification(&self, message: &'a [u8], skipped: &mut Skipped) -> Option<NotificationRef<'a>> {
        let counter = match Severity::from_code(self.severity) {
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
