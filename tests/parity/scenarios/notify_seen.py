"""Logs every field of a notification."""

import collectd


def notification(told):
    if "notify_seen" not in (told.plugin, told.message.split()[0]):
        return
    names = [told.host, told.plugin, told.plugin_instance, told.type, told.type_instance]
    collectd.info(f"notify_seen plugin: {told.severity} {'|'.join(names)} {told.time} {told.message}")
    for key, value in told.meta.items():
        collectd.info(f"notify_seen plugin: {key}: {value}")


collectd.register_notification(notification)
