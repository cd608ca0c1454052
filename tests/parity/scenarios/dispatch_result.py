"""What a dispatch returns when all is well."""

import collectd


def read():
    result = collectd.Values(type="gauge", plugin="dispatch_result", values=[1]).dispatch()
    collectd.info(f"dispatch_result plugin: {result}")


collectd.register_read(read)
