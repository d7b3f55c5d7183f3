"""Deploys what `landfall render` wrote into `out/` with the SDK for Python, polling as it does by itself."""

import json
import os
import time

from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.resource.deployments import DeploymentsMgmtClient
from azure.mgmt.resource.resources import ResourceManagementClient

GROUP, NAME = os.environ["GROUP"], "bench"


class Token:
    def get_token(self, *_scopes, **_options):
        with open(os.environ["TOKEN_FILE"], encoding="ascii") as file:
            return AccessToken(file.read().strip(), int(time.time()) + 3600)


class AllowLoopback(SansIOHTTPPolicy):
    """The SDK sends tokens over TLS alone unless a request says otherwise."""

    def on_request(self, request):
        request.context.options.setdefault("enforce_https", False)


def client(kind):
    return kind(Token(), os.environ["SUBSCRIPTION"], base_url=os.environ["ARM"], per_call_policies=[AllowLoopback()])


def read(file):
    with open(os.path.join("out", file), encoding="utf-8") as text:
        return json.load(text)


body = {
    "properties": {
        "mode": "Incremental",
        "template": read("azuredeploy.json"),
        "parameters": read("azuredeploy.parameters.json")["parameters"],
    }
}
client(ResourceManagementClient).resource_groups.create_or_update(GROUP, {"location": "westeurope"})
deployments = client(DeploymentsMgmtClient).deployments
if os.environ["CHECKS"]:
    deployments.begin_validate(GROUP, NAME, body).result()
    deployments.begin_what_if(GROUP, NAME, body).result()
made = deployments.begin_create_or_update(GROUP, NAME, body).result()
assert made.properties.provisioning_state == "Succeeded", made.properties.provisioning_state
