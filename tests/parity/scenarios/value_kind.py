"""Numbers become what types.db says of their data source."""

import collectd


def read():
    values = collectd.Values(plugin="value_kind")
    values.dispatch(type="counter", values=[2**64 - 1])
    values.dispatch(type="derive", values=[-3])
    values.dispatch(type="absolute", values=[9])
    values.dispatch(type="gauge", values=[0.1])
    values.dispatch(type="gauge", type_instance="nan", values=[float("nan")])
    values.dispatch(type="gauge", type_instance="inf", values=[float("-inf")])
    values.dispatch(type="if_octets", values=[1.9, 2])
    try:
        values.dispatch(type="counter", type_instance="negative", values=[-1])
    except OverflowError as error:
        collectd.info(f"value_kind plugin: {error}")


collectd.register_read(read)
