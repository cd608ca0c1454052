"""Fails with an error that is a part of normal life: a warning."""

import collectd


def read():
    raise collectd.CollectdError("expected_error: 80% of %s is gone")


collectd.register_read(read)
