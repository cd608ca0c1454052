//! What a packet is made of, for its readers.

use core::fmt;

use collectd_types::{IdentifierRef, NameRef, NotificationRef, Time, ValuesRef};

/// A value list or a notification, borrowed from the packet.
///
/// Prints as one line: `[1237749608] localhost.localdomain/swap/swap/used [(1, 48082944.0)]`.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// A value list. It has a time, a host, a plugin, a type and at least one value.
    Values(ValuesRef<'a>),
    /// A notification. It has a time and a message; any of its names may be empty.
    Notification(NotificationRef<'a>),
}

impl<'a> Item<'a> {
    /// When it was measured, or happened.
    pub const fn time(self) -> Time {
        match self {
            Item::Values(values) => values.time(),
            Item::Notification(notification) => notification.time,
        }
    }

    /// What it is about.
    pub const fn identifier(self) -> IdentifierRef<'a> {
        match self {
            Item::Values(values) => values.identifier(),
            Item::Notification(notification) => notification.identifier,
        }
    }

    /// The host name.
    pub fn host(self) -> NameRef<'a> {
        self.identifier().host()
    }

    /// The plugin name.
    pub fn plugin(self) -> NameRef<'a> {
        self.identifier().plugin()
    }

    /// The plugin instance; often empty.
    pub fn plugin_instance(self) -> NameRef<'a> {
        self.identifier().plugin_instance()
    }

    /// The type, as types.db knows it.
    pub fn type_(self) -> NameRef<'a> {
        self.identifier().type_()
    }

    /// The type instance; often empty.
    pub fn type_instance(self) -> NameRef<'a> {
        self.identifier().type_instance()
    }

    /// The value list, if it is one.
    pub const fn values(self) -> Option<ValuesRef<'a>> {
        match self {
            Item::Values(values) => Some(values),
            Item::Notification(_) => None,
        }
    }

    /// The notification, if it is one.
    pub const fn notification(self) -> Option<NotificationRef<'a>> {
        match self {
            Item::Values(_) => None,
            Item::Notification(notification) => Some(notification),
        }
    }
}

impl fmt::Display for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Values(values) => values.fmt(f),
            Item::Notification(notification) => notification.fmt(f),
        }
    }
}
