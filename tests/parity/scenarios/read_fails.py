"""Fails twice, and then works."""

import collectd

reads = 0


def read():
    global reads
    reads += 1
    if reads <= 2:
        raise ValueError(f"read_fails for the {reads}. time")
    if reads == 3:
        collectd.info("read_fails plugin: this is the 3. time")


collectd.register_read(read, 0.1)
