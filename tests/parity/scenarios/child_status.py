"""Runs a program that fails, and takes what it says."""

import subprocess

import collectd


def read():
    done = subprocess.run(["sh", "-c", "echo said; exit 3"], stdout=subprocess.PIPE, text=True)
    collectd.info(f"child_status plugin: {done.stdout.strip()}, status {done.returncode}")


collectd.register_read(read)
