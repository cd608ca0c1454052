"""Has an interval of less than a second."""

import collectd


def read():
    collectd.Values(type="gauge", plugin="sub_second", interval=0.25, time=1749238000.5, values=[1]).dispatch()


collectd.register_read(read)
