"""The work that driver.c measures, for collectd's python plugin."""

import collectd

TYPES = ("if_octets", "if_packets", "if_errors", "gauge")
INTERFACES = ("eth0", "wlp0s20f3")
PARTS = ("total", "per-second")

name_only = False
total = 0


def build(i, with_meta):
    type_, which = TYPES[i % 4], i // 4 % 2
    return collectd.Values(
        plugin="python_bench",
        plugin_instance=INTERFACES[which],
        type=type_,
        type_instance=PARTS[which],
        values=[float(i)] if type_ == "gauge" else [i, 2 * i],
        meta={"source": "the benchmark", "serial": collectd.Unsigned(i)} if with_meta else {},
    )


def dispatch_built(count, with_meta):
    for i in range(count):
        build(i, with_meta).dispatch()


def dispatch_kept(count, with_meta):
    lists = [build(k, with_meta) for k in range(8)]
    for i in range(count):
        lists[i % 8].dispatch()


def flush(_timeout, request):
    global name_only, total
    if not request:
        return
    verb, work, count = request.split("/")
    if verb == "write":
        name_only, total = work == "name", 0
    elif verb == "result":
        collectd.Values(plugin="python_bench", type="derive", type_instance="checksum").dispatch(values=[total])
    elif work in ("built", "meta"):
        dispatch_built(int(count), work == "meta")
    else:
        dispatch_kept(int(count), work == "kept_meta")


def write(vl):
    global total
    if name_only:
        total += vl.plugin == "interface"
        return
    total += len(vl.host) + 2 * len(vl.plugin) + 3 * len(vl.plugin_instance) + 5 * len(vl.type)
    total += 7 * len(vl.type_instance)
    total += int(vl.time) + int(vl.interval)
    total += int(sum(vl.values))


collectd.register_flush(flush, name="python_bench")
collectd.register_write(write, name="python_bench")
