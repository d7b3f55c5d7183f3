#!/usr/bin/env python3
"""machines.py RENDERED WORK: what the rendered ARM template gives each machine, as a folder a machine below WORK, and the
rendered clients with the outputs of the deployment in place of their marks.

The expressions of the template are evaluated as Azure Resource Manager does it, so the user data is what a machine would
get, byte for byte. Only uniqueString is another sum: Azure does not say how it makes its own.
"""
import base64
import hashlib
import json
import pathlib
import re
import sys

rendered, work = map(pathlib.Path, sys.argv[1:])
template = json.loads((rendered / "azuredeploy.json").read_text())
given = json.loads((rendered / "azuredeploy.parameters.json").read_text())["parameters"]
GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-kafka-boot/providers/"
TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|(-?\d+)|([A-Za-z][A-Za-z0-9]*)|(.))")


def unique_string(*texts):
    digest = hashlib.sha256("-".join(texts).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:13]


def resource_id(*parts):
    kinds, names = parts[0].split("/"), parts[1:]
    return GROUP + kinds[0] + "".join(f"/{kind}/{name}" for kind, name in zip(kinds[1:], names))


FUNCTIONS = {
    "add": lambda a, b: a + b,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "concat": lambda *lists: sum(lists, []),
    "equals": lambda a, b: a == b,
    "format": lambda text, *values: text.format(*values),
    "if": lambda condition, yes, no: yes if condition else no,
    "join": lambda things, between: between.join(things),
    "length": len,
    "mod": lambda a, b: a % b,
    "mul": lambda a, b: a * b,
    "replace": lambda text, old, new: text.replace(old, new),
    "resourceId": resource_id,
    "skip": lambda things, count: things[count:],
    "string": str,
    "take": lambda things, count: things[:count],
    "uniqueString": unique_string,
}


class Expression:
    """One expression, read from left to right; `indices` are the loops around it."""

    def __init__(self, text, indices):
        self.tokens = [match.groups() for match in TOKEN.finditer(text)]
        self.indices = indices

    def symbol(self, *expected):
        if self.tokens and self.tokens[0][3] in expected:
            return self.tokens.pop(0)[3]
        return None

    def arguments(self):
        values = []
        self.symbol("(")
        while not self.symbol(")"):
            values.append(self.value())
            self.symbol(",")
        return values

    def call(self, name):
        values = self.arguments()
        if name == "parameters":
            return parameter(values[0])
        if name == "variables":
            return variable(values[0])
        if name == "copyIndex":
            return self.indices[values[0] if values else None]
        return FUNCTIONS[name](*values)

    def value(self):
        text, number, name, _ = self.tokens.pop(0)
        if text is not None:
            value = text.replace("''", "'")
        elif number is not None:
            value = int(number)
        else:
            value = self.call(name)
        while behind := self.symbol("[", "."):
            if behind == ".":
                value = value[self.tokens.pop(0)[2]]
            else:
                value = value[self.value()]
                self.symbol("]")
        return value


def evaluate(thing, indices):
    if isinstance(thing, dict):
        return {key: evaluate(value, indices) for key, value in thing.items()}
    if isinstance(thing, list):
        return [evaluate(value, indices) for value in thing]
    if isinstance(thing, str) and thing.startswith("[") and not thing.startswith("[["):
        return Expression(thing[1:-1], indices).value()
    return thing


def parameter(name):
    if name in given:
        return given[name]["value"]
    return evaluate(template["parameters"][name]["defaultValue"], {})


def variable(name):
    for loop in template["variables"].get("copy", []):
        if loop["name"] == name:
            count = evaluate(loop["count"], {})
            return [evaluate(loop["input"], {name: index}) for index in range(count)]
    return evaluate(template["variables"][name], {})


def of_type(kind, suffix=""):
    for resource in template["resources"]:
        if resource["type"] == kind and resource["name"].endswith(suffix):
            return resource
    sys.exit(f"machines.py: the template has no {kind}")


machine = of_type("Microsoft.Compute/virtualMachines")
ready = of_type("Microsoft.Compute/virtualMachines/extensions", "/ready', variables('hosts')[copyIndex()])]")
for number, node in enumerate(parameter("nodes")):
    index = {None: number}
    name = evaluate(machine["name"], index)
    properties = {key: machine["properties"][key] for key in ("userData", "storageProfile")}
    properties = evaluate(properties, index)
    luns = [disk["lun"] for disk in properties["storageProfile"]["dataDisks"]]
    assert luns == list(range(len(luns))), luns
    facts = {
        "kind": node["kind"],
        "id": node["id"],
        "zone": evaluate(machine["zones"], index)[0],
        "directory": node["tags"].get("kafka-directory-id", "-"),
        "disks": len(luns),
        "identity": evaluate(list(machine["identity"]["userAssignedIdentities"])[0], index),
        "settle": evaluate(ready["properties"]["settings"]["commandToExecute"], index),
    }
    place = work / name
    (place / "seed").mkdir(parents=True)
    (place / "seed/user-data").write_bytes(base64.b64decode(properties["userData"]))
    for key, value in facts.items():
        (place / key).write_text(f"{value}\n")
    with (work / "order").open("a") as order:
        print(name, file=order)

(work / "clients").mkdir()
for client in (rendered / "clients").iterdir():
    text = client.read_text()
    for name in set(re.findall(r"<([a-z][A-Za-z]*)>", text)):
        text = text.replace(f"<{name}>", evaluate(template["outputs"][name]["value"], {}))
    (work / "clients" / client.name).write_text(text)
