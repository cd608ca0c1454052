"""Says good bye."""

import collectd


class Farewell:
    def __del__(self):
        collectd.info("shutdown_once plugin: gone")


def shutdown(farewell):
    collectd.info("shutdown_once plugin: shutdown")


collectd.register_shutdown(shutdown, data=Farewell())
