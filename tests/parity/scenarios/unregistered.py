"""A read that ends itself, and goes on as another; a writer that is taken back before there are values."""

import collectd


def write(values):
    if values.plugin == "unregistered":
        collectd.info("unregistered plugin: this must not be called")


def read(which):
    collectd.info(f"unregistered plugin: {which} read")
    collectd.unregister_read(identifier)
    if which == "first":
        collectd.register_read(read, 0.1, data="second")


def nobody():
    try:
        collectd.unregister_read("python.unregistered_nobody")
    except RuntimeError as error:
        collectd.info(f"unregistered plugin: {error}")


identifier = collectd.register_read(read, 0.1, data="first")
collectd.register_write(write)
collectd.unregister_write(write)
nobody()
