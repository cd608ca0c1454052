"""Sends a notification of which nothing is set but what must be."""

import collectd


def read():
    collectd.Notification(type="gauge", severity=collectd.NOTIF_FAILURE, message="notify_defaults").dispatch()


collectd.register_read(read)
