"""A writer that fails each time."""

import collectd


def write(values):
    if values.plugin in ("write_fails", "recorder"):
        collectd.info(f"write_fails plugin: asked to write {values.type_instance}")
        raise ValueError(f"write_fails has no room for {values.type_instance}")


collectd.register_write(write)
