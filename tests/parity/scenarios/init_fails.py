"""Cannot start."""

import collectd


def init():
    raise ValueError("nothing to measure")


def read():
    collectd.Values(type="gauge", plugin="init_fails", values=[1]).dispatch()


collectd.register_init(init)
collectd.register_read(read)
