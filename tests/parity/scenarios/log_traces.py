"""Fails with a cause, with a mistake in the program, and as it is expected to."""

import collectd


def open_sensor():
    try:
        {}["sensor"]
    except KeyError as error:
        raise ValueError("no sensor") from error


def read():
    open_sensor()


def flush(timeout, identifier):
    if identifier is not None:
        [][3]


def notification(told):
    raise collectd.CollectdError("as expected")


collectd.register_read(read)
collectd.register_flush(flush)
collectd.register_notification(notification)
