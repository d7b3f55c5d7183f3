"""Event Hubs through azure-mgmt-eventhub."""

import unittest

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.eventhub import EventHubManagementClient
from support import LOCATION, InGroup, client

NAMESPACE = "ehns-conf-hubs"


class EventHubs(InGroup):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.resources.providers.register("Microsoft.EventHub")
        cls.hubs = client(EventHubManagementClient)
        cls.namespace = cls.hubs.namespaces.begin_create_or_update(
            cls.group,
            NAMESPACE,
            {
                "location": LOCATION,
                "sku": {"name": "Standard", "tier": "Standard", "capacity": 2},
                "properties": {"isAutoInflateEnabled": True, "maximumThroughputUnits": 10},
            },
        ).result(120)

    def test_the_namespace_is_what_was_asked_for(self):
        made = self.hubs.namespaces.get(self.group, NAMESPACE)
        self.assertEqual((made.name, made.location), (NAMESPACE, LOCATION))
        self.assertEqual((made.sku.name, made.sku.capacity), ("Standard", 2))
        self.assertTrue(made.kafka_enabled)
        self.assertEqual(made.maximum_throughput_units, 10)
        self.assertEqual(made.provisioning_state, "Succeeded")
        self.assertEqual(made.service_bus_endpoint, f"https://{NAMESPACE}.servicebus.windows.net:443/")
        self.assertIn(NAMESPACE, [one.name for one in self.hubs.namespaces.list_by_resource_group(self.group)])
        self.assertIn(NAMESPACE, [one.name for one in self.hubs.namespaces.list()])

    def test_a_hub_with_groups_and_rules(self):
        hubs = self.hubs.event_hubs
        made = hubs.create_or_update(
            self.group, NAMESPACE, "orders", {"properties": {"partitionCount": 6, "messageRetentionInDays": 3}}
        )
        self.assertEqual((made.partition_count, len(made.partition_ids)), (6, 6))
        self.assertEqual(made.status, "Active")
        self.assertEqual([one.name for one in hubs.list_by_namespace(self.group, NAMESPACE)], ["orders"])
        groups = self.hubs.consumer_groups
        groups.create_or_update(self.group, NAMESPACE, "orders", "billing", {"properties": {"userMetadata": "of billing"}})
        names = {one.name for one in groups.list_by_event_hub(self.group, NAMESPACE, "orders")}
        self.assertEqual(names, {"$Default", "billing"})
        rule = hubs.create_or_update_authorization_rule(
            self.group, NAMESPACE, "orders", "reader", {"properties": {"rights": ["Listen"]}}
        )
        self.assertEqual(list(rule.rights), ["Listen"])
        keys = hubs.list_keys(self.group, NAMESPACE, "orders", "reader")
        self.assertIn("EntityPath=orders", keys.primary_connection_string)
        hubs.delete(self.group, NAMESPACE, "orders")
        with self.assertRaises(ResourceNotFoundError):
            hubs.get(self.group, NAMESPACE, "orders")

    def test_keys_are_listed_and_made_anew(self):
        namespaces = self.hubs.namespaces
        rules = [one.name for one in namespaces.list_authorization_rules(self.group, NAMESPACE)]
        self.assertIn("RootManageSharedAccessKey", rules)
        keys = namespaces.list_keys(self.group, NAMESPACE, "RootManageSharedAccessKey")
        self.assertTrue(keys.primary_connection_string.startswith(f"Endpoint=sb://{NAMESPACE}.servicebus.windows.net/"))
        again = namespaces.regenerate_keys(
            self.group, NAMESPACE, "RootManageSharedAccessKey", {"keyType": "PrimaryKey"}
        )
        self.assertNotEqual(keys.primary_key, again.primary_key)
        self.assertEqual(keys.secondary_key, again.secondary_key)

    def test_the_network_rules_and_names(self):
        rules = self.hubs.namespaces.get_network_rule_set(self.group, NAMESPACE)
        self.assertEqual(rules.default_action, "Allow")
        changed = self.hubs.namespaces.create_or_update_network_rule_set(
            self.group,
            NAMESPACE,
            {"properties": {"defaultAction": "Deny", "ipRules": [{"ipMask": "10.0.0.0/8", "action": "Allow"}]}},
        )
        self.assertEqual((changed.default_action, changed.ip_rules[0].ip_mask), ("Deny", "10.0.0.0/8"))
        taken = self.hubs.namespaces.check_name_availability({"name": NAMESPACE})
        self.assertFalse(taken.name_available)
        free = self.hubs.namespaces.check_name_availability({"name": "ehns-of-nobody"})
        self.assertTrue(free.name_available)

    def test_limits_of_the_tier_are_refused(self):
        with self.assertRaises(HttpResponseError) as caught:
            self.hubs.event_hubs.create_or_update(
                self.group, NAMESPACE, "wide", {"properties": {"partitionCount": 64, "messageRetentionInDays": 1}}
            )
        self.assertEqual(caught.exception.status_code, 400)


if __name__ == "__main__":
    unittest.main()
