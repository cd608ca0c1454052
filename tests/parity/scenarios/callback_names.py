"""What callbacks are called, and what happens if two of a kind have the same name."""

import collectd


def read(which):
    collectd.info(f"callback_names plugin: {which} read")


def write(values, which):
    if values.plugin == "callback_names":
        collectd.info(f"callback_names plugin: {which} write")


collectd.info("callback_names plugin: " + collectd.register_read(read, data="first"))
collectd.info("callback_names plugin: " + collectd.register_read(read, data="more", name="callback_names/more"))
collectd.info("callback_names plugin: " + collectd.register_read(read, data="second"))
collectd.register_write(write, data="first")
collectd.register_write(write, data="second")
