"""Logs every field of a value list."""

import collectd


def write(values):
    if values.plugin != "write_seen":
        return
    names = [values.host, values.plugin, values.plugin_instance, values.type, values.type_instance]
    numbers = " ".join(str(number) for number in values.values)
    rest = f"{values.time} {values.interval} {numbers} {len(values.meta)} of meta data"
    collectd.info(f"write_seen plugin: {'|'.join(names)} {rest}")


collectd.register_write(write)
