"""Every manifest, against the definitions of the version of Strimzi's operator that we install, and against Kubernetes' own."""

import collections
import copy
import unittest

import yaml

import manifests

NATIVE = {"Namespace", "StorageClass"}


class Strimzi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.resources = [
            (path, document)
            for path, document in manifests.resources()
            if document["apiVersion"].startswith(manifests.CUSTOM)
        ]

    def one(self, kind):
        """A copy of the first resource of its kind, which is good as it is."""
        good = next(document for _, document in self.resources if document["kind"] == kind)
        self.assertEqual(manifests.faults(good), [])
        return copy.deepcopy(good)

    def refused(self, document, why):
        found = manifests.faults(document)
        self.assertTrue(any(why in fault for fault in found), f"`{why}` is not among {found}")

    def test_every_resource_is_one_that_the_operator_takes(self):
        for path, document in self.resources:
            with self.subTest(str(path), name=document["metadata"]["name"]):
                self.assertEqual(manifests.faults(document), [])

    def test_every_kind_that_a_template_makes_is_among_them(self):
        made = manifests.kinds_of_the_templates()
        self.assertLessEqual({"Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser", "KafkaMirrorMaker2"}, made)
        found = collections.Counter(document["kind"] for _, document in self.resources)
        self.assertEqual(made, found.keys())
        print(*(f"{count} {kind}" for kind, count in sorted(found.items())), sep=", ")

    def test_an_unknown_field_is_refused_at_every_depth(self):
        kafka = self.one("Kafka")
        kafka["spec"]["kafka"]["replica"] = 3
        self.refused(kafka, "unknown field 'replica'")
        pool = self.one("KafkaNodePool")
        pool["spec"]["storage"]["volumes"][0]["sise"] = "1Gi"
        self.refused(pool, "unknown field 'sise'")
        mirror = self.one("KafkaMirrorMaker2")
        mirror["spec"]["connectCluster"] = "target"
        self.refused(mirror, "unknown field 'connectCluster'")
        topic = self.one("KafkaTopic")
        topic["specs"] = {}
        self.refused(topic, "unknown field 'specs'")

    def test_a_word_that_is_no_choice_is_refused(self):
        pool = self.one("KafkaNodePool")
        pool["spec"]["roles"] = ["leader"]
        self.refused(pool, "'leader' is not one of")
        kafka = self.one("Kafka")
        kafka["spec"]["kafka"]["listeners"][0]["type"] = "external"
        self.refused(kafka, "'external' is not one of")
        mirror = self.one("KafkaMirrorMaker2")
        mirror["spec"]["target"]["authentication"] = {"type": "oauth"}
        self.refused(mirror, "'oauth' is not one of")

    def test_a_value_of_another_type_or_none_is_refused(self):
        topic = self.one("KafkaTopic")
        topic["spec"]["partitions"] = "12"
        self.refused(topic, "is not of type 'integer'")
        pool = self.one("KafkaNodePool")
        pool["spec"]["resources"]["limits"]["memory"] = 1.5
        self.refused(pool, "1.5 is neither an integer nor a string")
        pool = self.one("KafkaNodePool")
        del pool["spec"]["storage"]
        self.refused(pool, "'storage' is a required property")

    def test_a_rule_that_a_definition_carries_is_kept(self):
        user = self.one("KafkaUser")
        user["spec"]["authentication"]["validityDays"] = 7
        self.refused(user, "can be configured only with 'type: tls'")
        kafka = self.one("Kafka")
        kafka["spec"]["kafka"]["metricsConfig"] = {"type": "jmxPrometheusExporter"}
        self.refused(kafka, "valueFrom property is required")

    def test_a_version_that_the_operator_does_not_serve_is_refused(self):
        topic = self.one("KafkaTopic")
        topic["apiVersion"] = "kafka.strimzi.io/v1beta2"
        self.refused(topic, "the operator has no KafkaTopic")

    def test_metadata_is_that_of_kubernetes(self):
        topic = self.one("KafkaTopic")
        topic["metadata"]["labels"]["number"] = 1
        self.refused(topic, "1 is not of type 'string'")
        topic = self.one("KafkaTopic")
        topic["metadata"]["label"] = {}
        self.refused(topic, "'label' was unexpected")


class Native(unittest.TestCase):
    def test_namespaces_and_storage_classes_are_those_of_kubernetes(self):
        found = [(path, document) for path, document in manifests.resources() if document["kind"] in NATIVE]
        self.assertEqual({document["kind"] for _, document in found}, NATIVE)
        for path, document in found:
            with self.subTest(str(path)):
                self.assertEqual(manifests.native_faults(document), [])
                self.assertNotEqual(manifests.native_faults(document | {"spek": {}}), [])

    def test_what_a_kustomization_names_is_beside_it(self):
        found = [(path, document) for path, document in manifests.resources() if document["kind"] == "Kustomization"]
        self.assertTrue(found)
        for path, document in found:
            for name in document["resources"]:
                with self.subTest(str(path), resource=name):
                    self.assertTrue("://" in name or (path.parent / name).exists())

    def test_a_key_that_stands_twice_is_refused(self):
        with self.assertRaisesRegex(yaml.YAMLError, "`a` stands there twice"):
            manifests.documents("b: {a: 1, a: 2}")
