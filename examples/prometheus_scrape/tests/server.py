"""Metrics of Prometheus' own client, on a free port, which it prints. The argument: "text", or "openmetrics"."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

sys.path.append("/usr/lib/python3/dist-packages")
from prometheus_client import CollectorRegistry, Counter, Enum, Gauge, Histogram, Info, Summary
from prometheus_client import exposition, openmetrics

registry = CollectorRegistry()
requests = Counter("http_requests", "How many.", ["method", "path"], registry=registry)
requests.labels("get", "/").inc(9007199254740991)
requests.labels("post", 'say "no"\n\\').inc(2)
Counter("cpu_seconds", "Time.", registry=registry).inc(1.2345)
Gauge("temperature", "Celsius.", registry=registry).set(-12.5)
latency = Histogram("latency_seconds", "Time.", registry=registry, buckets=[0.1, 1.0])
for seconds in [0.05, 0.5, 5.0]:
    latency.observe(seconds)
Summary("size", "Bytes.", registry=registry).observe(100)
Info("build", "What it is.", registry=registry).info({"version": "1.2"})
Enum("state", "How it is.", states=["on", "off"], registry=registry).state("off")

if sys.argv[1] == "openmetrics":
    make, kind = openmetrics.exposition.generate_latest, openmetrics.exposition.CONTENT_TYPE_LATEST
else:
    make, kind = exposition.generate_latest, exposition.CONTENT_TYPE_LATEST


def metrics(environ, start_response):
    start_response("200 OK", [("Content-Type", kind)])
    return [make(registry)]


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


server = make_server("127.0.0.1", 0, metrics, handler_class=Handler)
print(server.server_port, flush=True)
server.serve_forever()
