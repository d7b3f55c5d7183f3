//! What must never happen: a secret shown, an evaluation without an end, a panic.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

#[test]
fn what_was_made_from_a_secret_is_known_to_be_one() {
    let sections = json!({
        "parameters": {"s": {"type": "secureString", "defaultValue": "hidden"}},
        "variables": {"v": {"of": "[base64(parameters('s'))]"}},
        "resources": [thing("a", json!({"properties": {"x": "[variables('v').of]", "y": "open", "z": ["[toUpper(parameters('s'))]"]}}))],
        "outputs": {"o": {"type": "string", "value": "[variables('v').of]"}},
    });
    let expanded = evaluated(sections).unwrap();
    assert_eq!(
        expanded.resources[0].notes.secret,
        ["/properties/x", "/properties/z/0"]
    );
    assert_eq!(expanded.outputs(None).unwrap()["o"], json!({"type": "String"}));
}

#[test]
fn an_error_never_shows_the_secret_that_caused_it() {
    let sections = json!({
        "parameters": {"s": {"type": "secureString", "defaultValue": "hunter2!"}},
        "resources": [thing("a", json!({"properties": {"x": "[base64ToString(parameters('s'))]"}}))],
    });
    let message = refused(sections);
    assert!(
        message.contains("uses a secret") && !message.contains("hunter2"),
        "{message}"
    );
}

#[test]
fn what_would_never_end_or_never_fit_is_refused() {
    let doubling: Map<String, Value> = (0..100)
        .map(|level| match level {
            0 => ("v0".to_owned(), json!(["x"])),
            _ => (
                format!("v{level}"),
                json!(format!(
                    "[createArray(variables('v{0}'), variables('v{0}'))]",
                    level - 1
                )),
            ),
        })
        .collect();
    let grown = refused(
        json!({"variables": doubling, "outputs": {"v": {"type": "array", "value": "[variables('v99')]"}}}),
    );
    assert!(grown.contains("limit") || grown.contains("deeper"), "{grown}");
    let spun = "[map(range(0, 10000), lambda('a', map(range(0, 10000), lambda('b', lambdaVariables('a')))))]";
    let spun = refused(json!({"outputs": {"v": {"type": "array", "value": spun}}}));
    assert!(spun.contains("steps") || spun.contains("limit"), "{spun}");
    let deep =
        "[reduce(range(0, 10000), createArray(), lambda('a', 'b', createArray(lambdaVariables('a'))))]";
    assert!(refused(json!({"outputs": {"v": {"type": "array", "value": deep}}})).contains("too deep"));
    let chain: Map<String, Value> = (0..250)
        .map(|level| {
            (
                format!("v{level}"),
                json!(format!("[concat('a', variables('v{}'))]", level + 1)),
            )
        })
        .collect();
    assert!(
        refused(
            json!({"variables": chain, "outputs": {"v": {"type": "string", "value": "[variables('v0')]"}}})
        )
        .contains("deeper than")
    );
    let many =
        json!({"resources": [thing("[string(copyIndex())]", json!({"copy": {"name": "c", "count": 801}}))]});
    assert!(refused(many).contains("from 0 to 800"));
}

/// Text that is often an expression, and often nearly one.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("'a'".to_owned()),
        Just("parameters('p')".to_owned()),
        Just("variables('v')".to_owned()),
        Just("copyIndex()".to_owned()),
        Just("lambdaVariables('x')".to_owned()),
        Just("reference('a')".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        "[a-z'(){}\\[\\],.]{0,12}",
    ];
    let names = prop::sample::select(vec![
        "concat",
        "format",
        "resourceId",
        "union",
        "range",
        "map",
        "reduce",
        "if",
        "split",
        "substring",
        "padLeft",
        "take",
        "json",
        "createObject",
        "createArray",
        "dateTimeAdd",
        "cidrSubnet",
        "cidrHost",
        "uri",
        "tryGet",
        "listKeys",
        "reference",
        "sub",
        "div",
        "string",
        "int",
        "float",
        "guid",
        "uniqueString",
        "replace",
        "indexOf",
        "sort",
        "toObject",
        "flatten",
        "pickZones",
        "utcNow",
        "acme.f",
        "indexFromEnd",
        "tryIndexFromEnd",
        "toLogicalZones",
        "externalInputs",
        "deployment",
        "subscriptionResourceId",
        "managementGroupResourceId",
        "listOutputsWithSecureValues",
    ]);
    leaf.prop_recursive(6, 40, 4, move |inner| {
        prop_oneof![
            (names.clone(), prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(name, of)| format!("{name}({})", of.join(", "))),
            inner
                .clone()
                .prop_map(|body| format!("map(range(0, 3), lambda('x', {body}))")),
            (inner.clone(), "[a-z]{1,3}").prop_map(|(of, name)| format!("{of}.{name}")),
            (inner.clone(), inner).prop_map(|(of, index)| format!("{of}[{index}]")),
        ]
    })
}

proptest! {
    #[test]
    fn evaluating_never_panics_and_always_ends(one in expression(), two in expression(), key in "[a-z\\[\\]'()]{0,10}") {
        let (one, two) = (format!("[{one}]"), format!("[{two}]"));
        let sections = json!({
            "parameters": {"p": {"type": "string", "defaultValue": one}, "q": {"type": "object", "defaultValue": {key.clone(): two}}},
            "variables": {"v": two, "w": {"copy": [{"name": "c", "count": one, "input": two}]}},
            "functions": [{"namespace": "acme", "members": {"f": {"parameters": [], "output": {"type": "string", "value": one}}}}],
            "resources": [
                thing("a", json!({"properties": {key: one, "y": two}})),
                thing(&two, json!({"dependsOn": [one], "copy": {"name": "l", "count": 2}})),
            ],
            "outputs": {"o": {"type": "string", "value": one}},
        });
        let _ = evaluated(sections);
        let safe = json!({
            "parameters": {"p": {"type": "string", "defaultValue": "text"}},
            "variables": {"v": {"a": [1, "b"]}},
            "resources": [thing("a", json!({"properties": {"x": one, "y": two}}))],
            "outputs": {"o": {"type": "string", "value": two}},
        });
        let _ = evaluated(safe);
    }

    #[test]
    fn any_document_is_either_evaluated_or_refused(document in document()) {
        let _ = evaluate(&document, &Map::new(), &scope());
        let given = Map::from_iter([("name".to_owned(), json!({"value": document.clone()}))]);
        let typed = json!({"languageVersion": "2.0", "definitions": document.clone(), "parameters": {"name": document.clone()}});
        let _ = evaluate(&whole(typed), &given, &scope());
        let link = Link::of(&document, Some(&Link { uri: "http://h/a".into(), query: String::new() }));
        prop_assert!(link.is_err() || document.is_object());
        let nested = json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n", "properties": document.clone()});
        if let Ok(expanded) = evaluated(json!({"resources": [nested]})) {
            let planned = &expanded.resources[0];
            let _ = expanded.nested(0, &planned.body, &planned.notes, &Nowhere);
        }
        let _ = evaluated(json!({"resources": document.clone(), "parameters": document.clone(), "variables": document}));
    }
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        expression().prop_map(|text| Value::from(format!("[{text}]"))),
    ];
    let keys = prop::sample::select(vec![
        "$schema",
        "contentVersion",
        "resources",
        "parameters",
        "variables",
        "outputs",
        "functions",
        "copy",
        "name",
        "count",
        "input",
        "type",
        "value",
        "defaultValue",
        "apiVersion",
        "properties",
        "dependsOn",
        "condition",
        "scope",
        "template",
        "$ref",
        "definitions",
        "languageVersion",
        "discriminator",
        "mapping",
        "propertyName",
        "prefixItems",
        "items",
        "additionalProperties",
        "nullable",
        "templateLink",
        "mode",
        "batchSize",
        "@options",
    ]);
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..6).prop_map(|fields| fields
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}
