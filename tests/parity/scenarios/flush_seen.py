"""Logs what it is asked to flush."""

import collectd


def flush(timeout, identifier):
    # Others are asked, too.
    if identifier is None or "flush_seen" in identifier:
        collectd.info(f"flush_seen plugin: older than {timeout:g} s: {identifier}")


collectd.register_flush(flush)
