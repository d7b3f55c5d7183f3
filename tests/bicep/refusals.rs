//! What is no template, or cannot be said in Bicep, is refused with its path; nothing makes the emitter panic.

use landfall::template::bicep::emit;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::mistakes;

fn refusal(template: &Value) -> String {
    emit(template).unwrap_err().to_string()
}

fn resource(change: &Value) -> Value {
    let mut resource = json!({ "type": "Contoso.Test/things", "apiVersion": "2024-01-01", "name": "one" });
    resource
        .as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    json!({ "parameters": { "p": { "type": "string" } }, "resources": [resource] })
}

#[test]
fn says_where_a_template_is_wrong() {
    insta::assert_snapshot!(refusal(&json!([])), @"`$` is not an object");
    insta::assert_snapshot!(refusal(&json!({ "resources": 1 })), @"`resources` is not an array or an object");
    insta::assert_snapshot!(refusal(&json!({ "resources": [{ "type": "a/b" }] })), @"`resources[0].name` is missing");
    insta::assert_snapshot!(refusal(&json!({ "parameters": { "a": { "type": "strng" } } })), @"`parameters.a.type` is not a type of ARM templates");
    insta::assert_snapshot!(refusal(&json!({ "variables": { "a": { "b": ["[nope(]"] } } })), @"cannot read the expression at `variables.a.b[0]`");
    insta::assert_snapshot!(refusal(&json!({ "variables": { "a": "[parameters('b')]" } })), @"`variables.a` refers to the parameter `b`, which the template does not declare");
    insta::assert_snapshot!(refusal(&json!({ "variables": { "a": "[add(1)]" } })), @"`variables.a` calls `add` with 1 arguments; it takes 2");
    insta::assert_snapshot!(refusal(&json!({ "variables": { "a": "[copyIndex()]" } })), @"`variables.a` refers to the loop `copyIndex()`, which the template does not declare");
    insta::assert_snapshot!(refusal(&resource(&json!({ "dependsOn": ["two"] }))), @"`resources[0].dependsOn[0]` refers to the resource `two`, which the template does not declare");
}

#[test]
fn says_what_bicep_cannot_express() {
    insta::assert_snapshot!(refusal(&resource(&json!({ "scope": "[parameters('p')]" }))), @"`resources[0].scope` cannot be written in Bicep: its scope does not spell out the resource it names");
    insta::assert_snapshot!(refusal(&resource(&json!({ "apiVersion": "[parameters('p')]" }))), @"`resources[0].apiVersion` cannot be written in Bicep: the version of a resource must be fixed text");
    insta::assert_snapshot!(refusal(&resource(&json!({ "extension": "graph" }))), @"`resources[0]` cannot be written in Bicep: it belongs to an extension, not to Azure Resource Manager");
}

#[test]
fn says_the_path_inside_a_nested_template() {
    let nested = json!({ "mode": "Incremental", "expressionEvaluationOptions": { "scope": "inner" }, "template": { "resources": [], "outputs": { "a": { "type": "string", "value": "[variables('v')]" } } } });
    let template = resource(&json!({ "type": "Microsoft.Resources/deployments", "properties": nested }));
    insta::assert_snapshot!(refusal(&template), @"`resources[0].properties.template.outputs.a.value` refers to the variable `v`, which the template does not declare");
}

#[test]
fn refuses_a_template_deeper_than_it_will_follow() {
    let mut deep = json!(1);
    for _ in 0..200 {
        deep = json!([deep]);
    }
    insta::assert_snapshot!(refusal(&json!({ "variables": { "a": deep } })), @"`$` is nested deeper than 128 levels");
}

#[test]
fn variables_that_lead_in_circles_end() {
    let variables = json!({
        "a": "[variables('b')]", "b": "[variables('a')]", "c": "[concat(variables('c'), variables('c'))]",
        "d": "[extensionResourceId(variables('d'), 'Contoso.Test/things', 'one')]"
    });
    for used in ["a", "b", "c", "d"] {
        let name = format!("[variables('{used}')]");
        let id = format!("[resourceId('Contoso.Test/things', variables('{used}'))]");
        let mut template = resource(
            &json!({ "name": name, "properties": { "id": id, "state": format!("[reference(variables('{used}')).x]") } }),
        );
        template["variables"] = variables.clone();
        assert!(emit(&template).is_ok(), "{used}");
    }
}

fn json_values() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("parameters"),
        Just("variables"),
        Just("resources"),
        Just("outputs"),
        Just("type"),
        Just("name"),
        Just("apiVersion"),
        Just("copy"),
        Just("count"),
        Just("input"),
        Just("value"),
        Just("properties"),
        Just("template"),
        Just("dependsOn"),
        Just("scope"),
        Just("condition"),
        Just("definitions"),
        Just("functions")
    ];
    let text = prop_oneof![
        any::<String>(),
        Just("string".to_owned()),
        Just("Microsoft.Resources/deployments".to_owned()),
        Just("Contoso.Test/things/parts".to_owned()),
        Just("[parameters('name')]".to_owned()),
        Just("[concat('a/', variables('type'), copyIndex())]".to_owned()),
        Just("[reference(resourceId('Contoso.Test/things', 'a'))]".to_owned()),
        Just("2024-01-01".to_owned()),
        Just("a/b".to_owned())
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from)
    ];
    leaf.prop_recursive(7, 48, 5, move |inner| {
        let key = prop_oneof![4 => word.clone().prop_map(str::to_owned), 1 => any::<String>()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|entries| Value::Object(Map::from_iter(entries))),
        ]
    })
}

/// Data without expressions, as a variable may hold it.
fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~\n\t]{0,30}".prop_map(Value::from),
        any::<String>().prop_map(Value::from)
    ];
    let leaf = leaf.prop_filter("an expression", |value| {
        !value.as_str().is_some_and(|text| text.starts_with('['))
    });
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[a-zA-Z #/$'{}-]{0,8}", inner), 0..5)
                .prop_map(|entries| Value::Object(Map::from_iter(entries))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn arbitrary_json_is_written_or_refused_but_never_panics(value in json_values()) {
        let _ = emit(&value);
    }

    #[test]
    fn arbitrary_sections_are_written_or_refused_but_never_panic(
        parameters in json_values(), variables in json_values(), resource in json_values(), outputs in json_values()
    ) {
        let _ = emit(&json!({ "parameters": parameters, "variables": variables, "resources": [resource], "outputs": outputs }));
    }

    #[test]
    fn whatever_data_a_template_holds_its_bicep_parses(value in data()) {
        let files = emit(&json!({ "variables": { "x": value } })).unwrap();
        let found = mistakes(&files[0].text);
        prop_assert!(found.is_empty(), "{found:?}\n{}", files[0].text);
    }
}
