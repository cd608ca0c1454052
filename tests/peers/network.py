"""network.py DIRECTORY: collectd's network plugin and rust_network by turns, in real daemons: CPU time per value list.

DIRECTORY has peer_network.so, rust_network.so, corpus.tsv, and packets.none, .sign and .encrypt of the LISTS that are in there; the environment has
COLLECTD, PLUGINS (the daemon's own), LISTS and ROUNDS. See crates/network/compare, which makes all that.
"""
import mmap, os, signal, socket, statistics, struct, subprocess, sys, time

HERE = sys.argv[1]
COLLECTD, PLUGINS = os.environ["COLLECTD"], os.environ["PLUGINS"]
LISTS, ROUNDS = int(os.environ["LISTS"]), int(os.environ["ROUNDS"])
LEVELS = ("none", "sign", "encrypt")
SENT = 200000
# Received: value lists a second, and the part of the packets that comes first, so that the daemon knows every series.
RATE, WARM = 60000, 0.12
PATIENCE = 120


class Counters:
    FIELDS = ("written", "shut", "begin", "done")

    def __init__(self):
        self.path = HERE + "/counters"
        with open(self.path, "wb") as file:
            file.truncate(4096)
        with open(self.path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 4096)

    def get(self, name):
        return struct.unpack_from("<Q", self.memory, 8 * self.FIELDS.index(name))[0]

    def set(self, name, value):
        struct.pack_into("<Q", self.memory, 8 * self.FIELDS.index(name), value)


class Daemon:
    def __init__(self, plugin, block, peer, write_threads, cpu=None):
        self.counters = Counters()
        os.makedirs(HERE + "/base", exist_ok=True)
        load = 'LoadPlugin %s\n<Plugin %s>\n%s</Plugin>\n' % (plugin, plugin, block) if plugin else ""
        with open(HERE + "/collectd.conf", "w") as file:
            file.write("""Hostname "testhost"
FQDNLookup false
BaseDir "%s/base"
PIDFile "%s/pid"
WriteThreads %d
PluginDir "%s"
LoadPlugin logfile
<Plugin logfile>
  LogLevel notice
  File "%s/log"
</Plugin>
%s
PluginDir "%s"
LoadPlugin peer_network
<Plugin peer_network>
  Counters "%s"
  %s
</Plugin>
%s""" % (HERE, HERE, write_threads, PLUGINS, HERE, load if plugin == "network" else "", HERE, self.counters.path, peer,
         load if plugin == "rust_network" else ""))
        command = [COLLECTD, "-f", "-C", HERE + "/collectd.conf"]
        command = command if cpu is None else ["taskset", "-c", str(cpu)] + command
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)

    def cpu(self):
        """Seconds of CPU time of all threads; the kernel's clock of another process."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def wait(self, what, there):
        end = time.monotonic() + PATIENCE
        while not there():
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit("%s: not within %d s\n%s" % (what, PATIENCE, open(HERE + "/log").read()[-2000:]))
            time.sleep(0.002)

    def rest(self):
        """Waits until no thread does anything."""
        last = None
        while last is None or self.cpu() - last > 0.002:
            last = self.cpu()
            time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def security(level):
    return "" if level == "none" else '  SecurityLevel "%s"\n' % level.capitalize()


def sending(plugin, level):
    """Nanoseconds for a value list that waits in the daemon's queue until it is written by all, with five write threads.
    Where it is sent to, nobody reads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        secret = "" if level == "none" else '  Username "bench"\n  Password "secret"\n'
        block = '<Server "127.0.0.1" "%d">\n%s%s</Server>\n' % (sink.getsockname()[1], security(level), secret)
        with Daemon(plugin, block, 'Corpus "%s/corpus.tsv"\nLists %d' % (HERE, SENT), 5) as daemon:
            counters = daemon.counters
            counters.set("shut", 1)
            counters.set("begin", 1)
            daemon.wait("dispatching", lambda: counters.get("done"))
            daemon.rest()
            start = daemon.cpu()
            counters.set("shut", 0)
            daemon.wait("writing", lambda: counters.get("written") >= SENT)
            return (daemon.cpu() - start) / SENT * 1e9


def drops(port):
    lines = [line.split() for line in open("/proc/net/udp").readlines()[1:]]
    return sum(int(fields[-1]) for fields in lines if fields[1].endswith(":%04X" % port))


def receiving(plugin, level):
    """Nanoseconds for a value list from the socket to the daemon's queue, at RATE a second; and datagrams that were dropped."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(HERE + "/users", "w") as file:
        file.write("bench: correct horse battery\n")
    block = '<Listen "127.0.0.1" "%d">\n%s%s</Listen>\n' % (port, security(level), "" if level == "none" else '  AuthFile "%s/users"\n' % HERE)
    with Daemon(plugin, block, "", 1, 1) as daemon:
        counters = daemon.counters
        send(port, level, 0, WARM)
        daemon.wait("receiving", lambda: counters.get("written") >= LISTS * WARM * 0.8)
        counters.set("shut", 1)
        daemon.rest()
        start, dropped = daemon.cpu(), drops(port)
        send(port, level, WARM, 1)
        daemon.rest()
        end, lost = daemon.cpu(), drops(port) - dropped
        before = counters.get("written")
        counters.set("shut", 0)
        daemon.rest()
        return (end - start) / (counters.get("written") - before) * 1e9, lost


def packets(level):
    """The packets of the corpus, each behind its length."""
    with open(HERE + "/packets." + level, "rb") as file:
        data = file.read()
    at, all_packets = 0, []
    while at < len(data):
        end = at + 4 + struct.unpack_from("<I", data, at)[0]
        all_packets.append(data[at + 4:end])
        at = end
    return all_packets


def send(port, level, first, last):
    """Sends a part of the packets, one after the other at RATE, however late one of them is."""
    os.sched_setaffinity(0, {0})
    every = packets(level)
    part = every[int(len(every) * first):int(len(every) * last)]
    pause = LISTS / len(every) / RATE
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        due = time.monotonic()
        for packet in part:
            sender.send(packet)
            due = max(due + pause, time.monotonic())
            time.sleep(max(0, due - time.monotonic()))


def spread(numbers):
    return "%6.0f (%.0f-%.0f)" % (statistics.median(numbers), min(numbers), max(numbers))


def main():
    took, lost = {}, {}
    for number in range(ROUNDS):
        print("round %d of %d" % (number + 1, ROUNDS), file=sys.stderr)
        took.setdefault("null", []).append(sending(None, "none"))
        for level in LEVELS:
            for plugin in ("network", "rust_network"):
                took.setdefault(("send", plugin, level), []).append(sending(plugin, level))
                nanoseconds, dropped = receiving(plugin, level)
                took.setdefault(("receive", plugin, level), []).append(nanoseconds)
                lost[plugin] = lost.get(plugin, 0) + dropped
    floor = statistics.median(took["null"])
    print("the daemon's cache and one more writer, without either plugin: %s ns" % spread(took["null"]))
    print("| ns per value list | network | rust_network | ratio of the medians |")
    print("| --- | --- | --- | --- |")
    for way, base in (("send", floor), ("receive", 0)):
        for level in LEVELS:
            theirs, ours = ([value - base for value in took[way, plugin, level]] for plugin in ("network", "rust_network"))
            ratio = statistics.median(ours) / statistics.median(theirs)
            print("| %s, %s | %s | %s | %.2f |" % (way, level, spread(theirs), spread(ours), ratio))
    print("datagrams dropped by the kernel: network %d, rust_network %d" % (lost["network"], lost["rust_network"]))


main()
