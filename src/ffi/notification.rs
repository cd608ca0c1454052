//! Notifications as the daemon has them.

use std::ffi::{c_char, c_int};
use std::marker::PhantomData;
use std::ptr;

use collectd_types::{
    CMetaValue, IdentifierRef, Meta, MetaEntry, MetaRef, MetaSource, MetaValue, MetaValueRef, Name, NameRef,
    NotificationRef, Severity, Time,
};

use super::context::plugin_name;
use super::depth::Deeper;
use super::end::Inside;
use super::{bytes, c_str, hostname, name_field, name_fields, sys};
use crate::{DispatchError, Error};

const MESSAGE_LEN: usize = sys::NOTIF_MAX_MSG_LEN as usize;

/// A notification that the daemon passed to a callback.
pub(crate) struct NativeNotification<'a> {
    notification: &'a sys::notification_t,
    meta: NotificationMeta<'a>,
}

impl<'a> NativeNotification<'a> {
    /// Takes what the daemon passed; `None` for NULL.
    ///
    /// # Safety
    ///
    /// NULL, or a structure of the daemon's that is valid, and does not change, while the result lives.
    pub(crate) unsafe fn new(notification: *const sys::notification_t) -> Option<Self> {
        // SAFETY: what the caller promises.
        let notification = unsafe { notification.as_ref() }?;
        Some(NativeNotification {
            notification,
            meta: NotificationMeta { first: notification.meta, list: PhantomData },
        })
    }

    /// The view for the author. Names and meta data are read when they are asked for.
    pub(crate) fn view(&self) -> Result<NotificationRef<'_>, Error> {
        let of = self.notification;
        let severity = Severity::from_code(of.severity)
            .ok_or_else(|| Error::msg(format_args!("a notification has the unknown severity {}", of.severity)))?;
        let identifier = IdentifierRef::from_fields(name_fields(of));
        let meta = if self.meta.first.is_null() { MetaRef::NONE } else { MetaRef::new(&self.meta) };
        Ok(NotificationRef { time: Time::from_raw(of.time), severity, identifier, message: text(&of.message), meta })
    }
}

/// The daemon's list of meta data, during a callback.
struct NotificationMeta<'a> {
    first: *const sys::notification_meta_t,
    list: PhantomData<&'a sys::notification_meta_t>,
}

impl NotificationMeta<'_> {
    fn entries(&self) -> impl Iterator<Item = (NameRef<'_>, MetaValue)> {
        // SAFETY: NULL, or the first of the notification's entries, which live as long as it does.
        let first = unsafe { self.first.as_ref() };
        // SAFETY: NULL, or the next entry of the same list.
        let entries = std::iter::successors(first, |entry| unsafe { entry.next.as_ref() });
        entries.filter_map(|entry| Some((NameRef::until_nul(bytes(&entry.name)), value(entry)?)))
    }
}

impl MetaSource for NotificationMeta<'_> {
    fn show(&self, key: &str, see: &mut dyn FnMut(MetaValueRef<'_>)) {
        let is_it = |(name, _): &(NameRef<'_>, MetaValue)| name.as_bytes().eq_ignore_ascii_case(key.as_bytes());
        if let Some((_, value)) = self.entries().find(is_it) {
            see(value.view());
        }
    }

    fn to_meta(&self) -> Meta {
        let mut meta = Meta::new();
        for (name, value) in self.entries() {
            let name = String::from_utf8_lossy(name.as_bytes());
            // The daemon does not see to it that a name is there once; the first one counts, as in `value`.
            if meta.value(&name).is_none() {
                meta.insert(name, value);
            }
        }
        meta
    }
}

/// What an entry holds; nothing if it is of a kind that we do not know.
fn value(entry: &sys::notification_meta_t) -> Option<MetaValue> {
    let value = &entry.nm_value;
    Some(match entry.type_ {
        sys::NM_TYPE_STRING => {
            // SAFETY: the type says which member was written.
            let text = unsafe { value.nm_string };
            // SAFETY: NULL or a NUL-terminated string that belongs to the entry.
            MetaValue::String(unsafe { c_str(text) }?.to_string_lossy().into_owned())
        }
        // SAFETY: the type says which member was written.
        sys::NM_TYPE_SIGNED_INT => MetaValue::Signed(unsafe { value.nm_signed_int }),
        // SAFETY: as above.
        sys::NM_TYPE_UNSIGNED_INT => MetaValue::Unsigned(unsafe { value.nm_unsigned_int }),
        // SAFETY: as above.
        sys::NM_TYPE_DOUBLE => MetaValue::Double(unsafe { value.nm_double }),
        // SAFETY: as above.
        sys::NM_TYPE_BOOLEAN => MetaValue::Boolean(unsafe { value.nm_boolean }),
        _ => return None,
    })
}

/// Hands a checked notification to all who listen, on this thread, with what the daemon does not fill in: time, host
/// and plugin. Returns whether anybody listens.
pub(crate) fn dispatch_notification(notification: NotificationRef<'_>) -> Result<bool, DispatchError> {
    let [host, plugin, rest @ ..] = notification.identifier.names();
    let own = hostname();
    let host = if host.is_empty() { own.view() } else { host };
    let plugin = match plugin {
        name if name.is_empty() => NameRef::until_nul(plugin_name().unwrap_or_default().as_bytes()),
        name => name,
    };
    let time = if notification.time.is_unset() { Time::now() } else { notification.time };
    let [plugin_instance, type_, type_instance] = rest;
    let identifier = IdentifierRef::new([host, plugin, plugin_instance, type_, type_instance]);
    pass_notification_on(NotificationRef { time, identifier, ..notification })
}

/// The same with nothing filled in.
pub(crate) fn pass_notification_on(notification: NotificationRef<'_>) -> Result<bool, DispatchError> {
    let _inside = Inside::enter().ok_or(DispatchError::Stopped)?;
    let _deeper = Deeper::enter().ok_or(DispatchError::TooDeep)?;
    let mut native = OwnedNotification::new(notification);
    for entry in notification.meta.to_meta().entries() {
        native.add(entry)?;
    }
    // SAFETY: a complete structure, which callbacks see during the call only. Any thread may call this: the list
    // of callbacks does not change after init.
    let status = unsafe { sys::plugin_dispatch_notification(&raw const native.0) };
    // The daemon fails only if there is no callback at all; what callbacks return it logs itself.
    Ok(status == 0)
}

/// A notification of ours, with the meta data that the daemon allocated for it.
struct OwnedNotification(sys::notification_t);

impl OwnedNotification {
    fn new(notification: NotificationRef<'_>) -> Self {
        let id = notification.identifier;
        let mut message = [0; MESSAGE_LEN];
        // It was checked to be shorter, so a NUL stays.
        for (place, &byte) in message.iter_mut().zip(notification.message.iter().take(MESSAGE_LEN - 1)) {
            *place = c_char::from_ne_bytes([byte]);
        }
        OwnedNotification(sys::notification_t {
            severity: notification.severity.code(),
            time: notification.time.to_raw(),
            message,
            host: name_field(id.host()),
            plugin: name_field(id.plugin()),
            plugin_instance: name_field(id.plugin_instance()),
            type_: name_field(id.type_()),
            type_instance: name_field(id.type_instance()),
            meta: ptr::null_mut(),
        })
    }

    fn add(&mut self, entry: MetaEntry<'_>) -> Result<(), DispatchError> {
        let key = || entry.key().to_owned();
        if entry.key().len() > Name::MAX_LEN {
            return Err(DispatchError::MetaName { key: key() });
        }
        let (Some(c_key), Some(value)) = (entry.c_key(), entry.c_value()) else {
            return Err(DispatchError::MetaNul { key: key() });
        };
        match self.add_native(c_key, value) {
            0 => Ok(()),
            status => Err(DispatchError::Refused { status }),
        }
    }

    fn add_native(&mut self, key: &[u8], value: CMetaValue<'_>) -> c_int {
        let (to, key) = (&raw mut self.0, key.as_ptr().cast());
        match value {
            CMetaValue::String(text) => {
                // SAFETY: our own structure and NUL-terminated strings, which the daemon copies.
                unsafe { sys::plugin_notification_meta_add_string(to, key, text.as_ptr().cast()) }
            }
            CMetaValue::Signed(number) => {
                // SAFETY: our own structure and a NUL-terminated key, which the daemon copies.
                unsafe { sys::plugin_notification_meta_add_signed_int(to, key, number) }
            }
            CMetaValue::Unsigned(number) => {
                // SAFETY: as above.
                unsafe { sys::plugin_notification_meta_add_unsigned_int(to, key, number) }
            }
            CMetaValue::Double(number) => {
                // SAFETY: as above.
                unsafe { sys::plugin_notification_meta_add_double(to, key, number) }
            }
            CMetaValue::Boolean(value) => {
                // SAFETY: as above.
                unsafe { sys::plugin_notification_meta_add_boolean(to, key, value) }
            }
            // It may grow; the daemon's kinds do not.
            _ => -1,
        }
    }
}

impl Drop for OwnedNotification {
    fn drop(&mut self) {
        // The daemon logs an error for NULL.
        if !self.0.meta.is_null() {
            // SAFETY: the list that the daemon allocated for this notification alone.
            unsafe { sys::plugin_notification_meta_free(self.0.meta) };
        }
    }
}

/// The characters of a message before its NUL; a missing one is no harm.
fn text(field: &[c_char; MESSAGE_LEN]) -> &[u8] {
    let start: *const [c_char; MESSAGE_LEN] = field;
    // SAFETY: `c_char` is `i8` or `u8`, of the same size and without invalid values.
    let bytes = unsafe { &*start.cast::<[u8; MESSAGE_LEN]>() };
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}
