//! Evaluating templates of 80 and of 800 resources: loops, nested expressions, dependencies, outputs in a loop.

use std::time::Instant;

use landfall::mock::arm::{Scope, evaluate};
use serde_json::{Map, Value, json};

use super::median;
use super::scene::SUBSCRIPTION;

/// Loops in the template; so many resources come out of each.
const LOOPS: usize = 8;

pub fn table(rounds: usize) {
    println!("| resources | ms | of the same JSON, unrolled, read | for each resource, of the smaller |");
    println!("|---:|---:|---:|---:|");
    let mut smaller = None;
    for size in [80, 800] {
        let (template, scope) = (template(size / LOOPS), scope());
        let mut times = Vec::new();
        let mut parsing = Vec::new();
        for _ in 0..rounds.max(10) {
            let began = Instant::now();
            let expanded = evaluate(&template, &Map::new(), &scope).unwrap();
            times.push(began.elapsed().as_secs_f64());
            assert_eq!(expanded.resources.len(), size);
            let unrolled = vec![resource(0); size];
            let text = Value::from(unrolled).to_string();
            let began = Instant::now();
            let read: Value = serde_json::from_str(&text).unwrap();
            parsing.push(began.elapsed().as_secs_f64());
            assert_eq!(read.as_array().unwrap().len(), size);
        }
        let time = median(times);
        let each = time / size as f64;
        println!(
            "| {size} | {:.1} | {:.1} | {:.2} |",
            time * 1e3,
            time / median(parsing),
            each / *smaller.get_or_insert(each)
        );
    }
}

fn scope() -> Scope {
    Scope {
        id: format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/bench"),
        tenant: "11111111-1111-1111-1111-111111111111".to_owned(),
        location: "westeurope".to_owned(),
        group_tags: Map::new(),
        group_manager: None,
        deployment: "bench".to_owned(),
        link: None,
        depth: 0,
        now: jiff::Timestamp::UNIX_EPOCH,
        seed: 1,
    }
}

fn template(each: usize) -> Value {
    let resources: Vec<Value> = (0..LOOPS).map(resource).collect();
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"each": {"type": "int", "defaultValue": each}, "prefix": {"type": "string", "defaultValue": "Bench"}},
        "variables": {
            "short": "[toLower(substring(concat(parameters('prefix'), uniqueString(resourceGroup().id)), 0, 12))]",
            "tags": {"owner": "bench", "made": "[format('{0}-{1}', variables('short'), resourceGroup().location)]"},
            "ports": {"copy": [{"name": "list", "count": 8, "input": "[add(8080, copyIndex('list'))]"}]},
        },
        "resources": resources,
        "outputs": {
            "ids": {"type": "array", "copy": {
                "count": "[parameters('each')]",
                "input": "[resourceId('Microsoft.Network/virtualNetworks', format('{0}-0-{1}', variables('short'), copyIndex()))]",
            }},
        },
    })
}

/// One loop; all but the first depend, turn by turn, on the loop before.
fn resource(number: usize) -> Value {
    let name = |number: usize| format!("format('{{0}}-{number}-{{1}}', variables('short'), copyIndex())");
    let before = number.checked_sub(1).map(|before| {
        format!(
            "[resourceId('Microsoft.Network/virtualNetworks', {})]",
            name(before)
        )
    });
    json!({
        "type": "Microsoft.Network/virtualNetworks",
        "apiVersion": "2024-01-01",
        "name": format!("[{}]", name(number)),
        "location": "[if(equals(mod(copyIndex(), 2), 0), resourceGroup().location, toLower('WestEurope'))]",
        "tags": "[union(variables('tags'), createObject('turn', string(copyIndex())))]",
        "dependsOn": before.into_iter().collect::<Vec<_>>(),
        "copy": {"name": format!("loop{number}"), "count": "[parameters('each')]"},
        "properties": {
            "addressSpace": {"addressPrefixes": ["[cidrSubnet('10.0.0.0/8', 24, copyIndex())]"]},
            "port": "[first(skip(variables('ports').list, mod(copyIndex(), 8)))]",
            "copy": [{"name": "subnets", "count": 3, "input": {
                "name": "[concat('subnet-', copyIndex('subnets'), '-', last(split(variables('tags').made, '-')))]",
                "properties": {"addressPrefix": "[cidrSubnet(cidrSubnet('10.0.0.0/8', 24, copyIndex()), 26, copyIndex('subnets'))]"},
            }}],
            "even": "[and(equals(mod(copyIndex(), 2), 0), not(empty(variables('short'))))]",
        },
    })
}
