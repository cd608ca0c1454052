//! Notifications in the making.

use alloc::vec::Vec;

use super::{Notification, NotificationRef, Severity};
use crate::{Field, FieldError, Identifier, IdentifierRef, Meta, Name, Problem, Time, TimeError, ToMetaValue};

/// What stands at the end of a message that was cut.
const CUT: &str = "…";

/// A notification that is being put together, with setters that can be chained.
///
/// Text that is no [`Name`] and times that collectd cannot express are kept as an error, which
/// [`check`](Self::check) and every use report. What is not set gets its default when it is dispatched: this host,
/// this plugin, now.
#[derive(Clone, PartialEq, Debug)]
#[must_use = "a notification that is built has still to be dispatched"]
pub struct NotificationBuilder {
    notification: Notification,
    error: Option<FieldError>,
}

impl NotificationBuilder {
    /// A notification of this severity with this message.
    pub fn new(severity: Severity, message: impl Into<Vec<u8>>) -> Self {
        let (identifier, message) = (Identifier::default(), message.into());
        let notification = Notification { time: Time::UNSET, severity, identifier, message, meta: Meta::new() };
        NotificationBuilder { notification, error: None }
    }

    /// Sets all five names.
    pub fn identifier(mut self, identifier: IdentifierRef<'_>) -> Self {
        self.notification.identifier = identifier.to_identifier();
        self
    }

    /// Sets the host; empty stands for this host.
    pub fn host(self, name: impl AsRef<[u8]>) -> Self {
        self.name(Field::Host, name.as_ref(), |id| &mut id.host)
    }

    /// Sets the plugin; empty stands for the plugin that dispatches.
    pub fn plugin(self, name: impl AsRef<[u8]>) -> Self {
        self.name(Field::Plugin, name.as_ref(), |id| &mut id.plugin)
    }

    /// Sets the plugin instance.
    pub fn plugin_instance(self, name: impl AsRef<[u8]>) -> Self {
        self.name(Field::PluginInstance, name.as_ref(), |id| &mut id.plugin_instance)
    }

    /// Sets the type.
    pub fn type_(self, name: impl AsRef<[u8]>) -> Self {
        self.name(Field::Type, name.as_ref(), |id| &mut id.type_)
    }

    /// Sets the type instance.
    pub fn type_instance(self, name: impl AsRef<[u8]>) -> Self {
        self.name(Field::TypeInstance, name.as_ref(), |id| &mut id.type_instance)
    }

    /// Sets the time: a [`Time`] or a `SystemTime`. [`Time::UNSET`] stands for now.
    pub fn time<T>(mut self, time: T) -> Self
    where
        T: TryInto<Time>,
        T::Error: Into<TimeError>,
    {
        match time.try_into() {
            Ok(time) => self.notification.time = time,
            Err(problem) => self.remember(FieldError::new(Field::Time, problem.into())),
        }
        self
    }

    /// Sets an entry of the meta data.
    pub fn meta(mut self, key: &str, value: impl ToMetaValue) -> Self {
        self.notification.meta.insert(key, value);
        self
    }

    /// Cuts a message that is longer than [`Notification::MAX_MESSAGE_LEN`] bytes, between two characters and with
    /// `…` at its end. Without this a longer one is an error.
    pub fn truncate(mut self) -> Self {
        let message = &mut self.notification.message;
        if message.len() > Notification::MAX_MESSAGE_LEN {
            let longest = Notification::MAX_MESSAGE_LEN - CUT.len();
            // A character of UTF-8 continues for three bytes at most; what is not UTF-8 is cut anywhere.
            let begins = |at: &usize| message[*at] & 0xC0 != 0x80;
            let end = (longest - 3..=longest).rev().find(begins).unwrap_or(longest);
            message.truncate(end);
            message.extend_from_slice(CUT.as_bytes());
        }
        self
    }

    /// Whether every part can be used.
    ///
    /// # Errors
    ///
    /// The first part that was set and could not; or the message, if it is empty, too long or has a NUL byte.
    pub fn check(&self) -> Result<(), FieldError> {
        self.error.map_or(Ok(()), Err)?;
        self.notification.check()
    }

    /// The finished notification.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn build(self) -> Result<Notification, FieldError> {
        self.check()?;
        Ok(self.notification)
    }

    /// A view of what there is so far.
    pub fn view(&self) -> NotificationRef<'_> {
        self.notification.view()
    }

    fn name(mut self, field: Field, name: &[u8], slot: impl FnOnce(&mut Identifier) -> &mut Name) -> Self {
        match Name::new(name) {
            Ok(name) => *slot(&mut self.notification.identifier) = name,
            Err(problem) => self.remember(FieldError::new(field, Problem::Name(problem))),
        }
        self
    }

    fn remember(&mut self, error: FieldError) {
        self.error.get_or_insert(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    #[test]
    fn what_cannot_be_sent_is_named() {
        let full = || Notification::failure("disk is full");
        let error = |builder: NotificationBuilder| builder.build().unwrap_err().to_string();
        assert_eq!(error(full().host("a\0b")), "host cannot be used: it has a NUL byte at position 1");
        let long = "x".repeat(128);
        assert_eq!(error(full().type_instance(long)), "type instance cannot be used: it has 128 bytes, more than 127");
        assert_eq!(error(Notification::okay("")), "message cannot be used: it is empty");
        assert_eq!(error(Notification::okay("a\0")), "message cannot be used: it has a NUL byte at position 1");
        let long = Notification::warning("y".repeat(256));
        assert_eq!(error(long), "message cannot be used: it has 256 bytes, more than 255");
        assert_eq!(Notification::warning("y".repeat(255)).check(), Ok(()));
    }

    #[test]
    fn messages_are_cut_only_when_asked_and_between_characters() {
        let cut = |message: String| String::from_utf8(Notification::okay(message).truncate().build().unwrap().message);
        assert_eq!(cut("y".repeat(255)).unwrap(), "y".repeat(255));
        assert_eq!(cut("y".repeat(256)).unwrap(), "y".repeat(252) + "…");
        assert_eq!(cut("ü".repeat(130)).unwrap(), "ü".repeat(126) + "…");
        assert_eq!(cut("x".to_string() + &"ü".repeat(130)).unwrap(), "x".to_string() + &"ü".repeat(125) + "…");
        let bytes = Notification::okay([0xBF; 300]).truncate().build().unwrap().message;
        assert_eq!(bytes.len(), 255);
    }

    #[test]
    fn meta_data_and_names_arrive() {
        let built = Notification::failure("m").plugin("df").type_("percent").meta("Value", 99.5).meta("value", 1u8);
        let view = built.view();
        assert_eq!((view.identifier.plugin(), view.severity), (Name::new("df").unwrap().view(), Severity::Failure));
        assert_eq!(view.meta.value("VALUE"), Some(crate::MetaValue::Unsigned(1)));
        assert_eq!(view.to_notification(), built.clone().build().unwrap());
    }
}
