#!/usr/bin/env python3
"""cloud.py WORK: stands in for what only Azure has, and for the server with Kafka's archive.

Plain HTTP is the metadata service: a token for the machine's own identity, and its user data as it is now. HTTPS is the
key vault, which wants such a token, and the archive. Refuses what Azure refuses, and prints every request.
"""
import base64
import json
import pathlib
import secrets
import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

work = pathlib.Path(sys.argv[1])
machines = [place.parent.name for place in work.glob("machines/*/identity")]
tokens = {}


def machine_at(address):
    """The machine with this address; one that is off has none."""
    for name in machines:
        try:
            if socket.gethostbyname(name) == address:
                return work / "machines" / name
        except OSError:
            continue
    return None


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(url.query).items()}
        status, body = self.answer(url.path, asked)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *values):
        print(self.client_address[0], form % values, flush=True)


class Metadata(Door):
    def answer(self, path, asked):
        machine = machine_at(self.client_address[0])
        if self.headers["Metadata"] != "true" or machine is None or "api-version" not in asked:
            return 400, b'{"error": "Bad request"}'
        if path == "/metadata/instance/compute/userData":
            return 200, base64.b64encode((machine / "seed/user-data").read_bytes())
        if path == "/metadata/identity/oauth2/token":
            if asked.get("msi_res_id") != (machine / "identity").read_text().strip():
                return 400, b'{"error": "invalid_request", "error_description": "Identity not found"}'
            token = secrets.token_urlsafe(40)
            tokens[token] = asked["resource"]
            return 200, json.dumps({"access_token": token, "expires_in": "86400"}).encode()
        return 404, b"{}"


class Public(Door):
    def answer(self, path, asked):
        if ".vault." in self.headers["Host"]:
            return self.secret(path, asked)
        archive = work / "archive" / pathlib.PurePath(path).name
        return (200, archive.read_bytes()) if archive.is_file() else (404, b"not here")

    def secret(self, path, asked):
        # https://kv-x.vault.azure.net is asked with a token for https://vault.azure.net.
        resource = "https://" + self.headers["Host"].split(".", 1)[1]
        if tokens.get((self.headers["Authorization"] or "").removeprefix("Bearer ")) != resource:
            return 401, b'{"error": {"code": "Unauthorized"}}'
        found = work / "vault" / pathlib.PurePath(path).name
        if not path.startswith("/secrets/") or "api-version" not in asked or not found.is_file():
            return 404, b'{"error": {"code": "SecretNotFound"}}'
        return 200, found.read_bytes()


def serve(port, door, context=None):
    server = ThreadingHTTPServer(("", port), door)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(work / "public/host.pem")
threading.Thread(target=serve, args=(443, Public, context), daemon=True).start()
serve(80, Metadata)
