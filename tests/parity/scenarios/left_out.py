"""Sets nothing but a type, a value, and a type instance to be found by."""

import collectd


def read():
    collectd.Values(type="gauge", type_instance="left_out", values=[1.5]).dispatch()
    empty = collectd.Values(type="gauge", type_instance="left_out_too", values=[2.5])
    empty.host = ""
    empty.plugin = ""
    empty.time = 0
    empty.interval = 0
    empty.dispatch()


collectd.register_read(read)
