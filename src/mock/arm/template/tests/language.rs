//! Version 2.0 of the language, scopes above groups, and the rarer functions.

use super::*;

fn at(id: &str) -> Scope {
    Scope {
        id: id.to_owned(),
        ..scope()
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a document written where it is used reads best"
)]
fn typed(declaration: Value, value: Value) -> Result<Expanded, EvaluationError> {
    let template = whole(json!({
        "languageVersion": "2.0", "resources": {},
        "definitions": {
            "hub": {"type": "object", "properties": {
                "name": {"type": "string", "minLength": 2},
                "kind": {"type": "string", "allowedValues": ["log", "queue"], "nullable": true},
                "password": {"type": "securestring", "nullable": true},
                "next": {"$ref": "#/definitions/hub", "nullable": true},
            }, "sealed": true},
            "shape": {"type": "object", "discriminator": {"propertyName": "kind", "mapping": {
                "round": {"type": "object", "properties": {"kind": {"type": "string", "allowedValues": ["round"]}, "radius": {"type": "int"}}},
                "named": {"type": "object", "properties": {"kind": {"type": "string"}, "hub": {"$ref": "#/definitions/hub"}}},
            }}},
        },
        "parameters": {"p": declaration},
        "outputs": {"o": {"type": "object", "value": {"it": "[parameters('p')]"}}},
    }));
    let given = Map::from_iter([("p".to_owned(), json!({"value": value}))]);
    evaluate(&template, &given, &scope())
}

#[test]
fn what_a_type_says_of_its_members_is_held_against_the_value() {
    let hub = json!({"$ref": "#/definitions/hub"});
    assert!(
        typed(
            hub.clone(),
            json!({"name": "ab", "next": {"name": "cd", "kind": "log"}})
        )
        .is_ok()
    );
    let wrong = |declaration: &Value, value| {
        typed(declaration.clone(), value)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    for (value, said) in [
        (json!({}), "'p.name' is missing"),
        (json!({"name": "a"}), "minLength"),
        (json!({"name": "ab", "kind": "other"}), "allowed values"),
        (
            json!({"name": "ab", "next": {"name": 1}}),
            "'p.next.name' is of type 'Integer'",
        ),
        (
            json!({"name": "ab", "colour": "red"}),
            "'p.colour' is not part of the type",
        ),
    ] {
        let message = wrong(&hub, value);
        assert!(message.contains(said), "{message}");
    }
    let shape = json!({"$ref": "#/definitions/shape"});
    assert!(typed(shape.clone(), json!({"kind": "round", "radius": 2})).is_ok());
    assert!(wrong(&shape, json!({"kind": "square"})).contains("names none"));
    assert!(wrong(&shape, json!({"kind": "named", "hub": {}})).contains("'p.hub.name' is missing"));
    let pair = json!({"type": "array", "prefixItems": [{"type": "int"}, {"$ref": "#/definitions/hub"}], "items": false});
    assert!(typed(pair.clone(), json!([1, {"name": "ab"}])).is_ok());
    assert!(wrong(&pair, json!(["x"])).contains("'p[0]'"));
    assert!(wrong(&pair, json!([1, {"name": "ab"}, 3])).contains("one too many"));
    let numbers = json!({"type": "object", "additionalProperties": {"type": "int"}});
    assert!(wrong(&numbers, json!({"a": 1, "b": "c"})).contains("'p.b'"));
}

#[test]
fn a_secret_inside_an_object_makes_it_one() {
    let hub = json!({"$ref": "#/definitions/hub"});
    let shown = |value| typed(hub.clone(), value).unwrap().parameters()["p"].clone();
    assert_eq!(
        shown(json!({"name": "ab", "password": "hush"})),
        json!({"type": "Object"})
    );
    assert_eq!(shown(json!({"name": "ab"}))["value"], json!({"name": "ab"}));
}

#[test]
fn a_serial_loop_waits_for_the_batch_before() {
    let looped = thing(
        "[string(copyIndex())]",
        json!({"copy": {"name": "c", "count": 5, "mode": "serial", "batchSize": 2}}),
    );
    let expanded = evaluated(json!({"resources": [looped]})).unwrap();
    let edges: Vec<&[usize]> = expanded
        .resources
        .iter()
        .map(|one| one.depends_on.as_slice())
        .collect();
    assert_eq!(edges, [&[][..], &[], &[0, 1], &[0, 1], &[2, 3]]);
}

#[test]
fn ends_of_arrays_and_zones_are_found() {
    assert_eq!(value("[indexFromEnd(createArray(1, 2, 3), 1)]"), json!(3));
    assert_eq!(value("[tryIndexFromEnd(createArray(1, 2), 3)]"), Value::Null);
    assert!(
        refused(json!({"outputs": {"o": {"type": "int", "value": "[indexFromEnd(createArray(1), 0)]"}}}))
            .contains("out of bounds")
    );
    assert_eq!(
        value("[pickZones('Microsoft.Network', 'publicIPAddresses', 'westeurope', 2, 1)]"),
        json!(["2", "3"])
    );
    assert_eq!(
        value("[toLogicalZone(subscription().subscriptionId, 'West Europe', 'westeurope-az2')]"),
        json!("2")
    );
    assert_eq!(
        value("[toPhysicalZones(subscription().subscriptionId, 'westeurope', createArray('1', '3'))]"),
        json!(["westeurope-az1", "westeurope-az3"])
    );
    assert!(refused(json!({"outputs": {"o": {"type": "string", "value": "[toLogicalZone('s', 'westeurope', 'northeurope-az1')]"}}})).contains("no availability zone"));
    assert_eq!(
        value("[providers('Microsoft.EventHub', 'namespaces').resourceType]"),
        json!("namespaces")
    );
    assert_eq!(
        value("[last(providers('microsoft.eventhub', 'Namespaces').apiVersions)]"),
        json!("2014-09-01")
    );
    assert_eq!(
        value("[contains(providers('Microsoft.EventHub', 'namespaces').locations, 'West Europe')]"),
        json!(true)
    );
    assert_eq!(
        value(
            "[contains(map(providers('Microsoft.EventHub').resourceTypes, lambda('one', lambdaVariables('one').resourceType)), 'clusters')]"
        ),
        json!(true)
    );
    assert_eq!(
        value("[providers('Acme.Vaults', 'boxes').apiVersions]"),
        json!([])
    );
}

#[test]
fn a_template_knows_itself_and_its_parameters() {
    assert_eq!(
        value("[deployment().properties.template.contentVersion]"),
        json!("1.0.0.0")
    );
    let sections = json!({
        "parameters": {"p": {"type": "int", "defaultValue": 7}},
        "outputs": {"o": {"type": "int", "value": "[deployment().properties.parameters.p.value]"}},
    });
    assert_eq!(
        evaluated(sections).unwrap().outputs(None).unwrap()["o"]["value"],
        json!(7)
    );
}

#[test]
fn ids_and_surroundings_follow_the_scope() {
    let sub = "/subscriptions/00000000-0000-0000-0000-000000000000";
    let group = "/providers/Microsoft.Management/managementGroups/mg";
    let at_scope = |id: &str, schema: &str, expression: &str| {
        let mut template = whole(json!({"outputs": {"v": {"type": "string", "value": expression}}}));
        template["$schema"] = json!(format!(
            "https://schema.management.azure.com/schemas/2019-08-01/{schema}eploymentTemplate.json#"
        ));
        let outputs = evaluate(&template, &Map::new(), &at(id)).and_then(|expanded| expanded.outputs(None));
        outputs
            .map(|outputs| outputs["v"]["value"].as_str().unwrap_or_default().to_owned())
            .map_err(|error| error.to_string())
    };
    for (id, schema, expression, wanted) in [
        (
            sub,
            "subscriptionD",
            "[resourceId('A.B/c', 'd')]",
            format!("{sub}/providers/A.B/c/d"),
        ),
        (
            sub,
            "subscriptionD",
            "[resourceId('rg', 'A.B/c', 'd')]",
            format!("{sub}/resourceGroups/rg/providers/A.B/c/d"),
        ),
        (
            sub,
            "subscriptionD",
            "[resourceId('11111111-1111-1111-1111-111111111111', 'A.B/c', 'd')]",
            "/subscriptions/11111111-1111-1111-1111-111111111111/providers/A.B/c/d".to_owned(),
        ),
        (
            sub,
            "subscriptionD",
            "[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'rg')]",
            format!("{sub}/resourceGroups/rg"),
        ),
        (
            sub,
            "subscriptionD",
            "[deployment().location]",
            "westeurope".to_owned(),
        ),
        (
            group,
            "managementGroupD",
            "[resourceId('A.B/c', 'd')]",
            "/providers/A.B/c/d".to_owned(),
        ),
        (
            group,
            "managementGroupD",
            "[managementGroupResourceId('A.B/c', 'd')]",
            format!("{group}/providers/A.B/c/d"),
        ),
        (
            group,
            "managementGroupD",
            "[managementGroup().name]",
            "mg".to_owned(),
        ),
        (
            "",
            "tenantD",
            "[resourceId('A.B/c', 'd')]",
            "/providers/A.B/c/d".to_owned(),
        ),
        (
            "",
            "tenantD",
            "[extensionResourceId('/subscriptions/s', 'A.B/c', 'd')]",
            "/subscriptions/s/providers/A.B/c/d".to_owned(),
        ),
    ] {
        assert_eq!(
            at_scope(id, schema, expression),
            Ok(wanted),
            "{expression} at '{id}'"
        );
    }
    for (id, schema, expression) in [
        (sub, "subscriptionD", "[resourceGroup().id]"),
        (group, "managementGroupD", "[subscription().id]"),
        (sub, "subscriptionD", "[managementGroup().id]"),
        ("", "tenantD", "[subscriptionResourceId('A.B/c', 'd')]"),
    ] {
        assert!(
            at_scope(id, schema, expression)
                .unwrap_err()
                .contains("is not expected at the scope")
        );
    }
    assert!(
        at_scope(group, "subscriptionD", "x")
            .unwrap_err()
            .contains("is not supported at the scope of a management group")
    );
}

#[test]
fn parameters_can_be_expressions_over_what_a_client_found() {
    let inputs = json!({"key": {"value": {"name": "found"}}});
    let parameters = json!({"p": {"expression": "[externalInputs('key').name]"}, "q": {"value": 1}});
    let map = |value: &Value| value.as_object().unwrap().clone();
    let given = given(map(&parameters), &map(&inputs), &scope()).unwrap();
    assert_eq!(
        Value::Object(given),
        json!({"p": {"value": "found"}, "q": {"value": 1}})
    );
    let unknown = json!({"p": {"expression": "[externalInputs('other')]"}});
    assert!(super::super::given(map(&unknown), &map(&inputs), &scope()).is_err());
}

#[test]
fn a_nested_template_can_come_from_a_variable() {
    let inner = whole(json!({
        "parameters": {"name": {"type": "string"}},
        "resources": [{"type": "A.B/things", "apiVersion": "2024-01-01", "name": "[[parameters('name')]"}],
    }));
    let nested = json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n", "properties": {
        "mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"},
        "parameters": {"name": {"value": "given"}}, "template": "[variables('$fxv#0')]",
    }});
    let expanded = evaluated(json!({"variables": {"$fxv#0": inner}, "resources": [nested]})).unwrap();
    let planned = &expanded.resources[0];
    let nested = expanded
        .nested(0, &planned.body, &planned.notes, &Nowhere)
        .unwrap();
    assert_eq!(nested.resources[0].name, "given");
}
