"""Takes what is logged. As that cannot be logged, it goes to standard error."""

import sys

import collectd


def log(severity, message):
    if message.startswith("log_seen"):
        print(f"{severity} {message!r}", file=sys.stderr)


def read():
    collectd.warning("log_seen plugin: 100% of %s")
    collectd.info("log_seen plugin: as it is")


collectd.register_log(log)
collectd.register_read(read)
