"""Logs its configuration."""

import collectd


def show(parent):
    for node in parent.children:
        values = ", ".join(f"{type(value).__name__} {value}" for value in node.values)
        parent = node.parent.key if node.parent.parent else "the block"
        collectd.info(f"config_tree plugin: {node.key} below {parent}: {values}")
        show(node)


def config(block):
    collectd.info(f"config_tree plugin: {block.key} {block.values}")
    show(block)


collectd.register_config(config)
