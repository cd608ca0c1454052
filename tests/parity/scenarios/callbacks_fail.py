"""A flush and a notification callback that fail."""

import collectd


def flush(timeout, identifier):
    if identifier == "testhost/callbacks_fail/gauge":
        raise ValueError("callbacks_fail to flush")


def notification(told):
    if told.plugin == "callbacks_fail":
        raise ValueError("callbacks_fail to listen")


collectd.register_flush(flush)
collectd.register_notification(notification)
