"""Logs at every level; text is not a format."""

import collectd


def read():
    collectd.error("log_levels plugin: error 80% discharging %s %n")
    collectd.warning("log_levels plugin: warning")
    collectd.notice("log_levels plugin: notice")
    collectd.info("log_levels plugin: info")
    collectd.debug("log_levels plugin: debug")


collectd.register_read(read)
