"""Names that are not UTF-8, both ways."""

import collectd


def read():
    collectd.Values(type="gauge", plugin="undecodable", type_instance=b"caf\xe9", values=[1]).dispatch()


def write(values):
    if values.plugin == "undecodable":
        collectd.info(f"undecodable plugin: {values.type_instance!r}")


collectd.register_read(read)
collectd.register_write(write)
