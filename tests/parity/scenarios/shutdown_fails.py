"""Fails at the end."""

import collectd


def shutdown():
    raise ValueError("too late")


collectd.register_shutdown(shutdown)
