"""Two callbacks meet: the one waits for the other, in another thread of the daemon."""

import threading

import collectd

meeting = threading.Barrier(2, timeout=20)


def read():
    meeting.wait()
    collectd.info("two_at_once plugin: both are here")


def notification(told):
    if told.plugin == "two_at_once":
        meeting.wait()


collectd.register_read(read)
collectd.register_notification(notification)
