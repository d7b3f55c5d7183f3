"""Kubernetes manifests against their schemas, as strictly as an API server that was asked for strict validation."""

import functools
import os
import pathlib
import re

import celpy
import jsonschema
import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
CUSTOM = "kafka.strimzi.io/"


class Loader(yaml.CSafeLoader):
    """Refuses a key that stands twice in one mapping, as kubectl does; YAML's readers let the last one win."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"`{key}` stands there twice", node.start_mark)
        return super().construct_mapping(node, deep)


def documents(text):
    return [document for document in yaml.load_all(text, Loader) if document is not None]


def golden():
    """Every file that the examples render to."""
    return sorted(path for path in TEMPLATES.glob("**/golden/**/*") if path.is_file())


def is_resource(document):
    return isinstance(document, dict) and {"apiVersion", "kind"} <= document.keys()


@functools.cache
def resources():
    """Every Kubernetes resource with the file it stands in: those of the golden folders, and those that `run` rendered."""
    rendered = pathlib.Path(os.environ["LANDFALL_RENDERED"]).glob("*/mirror/kubernetes/*")
    files = [path for path in [*golden(), *sorted(rendered)] if path.suffix in (".yaml", ".yml")]
    found = [(path, document) for path in files for document in documents(path.read_text())]
    return [(path, document) for path, document in found if is_resource(document)]


def kinds_of_the_templates():
    """The kinds of Strimzi's operator that some template makes."""
    made = set()
    for path in TEMPLATES.glob("**/*.hbs"):
        made.update(re.findall(rf"^apiVersion: {CUSTOM}\S+\nkind: (\w+)$", path.read_text(), re.MULTILINE))
    return made


def fields(validator, kind, instance, schema):
    """`type`, and what it means in a structural schema: a field that the schema does not name is none."""
    if instance is None and schema.get("nullable"):
        return
    yield from jsonschema.Draft202012Validator.VALIDATORS["type"](validator, kind, instance, schema)
    open_ended = "additionalProperties" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
    if kind == "object" and isinstance(instance, dict) and not open_ended:
        for field in instance.keys() - schema.get("properties", {}).keys():
            yield jsonschema.ValidationError(f"unknown field {field!r}")


def int_or_string(_validator, wanted, instance, _schema):
    if wanted and (isinstance(instance, bool) or not isinstance(instance, (int, str))):
        yield jsonschema.ValidationError(f"{instance!r} is neither an integer nor a string")


@functools.cache
def program(rule):
    environment = celpy.Environment()
    return environment.program(environment.compile(rule))


def rules(_validator, wanted, instance, _schema):
    """The rules that a definition carries beside its schema; one that cannot be evaluated refuses, as in Kubernetes."""
    for rule in wanted:
        try:
            holds = program(rule["rule"]).evaluate({"self": celpy.json_to_cel(instance)})
        except celpy.CELEvalError:
            holds = False
        if not holds:
            yield jsonschema.ValidationError(rule.get("message", rule["rule"]))


Structural = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"type": fields, "x-kubernetes-int-or-string": int_or_string, "x-kubernetes-validations": rules},
)


@functools.cache
def definitions():
    """The schema of every version of every kind of Strimzi's operator."""
    found = {}
    for path in pathlib.Path(os.environ["LANDFALL_DEFINITIONS"]).glob("*.yaml"):
        spec = yaml.load(path.read_text(), yaml.CSafeLoader)["spec"]
        for version in filter(lambda version: version["served"], spec["versions"]):
            schema = version["schema"]["openAPIV3Schema"]
            # Kubernetes knows what metadata is; a definition only names it.
            del schema["properties"]["metadata"]
            found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = Structural(schema)
    return found


def faults(document):
    """What is wrong with a resource of Strimzi's operator, a line each."""
    validator = definitions().get((document["apiVersion"], document["kind"]))
    if validator is None:
        return [f"the operator has no {document['kind']} of {document['apiVersion']}"]
    metadata = document.get("metadata")
    own = {key: value for key, value in document.items() if key != "metadata"}
    found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(own)]
    return found + native_faults({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def native_faults(document):
    """What is wrong with a resource of a kind that Kubernetes has itself."""
    try:
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
        return [error.message]
    return []
