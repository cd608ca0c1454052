//! What a writer takes.

use collectd_types::{
    FieldError, IdentifierRef, Name, NameRef, Notification, NotificationRef, Time, Values, ValuesRef,
};

use crate::item::{ContentRef, Item, ItemRef};

/// A value list or a notification to be sent, owned or borrowed, whatever [`Writer::send`](crate::Writer::send)
/// gets.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    content: ContentRef<'a>,
    problem: Option<FieldError>,
}

impl<'a> Outgoing<'a> {
    pub(super) fn content(self) -> ContentRef<'a> {
        self.content
    }

    /// What cannot be used of what its author set.
    pub(super) fn problem(self) -> Option<FieldError> {
        self.problem
    }

    /// With the defaults of collectd in place of what is not set.
    pub(super) fn or_defaults(self, host: &'a Name) -> ContentRef<'a> {
        match self.content {
            ContentRef::Values(values) => {
                if !values.time().is_unset() && !values.host().is_empty() {
                    return self.content;
                }
                let (time, identifier) = (or_now(values.time()), or_host(values.identifier(), host));
                ContentRef::Values(ValuesRef::new(time, values.interval(), identifier, values.data()))
            }
            ContentRef::Notification(notification) => {
                let (time, identifier) = (or_now(notification.time), or_host(notification.identifier, host));
                ContentRef::Notification(NotificationRef { time, identifier, ..notification })
            }
        }
    }
}

fn or_now(time: Time) -> Time {
    if time.is_unset() { Time::now() } else { time }
}

fn or_host<'a>(identifier: IdentifierRef<'a>, host: &'a Name) -> IdentifierRef<'a> {
    let [own, rest @ ..] = identifier.names();
    let own: NameRef<'a> = if own.is_empty() { host.view() } else { own };
    let [plugin, plugin_instance, type_, type_instance] = rest;
    IdentifierRef::new([own, plugin, plugin_instance, type_, type_instance])
}

impl<'a> From<&'a Values> for Outgoing<'a> {
    fn from(values: &'a Values) -> Self {
        Outgoing { content: ContentRef::Values(values.view()), problem: values.check().err() }
    }
}

impl<'a> From<ContentRef<'a>> for Outgoing<'a> {
    fn from(content: ContentRef<'a>) -> Self {
        Outgoing { content, problem: None }
    }
}

impl<'a> From<ValuesRef<'a>> for Outgoing<'a> {
    fn from(values: ValuesRef<'a>) -> Self {
        ContentRef::Values(values).into()
    }
}

impl<'a> From<NotificationRef<'a>> for Outgoing<'a> {
    fn from(notification: NotificationRef<'a>) -> Self {
        ContentRef::Notification(notification).into()
    }
}

impl<'a> From<&'a Notification> for Outgoing<'a> {
    fn from(notification: &'a Notification) -> Self {
        notification.view().into()
    }
}

impl<'a> From<ItemRef<'a>> for Outgoing<'a> {
    fn from(item: ItemRef<'a>) -> Self {
        item.content().into()
    }
}

impl<'a> From<&'a Item> for Outgoing<'a> {
    fn from(item: &'a Item) -> Self {
        item.view().into()
    }
}
