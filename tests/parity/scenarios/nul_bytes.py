"""Strings with a NUL byte."""

import collectd


def attempt(what, function):
    try:
        function()
    except (TypeError, ValueError) as error:
        collectd.info(f"nul_bytes plugin: {what}: {type(error).__name__}: {error}")


def read():
    values = collectd.Values(type="gauge", plugin="nul_bytes", values=[1])
    attempt("argument", lambda: values.dispatch(type_instance="a\0b"))
    values.type_instance = "assigned\0b"
    attempt("member", values.dispatch)
    attempt("log", lambda: collectd.info("nul_bytes plugin: a\0b"))


collectd.register_read(read)
