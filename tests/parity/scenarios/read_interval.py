"""Two reads, one of them with an interval of its own."""

import collectd

fast_reads = 0


def fast():
    global fast_reads
    fast_reads += 1
    if fast_reads <= 3:
        collectd.Values(type="gauge", plugin="read_interval", type_instance="fast", values=[fast_reads]).dispatch()


def slow():
    collectd.Values(type="gauge", plugin="read_interval", type_instance="slow", values=[0]).dispatch()


collectd.register_read(fast, 0.25, name="read_interval_fast")
collectd.register_read(slow)
