"""Sends notifications with all there can be, with too long a message, and without a type."""

import collectd


def attempt(what, notification):
    try:
        collectd.info(f"notify_sent plugin: {what}: {notification.dispatch()}")
    except RuntimeError as error:
        collectd.info(f"notify_sent plugin: {what}: {error}")


def read():
    told = collectd.Notification(host="there", plugin="notify_sent", plugin_instance="a", type="gauge", type_instance="b")
    told.time = 1749238000.5
    told.severity = collectd.NOTIF_WARNING
    told.message = "100% \"full\" %s"
    told.meta = {"text": "té", "int": -7, "large": 2**64 - 1, "double": 0.5, "yes": True}
    attempt("all", told)
    told.dispatch(severity=collectd.NOTIF_OKAY, message="back", meta={})
    attempt("long", collectd.Notification(plugin="notify_sent", type="gauge", severity=1, message="x" * 254 + "ü"))
    attempt("no type", collectd.Notification(plugin="notify_sent", severity=1, message="no type"))


collectd.register_read(read)
