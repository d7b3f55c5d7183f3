"""The Azure CLI, unmodified, in a cloud of its own: registered, signed in with a managed identity, and used as people use it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

AZ = os.environ["LANDFALL_AZ"]
HERE = pathlib.Path(__file__).parent
TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {"namespace": {"type": "string"}, "hub": {"type": "string", "defaultValue": "orders"}},
    "resources": [
        {
            "type": "Microsoft.EventHub/namespaces",
            "apiVersion": "2024-01-01",
            "name": "[parameters('namespace')]",
            "location": "[resourceGroup().location]",
            "sku": {"name": "Standard", "tier": "Standard", "capacity": 1},
            "properties": {},
            "resources": [
                {
                    "type": "eventhubs",
                    "apiVersion": "2024-01-01",
                    "name": "[parameters('hub')]",
                    "dependsOn": ["[parameters('namespace')]"],
                    "properties": {"partitionCount": 4, "messageRetentionInDays": 1},
                }
            ],
        }
    ],
    "outputs": {
        "endpoint": {"type": "string", "value": "[reference(parameters('namespace')).serviceBusEndpoint]"}
    },
}


class Cli(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        certificate, key = cls.folder / "door.pem", cls.folder / "door.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
            + ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
            check=True,
            capture_output=True,
        )
        door = subprocess.Popen(
            [sys.executable, HERE / "door.py", os.environ["LANDFALL_ARM"], os.environ["LANDFALL_TOKEN_FILE"]]
            + [certificate, key, "a-secret"],
            stdout=subprocess.PIPE,
            text=True,
        )
        cls.addClassCleanup(door.stdout.close)
        cls.addClassCleanup(door.wait)
        cls.addClassCleanup(door.kill)
        arm, identity = door.stdout.readline().split()
        cls.url = f"https://localhost:{arm}"
        cls.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AZURE_")},
            "AZURE_CONFIG_DIR": str(cls.folder / "az"),
            "AZURE_CORE_COLLECT_TELEMETRY": "0",
            "AZURE_CORE_INSTANCE_DISCOVERY": "0",
            "REQUESTS_CA_BUNDLE": str(certificate),
            "IDENTITY_ENDPOINT": f"http://127.0.0.1:{identity}/",
            "IDENTITY_HEADER": "a-secret",
            "NO_PROXY": "localhost,127.0.0.1",
            "no_proxy": "localhost,127.0.0.1",
        }
        cls.az(
            ["cloud", "register", "--name", "Rehearsal", "--endpoint-resource-manager", cls.url]
            + ["--endpoint-active-directory", "https://login.rehearsal.example"]
            + ["--endpoint-active-directory-resource-id", "https://management.rehearsal.example/"]
            + ["--endpoint-active-directory-graph-resource-id", "https://graph.rehearsal.example/"]
        )
        cls.az(["cloud", "set", "--name", "Rehearsal"])
        cls.az(["login", "--identity"])
        cls.az(["group", "create", "--name", "rg-az", "--location", "westeurope"])

    @classmethod
    def az(cls, arguments, ok=True):
        run = subprocess.run(
            [AZ, *arguments, "--output", "json"], env=cls.environment, capture_output=True, text=True, timeout=300
        )
        if ok != (run.returncode == 0):
            raise AssertionError(f"az {' '.join(map(str, arguments))}: {run.returncode}\n{run.stdout}\n{run.stderr}")
        if not ok:
            return run.stderr
        return json.loads(run.stdout) if run.stdout.strip() else None

    def file(self, name, content):
        path = self.folder / name
        path.write_text(json.dumps(content))
        return str(path)

    def test_the_account_is_the_subscription_of_the_emulator(self):
        account = self.az(["account", "show"])
        self.assertEqual(account["id"], os.environ["LANDFALL_SUBSCRIPTION"])
        self.assertEqual(account["environmentName"], "Rehearsal")

    def test_a_deployment_is_validated_previewed_made_listed_and_read_back(self):
        file = self.file("one.json", TEMPLATE)
        of = ["--resource-group", "rg-az", "--name", "one", "--template-file", file]
        of += ["--parameters", "namespace=ehns-az-one"]
        self.az(["deployment", "group", "validate", *of])
        preview = self.az(["deployment", "group", "what-if", *of, "--no-pretty-print"])
        self.assertEqual({change["changeType"] for change in preview["changes"]}, {"Create"})
        made = self.az(["deployment", "group", "create", *of])
        self.assertEqual(made["properties"]["provisioningState"], "Succeeded")
        endpoint = made["properties"]["outputs"]["endpoint"]["value"]
        self.assertEqual(endpoint, "https://ehns-az-one.servicebus.windows.net:443/")
        again = self.az(["deployment", "group", "what-if", *of, "--no-pretty-print"])
        self.assertEqual({change["changeType"] for change in again["changes"]}, {"NoChange"})
        operations = self.az(["deployment", "operation", "group", "list", "--resource-group", "rg-az", "--name", "one"])
        types = {
            operation["properties"]["targetResource"]["resourceType"]
            for operation in operations
            if operation["properties"].get("targetResource")
        }
        self.assertIn("Microsoft.EventHub/namespaces/eventhubs", types)
        resources = self.az(["resource", "list", "--resource-group", "rg-az"])
        self.assertIn("ehns-az-one", {resource["name"] for resource in resources})
        hub = self.az(
            ["eventhubs", "eventhub", "show", "--resource-group", "rg-az"]
            + ["--namespace-name", "ehns-az-one", "--name", "orders"]
        )
        self.assertEqual(hub["partitionCount"], 4)
        keys = self.az(
            ["eventhubs", "namespace", "authorization-rule", "keys", "list", "--resource-group", "rg-az"]
            + ["--namespace-name", "ehns-az-one", "--name", "RootManageSharedAccessKey"]
        )
        self.assertIn("ehns-az-one.servicebus.windows.net", keys["primaryConnectionString"])

    def test_a_stack_is_made_shown_and_deleted_with_what_it_manages(self):
        file = self.file("stack.json", TEMPLATE)
        of = ["--resource-group", "rg-az", "--name", "kept"]
        made = self.az(
            ["stack", "group", "create", *of, "--template-file", file]
            + ["--parameters", "namespace=ehns-az-stack", "hub=kept"]
            + ["--deny-settings-mode", "none", "--action-on-unmanage", "deleteAll", "--yes"]
        )
        self.assertEqual(made["provisioningState"], "succeeded")
        self.assertEqual(len(made["resources"]), 2)
        self.az(["stack", "group", "delete", *of, "--action-on-unmanage", "deleteAll", "--yes"])
        self.assertEqual(self.az(["stack", "group", "list", "--resource-group", "rg-az"]), [])

    def test_a_refusal_is_told_with_its_code(self):
        broken = {**TEMPLATE, "resources": [{**TEMPLATE["resources"][0], "dependsOn": ["nobody"]}]}
        said = self.az(
            ["deployment", "group", "create", "--resource-group", "rg-az", "--name", "broken"]
            + ["--template-file", self.file("broken.json", broken), "--parameters", "namespace=ehns-az-broken"],
            ok=False,
        )
        self.assertIn("InvalidTemplate", said)
        self.assertIn("nobody", said)

    @classmethod
    def tearDownClass(cls):
        cls.az(["group", "delete", "--name", "rg-az", "--yes"])
        assert cls.az(["group", "exists", "--name", "rg-az"]) is False


if __name__ == "__main__":
    unittest.main()
