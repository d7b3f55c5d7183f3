"""Deployments through azure-mgmt-resource-deployments."""

import unittest

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.resource.deployments import DeploymentsMgmtClient
from support import InGroup, client

TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {
        "namespace": {"type": "string"},
        "hub": {"type": "string", "defaultValue": "[parameters('namespace')]"},
        "partitions": {"type": "int", "defaultValue": 4},
        "secret": {"type": "securestring", "defaultValue": "canary-secret"},
    },
    "resources": [
        {
            "type": "Microsoft.EventHub/namespaces",
            "apiVersion": "2024-01-01",
            "name": "[parameters('namespace')]",
            "location": "[resourceGroup().location]",
            "sku": {"name": "Standard", "tier": "Standard", "capacity": 1},
            "properties": {},
        },
        {
            "type": "Microsoft.EventHub/namespaces/eventhubs",
            "apiVersion": "2024-01-01",
            "name": "[format('{0}/{1}', parameters('namespace'), parameters('hub'))]",
            "dependsOn": ["[resourceId('Microsoft.EventHub/namespaces', parameters('namespace'))]"],
            "properties": {"partitionCount": "[parameters('partitions')]", "messageRetentionInDays": 1},
        },
    ],
    "outputs": {
        "hub": {"type": "string", "value": "[resourceId('Microsoft.EventHub/namespaces/eventhubs', parameters('namespace'), parameters('hub'))]"},
        "endpoint": {"type": "string", "value": "[reference(parameters('namespace')).serviceBusEndpoint]"},
    },
}


def body(namespace, template=TEMPLATE, mode="Incremental", **more):
    parameters = {"namespace": {"value": namespace}} | {name: {"value": value} for name, value in more.items()}
    return {"properties": {"mode": mode, "template": template, "parameters": parameters}}


class Deployments(InGroup):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.resources.providers.register("Microsoft.EventHub")
        cls.deployments = client(DeploymentsMgmtClient).deployments
        cls.operations = client(DeploymentsMgmtClient).deployment_operations

    def deploy(self, name, *arguments, **more):
        return self.deployments.begin_create_or_update(self.group, name, body(*arguments, **more)).result(120)

    def test_a_deployment_is_validated_previewed_made_followed_and_forgotten(self):
        request = body("ehns-conf-whole")
        valid = self.deployments.begin_validate(self.group, "whole", request).result(60)
        self.assertIsNone(valid.error)
        before = self.deployments.begin_what_if(self.group, "whole", request).result(60)
        self.assertEqual({change.change_type for change in before.changes}, {"Create"})
        self.assertEqual(len(before.changes), 2)

        made = self.deploy("whole", "ehns-conf-whole")
        self.assertEqual(made.properties.provisioning_state, "Succeeded")
        self.assertEqual(made.properties.outputs["endpoint"]["value"], "https://ehns-conf-whole.servicebus.windows.net:443/")
        self.assertNotIn("canary-secret", str(made.as_dict()))
        self.assertEqual(len(made.properties.output_resources), 2)
        self.assertTrue(made.properties.correlation_id and made.properties.duration)

        operations = list(self.operations.list(self.group, "whole"))
        kinds = [(one.properties.provisioning_operation, one.properties.provisioning_state) for one in operations]
        self.assertEqual(kinds.count(("Create", "Succeeded")), 2, kinds)
        targets = {one.properties.target_resource.resource_type for one in operations if one.properties.target_resource}
        self.assertEqual(targets, {"Microsoft.EventHub/namespaces", "Microsoft.EventHub/namespaces/eventhubs"})
        one = self.operations.get(self.group, "whole", operations[0].operation_id)
        self.assertEqual(one.operation_id, operations[0].operation_id)

        after = self.deployments.begin_what_if(self.group, "whole", request).result(60)
        self.assertEqual({change.change_type for change in after.changes}, {"NoChange"})
        more = self.deployments.begin_what_if(
            self.group, "whole", body("ehns-conf-whole", partitions=8)
        ).result(60)
        changed = [change for change in more.changes if change.change_type == "Modify"]
        self.assertEqual([delta.path for delta in changed[0].delta], ["properties.partitionCount"])
        self.assertEqual((changed[0].delta[0].before, changed[0].delta[0].after), (4, 8))

        self.assertIn("whole", [one.name for one in self.deployments.list_by_resource_group(self.group)])
        exported = self.deployments.export_template(self.group, "whole")
        self.assertEqual(len(exported.template["resources"]), 2)
        self.assertTrue(self.deployments.check_existence(self.group, "whole"))
        self.deployments.begin_delete(self.group, "whole").result(60)
        with self.assertRaises(ResourceNotFoundError):
            self.deployments.get(self.group, "whole")

    def test_a_template_that_cannot_be_is_refused_before_anything_is_made(self):
        broken = TEMPLATE | {"resources": [TEMPLATE["resources"][0] | {"name": "[parameters('nobody')]"}]}
        with self.assertRaises(HttpResponseError) as caught:
            self.deploy("broken", "ehns-conf-broken", broken)
        self.assertEqual(caught.exception.status_code, 400)
        self.assertEqual(caught.exception.error.code, "InvalidTemplate")
        self.assertFalse(self.deployments.check_existence(self.group, "broken"))

    def test_a_resource_that_a_preflight_refuses_is_named_with_the_reason(self):
        with self.assertRaises(HttpResponseError) as caught:
            self.deploy("wide", "ehns-conf-wide", partitions=64)
        error = caught.exception.error
        self.assertEqual(error.code, "InvalidTemplateDeployment")
        self.assertTrue(error.details, error)

    def test_a_resource_that_is_refused_later_fails_its_deployment_with_details(self):
        orphan = TEMPLATE | {"resources": [{name: value for name, value in TEMPLATE["resources"][1].items() if name != "dependsOn"}], "outputs": {}}
        with self.assertRaises(HttpResponseError) as caught:
            self.deploy("refused", "ehns-of-nobody", orphan)
        error = caught.exception.error
        self.assertEqual(error.code, "DeploymentFailed")
        self.assertTrue(error.details, error)
        failed = self.deployments.get(self.group, "refused")
        self.assertEqual(failed.properties.provisioning_state, "Failed")
        self.assertEqual(failed.properties.error.code, "DeploymentFailed")

    def test_a_running_deployment_is_cancelled(self):
        # One after the other, so that it still runs when the next request arrives.
        chain = [
            {"type": "Microsoft.Network/natGateways", "apiVersion": "2024-01-01", "name": f"nat-{number}",
             "location": "westeurope", "properties": {}, "dependsOn": [f"nat-{number - 1}"] if number else []}
            for number in range(60)
        ]
        template = TEMPLATE | {"resources": chain, "outputs": {}}
        poller = self.deployments.begin_create_or_update(self.group, "cancelled", body("unused", template))
        self.deployments.cancel(self.group, "cancelled")
        with self.assertRaises(HttpResponseError) as caught:
            poller.result(60)
        self.assertEqual(caught.exception.error.code, "DeploymentCanceled")
        state = self.deployments.get(self.group, "cancelled").properties.provisioning_state
        self.assertEqual(state, "Canceled")

    def test_complete_mode_deletes_what_the_template_does_not_name(self):
        self.deploy("first", "ehns-conf-first")
        made = self.deploy("second", "ehns-conf-second", mode="Complete")
        self.assertEqual(made.properties.provisioning_state, "Succeeded")
        names = [one.name for one in self.resources.resources.list_by_resource_group(self.group)]
        self.assertNotIn("ehns-conf-first", names)
        self.assertIn("ehns-conf-second", names)

    def test_a_template_hash_is_calculated(self):
        calculated = self.deployments.calculate_template_hash(TEMPLATE)
        self.assertTrue(calculated.template_hash.isdigit())


if __name__ == "__main__":
    unittest.main()
