//! One template of a target and everything beside it, each a deployment inside: what Bicep writes as modules.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::bundle::Bundle;
use super::secrets::NeededSecret;

/// One part of the whole.
struct Part<'a> {
    name: &'a str,
    template: &'a Value,
    parameters: &'a Value,
    takes: &'a BTreeMap<String, String>,
    secrets: &'a [NeededSecret],
}

/// The parts of a bundle as deployments inside one template: what one takes is another's output; what no template gives,
/// and what has to stay secret, is a parameter of the whole.
///
/// Source: Azure Resource Manager, nested templates with a scope of their own.
pub(super) fn template(bundle: &Bundle) -> Value {
    let parts = parts(bundle);
    let mut parameters = Map::new();
    let mut resources = Vec::new();
    for part in &parts {
        let given = given(part, &parts, &mut parameters);
        resources.push(json!({
            "type": "Microsoft.Resources/deployments",
            "apiVersion": "2025-04-01",
            "name": part.name,
            "properties": {
                "mode": "Incremental",
                "expressionEvaluationOptions": { "scope": "inner" },
                "template": part.template,
                "parameters": given,
            },
        }));
    }
    let target = &parts[0];
    let outputs = declared(target.template, "outputs").map(|(name, output)| {
        let value = output_of(target.name, name);
        (name.clone(), json!({ "type": output["type"], "value": value }))
    });
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": parameters,
        "resources": resources,
        "outputs": outputs.collect::<Map<_, _>>(),
    })
}

fn parts(bundle: &Bundle) -> Vec<Part<'_>> {
    let target = Part {
        name: &bundle.target,
        template: &bundle.template,
        parameters: &bundle.parameters,
        takes: &bundle.takes,
        secrets: &bundle.secrets,
    };
    let beside = bundle.additions.iter().map(|addition| Part {
        name: &addition.name,
        template: &addition.template,
        parameters: &addition.parameters,
        takes: &addition.takes,
        secrets: &addition.secrets,
    });
    std::iter::once(target).chain(beside).collect()
}

/// What a part's deployment is given; what whoever deploys has to say becomes a parameter of the whole, in `wanted`.
fn given(part: &Part<'_>, parts: &[Part<'_>], wanted: &mut Map<String, Value>) -> Map<String, Value> {
    let values = part.parameters.get("parameters").and_then(Value::as_object);
    let mut given: Map<String, Value> = values
        .into_iter()
        .flatten()
        .map(|(name, holder)| (name.clone(), literal(holder)))
        .collect();
    let mut asked: Vec<&String> = part
        .secrets
        .iter()
        .filter_map(|secret| secret.entry.parameter.as_ref())
        .collect();
    for (name, output) in part.takes {
        match parts.iter().find(|other| has_output(other, output)) {
            Some(giver) => {
                given.insert(name.clone(), json!({ "value": output_of(giver.name, output) }));
            }
            // The bootstrap servers, which are made of outputs by the target's manifest.
            None => asked.push(name),
        }
    }
    for name in asked {
        let declared = part.template.pointer(&format!("/parameters/{name}"));
        wanted.insert(name.clone(), declared.cloned().unwrap_or_default());
        given.insert(
            name.clone(),
            json!({ "value": format!("[parameters('{name}')]") }),
        );
    }
    given
}

fn declared<'a>(template: &'a Value, section: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let section = template.get(section).and_then(Value::as_object);
    section.into_iter().flatten()
}

fn has_output(part: &Part<'_>, output: &str) -> bool {
    declared(part.template, "outputs").any(|(name, _)| name.eq_ignore_ascii_case(output))
}

fn output_of(part: &str, output: &str) -> String {
    format!("[reference(resourceId('Microsoft.Resources/deployments', '{part}')).outputs.{output}.value]")
}

/// A value of a parameters document, where brackets are nothing but brackets.
fn literal(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('[') && text.ends_with(']') => {
            Value::from(format!("[{text}"))
        }
        Value::Array(list) => list.iter().map(literal).collect(),
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(key, value)| (key.clone(), literal(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}
