"""Dispatches too few values, too many, what is no number, and then what is right."""

import collectd


def attempt(what, **members):
    try:
        collectd.Values(plugin="value_count", **members).dispatch()
    except (RuntimeError, TypeError) as error:
        collectd.info(f"value_count plugin: {what}: {type(error).__name__}: {error}")


def read():
    attempt("too few", type="load", values=[1])
    attempt("too many", type="gauge", values=(1, 2))
    attempt("no number", type="gauge", values=[None])
    attempt("right", type="load", values=(1, 2, 3))


collectd.register_read(read)
