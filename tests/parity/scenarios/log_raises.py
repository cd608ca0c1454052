"""A log callback that fails."""

import collectd


def log(severity, message):
    if message == "log_raises plugin: say it":
        raise ValueError("log_raises cannot take it")


def read():
    collectd.info("log_raises plugin: say it")


collectd.register_log(log)
collectd.register_read(read)
