"""Deployment stacks through azure-mgmt-resource-deploymentstacks."""

from datetime import timedelta

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.resource.deployments import DeploymentsMgmtClient
from azure.mgmt.resource.deploymentstacks import DeploymentStacksClient
from azure.mgmt.resource.deploymentstacks.models import (
    ActionOnUnmanage,
    DenySettings,
    DeploymentParameter,
    DeploymentStack,
    DeploymentStackProperties,
    DeploymentStacksWhatIfResult,
    DeploymentStacksWhatIfResultProperties,
)
from support import LOCATION, SUBSCRIPTION, InGroup, client

NAMESPACE = {
    "type": "Microsoft.EventHub/namespaces",
    "apiVersion": "2024-01-01",
    "name": "[parameters('namespace')]",
    "location": "[resourceGroup().location]",
    "sku": {"name": "Standard"},
    "properties": {},
}
HUB = {
    "type": "Microsoft.EventHub/namespaces/eventhubs",
    "apiVersion": "2024-01-01",
    "name": "[format('{0}/orders', parameters('namespace'))]",
    "dependsOn": ["[resourceId('Microsoft.EventHub/namespaces', parameters('namespace'))]"],
    "properties": {"partitionCount": 2, "messageRetentionInDays": 1},
}


def template(*resources):
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"namespace": {"type": "string"}},
        "resources": list(resources),
        "outputs": {"endpoint": {"type": "string", "value": "[reference(parameters('namespace')).serviceBusEndpoint]"}},
    }


def stack(namespace, *resources, deny="none", **more):
    return DeploymentStack(
        tags={"by": "conformance"},
        properties=DeploymentStackProperties(
            template=template(*resources),
            parameters={"namespace": DeploymentParameter(value=namespace)},
            action_on_unmanage=ActionOnUnmanage(resources="delete", resource_groups="detach"),
            deny_settings=DenySettings(mode=deny),
            description="a stack",
            **more,
        ),
    )


def last_names(references):
    return sorted(one.id.rsplit("/", 1)[-1] for one in references or [])


class Stacks(InGroup):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = client(DeploymentStacksClient)
        cls.stacks = cls.client.deployment_stacks

    def put(self, name, body):
        # The hubs of all tests are topics of one cluster: each test takes its own away.
        self.addCleanup(
            lambda: self.stacks.begin_delete_at_resource_group(self.group, name, unmanage_action_resources="delete").result(60)
        )
        return self.stacks.begin_create_or_update_at_resource_group(self.group, name, body).result(120)

    def test_a_stack_is_validated_made_changed_and_deleted_with_what_it_manages(self):
        body = stack("ehns-stack-one", NAMESPACE, HUB)
        valid = self.stacks.begin_validate_stack_at_resource_group(self.group, "whole", body).result(60)
        self.assertEqual(last_names(valid.properties.validated_resources), ["ehns-stack-one", "orders"])
        with self.assertRaises(ResourceNotFoundError):
            self.stacks.get_at_resource_group(self.group, "whole")

        made = self.put("whole", body)
        properties = made.properties
        self.assertEqual(properties.provisioning_state, "succeeded")
        self.assertEqual(last_names(properties.resources), ["ehns-stack-one", "orders"])
        self.assertEqual({one.status for one in properties.resources}, {"managed"})
        self.assertEqual(properties.outputs["endpoint"]["value"], "https://ehns-stack-one.servicebus.windows.net:443/")
        self.assertEqual(properties.parameters["namespace"].type, "string")
        self.assertTrue(properties.duration and properties.correlation_id and made.system_data.created_at)
        deployment = properties.deployment_id.rsplit("/", 1)[-1]
        inner = client(DeploymentsMgmtClient).deployments.get(self.group, deployment)
        self.assertEqual(inner.properties.provisioning_state, "Succeeded")
        exported = self.stacks.export_template_at_resource_group(self.group, "whole")
        self.assertEqual(len(exported.template["resources"]), 2)
        self.assertIn("whole", [one.name for one in self.stacks.list_at_resource_group(self.group)])

        less = self.put("whole", stack("ehns-stack-one", NAMESPACE))
        self.assertEqual(last_names(less.properties.resources), ["ehns-stack-one"])
        self.assertEqual(last_names(less.properties.deleted_resources), ["orders"])

        self.stacks.begin_delete_at_resource_group(self.group, "whole", unmanage_action_resources="delete").result(60)
        with self.assertRaises(ResourceNotFoundError):
            self.stacks.get_at_resource_group(self.group, "whole")
        names = [one.name for one in self.resources.resources.list_by_resource_group(self.group)]
        self.assertNotIn("ehns-stack-one", names)

    def test_a_run_that_fails_raises_the_cause_and_keeps_what_was_managed(self):
        self.put("failing", stack("ehns-stack-two", NAMESPACE))
        with self.assertRaises(HttpResponseError) as caught:
            self.put("failing", stack("ehns-stack-two", NAMESPACE, HUB | {"properties": {"partitionCount": 64}}))
        self.assertEqual(caught.exception.error.code, "DeploymentStackDeploymentFailed")
        after = self.stacks.get_at_resource_group(self.group, "failing")
        self.assertEqual(after.properties.provisioning_state, "failed")
        self.assertEqual(after.properties.error.details[0].code, "InvalidTemplateDeployment")
        self.assertEqual(last_names(after.properties.resources), ["ehns-stack-two"])

    def test_a_template_that_cannot_be_is_refused_by_validate(self):
        broken = stack("ehns-stack-bad", NAMESPACE | {"name": "[parameters('nobody')]"})
        with self.assertRaises(HttpResponseError) as caught:
            self.stacks.begin_validate_stack_at_resource_group(self.group, "broken", broken).result(60)
        self.assertEqual(caught.exception.status_code, 400)

    def test_a_stack_of_the_subscription_deploys_to_a_group(self):
        scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{self.group}"
        body = stack("ehns-stack-sub", NAMESPACE, deployment_scope=scope)
        body.location = LOCATION
        name = f"wide-{self.group}"
        made = self.stacks.begin_create_or_update_at_subscription(name, body).result(120)
        self.assertEqual((made.location, made.properties.deployment_scope), (LOCATION, scope))
        self.assertEqual(last_names(made.properties.resources), ["ehns-stack-sub"])
        self.assertIn(name, [one.name for one in self.stacks.list_at_subscription()])
        self.stacks.begin_delete_at_subscription(name, unmanage_action_resources="delete").result(60)
        with self.assertRaises(ResourceNotFoundError):
            self.stacks.get_at_subscription(name)

    def test_what_a_stack_denies_is_refused_to_others_and_listed(self):
        body = stack("ehns-stack-deny", NAMESPACE, HUB, deny="denyDelete")
        made = self.put("denying", body)
        self.assertEqual({one.deny_status for one in made.properties.resources}, {"denyDelete"})
        namespace = self.id_of("Microsoft.EventHub/namespaces", "ehns-stack-deny")
        with self.assertRaises(HttpResponseError) as caught:
            self.resources.resources.begin_delete_by_id(namespace, api_version="2024-01-01").result(60)
        self.assertEqual(caught.exception.status_code, 403)
        self.assertEqual(caught.exception.error.code, "DenyAssignmentAuthorizationFailed")
        denials = list(client(AuthorizationManagementClient).deny_assignments.list_for_scope(namespace))
        self.assertEqual(len(denials), 2, "the namespace's own and that of the hub below")
        self.assertEqual(denials[0].permissions[0].actions, ["*/delete"])
        self.assertTrue(denials[0].is_system_protected)
        self.stacks.begin_delete_at_resource_group(self.group, "denying", unmanage_action_resources="delete").result(60)

    def test_a_what_if_of_a_stack_is_kept_read_and_deleted(self):
        results = self.client.deployment_stacks_what_if_results_at_resource_group
        made = self.put("foretold", stack("ehns-stack-what", NAMESPACE, HUB))
        less = stack("ehns-stack-what", NAMESPACE | {"tags": {"new": "yes"}})
        body = DeploymentStacksWhatIfResult(
            properties=DeploymentStacksWhatIfResultProperties(
                template=less.properties.template,
                parameters=less.properties.parameters,
                action_on_unmanage=less.properties.action_on_unmanage,
                deny_settings=DenySettings(mode="denyDelete"),
                deployment_stack_resource_id=made.id,
                retention_interval=timedelta(days=2),
            )
        )
        kept = results.begin_create_or_update(self.group, "foretold", body).result(60)
        self.assertEqual(kept.properties.provisioning_state, "succeeded")
        self.assertEqual(kept.properties.retention_interval, timedelta(days=2))
        told = results.begin_what_if(self.group, "foretold").result(60)
        kinds = {one.id.rsplit("/", 1)[-1]: one.change_type for one in told.properties.changes.resource_changes}
        self.assertEqual(kinds, {"ehns-stack-what": "modify", "orders": "delete"})
        changed = told.properties.changes.resource_changes[0]
        self.assertEqual(changed.resource_configuration_changes.delta[0].path, "tags.new")
        self.assertEqual(told.properties.changes.deny_settings_change.after.mode.lower(), "denydelete")
        self.assertIn("foretold", [one.name for one in results.list(self.group)])
        results.delete(self.group, "foretold")
        with self.assertRaises(ResourceNotFoundError):
            results.get(self.group, "foretold")
