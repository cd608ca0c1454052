"""What is called when, and when there may be threads."""

import threading

import collectd


def config(block):
    for child in block.children:
        collectd.info(f"phases plugin: config {child.values[0]}")


def init():
    collectd.info("phases plugin: init")
    thread = threading.Thread(target=lambda: collectd.info("phases plugin: thread"))
    thread.start()
    thread.join()


def read():
    collectd.info("phases plugin: read")


collectd.register_config(config)
collectd.register_init(init)
collectd.register_read(read)
