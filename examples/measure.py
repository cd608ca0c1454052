"""Called by `measure` with its directory: starts daemons, and looks at what they take."""

import functools
import http.server
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request

TMP = pathlib.Path(sys.argv[1])
LISTS, ROUNDS = int(os.environ["LISTS"]), int(os.environ["ROUNDS"])
SERIES, AT_ONCE = 1000, 20
PATIENCE = 120


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait(what, ready, pause=0.02):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if result := ready():
            return result
        time.sleep(pause)
    sys.exit(f"{what}: not within {PATIENCE} s")


class Daemon:
    """collectd with this in its configuration, in a directory of its own."""

    count = 0

    def __init__(self, conf):
        Daemon.count += 1
        self.dir = TMP / str(Daemon.count)
        self.dir.mkdir()
        self.socket = self.dir / "socket"
        head = f"""Hostname "h"
FQDNLookup false
BaseDir "{self.dir}"
PIDFile "{self.dir}/pid"
Interval 1
WriteThreads 1
PluginDir "{os.environ['PLUGINS']}"
LoadPlugin unixsock
<Plugin unixsock>
SocketFile "{self.socket}"
SocketGroup "{os.getgid()}"
</Plugin>
"""
        (self.dir / "conf").write_text(head + conf)
        self.log = open(self.dir / "log", "w+")
        command = [os.environ["COLLECTD"], "-f", "-C", self.dir / "conf"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(PATIENCE) != 0:
            self.log.seek(0)
            sys.exit(self.log.read())

    def resident(self):
        """Bytes."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))

    def spent(self):
        """Seconds of the processors."""
        # The number that clock_getcpuclockid(3) gives.
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def connect(self):
        def attempt():
            client = socket.socket(socket.AF_UNIX)
            try:
                client.connect(str(self.socket))
                return client.makefile("rw")
            except OSError:
                return None

        return wait("the daemon", attempt)

    def put(self):
        """All value lists: gauges of 1000 metrics, one after the other."""
        stream = self.connect()
        for number in range(0, LISTS, AT_ONCE):
            metric, start = number // AT_ONCE % SERIES, 1_700_000_000 + number // SERIES // AT_ONCE * AT_ONCE
            values = " ".join(f"{start + step}:{number % 97}.5" for step in range(AT_ONCE))
            stream.write(f'PUTVAL "h/p-i/gauge-{metric:03}" {values}\n')
            stream.flush()
            answer = stream.readline()
            assert answer.startswith("0 "), answer

    def flush(self):
        stream = self.connect()
        stream.write("FLUSH\n")
        stream.flush()
        stream.readline()


def server():
    """Pages for those that read some."""
    pages = TMP / "pages"
    pages.mkdir()
    (pages / "status").write_text(json.dumps({"load": 0.5}))
    (pages / "metrics").write_text("# TYPE load gauge\nload 0.5\n")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(pages))
    handler.func.log_message = lambda *_: None
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    return httpd.server_port


class Nats:
    def __init__(self):
        Daemon.count += 1
        self.dir, self.port, self.monitor = TMP / f"nats{Daemon.count}", free_port(), free_port()
        options = ["-js", "-sd", self.dir, "-a", "127.0.0.1", "-p", str(self.port), "-m", str(self.monitor)]
        self.process = subprocess.Popen([os.environ["NATS"], *options], stderr=subprocess.DEVNULL)
        wait("nats-server", lambda: self.stored() is not None)

    def stored(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}/jsz") as page:
                return json.load(page)["messages"]
        except OSError:
            return None

    def conf(self, more=""):
        return f"""Server "nats://127.0.0.1:{self.port}"
<Stream "COLLECTD">
Create true
</Stream>
{more}"""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def load(name, block=""):
    return f'PluginDir "{TMP}"\nLoadPlugin {name}\n<Plugin {name}>\n{block}\n</Plugin>\n'


def chain(name, block):
    target = name == "anonymise"
    inside = f'<Target "{name}">\n{block}\n</Target>' if target else f'<Match "{name}">\n{block}\n</Match>\nTarget "stop"'
    return f'PluginDir "{TMP}"\nLoadPlugin {name}\n<Chain "C">\n<Rule "r">\n{inside}\n</Rule>\n</Chain>\nPostCacheChain "C"\n'


def sizes(nats):
    """A table of what each plugin takes when it does what it is for, with as little of that as possible."""
    port = server()
    page = f"http://127.0.0.1:{port}"
    (TMP / "secret").write_text("0123456789abcdef")
    (TMP / "secret").chmod(0o600)
    pressure = TMP / "proc" / "pressure"
    pressure.mkdir(parents=True)
    for resource in ["cpu", "memory", "io"]:
        (pressure / resource).write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
    confs = {
        "anonymise": chain("anonymise", f'SecretFile "{TMP}/secret"'),
        "http_json": load("http_json", f'<URL "{page}/status">\n<Key "load">\nType "gauge"\n</Key>\n</URL>'),
        "nats_writer": load("nats_writer", nats.conf()),
        "notify_webhook": load("notify_webhook", f'<Webhook "w">\nURL "{page}"\n</Webhook>'),
        "pressure": load("pressure", f'ProcRoot "{TMP}/proc"'),
        "prometheus_scrape": load("prometheus_scrape", f'<URL "{page}/metrics">\n</URL>'),
        "rate_match": chain("rate_match", "Min 0"),
        "sqlite_writer": load("sqlite_writer", "CommitInterval 1"),
        "tcp_probe": load("tcp_probe", f'<Target "t">\nHost "127.0.0.1"\nPort {port}\n</Target>'),
    }
    base = memory("")
    print("| plugin | size | crates | resident memory |\n| --- | --- | --- | --- |")
    for line in (TMP / "plugins").read_text().splitlines():
        name, size, crates = line.split()
        print(f"| {name} | {int(size) / 1e6:.2f} MB | {crates} | {(memory(confs[name]) - base) / 1e6:.1f} MB |", flush=True)


def memory(conf):
    """The least of some daemons, a few intervals after their start."""

    def once():
        # A value a second in any case.
        with Daemon(f"LoadPlugin load\n{conf}") as daemon:
            daemon.connect()
            time.sleep(3.5)
            return daemon.resident()

    return min(once() for _ in range(ROUNDS))


def take(conf, stored):
    """Seconds until all is stored, and those of the processors."""
    with Daemon(conf) as daemon:
        daemon.connect()
        time.sleep(1.5)
        begin, spent = time.monotonic(), daemon.spent()
        daemon.put()
        daemon.flush()
        wait("all value lists", lambda: stored(daemon) >= LISTS, 0.1)
        return time.monotonic() - begin, daemon.spent() - spent


def nothing(daemon):
    """Whether the daemon is at rest."""
    before = daemon.spent()
    time.sleep(0.3)
    return LISTS if daemon.spent() - before < 0.003 else 0


def rows(daemon):
    with sqlite3.connect(f"file:{daemon.dir}/values.sqlite?mode=ro", uri=True) as database:
        return database.execute("SELECT max(rowid) FROM sample").fetchone()[0] or 0


def lines(daemon):
    files = list((daemon.dir / "csv").rglob("gauge-*"))
    return sum(file.read_bytes().count(b"\n") - 1 for file in files)


def speeds():
    """A table of what writers take."""
    csv = "LoadPlugin csv\n<Plugin csv>\nDataDir \"csv\"\n</Plugin>\n"
    room = f"QueueLimit {LISTS + 1000}"

    def nats():
        with Nats() as server:
            return take(load("nats_writer", server.conf(room)), lambda _: server.stored())

    ways = {
        "no writer": lambda: take("", nothing),
        "csv (collectd's own)": lambda: take(csv, lines),
        "sqlite_writer": lambda: take(load("sqlite_writer", room), rows),
        "nats_writer": nats,
    }
    print(f"\n| {LISTS} value lists | per second | CPU for each, above no writer |\n| --- | --- | --- |")
    base = None
    for name, way in ways.items():
        # On a machine that has other things to do, too.
        wall, spent = (min(column) for column in zip(*(way() for _ in range(ROUNDS))))
        if base is None:
            base = spent
            continue
        print(f"| {name} | {LISTS / wall:,.0f} | {(spent - base) / LISTS * 1e6:.1f} µs |", flush=True)


with Nats() as nats:
    sizes(nats)
speeds()
