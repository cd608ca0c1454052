"""A web server for the tests, on a free port, which it prints. Arguments: certificate and key, for https."""

import http.server
import json
import ssl
import sys
import time

STATUS = {
    "uptime": 86400,
    "requests": {"total": 9007199254740993},
    "pools": [{"name": "a", "used": 10}, {"name": "b", "used": 20}],
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/hang":
            time.sleep(60)
        if self.path == "/away":
            self.send_response(301)
            self.send_header("Location", "/status")
            self.end_headers()
            return
        content = json.dumps(STATUS).encode()
        self.send_response(200 if self.path == "/status" else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[1:])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
