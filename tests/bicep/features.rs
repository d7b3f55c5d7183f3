//! One small template for each thing that the emitter does.

use serde_json::{Value, json};

use crate::bicep;

/// The body of `main.bicep` for a template with these sections.
fn shown(mut template: Value) -> String {
    template["$schema"] =
        json!("https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#");
    template["contentVersion"] = json!("1.0.0.0");
    bicep(&template)
        .trim_start_matches("// === main.bicep ===\n")
        .to_owned()
}

/// What a variable of this value becomes, with parameters of every kind at hand.
fn variable(value: impl Into<Value>) -> String {
    let parameters = json!({
        "text": { "type": "string" }, "number": { "type": "int" }, "flag": { "type": "bool" },
        "list": { "type": "array" }, "map": { "type": "object" }, "other": { "type": "string" }
    });
    let all = shown(json!({ "parameters": parameters, "variables": { "x": value.into() } }));
    all.split_once("var x = ").unwrap().1.trim_end().to_owned()
}

#[test]
fn functions_become_operators_with_the_parentheses_they_need() {
    let cases = [
        (
            "[mul(add(parameters('number'), 1), sub(2, sub(3, -4)))]",
            "(number + 1) * (2 - (3 - -4))",
        ),
        ("[div(mod(parameters('number'), 7), 2)]", "number % 7 / 2"),
        ("[div(6, mul(parameters('number'), 2))]", "6 / (number * 2)"),
        ("[not(equals(parameters('text'), 'a'))]", "text != 'a'"),
        (
            "[not(and(parameters('flag'), less(parameters('number'), 3)))]",
            "!(flag && number < 3)",
        ),
        (
            "[or(and(parameters('flag'), true()), false(), parameters('flag'))]",
            "flag && true || false || flag",
        ),
        (
            "[and(or(parameters('flag'), true()), parameters('flag'))]",
            "(flag || true) && flag",
        ),
        (
            "[equals(toLower(parameters('text')), toLower('A'))]",
            "text =~ 'A'",
        ),
        (
            "[not(equals(toLower(parameters('text')), toLower('A')))]",
            "text !~ 'A'",
        ),
        (
            "[greaterOrEquals(if(parameters('flag'), 1, 2), 1)]",
            "(flag ? 1 : 2) >= 1",
        ),
        (
            "[if(parameters('flag'), if(true(), 1, 2), if(false(), 3, 4))]",
            "flag ? (true ? 1 : 2) : false ? 3 : 4",
        ),
        (
            "[coalesce(tryGet(parameters('map'), 'a', 'b-c', 0), null(), 'x')]",
            "map.?a['b-c'][0] ?? null ?? 'x'",
        ),
        ("[tryGet(parameters('map'), 'a').b]", "(map.?a).b"),
        (
            "[if(parameters('flag'), 'a', 'b').length]",
            "(flag ? 'a' : 'b').length",
        ),
        ("[LENGTH(resourcegroup().tags)]", "length(resourceGroup().tags)"),
        ("[indexFromEnd(parameters('list'), 1)]", "list[length(list) - 1]"),
        (
            "[tryIndexFromEnd(split(parameters('text'), ','), 2)]",
            "sys.map([\n  split(text, ',')\n], list2 => list2[?length(list2) - 2])[0]",
        ),
    ];
    for (arm, expected) in cases {
        assert_eq!(variable(arm), expected, "{arm}");
    }
}

#[test]
fn strings_are_interpolated_and_lists_are_not() {
    let cases = [
        (
            "[concat('a-', parameters('text'), '-', 3, parameters('number'))]",
            "'a-${text}-3${number}'",
        ),
        (
            "[concat(parameters('text'), concat('b', parameters('other')))]",
            "'${text}b${other}'",
        ),
        (
            "[concat(parameters('list'), createArray('a'))]",
            "concat(list, [\n  'a'\n])",
        ),
        (
            "[concat(parameters('map').a, parameters('map').b)]",
            "concat(map.a, map.b)",
        ),
        (
            "[format('{0}/{1}{{}}', parameters('text'), parameters('number'))]",
            "'${text}/${number}{}'",
        ),
        (
            "[format('{0:D3}', parameters('number'))]",
            "format('{0:D3}', number)",
        ),
        (
            "[concat('${literal} it''s \\ ', parameters('text'))]",
            r"'\${literal} it\'s \\ ${text}'",
        ),
        (
            "[concat(parameters('text'), '//', string(createObject('a', 1)))]",
            r"'${text}\u{2f}/${string({ a: 1 })}'",
        ),
        ("[[not an expression]", "'[not an expression]'"),
        ("[open", "'[open'"),
        ("two\nlines", r"'two\nlines'"),
    ];
    for (arm, expected) in cases {
        assert_eq!(variable(arm), expected, "{arm}");
    }
}

#[test]
fn literals_are_written_as_literals() {
    let cases = [
        ("[json('null')]", "null"),
        ("[json('{}')]", "{}"),
        ("[json('1.5')]", "json('1.5')"),
        ("[float('2.5')]", "json('2.5')"),
        ("[float(parameters('number'))]", "json('${number}')"),
        ("[createArray()]", "[]"),
        (
            "[createArray(createArray(1), createArray(2))]",
            "[[\n  1\n], [\n  2\n]]",
        ),
        (
            "[createObject('a b', null(), 'c', createObject())]",
            "{\n  'a b': null\n  c: {}\n}",
        ),
        ("[createObject(parameters('text'), 1)]", "{\n  '${text}': 1\n}"),
    ];
    for (arm, expected) in cases {
        assert_eq!(variable(arm), expected, "{arm}");
    }
    assert_eq!(
        variable(json!([-1, 2.5, true, null])),
        "[\n  -1\n  json('2.5')\n  true\n  null\n]"
    );
    assert_eq!(
        variable(json!({ "[parameters('text')]": 1, "null": 2, "if": 3, "a.b": 4 })),
        "{\n  '${text}': 1\n  'null': 2\n  'if': 3\n  'a.b': 4\n}"
    );
}

#[test]
fn lambdas_name_their_variables_without_hiding_anything() {
    let cases = [
        (
            "[map(parameters('list'), lambda('each', lambdaVariables('each').name))]",
            "sys.map(list, each => each.name)",
        ),
        (
            "[reduce(parameters('list'), 0, lambda('text', 'b', add(lambdaVariables('text'), lambdaVariables('b'))))]",
            "reduce(list, 0, (text2, b) => text2 + b)",
        ),
        (
            "[sort(parameters('list'), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))]",
            "sort(list, (a, b) => a < b)",
        ),
    ];
    for (arm, expected) in cases {
        assert_eq!(variable(arm), expected, "{arm}");
    }
}

#[test]
fn a_copy_inside_a_variable_is_a_map() {
    let value = json!({ "copy": [{ "name": "ports", "count": 2, "input": "[add(9092, copyIndex('ports'))]" }], "kind": "kafka" });
    insta::assert_snapshot!(variable(value), @r"
    {
      ports: sys.map(range(0, 2), i => 9092 + i)
      kind: 'kafka'
    }
    ");
}

#[test]
fn a_reference_that_would_go_in_circles_stays_an_id() {
    let resource = |name: &str, other: &str| {
        json!({
            "type": "Contoso.Test/things", "apiVersion": "2024-01-01", "name": name,
            "properties": { "own": format!("[resourceId('Contoso.Test/things', '{name}')]"), "other": format!("[resourceId('Contoso.Test/things', '{other}')]") }
        })
    };
    insta::assert_snapshot!(shown(
        json!({ "resources": [resource("left", "right"), resource("right", "left")] })
    ));
}

#[test]
fn a_dependency_is_written_only_where_nothing_else_says_it() {
    let template = json!({
        "variables": { "firstId": "[resourceId('Contoso.Test/things', 'first')]" },
        "resources": [
            { "type": "Contoso.Test/things", "apiVersion": "2024-01-01", "name": "first" },
            { "type": "Contoso.Test/things", "apiVersion": "2024-01-01", "name": "second", "dependsOn": ["first"] },
            { "type": "Contoso.Test/things", "apiVersion": "2024-01-01", "name": "third", "dependsOn": ["[variables('firstId')]", "Contoso.Test/things/second"], "properties": { "of": "[variables('firstId')]" } }
        ]
    });
    insta::assert_snapshot!(shown(template));
}

#[test]
fn an_element_of_a_loop_is_found_by_its_number_and_by_its_offset() {
    let template = json!({
        "resources": [
            { "type": "Contoso.Test/cards", "apiVersion": "2024-01-01", "name": "[concat('card', copyIndex(1))]", "copy": { "name": "cards", "count": 3 } },
            { "type": "Contoso.Test/hosts", "apiVersion": "2024-01-01", "name": "[concat('host', copyIndex())]", "copy": { "name": "hosts", "count": 2, "mode": "Serial" },
              "properties": { "card": "[resourceId('Contoso.Test/cards', concat('card', copyIndex(2)))]", "first": "[reference('card1').address]", "computed": "[resourceId('Contoso.Test/cards', format('card{0}', add(1, 1)))]" } }
        ]
    });
    insta::assert_snapshot!(shown(template));
}

#[test]
fn a_child_whose_parent_is_elsewhere_keeps_its_whole_name() {
    let template = json!({ "parameters": { "ns": { "type": "string" } }, "resources": [
        { "type": "Microsoft.EventHub/namespaces/eventhubs", "apiVersion": "2024-01-01", "name": "[concat(parameters('ns'), '/orders')]" },
        { "type": "Microsoft.EventHub/namespaces/eventhubs", "apiVersion": "2024-01-01", "name": "[concat(parameters('ns'), '/payments')]" },
        { "type": "Microsoft.EventHub/namespaces/eventhubs/consumergroups", "apiVersion": "2024-01-01", "name": "[concat(parameters('ns'), '/orders/mirror')]" }
    ] });
    insta::assert_snapshot!(shown(template));
}

#[test]
fn names_that_mean_something_in_bicep_are_qualified_or_changed() {
    let template = json!({
        "parameters": { "union": { "type": "string" }, "subscription": { "type": "string" }, "cost-center": { "type": "string" }, "for": { "type": "int" } },
        "variables": { "a": "[union(createObject(), createObject('b', subscription().id, 'c', parameters('for')))]", "cost_center": "[parameters('cost-center')]" }
    });
    insta::assert_snapshot!(shown(template));
}

#[test]
fn every_function_of_the_language_is_spelled_as_bicep_spells_it() {
    let plain = "base64 base64ToJson base64ToString buildUri cidrHost cidrSubnet contains dataUri dateTimeAdd empty endsWith first flatten guid indexOf int intersection items join last lastIndexOf length max min objectKeys padLeft parseCidr parseUri range replace shallowMerge skip split startsWith string substring take toLower toUpper trim union uniqueString uri uriComponent uriComponentToString pickZones toLogicalZone";
    for function in plain.split(' ') {
        let arm = format!("[{}(parameters('text'))]", function.to_uppercase());
        assert_eq!(variable(arm), format!("{function}(text)"));
    }
}

#[test]
fn a_secret_output_and_a_described_one_carry_their_decorators() {
    let template = json!({ "outputs": {
        "key": { "type": "secureString", "value": "x", "metadata": { "description": "Keep it" } },
        "maybe": { "type": "object", "value": null, "nullable": true }
    } });
    insta::assert_snapshot!(shown(template), @r"
    @description('Keep it')
    @secure()
    output key string = 'x'

    output maybe object? = null
    ");
}

#[test]
fn a_variable_chosen_by_a_value_is_looked_up_in_an_object() {
    let template = json!({
        "parameters": { "role": { "type": "string" } },
        "variables": { "reader": "acdd72a7", "sender": "2b629674" },
        "outputs": { "chosen": { "type": "string", "value": "[variables(parameters('role'))]" } }
    });
    insta::assert_snapshot!(shown(template));
}

#[test]
fn what_a_module_is_given_may_be_computed_whole_or_in_a_loop() {
    let inner = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "parameters": { "maybe": { "type": "string", "nullable": true }, "ports": { "type": "array" } }, "resources": []
    });
    let template = json!({
        "parameters": { "flag": { "type": "bool" }, "hubs": { "type": "array", "nullable": true } },
        "resources": [{
            "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "given",
            "properties": {
                "mode": "Incremental", "expressionEvaluationOptions": { "scope": "inner" }, "template": inner,
                "parameters": {
                    "maybe": "[if(parameters('flag'), createObject('value', 'yes'), createObject('value', null()))]",
                    "ports": { "copy": [{ "name": "value", "count": "[length(coalesce(parameters('hubs'), createArray()))]", "input": "[coalesce(parameters('hubs'), createArray())[copyIndex('value')].port]" }] }
                }
            }
        }]
    });
    insta::assert_snapshot!(shown(template));
}
