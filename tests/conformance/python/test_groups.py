"""Groups, providers and generic resources through azure-mgmt-resource."""

import unittest

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.resource.resources import ResourceManagementClient
from support import LOCATION, SUBSCRIPTION, InGroup, client


class Groups(InGroup):
    def test_a_group_is_read_back_typed_updated_and_listed(self):
        groups = self.resources.resource_groups
        group = groups.get(self.group)
        self.assertEqual((group.name, group.location), (self.group, LOCATION))
        self.assertEqual(group.properties.provisioning_state, "Succeeded")
        tagged = groups.update(self.group, {"tags": {"team": "kafka"}})
        self.assertEqual(tagged.tags, {"team": "kafka"})
        self.assertIn(self.group, [one.name for one in groups.list()])
        self.assertIn(self.group, [one.name for one in groups.list(filter="tagName eq 'team' and tagValue eq 'kafka'")])
        self.assertTrue(groups.check_existence(self.group))
        self.assertFalse(groups.check_existence("rg-of-nobody"))

    def test_a_group_that_is_not_there_is_the_sdks_own_error(self):
        with self.assertRaises(ResourceNotFoundError) as caught:
            self.resources.resource_groups.get("rg-of-nobody")
        self.assertEqual(caught.exception.error.code, "ResourceGroupNotFound")

    def test_a_second_location_is_refused(self):
        with self.assertRaises(HttpResponseError) as caught:
            self.resources.resource_groups.create_or_update(self.group, {"location": "northeurope"})
        self.assertEqual(caught.exception.status_code, 409)
        self.assertEqual(caught.exception.error.code, "InvalidResourceGroupLocation")

    def test_providers_are_registered_and_say_what_they_offer(self):
        providers = self.resources.providers
        registered = providers.register("Microsoft.EventHub")
        self.assertIn(registered.registration_state, ("Registered", "Registering"))
        provider = providers.get("Microsoft.EventHub")
        types = {one.resource_type.lower(): one for one in provider.resource_types}
        self.assertIn("namespaces", types)
        self.assertTrue(types["namespaces"].api_versions)
        self.assertIn("Microsoft.EventHub", [one.namespace for one in providers.list()])

    def test_a_generic_resource_lives_and_goes(self):
        resource = self.id_of("Microsoft.Storage/storageAccounts", "sagenericone")
        body = {"location": LOCATION, "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}}
        resources = self.resources.resources
        made = resources.begin_create_or_update_by_id(resource, body, api_version="2024-01-01").result(60)
        self.assertEqual((made.name, made.kind, made.sku.name), ("sagenericone", "StorageV2", "Standard_LRS"))
        self.assertTrue(resources.check_existence_by_id(resource, api_version="2024-01-01"))
        listed = [one.name for one in resources.list_by_resource_group(self.group)]
        self.assertIn("sagenericone", listed)
        self.assertIn(resource.lower(), [one.id.lower() for one in resources.list()])
        updated = resources.begin_update_by_id(resource, {"tags": {"a": "b"}}, api_version="2024-01-01").result(60)
        self.assertEqual(updated.tags, {"a": "b"})
        resources.begin_delete_by_id(resource, api_version="2024-01-01").result(60)
        with self.assertRaises(ResourceNotFoundError):
            resources.get_by_id(resource, api_version="2024-01-01")

    def test_another_subscription_is_not_seen(self):
        other = client(ResourceManagementClient)
        other._config.subscription_id = SUBSCRIPTION.replace("0", "1")
        with self.assertRaises(HttpResponseError) as caught:
            other.resource_groups.get(self.group)
        self.assertEqual(caught.exception.error.code, "SubscriptionNotFound")


if __name__ == "__main__":
    unittest.main()
