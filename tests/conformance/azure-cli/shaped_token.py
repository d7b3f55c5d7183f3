"""Prints a token that has the shape of Azure's, for clients that look into it; its last part is random."""

import base64
import json
import secrets


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


CLAIMS = {"tid": "11111111-1111-1111-1111-111111111111", "oid": "22222222-2222-2222-2222-222222222222"}
print(".".join([part({"alg": "RS256", "typ": "JWT"}), part(CLAIMS), secrets.token_urlsafe(32)]))
