//! What a reader yields, owned and borrowed.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use collectd_types::{IdentifierRef, NameRef, Notification, NotificationRef, Time, Values, ValuesRef};

/// A value list or a notification, and where it came from; owned.
///
/// Displays as one line: `[1237749608] localhost.localdomain/swap/swap/used [(1, 48082944.0)]`.
///
/// The names are there for both kinds, so that a filter is one expression:
///
/// ```
/// # fn filter(item: collectd_net::Item) -> bool {
/// item.host().contains("foobar") && item.plugin() == "swap"
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    content: Content,
    from: SocketAddr,
    /// Shared by the items of a packet.
    user: Option<Arc<[u8]>>,
    signed: bool,
    encrypted: bool,
}

/// What an [`Item`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A value list. It has a time, a host, a plugin, a type and at least one value.
    Values(Values),
    /// A notification. It has a time and a message; any of its names may be empty.
    Notification(Notification),
}

impl Item {
    /// A view of this item.
    pub fn view(&self) -> ItemRef<'_> {
        let content = match &self.content {
            Content::Values(values) => ContentRef::Values(values.view()),
            Content::Notification(notification) => ContentRef::Notification(notification.view()),
        };
        let (user, from) = (self.user.as_deref(), self.from);
        ItemRef { content, from, user, signed: self.signed, encrypted: self.encrypted }
    }

    /// When it was measured, or happened.
    pub fn time(&self) -> Time {
        self.view().time()
    }

    /// What it is about.
    pub fn identifier(&self) -> IdentifierRef<'_> {
        self.view().identifier()
    }

    /// The host name.
    pub fn host(&self) -> NameRef<'_> {
        self.view().host()
    }

    /// The plugin name.
    pub fn plugin(&self) -> NameRef<'_> {
        self.view().plugin()
    }

    /// The plugin instance; often empty.
    pub fn plugin_instance(&self) -> NameRef<'_> {
        self.view().plugin_instance()
    }

    /// The type, as types.db knows it.
    pub fn type_(&self) -> NameRef<'_> {
        self.view().type_()
    }

    /// The type instance; often empty.
    pub fn type_instance(&self) -> NameRef<'_> {
        self.view().type_instance()
    }

    /// The value list, if it is one.
    pub fn values(&self) -> Option<ValuesRef<'_>> {
        self.view().values()
    }

    /// The notification, if it is one.
    pub fn notification(&self) -> Option<NotificationRef<'_>> {
        self.view().notification()
    }

    /// Who sent the packet.
    pub fn from(&self) -> SocketAddr {
        self.view().from()
    }

    /// The user whose key the innermost signature or encryption around it was made with, if any was checked.
    pub fn user(&self) -> Option<&[u8]> {
        self.view().user()
    }

    /// Whether it was inside a signature that was checked.
    pub fn is_signed(&self) -> bool {
        self.view().is_signed()
    }

    /// Whether it was encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.view().is_encrypted()
    }

    /// The value list or notification in it.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The value list or notification in it, taken out.
    pub fn into_content(self) -> Content {
        self.content
    }

    /// The value list, taken out, if it is one.
    pub fn into_values(self) -> Option<Values> {
        match self.content {
            Content::Values(values) => Some(values),
            Content::Notification(_) => None,
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// A value list or a notification, borrowed from a received packet, and where it came from.
///
/// Displays as [`Item`] does.
#[derive(Clone, Copy, Debug)]
pub struct ItemRef<'a> {
    pub(crate) content: ContentRef<'a>,
    pub(crate) from: SocketAddr,
    pub(crate) user: Option<&'a [u8]>,
    pub(crate) signed: bool,
    pub(crate) encrypted: bool,
}

/// What an [`ItemRef`] is, see [`Content`].
pub use collectd_wire::Item as ContentRef;

impl<'a> ItemRef<'a> {
    /// When it was measured, or happened.
    #[inline]
    pub fn time(self) -> Time {
        self.content.time()
    }

    /// What it is about.
    #[inline]
    pub fn identifier(self) -> IdentifierRef<'a> {
        self.content.identifier()
    }

    /// The host name.
    #[inline]
    pub fn host(self) -> NameRef<'a> {
        self.content.host()
    }

    /// The plugin name.
    #[inline]
    pub fn plugin(self) -> NameRef<'a> {
        self.content.plugin()
    }

    /// The plugin instance; often empty.
    #[inline]
    pub fn plugin_instance(self) -> NameRef<'a> {
        self.content.plugin_instance()
    }

    /// The type, as types.db knows it.
    #[inline]
    pub fn type_(self) -> NameRef<'a> {
        self.content.type_()
    }

    /// The type instance; often empty.
    #[inline]
    pub fn type_instance(self) -> NameRef<'a> {
        self.content.type_instance()
    }

    /// The value list, if it is one.
    #[inline]
    pub fn values(self) -> Option<ValuesRef<'a>> {
        self.content.values()
    }

    /// The notification, if it is one.
    #[inline]
    pub fn notification(self) -> Option<NotificationRef<'a>> {
        self.content.notification()
    }

    /// Who sent the packet.
    #[inline]
    pub fn from(self) -> SocketAddr {
        self.from
    }

    /// The user whose key the innermost signature or encryption around it was made with, if any was checked.
    #[inline]
    pub fn user(self) -> Option<&'a [u8]> {
        self.user
    }

    /// Whether it was inside a signature that was checked.
    #[inline]
    pub fn is_signed(self) -> bool {
        self.signed
    }

    /// Whether it was encrypted.
    #[inline]
    pub fn is_encrypted(self) -> bool {
        self.encrypted
    }

    /// The value list or notification in it.
    pub const fn content(self) -> ContentRef<'a> {
        self.content
    }

    /// An owned copy.
    pub fn to_item(self) -> Item {
        self.to_item_of(&mut None)
    }

    /// An owned copy, which shares the name of its user with the one before.
    pub(crate) fn to_item_of(self, last_user: &mut Option<Arc<[u8]>>) -> Item {
        if self.user != last_user.as_deref() {
            *last_user = self.user.map(Arc::from);
        }
        let content = match self.content {
            ContentRef::Values(values) => Content::Values(values.to_values()),
            ContentRef::Notification(notification) => Content::Notification(notification.to_notification()),
        };
        let (user, from) = (last_user.clone(), self.from);
        Item { content, from, user, signed: self.signed, encrypted: self.encrypted }
    }
}

impl fmt::Display for ItemRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)
    }
}
