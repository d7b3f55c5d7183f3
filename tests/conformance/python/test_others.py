"""Log Analytics, roles, locks, Compute and HDInsight through the clients of each."""

import unittest
import uuid

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.hdinsight import HDInsightManagementClient
from azure.mgmt.loganalytics import LogAnalyticsManagementClient
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from support import ARM, LOCATION, SUBSCRIPTION, AllowLoopback, InGroup, Token, client


class Workspaces(InGroup):
    def test_a_workspace_is_made_and_gives_its_keys(self):
        self.resources.providers.register("Microsoft.OperationalInsights")
        logs = client(LogAnalyticsManagementClient)
        made = logs.workspaces.begin_create_or_update(
            self.group, "log-conf", {"location": LOCATION, "properties": {"sku": {"name": "PerGB2018"}, "retentionInDays": 60}}
        ).result(120)
        self.assertEqual((made.name, made.retention_in_days), ("log-conf", 60))
        self.assertEqual(str(uuid.UUID(made.customer_id)), made.customer_id)
        keys = logs.shared_keys.get_shared_keys(self.group, "log-conf")
        self.assertTrue(keys.primary_shared_key and keys.secondary_shared_key)
        self.assertIn("log-conf", [one.name for one in logs.workspaces.list_by_resource_group(self.group)])
        logs.workspaces.begin_delete(self.group, "log-conf", force=True).result(60)
        with self.assertRaises(ResourceNotFoundError):
            logs.workspaces.get(self.group, "log-conf")


class Authorization(InGroup):
    def test_a_role_is_given_once_and_taken_away(self):
        roles = client(AuthorizationManagementClient)
        scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{self.group}"
        sender = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/2b629674-e913-4c01-ae53-ef4638d8f975"
        body = {
            "properties": {
                "roleDefinitionId": sender,
                "principalId": "00000000-0000-0000-0000-00000000000a",
                "principalType": "ServicePrincipal",
            }
        }
        name = str(uuid.uuid4())
        made = roles.role_assignments.create(scope, name, body)
        self.assertEqual((made.name, made.principal_type), (name, "ServicePrincipal"))
        self.assertEqual([one.name for one in roles.role_assignments.list_for_scope(scope, filter="atScope()")], [name])
        with self.assertRaises(HttpResponseError) as caught:
            roles.role_assignments.create(scope, str(uuid.uuid4()), body)
        self.assertEqual(caught.exception.error.code, "RoleAssignmentExists")
        roles.role_assignments.delete(scope, name)
        self.assertEqual(list(roles.role_assignments.list_for_scope(scope)), [])

    def test_the_built_in_roles_are_found(self):
        roles = client(AuthorizationManagementClient)
        scope = f"/subscriptions/{SUBSCRIPTION}"
        found = list(roles.role_definitions.list(scope, filter="roleName eq 'Azure Event Hubs Data Sender'"))
        self.assertEqual([one.name for one in found], ["2b629674-e913-4c01-ae53-ef4638d8f975"])


class Locks(InGroup):
    def test_a_lock_keeps_its_group(self):
        locks = client(ManagementLockClient).management_locks
        made = locks.create_or_update_at_resource_group_level(self.group, "keep", {"level": "CanNotDelete", "notes": "no"})
        self.assertEqual(made.level, "CanNotDelete")
        with self.assertRaises(HttpResponseError) as caught:
            self.resources.resource_groups.begin_delete(self.group).result(60)
        self.assertEqual(caught.exception.error.code, "ScopeLocked")
        self.assertEqual([one.name for one in locks.list_at_resource_group_level(self.group)], ["keep"])
        locks.delete_at_resource_group_level(self.group, "keep")


class Compute(InGroup):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.resources.providers.register("Microsoft.Compute")
        cls.compute = client(ComputeManagementClient)

    def test_usages_and_sizes_are_offered(self):
        usages = {one.name.value: one for one in self.compute.usage.list(LOCATION)}
        self.assertGreater(usages["cores"].limit, usages["cores"].current_value)
        skus = [one for one in self.compute.resource_skus.list(filter=f"location eq '{LOCATION}'")]
        self.assertIn("Standard_D4s_v5", [one.name for one in skus])

    def test_a_machine_is_made_shown_and_deleted(self):
        machine = {
            "location": LOCATION,
            "properties": {
                "hardwareProfile": {"vmSize": "Standard_D4s_v5"},
                "osProfile": {"computerName": "broker-0", "adminUsername": "kafka", "linuxConfiguration": {
                    "disablePasswordAuthentication": True,
                    "ssh": {"publicKeys": [{"path": "/home/kafka/.ssh/authorized_keys", "keyData": "ssh-ed25519 AAAA"}]},
                }},
                "storageProfile": {"imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}},
                "networkProfile": {"networkInterfaces": []},
            },
        }
        made = self.compute.virtual_machines.begin_create_or_update(self.group, "broker-0", machine).result(120)
        self.assertEqual((made.name, made.provisioning_state), ("broker-0", "Succeeded"))
        self.assertEqual(made.hardware_profile.vm_size, "Standard_D4s_v5")
        self.assertTrue(made.vm_id)
        shown = self.compute.virtual_machines.instance_view(self.group, "broker-0")
        self.assertIn("PowerState/running", [one.code for one in shown.statuses])
        self.assertIn("broker-0", [one.name for one in self.compute.virtual_machines.list(self.group)])
        self.compute.virtual_machines.begin_delete(self.group, "broker-0").result(60)


class Clusters(InGroup):
    def test_a_cluster_is_made_and_tells_its_endpoints(self):
        self.resources.providers.register("Microsoft.HDInsight")
        clusters = client(HDInsightManagementClient).clusters
        role = {
            "name": "headnode",
            "targetInstanceCount": 2,
            "hardwareProfile": {"vmSize": "Standard_E4_V3"},
            "osProfile": {"linuxOperatingSystemProfile": {"username": "sshuser", "password": "canary-Password1!"}},
        }
        made = clusters.begin_create(
            self.group,
            "hdi-conf",
            {
                "location": LOCATION,
                "properties": {
                    "clusterVersion": "5.1",
                    "osType": "Linux",
                    "tier": "Standard",
                    "clusterDefinition": {
                        "kind": "Kafka",
                        "componentVersion": {"Kafka": "3.2"},
                        "configurations": {"gateway": {
                            "restAuthCredential.isEnabled": "true",
                            "restAuthCredential.username": "admin",
                            "restAuthCredential.password": "canary-Password1!",
                        }},
                    },
                    "computeProfile": {"roles": [
                        role,
                        role | {"name": "workernode", "targetInstanceCount": 3, "dataDisksGroups": [{"disksPerNode": 2}]},
                        role | {"name": "zookeepernode", "targetInstanceCount": 3},
                    ]},
                    "storageProfile": {"storageaccounts": []},
                },
            },
        ).result(120)
        self.assertEqual(made.properties.cluster_state, "Running")
        self.assertEqual(made.properties.provisioning_state, "Succeeded")
        places = {one.name: one.location for one in made.properties.connectivity_endpoints}
        self.assertEqual(places["HTTPS"], "hdi-conf.azurehdinsight.net")
        self.assertNotIn("canary", str(made.as_dict()))
        self.assertIn("hdi-conf", [one.name for one in clusters.list_by_resource_group(self.group)])
        clusters.begin_delete(self.group, "hdi-conf").result(60)


class Subscriptions(unittest.TestCase):
    def test_the_subscription_is_the_one_that_the_token_sees(self):
        subscriptions = SubscriptionClient(Token(), base_url=ARM, per_call_policies=[AllowLoopback()])
        self.assertIn(SUBSCRIPTION, [one.subscription_id for one in subscriptions.subscriptions.list()])
        one = subscriptions.subscriptions.get(SUBSCRIPTION)
        self.assertEqual(one.state, "Enabled")
        self.assertIn(LOCATION, [place.name for place in subscriptions.subscriptions.list_locations(SUBSCRIPTION)])


if __name__ == "__main__":
    unittest.main()
