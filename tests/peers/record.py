"""A module for collectd's python plugin: writes down what it gets, for the interop tests.

Value lists as in lists.h, with the user who signed or encrypted as an eleventh field; notifications as
  n TIME SEVERITY HOST PLUGIN PLUGIN_INSTANCE TYPE TYPE_INSTANCE MESSAGE
separated by tabs. The plugin tells times as doubles, which are exact for multiples of 2^-20 s.
"""
import struct

import collectd

KINDS = {"counter": ("c", ">Q"), "gauge": ("g", ">d"), "derive": ("d", ">q"), "absolute": ("a", ">Q")}
UNIT = 2**30
out = None


def config(block):
    global out
    for child in block.children:
        if child.key == "File":
            out = open(child.values[0], "w", encoding="utf-8")
    collectd.register_write(write)
    collectd.register_notification(notification)


def record(first, *fields):
    # In one piece, for there are several threads.
    out.write("\t".join([first, *map(str, fields)]) + "\n")
    out.flush()


def names(data):
    return data.host, data.plugin, data.plugin_instance, data.type, data.type_instance


def write(values):
    kinds = [KINDS[source[1]] for source in collectd.get_dataset(values.type)]
    letters = "".join(letter for letter, _ in kinds)
    bits = "".join(struct.pack(code, value).hex() for (_, code), value in zip(kinds, values.values))
    user = values.meta.get("network:username", "")
    record("v", int(values.time * UNIT), int(values.interval * UNIT), *names(values), letters, bits, user)


def notification(note):
    record("n", int(note.time * UNIT), note.severity, *names(note), note.message)


collectd.register_config(config)
