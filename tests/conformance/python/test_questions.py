"""What is asked before anything is made, through azure-mgmt-hdinsight and azure-mgmt-authorization."""

import unittest
from datetime import timedelta

from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.hdinsight import HDInsightManagementClient
from support import LOCATION, InGroup, client

SIZE = {"vmSize": "Standard_E4_v3"}
CLUSTER = {
    "name": "kafka-asked",
    "type": "clusters",
    "location": LOCATION,
    "properties": {
        "clusterVersion": "5.1",
        "osType": "Linux",
        "clusterDefinition": {"kind": "KAFKA", "componentVersion": {"Kafka": "3.2"}},
        "computeProfile": {
            "roles": [
                {"name": "headnode", "targetInstanceCount": 2, "hardwareProfile": SIZE},
                {"name": "workernode", "targetInstanceCount": 3, "hardwareProfile": SIZE, "dataDisksGroups": [{"disksPerNode": 1}]},
                {"name": "zookeepernode", "targetInstanceCount": 3, "hardwareProfile": SIZE},
            ]
        },
        "storageProfile": {"storageaccounts": [{"name": "a.blob.core.windows.net", "isDefault": True, "container": "c"}]},
    },
}


class Questions(InGroup):
    def test_hdinsight_says_what_it_offers_and_judges_a_cluster(self):
        locations = client(HDInsightManagementClient).locations
        offered = locations.get_capabilities(LOCATION)
        kafka = {one.friendly_name: one.component_versions["Kafka"] for one in offered.versions["iaas"].available}
        self.assertEqual(kafka["5.1"], "3.2")
        self.assertIn("West Europe", offered.regions["iaas"].available)
        self.assertEqual(locations.list_usages(LOCATION).value[0].name.value, "cores")
        free = locations.check_name_availability(LOCATION, {"name": "kafka-asked", "type": "clusters"})
        self.assertTrue(free.name_available)
        good = locations.validate_cluster_create_request(LOCATION, CLUSTER)
        self.assertEqual((good.validation_errors, good.estimated_creation_duration), ([], timedelta(minutes=20)))
        bad = CLUSTER | {"properties": CLUSTER["properties"] | {"clusterVersion": "3.6"}}
        told = locations.validate_cluster_create_request(LOCATION, bad)
        self.assertEqual([one.code for one in told.validation_errors], ["InvalidClusterVersion"])

    def test_the_caller_may_do_everything(self):
        permissions = client(AuthorizationManagementClient).permissions
        self.assertEqual([one.actions for one in permissions.list_for_resource_group(self.group)], [["*"]])


if __name__ == "__main__":
    unittest.main()
