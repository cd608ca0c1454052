"""What a write callback gets of meta data."""

import collectd


def read():
    meta = {"text": "té", "int": -7, "unsigned": collectd.Unsigned(7), "double": 0.25, "yes": True}
    collectd.Values(type="gauge", plugin="meta_received", values=[1], meta=meta).dispatch()


def write(values):
    if values.plugin == "meta_received":
        for key, value in values.meta.items():
            collectd.info(f"meta_received plugin: {key} {type(value).__name__} {str(value).lower()}")


collectd.register_read(read)
collectd.register_write(write)
