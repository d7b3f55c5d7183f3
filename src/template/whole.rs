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
    joined(&parts(bundle))
}

fn joined(parts: &[Part<'_>]) -> Value {
    let mut wanted = Wanted::default();
    let mut resources = Vec::new();
    for part in parts {
        let given = given(part, parts, &mut wanted);
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
        "parameters": wanted.parameters,
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
fn given(part: &Part<'_>, parts: &[Part<'_>], wanted: &mut Wanted) -> Map<String, Value> {
    let values = part.parameters.get("parameters").and_then(Value::as_object);
    let mut given: Map<String, Value> = values
        .into_iter()
        .flatten()
        .map(|(name, holder)| (name.clone(), literal(holder)))
        .collect();
    let secret = |secret: &NeededSecret| {
        let parameter = secret.entry.parameter.clone()?;
        Some((parameter, json!({ "secret": secret.reference })))
    };
    let mut asked: Vec<(String, Value)> = part.secrets.iter().filter_map(secret).collect();
    for (name, output) in part.takes {
        match parts.iter().find(|other| has_output(other, output)) {
            Some(giver) => {
                given.insert(name.clone(), json!({ "value": output_of(giver.name, output) }));
            }
            // The bootstrap servers, which are made of outputs by the target's manifest.
            None => asked.push((name.clone(), json!({ "output": output }))),
        }
    }
    for (name, what) in asked {
        let of_whole = wanted.name(part, &name, what);
        given.insert(name, json!({ "value": format!("[parameters('{of_whole}')]") }));
    }
    given
}

/// The parameters of the whole.
#[derive(Default)]
struct Wanted {
    parameters: Map<String, Value>,
    /// What each stands for.
    meanings: BTreeMap<String, Value>,
}

impl Wanted {
    /// The name of what `part` calls `name`: the same, unless another part means something else by it.
    fn name(&mut self, part: &Part<'_>, name: &str, meaning: Value) -> String {
        let is_free = |name: &str| self.meanings.get(name).is_none_or(|known| *known == meaning);
        let mut of_whole = name.to_owned();
        if !is_free(&of_whole) {
            let words = part.name.split('-').flat_map(|word| {
                let mut letters = word.chars();
                letters
                    .next()
                    .map(|first| first.to_ascii_uppercase())
                    .into_iter()
                    .chain(letters)
            });
            of_whole = format!("{name}Of{}", words.collect::<String>());
        }
        let declared = part.template.pointer(&format!("/parameters/{name}"));
        self.parameters
            .insert(of_whole.clone(), declared.cloned().unwrap_or_default());
        self.meanings.insert(of_whole.clone(), meaning);
        of_whole
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::SecretReference;
    use crate::template::secrets::SecretEntry;

    fn secret(variable: &str) -> NeededSecret {
        NeededSecret {
            name: "password".into(),
            reference: SecretReference::Env(variable.into()),
            entry: SecretEntry {
                parameter: Some("password".into()),
                rules: Vec::new(),
                way_out: String::new(),
                source: String::new(),
            },
            value: None,
        }
    }

    #[test]
    fn parts_share_a_parameter_only_where_they_mean_the_same() {
        let template = json!({ "parameters": { "password": { "type": "secureString" } } });
        let (parameters, takes) = (json!({}), BTreeMap::new());
        let secrets = [[secret("ONE")], [secret("ONE")], [secret("TWO")]];
        let parts: Vec<Part<'_>> = ["event-hubs", "capture", "cosmos-db"]
            .into_iter()
            .zip(&secrets)
            .map(|(name, secrets)| Part {
                name,
                template: &template,
                parameters: &parameters,
                takes: &takes,
                secrets,
            })
            .collect();
        let whole = joined(&parts);
        let secure = json!({ "type": "secureString" });
        assert_eq!(
            whole["parameters"],
            json!({ "password": secure, "passwordOfCosmosDb": secure })
        );
        let given = |part: usize| &whole["resources"][part]["properties"]["parameters"]["password"]["value"];
        assert_eq!(
            [given(0), given(1), given(2)],
            [
                "[parameters('password')]",
                "[parameters('password')]",
                "[parameters('passwordOfCosmosDb')]"
            ]
        );
    }
}
