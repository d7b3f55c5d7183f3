//! Resources: their order, conditions, children, names and nesting.

use serde_json::{Value, json};

use super::*;

#[test]
fn resources_wait_for_what_they_name_and_for_what_they_read() {
    let expanded = evaluated(json!({"resources": [
        thing("last", json!({"dependsOn": ["many"]})),
        thing("[concat('many', copyIndex())]", json!({"copy": {"name": "many", "count": 2}, "dependsOn": ["[resourceId('A.B/things', 'reader')]"]})),
        thing("reader", json!({"properties": {"x": "[reference('read').y]"}})),
        thing("read", json!({})),
    ]}))
    .unwrap();
    assert_eq!(order(&expanded), ["read", "reader", "many0", "many1", "last"]);
    assert_eq!(
        expanded.resources[3].body["properties"]["x"], "[reference('read').y]",
        "known only at run time"
    );
    let stray = refused(json!({"resources": [thing("a", json!({"dependsOn": ["b"]}))]}));
    assert!(
        stray.contains("The resource 'b' is not defined in the template"),
        "{stray}"
    );
    let twice = refused(json!({"resources": [thing("a", json!({})), thing("A", json!({}))]}));
    assert!(twice.contains("defined multiple times"), "{twice}");
}

#[test]
fn a_false_condition_takes_a_resource_and_the_edges_to_it_away() {
    let expanded = evaluated(json!({"resources": [
        thing("a", json!({"dependsOn": ["b", "none"]})),
        thing("b", json!({"condition": "[equals(1, 2)]"})),
        thing("c", json!({"copy": {"name": "none", "count": 0}})),
    ]}))
    .unwrap();
    let wanted: Vec<_> = expanded
        .resources
        .iter()
        .filter(|one| one.wanted)
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(wanted, ["a"]);
    assert!(expanded.resources[0].depends_on.is_empty());
}

#[test]
fn children_inside_their_parent_take_its_type_and_name() {
    let child = json!({"type": "parts", "apiVersion": "2024-01-01", "name": "p", "properties": {}});
    let extension = json!({
        "type": "Microsoft.Insights/diagnosticSettings", "apiVersion": "2021-05-01-preview", "name": "audit",
        "scope": "[resourceId('A.B/things', 'a')]", "properties": {},
    });
    let old = json!({"type": "A.B/things/providers/locks", "apiVersion": "2020-05-01", "name": "a/Microsoft.Authorization/keep", "properties": {}});
    let expanded =
        evaluated(json!({"resources": [thing("a", json!({"resources": [child]})), extension, old]})).unwrap();
    let ends: Vec<&str> = expanded
        .resources
        .iter()
        .map(|one| one.id.split("/rg/").last().unwrap())
        .collect();
    assert_eq!(
        ends,
        [
            "providers/A.B/things/a",
            "providers/A.B/things/a/parts/p",
            "providers/A.B/things/a/providers/Microsoft.Insights/diagnosticSettings/audit",
            "providers/A.B/things/a/providers/Microsoft.Authorization/locks/keep",
        ]
    );
}

#[test]
fn a_parent_does_not_wait_for_what_its_children_read() {
    let child = json!({
        "type": "parts", "apiVersion": "2024-01-01", "name": "p", "dependsOn": ["a"],
        "properties": {"x": "[reference('after').y]"},
    });
    let expanded = evaluated(json!({"resources": [
        thing("a", json!({"resources": [child]})),
        thing("after", json!({"dependsOn": ["a"]})),
    ]}))
    .unwrap();
    assert_eq!(order(&expanded), ["a", "after", "a/p"]);
}

#[test]
fn a_profile_stands_for_the_versions_that_are_not_written() {
    let unversioned =
        json!({"type": "Microsoft.Network/networkSecurityGroups", "name": "n", "location": "westeurope"});
    let sections = json!({"resources": [unversioned, thing("a", json!({}))]});
    let missing = refused(sections.clone());
    assert!(missing.contains("'apiVersion' not found"), "{missing}");
    let mut profiled = sections;
    profiled["apiProfile"] = "2019-03-01-hybrid".into();
    let expanded = evaluated(profiled).unwrap();
    let versions: Vec<_> = expanded.resources.iter().map(|one| &one.api_version).collect();
    assert_eq!(versions, ["2019-02-01", "2024-01-01"]);
}

#[test]
fn symbolic_names_stand_for_resources_and_loops() {
    let expanded = evaluated(json!({"languageVersion": "2.0", "resources": {
        "all": thing("all", json!({"dependsOn": ["parts"], "properties": {"x": "[reference('known').y]"}})),
        "parts": thing("[format('p{0}', copyIndex())]", json!({"copy": {"name": "parts", "count": 2}})),
        "known": thing("known", json!({"existing": true})),
    }}))
    .unwrap();
    assert_eq!(expanded.resources[0].depends_on.len(), 3);
    assert_eq!(expanded.resources[2].symbolic.as_deref(), Some("parts[1]"));
    assert!(expanded.resources[3].existing);
}

#[test]
fn a_nested_template_of_inner_scope_sees_only_what_it_is_given() {
    let inner = whole(json!({
        "parameters": {"n": {"type": "string"}},
        "resources": [thing("[parameters('n')]", json!({}))],
    }));
    let nested = |scope: &str, name: &str| {
        let mut inner = inner.clone();
        inner["resources"][0]["name"] = json!(name);
        json!({"type": DEPLOYMENT, "apiVersion": "2025-04-01", "name": "sub", "properties": {
            "mode": "Incremental", "template": inner, "parameters": {"n": {"value": "given"}},
            "expressionEvaluationOptions": {"scope": scope}}})
    };
    let of = |resource: Value| {
        let outer = evaluated(json!({"variables": {"v": "outer"}, "resources": [resource]})).unwrap();
        let planned = &outer.resources[0];
        outer
            .nested(0, &planned.body, &planned.notes, &Nowhere)
            .map(|nested| nested.resources[0].name.clone())
    };
    assert_eq!(of(nested("inner", "[parameters('n')]")).unwrap(), "given");
    assert_eq!(of(nested("outer", "[variables('v')]")).unwrap(), "outer");
    assert!(
        of(nested("inner", "[variables('v')]"))
            .unwrap_err()
            .to_string()
            .contains("'v' is not found")
    );
}

#[test]
fn a_default_may_ask_for_a_parameter_that_is_declared_later() {
    let sections = json!({
        "parameters": {
            "name": {"type": "string", "defaultValue": "[format('{0}-{1}', parameters('Prefix'), parameters('number'))]"},
            "prefix": {"type": "string", "defaultValue": "[toLower( parameters( 'given' ) )]"},
            "number": {"type": "int", "defaultValue": 7},
            "given": {"type": "string", "defaultValue": "KAFKA"},
        },
        "outputs": {"name": {"type": "string", "value": "[parameters('name')]"}},
    });
    let outputs = evaluated(sections).unwrap().outputs(None).unwrap();
    assert_eq!(outputs["name"]["value"], "kafka-7");
    let null = json!({"a": {"value": null}}).as_object().unwrap().clone();
    let sections = json!({"parameters": {
        "a": {"type": "string", "defaultValue": "[parameters('b')]"},
        "b": {"type": "string", "defaultValue": "late"},
    }});
    assert!(
        evaluate(&whole(sections), &null, &scope()).is_ok(),
        "a null asks for the default"
    );
    let circle = refused(json!({"parameters": {
        "a": {"type": "string", "defaultValue": "[parameters('b')]"},
        "b": {"type": "string", "defaultValue": "[parameters('a')]"},
    }}));
    assert!(
        circle.contains("The template parameter 'b' is not found"),
        "{circle}"
    );
}

#[test]
fn what_a_condition_leaves_out_needs_no_name() {
    let key = |condition: &str| {
        json!({
            "condition": condition, "existing": true, "type": "Microsoft.KeyVault/vaults", "apiVersion": "2024-11-01",
            "subscriptionId": "[split(parameters('vault'), '/')[2]]", "resourceGroup": "[split(parameters('vault'), '/')[4]]",
            "name": "[last(split(parameters('vault'), '/'))]",
        })
    };
    let with = |condition: &str, vault: Value| {
        evaluated(json!({
            "languageVersion": "2.0",
            "parameters": {"vault": {"type": "string", "nullable": true, "defaultValue": vault}, "any": {"nullable": true}},
            "resources": {"vault": key(condition), "user": {
                "type": "A.B/things", "apiVersion": "2024-01-01", "name": "user", "dependsOn": ["vault"], "properties": {},
            }},
        }))
    };
    let without = with("[not(empty(parameters('vault')))]", Value::Null).unwrap();
    let wanted = |one: &&Planned| one.wanted;
    assert_eq!(without.resources.iter().filter(wanted).count(), 1);
    let other = "11111111-2222-3333-4444-555555555555";
    let id = format!("/subscriptions/{other}/resourceGroups/rg-keys/providers/Microsoft.KeyVault/vaults/kv");
    let there = with("[not(empty(parameters('vault')))]", json!(id)).unwrap();
    assert_eq!(
        there.resources[0].id, id,
        "in the subscription and group that it names"
    );
    assert!(with("[equals(1, 1)]", Value::Null).is_err());
}

#[test]
fn a_parameter_without_a_type_is_of_any_in_the_language_of_bicep_alone() {
    let sections = |version: &str| {
        json!({
            "languageVersion": version, "resources": {},
            "parameters": {"any": {"defaultValue": [1, "two"]}},
            "outputs": {"any": {"type": "array", "value": "[parameters('any')]"}},
        })
    };
    let outputs = evaluated(sections("2.0")).unwrap().outputs(None).unwrap();
    assert_eq!(outputs["any"]["value"], json!([1, "two"]));
    assert!(refused(sections("1.0")).contains("has no type"));
}
