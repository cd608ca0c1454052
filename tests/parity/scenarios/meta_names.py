"""Names of meta data that are equal but for case, or no strings; and a value that is none."""

import collectd


def read():
    meta = {"key": 1, "KEY": 2, 5: "five", "list": [1, 2]}
    collectd.Values(type="gauge", plugin="meta_names", values=[1], meta=meta).dispatch()


collectd.register_read(read)
