"""Every kind of meta data."""

import collectd


def read():
    meta = {
        "text": "tä\"xt",
        "int": 7,
        "negative": -(2**63),
        "large": 2**63,
        "signed": collectd.Signed(5),
        "unsigned": collectd.Unsigned(5),
        "double": 0.5,
        "yes": True,
        "no": False,
    }
    collectd.Values(type="gauge", plugin="meta_kinds", values=[1], meta=meta).dispatch()
    collectd.Values(type="gauge", plugin="meta_kinds", type_instance="none", values=[1], meta={}).dispatch()


collectd.register_read(read)
