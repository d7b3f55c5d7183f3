//! The resources of a template, one by one, as far as they can be told without Azure.

use serde_json::{Map, Value, json};

use super::known::Known;
use super::unit::Unit;
use crate::azure::groups::GroupScope;

/// More elements of one loop than Azure would make. Source: Azure Resource Manager, template limits.
pub(super) const LONGEST_LOOP: u64 = 800;

/// What the body of a resource's own PUT holds.
const BODY: [&str; 8] = [
    "location",
    "tags",
    "kind",
    "sku",
    "identity",
    "zones",
    "plan",
    "properties",
];

/// The type whose provider judges a whole request before it is made, secrets included.
pub(super) const HDINSIGHT: &str = "Microsoft.HDInsight/clusters";

const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

/// One resource that a template makes.
#[derive(Clone)]
pub(super) struct Made {
    pub resource_type: String,
    /// All name segments, or the expression where they cannot be told.
    pub name: String,
    /// Unknown where the name cannot be told, and of what extends another resource.
    pub id: Option<String>,
    pub api_version: String,
    /// What can be told of the body of its PUT; no value of a secure parameter is in it.
    pub body: Value,
    /// The whole body with its secrets, for [`HDINSIGHT`] alone and where all of it can be told: never shown.
    pub request: Option<Value>,
}

impl Made {
    /// A value inside the body, by JSON pointer.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer)?.as_str()
    }

    /// Whether it stands directly in the group: neither a child nor an extension.
    pub fn is_top_level(&self) -> bool {
        self.id.is_some() && self.resource_type.matches('/').count() == 1
    }

    /// The zones that it names.
    pub fn zones(&self) -> impl Iterator<Item = &str> {
        let zones = self.body.get("zones").and_then(Value::as_array);
        zones.into_iter().flatten().filter_map(Value::as_str)
    }

    pub fn is_of(&self, resource_type: &str) -> bool {
        self.resource_type.eq_ignore_ascii_case(resource_type)
    }

    /// A resource of a test.
    #[cfg(test)]
    pub fn of(resource_type: &str, name: &str, body: Value) -> Self {
        Self {
            resource_type: resource_type.to_owned(),
            name: name.to_owned(),
            id: Some(format!(
                "/subscriptions/s/resourceGroups/g/providers/{resource_type}/{name}"
            )),
            api_version: "2026-01-01".to_owned(),
            body,
            request: None,
        }
    }
}

/// What each of `units` makes.
pub(super) fn made(scope: &GroupScope, location: &str, unit: &Unit<'_>) -> Vec<Made> {
    let known = Known::of(unit, scope, location);
    resources(unit.template)
        .flat_map(|resource| turns(&known, resource))
        .collect()
}

/// As [`made`], with what deployments inside the template make in the same group.
pub(super) fn made_with_nested(scope: &GroupScope, location: &str, unit: &Unit<'_>) -> Vec<Made> {
    let known = Known::of(unit, scope, location);
    below(&known, unit.template)
}

fn below(known: &Known<'_>, template: &Value) -> Vec<Made> {
    let mut all = Vec::new();
    for resource in resources(template) {
        for (made, index) in turns(known, resource).into_iter().zip(0..) {
            let inside = nested(&Known { index, ..*known }, resource);
            all.push(made);
            all.extend(inside.unwrap_or_default());
        }
    }
    all
}

/// What a deployment inside a template makes, if it is one and its template is at hand.
fn nested(known: &Known<'_>, resource: &Value) -> Option<Vec<Made>> {
    let kind = resource.get("type")?.as_str()?;
    let elsewhere = ["resourceGroup", "subscriptionId", "scope"];
    if !kind.eq_ignore_ascii_case(DEPLOYMENTS) || elsewhere.iter().any(|key| resource.get(key).is_some()) {
        return None;
    }
    let properties = resource.get("properties")?;
    let template = properties.get("template")?;
    let scope = properties
        .pointer("/expressionEvaluationOptions/scope")
        .and_then(Value::as_str);
    // In ARM's default its expressions are the parent's.
    if !scope.is_some_and(|scope| scope.eq_ignore_ascii_case("inner")) {
        return Some(below(known, template));
    }
    let mut template = template.clone();
    let mut parameters = Map::new();
    let given = properties.get("parameters").and_then(Value::as_object);
    for (name, holder) in given.into_iter().flatten() {
        match holder.get("value").and_then(|value| known.whole(value)) {
            Some(value) => {
                parameters.insert(name.clone(), json!({ "value": value }));
            }
            // It is given, and nobody knows what yet: certainly not its default.
            None => {
                let declared = template.pointer_mut(&format!("/parameters/{name}"));
                declared
                    .and_then(Value::as_object_mut)
                    .map(|declared| declared.shift_remove("defaultValue"));
            }
        }
    }
    let unit = Unit {
        template: &template,
        parameters: Value::Object(parameters),
        fixed: &[],
        secrets: Vec::new(),
        lacks: None,
        foretold: Map::new(),
        ..*known.unit
    };
    Some(below(
        &Known {
            unit: &unit,
            index: 0,
            ..*known
        },
        &template,
    ))
}

/// The resources of a template.
pub(super) fn resources(template: &Value) -> impl Iterator<Item = &Value> {
    named(template).map(|(_, resource)| resource)
}

/// The resources of a template, as a list or by symbolic name.
pub(super) fn named(template: &Value) -> Box<dyn Iterator<Item = (Option<&str>, &Value)> + '_> {
    match template.get("resources") {
        Some(Value::Array(list)) => Box::new(list.iter().map(|resource| (None, resource))),
        Some(Value::Object(named)) => Box::new(
            named
                .iter()
                .map(|(name, resource)| (Some(name.as_str()), resource)),
        ),
        _ => Box::new(std::iter::empty()),
    }
}

/// A resource of the template, in every turn of its loop.
pub(super) fn turns(known: &Known<'_>, resource: &Value) -> Vec<Made> {
    if resource.get("existing") == Some(&Value::Bool(true)) || is_off(known, resource) {
        return Vec::new();
    }
    let count = match resource.get("copy").and_then(|copy| copy.get("count")) {
        None => 1,
        Some(count) => known
            .value(count)
            .and_then(|count| count.as_u64())
            .unwrap_or(1)
            .min(LONGEST_LOOP),
    };
    (0..count)
        .map(|index| turn(&Known { index, ..*known }, resource))
        .collect()
}

fn turn(known: &Known<'_>, resource: &Value) -> Made {
    let text = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = known.value(&Value::from(text("name")));
    let name = name.and_then(|name| name.as_str().map(str::to_owned));
    let request = Some(text("type")).filter(|kind| name.is_some() && kind.eq_ignore_ascii_case(HDINSIGHT));
    Made {
        resource_type: text("type").to_owned(),
        id: name
            .as_ref()
            .filter(|_| resource.get("scope").is_none())
            .map(|name| id(known.scope, text("type"), name)),
        name: name.unwrap_or_else(|| text("name").to_owned()),
        api_version: text("apiVersion").to_owned(),
        body: body(known, resource).0,
        request: request.and_then(|_| {
            let with_secrets = Known {
                secrets: true,
                ..*known
            };
            let (body, is_whole) = body(&with_secrets, resource);
            is_whole.then_some(body)
        }),
    }
}

/// The body of the resource's PUT, and whether all of it could be told.
fn body(known: &Known<'_>, resource: &Value) -> (Value, bool) {
    let mut is_whole = true;
    let mut body = Map::new();
    for field in BODY {
        if let Some(value) = resource.get(field) {
            let told = known.deep(value, &mut is_whole);
            body.extend(told.map(|value| (field.to_owned(), value)));
        }
    }
    (Value::Object(body), is_whole)
}

fn is_off(known: &Known<'_>, resource: &Value) -> bool {
    let condition = resource.get("condition");
    condition.and_then(|condition| known.value(condition)) == Some(Value::Bool(false))
}

/// `A.B/cs/es` and `d/f` make `…/providers/A.B/cs/d/es/f`.
fn id(scope: &GroupScope, resource_type: &str, name: &str) -> String {
    let (namespace, types) = resource_type.split_once('/').unwrap_or((resource_type, ""));
    let pairs = types.split('/').zip(name.split('/'));
    let path: Vec<&str> = pairs.flat_map(|(kind, name)| [kind, name]).collect();
    format!(
        "/subscriptions/{}/resourceGroups/{}/providers/{namespace}/{}",
        scope.subscription,
        scope.group,
        path.join("/")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deployments_inside_make_is_made_too() {
        let inner = json!({
            "parameters": { "name": { "type": "string" }, "late": { "type": "string", "defaultValue": "wrong" } },
            "resources": [
                { "type": "A.B/cs", "apiVersion": "1", "name": "[parameters('name')]" },
                { "type": "A.B/ds", "apiVersion": "1", "name": "[parameters('late')]" },
            ],
        });
        let deployment = |more: Value| {
            let mut one =
                json!({ "type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "in" });
            one.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            one
        };
        let properties = json!({
            "expressionEvaluationOptions": { "scope": "inner" },
            "parameters": { "name": { "value": "[variables('c')]" }, "late": { "value": "[reference('x').y]" } },
            "template": inner,
        });
        let plain = json!({ "template": { "resources": [{ "type": "A.B/es", "apiVersion": "1", "name": "[variables('c')]" }] } });
        let template = json!({ "variables": { "c": "one" }, "resources": [
            deployment(json!({ "properties": properties })),
            deployment(json!({ "properties": plain })),
            deployment(json!({ "properties": {
                "expressionEvaluationOptions": { "scope": "inner" },
                "template": { "resources": [{ "type": "A.B/fs", "apiVersion": "1", "name": "alone" }] },
            }})),
            deployment(json!({ "properties": plain, "resourceGroup": "other" })),
        ]});
        let unit = Unit {
            environment: "dev",
            name: "t",
            is_target: true,
            template: &template,
            parameters: json!({}),
            fixed: &[],
            secrets: Vec::new(),
            lacks: None,
            foretold: Map::new(),
        };
        let scope = GroupScope {
            subscription: "s".into(),
            group: "g".into(),
        };
        let made = made_with_nested(&scope, "here", &unit);
        let names: Vec<String> = made
            .iter()
            .filter(|made| !made.is_of(DEPLOYMENTS))
            .map(|made| format!("{} {}", made.resource_type, made.name))
            .collect();
        assert_eq!(
            names,
            [
                "A.B/cs one",
                "A.B/ds [parameters('late')]",
                "A.B/es one",
                "A.B/fs alone"
            ]
        );
    }
}
