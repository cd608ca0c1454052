"""Logs what the daemon knows about types."""

import collectd


def read():
    for name in ("load", "if_octets", "bitrate", "no_such_type"):
        try:
            for source in collectd.get_dataset(name):
                collectd.info(f"get_dataset plugin: {name}: {source}")
        except TypeError:
            collectd.info(f"get_dataset plugin: {name} is not there")


collectd.register_read(read)
