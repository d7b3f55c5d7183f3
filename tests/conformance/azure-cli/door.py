"""A door for clients that send a token over TLS alone: HTTPS on the outside, the emulator's HTTP behind it.

Beside it, the endpoint of a managed identity, as App Service has one: it gives the emulator's token to whoever knows the secret.
Usage: door.py EMULATOR-URL TOKEN-FILE CERTIFICATE KEY SECRET; prints the port of the first and of the second.
"""

import http.client
import http.server
import json
import ssl
import sys
import threading
import time
import urllib.parse

EMULATOR, TOKEN_FILE, CERTIFICATE, KEY, SECRET = sys.argv[1:]
HOST = urllib.parse.urlsplit(EMULATOR).netloc


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Door(Quiet):
    def pass_on(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        inside = http.client.HTTPConnection(HOST, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        headers["X-Forwarded-Proto"] = "https"
        inside.request(self.command, self.path, body, headers)
        answer = inside.getresponse()
        self.answer(answer.status, answer.getheaders(), answer.read())
        inside.close()

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = pass_on


class Identity(Quiet):
    def do_GET(self):
        if self.headers.get("X-IDENTITY-HEADER") != SECRET:
            return self.answer(401, [], b"")
        with open(TOKEN_FILE, encoding="utf-8") as file:
            token = file.read().strip()
        expires = str(int(time.time()) + 24 * 3600)
        body = {"access_token": token, "expires_on": expires, "resource": "https://management", "token_type": "Bearer"}
        self.answer(200, [("Content-Type", "application/json")], json.dumps(body).encode())


door = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
door.socket = context.wrap_socket(door.socket, server_side=True)
identity = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Identity)
threading.Thread(target=identity.serve_forever, daemon=True).start()
print(door.server_port, identity.server_port, flush=True)
door.serve_forever()
