//! Notifications: a packet for each.

use alloc::vec::Vec;

use collectd_types::{Field, NotificationRef};

use super::EncodeError;
use crate::part::{self, MAX_MESSAGE_LEN};

/// A packet with this notification alone, as the daemon sends it: values and notifications never share
/// one.
///
/// # Errors
///
/// If it would have more than `max_size` bytes (944 always suffice), or no receiver would take it.
pub fn encode_notification(notification: NotificationRef<'_>, max_size: usize) -> Result<Vec<u8>, EncodeError> {
    check(notification)?;
    let mut packet = Vec::with_capacity(256);
    packet.extend(part::number(part::TIME_HR, notification.time.to_raw()));
    packet.extend(part::number(part::SEVERITY, u64::from(notification.severity.code().cast_unsigned())));
    let codes = [part::HOST, part::PLUGIN, part::PLUGIN_INSTANCE, part::TYPE, part::TYPE_INSTANCE];
    for (code, name) in codes.into_iter().zip(notification.identifier.names()) {
        if !name.is_empty() {
            push_text(&mut packet, code, name.as_bytes());
        }
    }
    push_text(&mut packet, part::MESSAGE, notification.message);
    if packet.len() > max_size { Err(EncodeError::TooLarge(packet.len())) } else { Ok(packet) }
}

fn check(notification: NotificationRef<'_>) -> Result<(), EncodeError> {
    let message = notification.message;
    if notification.time.is_unset() {
        return Err(EncodeError::Missing(Field::Time));
    }
    if message.is_empty() {
        return Err(EncodeError::Missing(Field::Message));
    }
    if message.len() > MAX_MESSAGE_LEN {
        return Err(EncodeError::MessageTooLong(message.len()));
    }
    message.iter().position(|&byte| byte == 0).map_or(Ok(()), |at| Err(EncodeError::MessageNul(at)))
}

fn push_text(packet: &mut Vec<u8>, code: u16, text: &[u8]) {
    packet.extend(part::header(code, part::HEADER + text.len() + 1));
    packet.extend_from_slice(text);
    packet.push(0);
}
