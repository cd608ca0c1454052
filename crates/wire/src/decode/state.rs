//! What is in force while a packet is read.

use collectd_types::{Data, IdentifierRef, Interval, NameRef, NotificationRef, Severity, Time, ValuesRef, WireValues};

use super::Skipped;

#[derive(Clone, Debug, Default)]
pub(super) struct State<'a> {
    pub(super) time: u64,
    pub(super) interval: u64,
    pub(super) host: NameRef<'a>,
    pub(super) plugin: NameRef<'a>,
    pub(super) plugin_instance: NameRef<'a>,
    pub(super) type_: NameRef<'a>,
    pub(super) type_instance: NameRef<'a>,
    severity: i32,
}

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
        self.time != 0 && !self.host.is_empty() && !self.plugin.is_empty() && !self.type_.is_empty()
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
                return Some(NotificationRef { time, severity, identifier: self.identifier(), message });
            }
        };
        *counter += 1;
        None
    }

    #[inline(always)]
    fn identifier(&self) -> IdentifierRef<'a> {
        IdentifierRef::new([self.host, self.plugin, self.plugin_instance, self.type_, self.type_instance])
    }
}
