"""Logs the numbers of levels and severities, and the words for kinds."""

import collectd


def read():
    log = (collectd.LOG_ERROR, collectd.LOG_WARNING, collectd.LOG_NOTICE, collectd.LOG_INFO, collectd.LOG_DEBUG)
    severities = (collectd.NOTIF_FAILURE, collectd.NOTIF_WARNING, collectd.NOTIF_OKAY)
    kinds = (collectd.DS_TYPE_COUNTER, collectd.DS_TYPE_GAUGE, collectd.DS_TYPE_DERIVE, collectd.DS_TYPE_ABSOLUTE)
    collectd.info(f"constants plugin: {list(log)} {list(severities)} {' '.join(kinds)}")
    if not hasattr(collectd, "LOG_ERR"):
        collectd.info("constants plugin: there is no LOG_ERR")


collectd.register_read(read)
