"""Refuses keys that it does not know."""

import collectd


def config(block):
    for child in block.children:
        if child.key.lower() != "word":
            raise collectd.CollectdError(f"unknown key {child.key}")


collectd.register_config(config)
