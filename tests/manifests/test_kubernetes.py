"""Every manifest, against the definitions of the version of Strimzi's operator that we install, and against Kubernetes' own."""

import collections
import copy
import re
import unittest

import yaml

import manifests

NATIVE = {"Namespace", "Secret", "StorageClass"}


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
    def test_native_kinds_are_as_kubernetes_has_them(self):
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


class Secrets(unittest.TestCase):
    """What the workers of a mirror read, and who brings it: an operator, the manifests, or whoever runs the command in them."""

    def referred(self, value):
        """Name and key of every secret that a resource refers to."""
        if isinstance(value, list):
            return {pair for one in value for pair in self.referred(one)}
        if not isinstance(value, dict):
            return set()
        if "secretName" in value:
            return {(value["secretName"], value[word]) for word in ("certificate", "key", "password") if word in value}
        return self.referred(list(value.values()))

    def brought(self, file):
        """Name and key of every secret, by whom it comes from."""
        found = {"operator": set(), "manifest": set(), "person": set()}
        for document in manifests.documents(file.read_text()):
            match document:
                case {"kind": "ExternalSecret", "spec": {"target": {"name": name, "creationPolicy": "Owner"}, "data": data}}:
                    found["operator"] |= {(name, one["secretKey"]) for one in data}
                case {"kind": "Secret", "metadata": {"name": name}, "stringData": data}:
                    self.assertTrue(all(text.startswith("-----BEGIN CERTIFICATE-----\n") for text in data.values()))
                    found["manifest"] |= {(name, key) for key in data}
        command = re.search(r"^# kubectl create secret generic (\S+)(?:.*\\\n)*.*", file.read_text(), re.MULTILINE)
        if command:
            keys = re.findall(r"--from-file (\S+)=FILE", command.group())
            found["person"] = {(command.group(1), key) for key in keys}
        return found

    def test_every_secret_that_is_read_is_brought_once(self):
        mirrors = [one for one in manifests.resources() if one[1]["kind"] == "KafkaMirrorMaker2"]
        self.assertGreaterEqual(len(mirrors), 5)
        ways = collections.Counter()
        for path, document in mirrors:
            with self.subTest(str(path)):
                brought = self.brought(path.parent / "secrets.yaml")
                self.assertEqual(self.referred(document), set().union(*brought.values()))
                # What an operator owns it would take away from whoever else puts it there.
                names = [{name for name, _ in pairs} for pairs in brought.values()]
                self.assertEqual(sum(map(len, names)), len(set().union(*names)))
                ways.update(way for way, pairs in brought.items() if pairs)
        self.assertEqual(len(ways), 3, ways)
