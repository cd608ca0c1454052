"""Has no instances, and then such as are too long: 128 bytes, of which the last two are one character."""

import collectd

LONG = "x" * 126 + "ü"


def read():
    collectd.Values(type="gauge", plugin="long_instances", values=[1]).dispatch()
    collectd.Values(type="gauge", plugin="long_instances", type_instance=LONG, values=[2]).dispatch()


collectd.register_read(read)
