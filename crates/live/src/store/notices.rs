//! The last notifications.

use std::collections::VecDeque;

use collectd_types::{Meta, Notification, NotificationRef, Time};

/// A notification, and when it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// Counts from 1; one is missing where notifications were more than there is room for.
    pub(crate) number: u64,
    pub(crate) arrived: Time,
    /// Without its meta data; a message longer than collectd's is cut off.
    pub(crate) notification: Notification,
}

/// The last notifications, oldest first.
#[derive(Default)]
pub(super) struct Notices {
    notices: VecDeque<Notice>,
    count: u64,
}

impl Notices {
    pub(super) fn push(&mut self, arrived: Time, notification: NotificationRef<'_>, limit: usize) {
        self.count += 1;
        if limit == 0 {
            return;
        }
        if self.notices.len() == limit {
            self.notices.pop_front();
        }
        let message = &notification.message[..notification.message.len().min(Notification::MAX_MESSAGE_LEN)];
        self.notices.push_back(Notice {
            number: self.count,
            arrived,
            notification: Notification {
                time: notification.time,
                severity: notification.severity,
                identifier: notification.identifier.to_identifier(),
                message: message.to_vec(),
                meta: Meta::new(),
            },
        });
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Notice> + DoubleEndedIterator {
        self.notices.iter()
    }
}
