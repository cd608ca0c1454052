"""Logs the name of everything that the module collectd has, and of the members of its classes."""

import collectd


def members(class_):
    own = [base for base in class_.__mro__ if base.__module__ == "collectd"]
    return [f"{base.__name__}.{name}" for base in own for name in vars(base) if not name.startswith("_")]


for name, thing in vars(collectd).items():
    if not name.startswith("_"):
        collectd.info(f"exports: collectd.{name}")
        for member in members(thing) if isinstance(thing, type) else []:
            collectd.info(f"exports: {member}")
