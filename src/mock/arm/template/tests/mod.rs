mod bounds;
mod language;
mod structure;

use serde_json::{Map, Value, json};

use super::*;

fn scope() -> Scope {
    Scope {
        id: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg".into(),
        tenant: "11111111-1111-1111-1111-111111111111".into(),
        location: "westeurope".into(),
        group_tags: Map::new(),
        group_manager: None,
        link: None,
        depth: 0,
        deployment: "main".into(),
        now: "2026-01-02T03:04:05Z".parse().unwrap(),
        seed: 1,
    }
}

/// A world without groups and documents.
struct Nowhere;

impl Beyond for Nowhere {
    fn group(&self, _: &str) -> Option<Facts> {
        None
    }

    fn document(&self, link: &Link) -> Result<std::sync::Arc<Value>, EvaluationError> {
        Err(EvaluationError::Unread { link: link.clone() })
    }

    fn secret(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn may_nest(&self) -> bool {
        true
    }
}

fn whole(mut sections: Value) -> Value {
    sections["$schema"] =
        json!("https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#");
    sections["contentVersion"] = json!("1.0.0.0");
    if sections.get("resources").is_none() {
        sections["resources"] = json!([]);
    }
    sections
}

fn evaluated(sections: Value) -> Result<Expanded, EvaluationError> {
    evaluate(&whole(sections), &Map::new(), &scope())
}

/// The value of one expression, as an output of any type gives it.
fn value(expression: &str) -> Value {
    let sections = json!({"outputs": {"v": {"type": "object", "value": {"it": expression}}}});
    let outputs = evaluated(sections).map(|expanded| expanded.outputs(None).unwrap());
    outputs.unwrap_or_else(|error| panic!("{error}"))["v"]["value"]["it"].clone()
}

fn refused(sections: Value) -> String {
    evaluated(sections).map(|_| ()).unwrap_err().to_string()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a document written where it is used reads best"
)]
fn thing(name: &str, more: Value) -> Value {
    let mut resource =
        json!({"type": "A.B/things", "apiVersion": "2024-01-01", "name": name, "properties": {}});
    resource
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    resource
}

/// The names in an order in which they could be made.
fn order(expanded: &Expanded) -> Vec<String> {
    let mut done: Vec<usize> = Vec::new();
    while done.len() < expanded.resources.len() {
        let ready = |index: &usize| {
            !done.contains(index)
                && expanded.resources[*index]
                    .depends_on
                    .iter()
                    .all(|edge| done.contains(edge))
        };
        let next = (0..expanded.resources.len()).find(ready).unwrap();
        done.push(next);
    }
    done.iter()
        .map(|index| expanded.resources[*index].name.clone())
        .collect()
}

#[test]
fn ids_are_joined_from_types_and_names() {
    let group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg";
    assert_eq!(
        value("[resourceId('A.B/c/d', 'x', 'y')]"),
        format!("{group}/providers/A.B/c/x/d/y")
    );
    assert_eq!(
        value("[resourceId('other', 'A.B/c', 'x')]"),
        format!("{}/providers/A.B/c/x", group.replace("rg", "other"))
    );
    assert_eq!(
        value("[extensionResourceId(resourceId('A.B/c', 'x'), 'M.I/d', 'y')]"),
        format!("{group}/providers/A.B/c/x/providers/M.I/d/y")
    );
    let role = value("[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'r')]");
    assert!(
        role.as_str()
            .unwrap()
            .ends_with("000/providers/Microsoft.Authorization/roleDefinitions/r")
    );
    let wrong =
        refused(json!({"outputs": {"v": {"type": "string", "value": "[resourceId('A.B/c/d', 'x')]"}}}));
    assert!(wrong.contains("takes 2 names, 1 were given"), "{wrong}");
}

#[test]
fn only_the_branch_that_is_taken_is_evaluated() {
    assert_eq!(value("[if(true(), 'yes', fail('no'))]"), "yes");
    assert_eq!(value("[and(false(), fail('never'))]"), false);
    assert_eq!(value("[coalesce(null(), 'x', fail('never'))]"), "x");
}

#[test]
fn lambdas_see_their_variables_and_those_around_them() {
    assert_eq!(
        value("[map(createArray(1, 2), lambda('x', mul(lambdaVariables('x'), 10)))]"),
        json!([10, 20])
    );
    assert_eq!(
        value("[filter(range(0, 6), lambda('x', equals(mod(lambdaVariables('x'), 2), 0)))]"),
        json!([0, 2, 4])
    );
    assert_eq!(
        value("[reduce(range(1, 4), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b'))))]"),
        10
    );
    assert_eq!(
        value(
            "[sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))]"
        ),
        json!([1, 2, 3])
    );
    assert_eq!(
        value(
            "[toObject(createArray('a', 'b'), lambda('k', lambdaVariables('k')), lambda('k', toUpper(lambdaVariables('k'))))]"
        ),
        json!({"a": "A", "b": "B"})
    );
    let nested = "[map(createArray('a'), lambda('o', map(createArray('b'), lambda('i', concat(lambdaVariables('o'), lambdaVariables('i'))))))]";
    assert_eq!(value(nested), json!([["ab"]]));
}

#[test]
fn variables_loop_and_refer_to_each_other_but_not_in_a_circle() {
    let sections = json!({
        "variables": {
            "copy": [{"name": "names", "count": 3, "input": "[format('topic-{0}', copyIndex('names', 1))]"}],
            "first": "[first(variables('NAMES'))]",
            "inner": {"copy": [{"name": "list", "count": 2, "input": {"i": "[copyIndex('list')]"}}]},
        },
        "outputs": {"v": {"type": "array", "value": "[createArray(variables('first'), last(variables('names')), variables('inner').list[1].i)]"}},
    });
    let outputs = evaluated(sections).unwrap().outputs(None).unwrap();
    assert_eq!(outputs["v"]["value"], json!(["topic-1", "topic-3", 1]));
    let circle = json!({
        "variables": {"a": "[variables('b')]", "b": "[variables('a')]"},
        "outputs": {"v": {"type": "string", "value": "[variables('a')]"}},
    });
    assert!(refused(circle).contains("needs its own value"));
}

#[test]
fn an_own_function_sees_its_arguments_and_nothing_else() {
    let functions = json!([{"namespace": "acme", "members": {
        "twice": {"parameters": [{"name": "t", "type": "string"}], "output": {"type": "string", "value": "[concat(parameters('t'), parameters('t'))]"}},
        "nosy": {"parameters": [], "output": {"type": "string", "value": "[parameters('p')]"}},
    }}]);
    let with = |expression: &str| {
        json!({
            "functions": functions, "parameters": {"p": {"type": "string", "defaultValue": "x"}},
            "outputs": {"v": {"type": "string", "value": expression}},
        })
    };
    let outputs = evaluated(with("[acme.twice('ab')]"))
        .unwrap()
        .outputs(None)
        .unwrap();
    assert_eq!(outputs["v"]["value"], "abab");
    assert!(refused(with("[acme.nosy()]")).contains("'p' is not found"));
}

#[test]
fn defaults_may_use_the_time_and_other_places_may_not() {
    let sections = json!({
        "parameters": {"now": {"type": "string", "defaultValue": "[utcNow()]"}, "day": {"type": "string", "defaultValue": "[utcNow('yyyy-MM-dd')]"}},
        "outputs": {"v": {"type": "string", "value": "[concat(parameters('now'), ' ', parameters('day'))]"}},
    });
    let outputs = evaluated(sections).unwrap().outputs(None).unwrap();
    assert_eq!(outputs["v"]["value"], "20260102T030405Z 2026-01-02");
    let elsewhere = refused(json!({"outputs": {"v": {"type": "string", "value": "[utcNow()]"}}}));
    assert!(
        elsewhere.contains("only valid in the default value of a parameter"),
        "{elsewhere}"
    );
    let early = refused(json!({"resources": [thing("[reference('x').name]", json!({}))]}));
    assert!(early.contains("not expected at this location"), "{early}");
}

#[test]
fn parameters_are_held_to_their_declarations() {
    let declared = json!({"parameters": {
        "tier": {"type": "string", "allowedValues": ["Standard", "Premium"]},
        "count": {"type": "int", "minValue": 1, "maxValue": 32, "defaultValue": 4},
        "secret": {"type": "secureString", "minLength": 8, "defaultValue": "long enough"},
    }});
    let give = |given: Value| evaluate(&whole(declared.clone()), given.as_object().unwrap(), &scope());
    let fails = |given: Value| give(given).map(|_| ()).unwrap_err().to_string();
    let good = give(json!({"TIER": {"value": "Premium"}})).unwrap();
    assert_eq!(good.parameters()["count"], json!({"type": "Int", "value": 4}));
    assert_eq!(good.parameters()["secret"], json!({"type": "SecureString"}));
    assert!(fails(json!({})).contains("'tier' is not provided"));
    assert!(fails(json!({"tier": {"value": "Basic"}})).contains("not part of the allowed values"));
    assert!(fails(json!({"tier": {"value": "Premium"}, "count": {"value": 33}})).contains("maxValue of 32"));
    assert!(fails(json!({"tier": {"value": "Premium"}, "count": {"value": "4"}})).contains("Expected 'int'"));
    let short = fails(json!({"tier": {"value": "Premium"}, "secret": {"value": "hunter2"}}));
    assert!(
        short.contains("minLength of 8") && !short.contains("hunter2"),
        "{short}"
    );
    assert!(
        fails(json!({"tier": {"value": "Premium"}, "zone": {"value": 1}}))
            .contains("The template parameters 'zone'")
    );
}
