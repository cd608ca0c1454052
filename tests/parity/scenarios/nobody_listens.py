"""Sends a notification when nobody takes any."""

import collectd


def read():
    try:
        collectd.Notification(plugin="nobody_listens", type="gauge", severity=1, message="hello").dispatch()
    except RuntimeError as error:
        collectd.info(f"nobody_listens plugin: {error}")


collectd.register_read(read)
