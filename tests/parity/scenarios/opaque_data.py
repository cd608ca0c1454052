"""A callback gets an object of its own, or nothing at all."""

import collectd


def read(*arguments):
    collectd.info(f"opaque_data plugin: {' '.join(arguments) or 'without'}")


collectd.register_read(read, data="spam")
collectd.register_read(read, name="opaque_data_without")
