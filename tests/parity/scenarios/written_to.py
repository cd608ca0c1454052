"""Values go to one writer, past everything else."""

import collectd


def attempt(what, function):
    try:
        function()
    except (RuntimeError, TypeError) as error:
        collectd.info(f"written_to plugin: {what}: {type(error).__name__}: {error}")


def read():
    values = collectd.Values(type="gauge", plugin="written_to", values=[1.5])
    values.write(destination="recorder", type_instance="one", meta={"of": "it"})
    values.write(destination="CSV", type_instance="two")
    attempt("nobody", lambda: values.write(destination="no_such_writer"))
    attempt("all", lambda: values.write(type_instance="three"))


collectd.register_read(read)
