"""Uses a type that types.db does not have, and none at all."""

import collectd


def attempt(what, function):
    try:
        function()
    except (RuntimeError, TypeError) as error:
        collectd.info(f"unknown_type plugin: {what}: {type(error).__name__}: {error}")


def assign():
    collectd.Values(type="gauge").type = "no_such_type"


def read():
    attempt("made with it", lambda: collectd.Values(type="no_such_type", values=[1]))
    attempt("assigned", assign)
    attempt("dispatched with it", lambda: collectd.Values(values=[1]).dispatch(type="no_such_type"))
    attempt("without", lambda: collectd.Values(values=[1]).dispatch())


collectd.register_read(read)
