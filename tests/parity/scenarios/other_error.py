"""Fails with an error."""

import collectd


def read():
    raise ValueError("other_error: 80% of %s is gone")


collectd.register_read(read)
