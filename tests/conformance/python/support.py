"""What every test needs: the clients, signed in with the emulator's token, and a group that goes with the test."""

import json
import os
import time
import unittest
import uuid

from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import SansIOHTTPPolicy

ARM = os.environ["LANDFALL_ARM"]
SUBSCRIPTION = os.environ["LANDFALL_SUBSCRIPTION"]
LOCATION = "westeurope"


class Token:
    """The token that the emulator made, as a credential of the SDK."""

    def get_token(self, *_scopes, **_options):
        with open(os.environ["LANDFALL_TOKEN_FILE"], encoding="ascii") as file:
            return AccessToken(file.read().strip(), int(time.time()) + 3600)


class AllowLoopback(SansIOHTTPPolicy):
    """The SDK sends tokens over TLS alone unless a request says otherwise; the emulator listens on loopback only."""

    def on_request(self, request):
        request.context.options.setdefault("enforce_https", False)


def client(kind, **options):
    """An unmodified client of the SDK that asks the emulator, and polls as often as the emulator lets it."""
    return kind(
        Token(),
        SUBSCRIPTION,
        base_url=ARM,
        per_call_policies=[AllowLoopback()],
        polling_interval=0.1,
        **options,
    )


class InGroup(unittest.TestCase):
    """A test with a resource group of its own."""

    @classmethod
    def setUpClass(cls):
        from azure.mgmt.resource.resources import ResourceManagementClient

        cls.resources = client(ResourceManagementClient)
        cls.group = f"rg-{uuid.uuid4().hex[:8]}"
        cls.resources.resource_groups.create_or_update(cls.group, {"location": LOCATION})

    @classmethod
    def tearDownClass(cls):
        cls.resources.resource_groups.begin_delete(cls.group).result(60)
        assert not cls.resources.resource_groups.check_existence(cls.group)

    def id_of(self, kind, *names):
        """The id of a resource in the group: `id_of("Microsoft.EventHub/namespaces", "one")`."""
        provider, *types = kind.split("/")
        path = "/".join(f"{one}/{name}" for one, name in zip(types, names))
        return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{self.group}/providers/{provider}/{path}"


def as_json(model):
    """What a typed answer holds, as it came over the wire."""
    return json.loads(json.dumps(model.as_dict() if hasattr(model, "as_dict") else model, default=str))
