"""Asks others to flush."""

import collectd


def read():
    collectd.flush(plugin="recorder", timeout=5, identifier="testhost/flush_asked/gauge-a")
    collectd.flush(plugin="recorder", identifier="testhost/flush_asked/gauge-b")
    collectd.flush(identifier="testhost/flush_asked/gauge-c")
    collectd.flush(plugin="somebody_else", identifier="testhost/flush_asked/gauge-d")


collectd.register_read(read)
