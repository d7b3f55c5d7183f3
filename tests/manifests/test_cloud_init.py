"""What machines boot from, against `cloud-init schema`."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import yaml
from cloudinit.config import schema

import manifests

MARK = "#cloud-config"


def faults(text):
    """What `cloud-init schema` says against a file, what it calls deprecated, and keys that it passes over in silence."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "cloud-config.yaml"
        file.write_text(text)
        command = [sys.executable, os.environ["LANDFALL_CLOUD_INIT"], "schema", "--config-file", file]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    said = ran.stdout + ran.stderr
    found = []
    if ran.returncode != 0 or "deprecat" in said.lower():
        found.append(said)
    return found + [f"cloud-init has no `{key}`" for key in yaml.safe_load(text).keys() - known()]


def known():
    """The keys at the top, which cloud-init before 23 does not check: every module has some."""
    whole = schema.get_schema()
    names = [one["$ref"].removeprefix("#/$defs/") for one in whole["allOf"]]
    return {key for name in names for key in whole["$defs"][name].get("properties", {})}


class CloudInit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        texts = [(path, path.read_text()) for path in manifests.golden()]
        cls.found = [(path, text) for path, text in texts if text.startswith(MARK)]

    def test_every_file_is_one_that_cloud_init_takes(self):
        for path, text in self.found:
            with self.subTest(str(path)):
                self.assertEqual(faults(text), [])

    def test_nodes_and_workers_are_among_them(self):
        for place in ["targets/vm/golden", "mirror/golden"]:
            self.assertTrue(any(place in str(path) for path, _ in self.found), place)
        print(len(self.found), "cloud-config")

    def test_a_broken_one_is_refused(self):
        _, good = self.found[0]
        for before, after, why in [
            ("package_update: true", "package_update: soon", "is not of type 'boolean'"),
            ("  - path: ", "  - paths: ", "'paths' was unexpected"),
            ("\nruncmd:", "\nruncmds:", "cloud-init has no `runcmds`"),
            ("package_update: true", "apt_update: true", "DEPRECATED"),
        ]:
            with self.subTest(after):
                self.assertIn(before, good)
                self.assertIn(why, "\n".join(faults(good.replace(before, after, 1))))
