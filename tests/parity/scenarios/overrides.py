"""Arguments of dispatch hold for one call; the object stays as it is."""

import collectd


def read():
    values = collectd.Values(type="gauge", plugin="overrides", type_instance="kept", values=[1], meta={"a": 1})
    values.dispatch(type_instance="once", values=[2], meta={"b": 2}, interval=5)
    values.dispatch()


collectd.register_read(read)
