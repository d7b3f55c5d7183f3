//! Deployments to a subscription, and from one scope into another.

use super::*;

const DEPLOYMENTS: &str = "/providers/Microsoft.Resources/deployments";

fn at(name: &str) -> String {
    format!("{DEPLOYMENTS}/{name}")
}

/// A template for the subscription.
fn above(resources: Value, more: Value) -> Value {
    let mut template = template(resources, more);
    template["$schema"] =
        json!("https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#");
    template
}

fn located(template: &Value, location: &str) -> Value {
    let mut body = request(template, json!({}));
    body["location"] = json!(location);
    body
}

/// A group with a lock, a module inside it that depends on it, and what is given to principals of the subscription.
fn landing_zone() -> Value {
    let module = template(
        json!({"account": {
            "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[parameters('name')]",
            "location": "[resourceGroup().location]", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2",
            "tags": {"from": "[resourceGroup().tags.team]", "id": "[resourceId('Microsoft.Storage/storageAccounts', 'x')]"},
        }}),
        json!({
            "languageVersion": "2.0",
            "parameters": {"name": {"type": "string"}},
            "outputs": {"id": {"type": "string", "value": "[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]"}},
        }),
    );
    above(
        json!([
            {
                "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inside",
                "resourceGroup": "rg-new",
                "dependsOn": ["[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'rg-new')]"],
                "properties": {
                    "mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": module,
                    "parameters": {"name": {"value": "[format('st{0}', deployment().location)]"}},
                },
            },
            {
                "type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": "rg-new",
                "location": "North Europe", "tags": {"team": "kafka"}, "properties": {},
            },
            {
                "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "keep",
                "scope": "[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'rg-new')]",
                "dependsOn": ["inside"],
                "properties": {"level": "CanNotDelete"},
            },
            {
                "type": "Microsoft.Authorization/roleDefinitions", "apiVersion": "2022-04-01",
                "name": "[guid(subscription().id, 'reader')]",
                "properties": {"roleName": "Kafka reader", "assignableScopes": ["[subscription().id]"]},
            },
            {
                "type": "Microsoft.Authorization/policyAssignments", "apiVersion": "2024-04-01", "name": "tags",
                "properties": {
                    "policyDefinitionId": "[tenantResourceId('Microsoft.Authorization/policyDefinitions', '6c112d4e-5bc7-47ae-a041-ea2d9dccd749')]",
                    "parameters": {"listOfResourceTypesNotAllowed": {"value": ["Microsoft.Cache/redis"]}},
                },
            },
            {
                "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "beside",
                "location": "[deployment().location]",
                "properties": {
                    "mode": "Incremental",
                    "template": above(json!([{"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": "rg-other", "location": "westeurope"}]), json!({})),
                },
            },
        ]),
        json!({"outputs": {
            "group": {"type": "string", "value": "[reference(subscriptionResourceId('Microsoft.Resources/resourceGroups', 'rg-new'), '2022-09-01', 'Full').location]"},
            "account": {"type": "string", "value": "[reference(resourceId('rg-new', 'Microsoft.Resources/deployments', 'inside')).outputs.id.value]"},
            "role": {"type": "string", "value": "[resourceId('Microsoft.Authorization/roleDefinitions', 'r')]"},
        }}),
    )
}

#[tokio::test]
async fn a_subscription_deployment_makes_groups_and_what_is_in_them() {
    let site = Site::start(settings()).await;
    let body = located(&landing_zone(), "westeurope");
    let accepted = site.call(Method::PUT, &at("zone"), Some(body.clone())).await;
    assert_eq!(
        accepted.status(),
        StatusCode::CREATED,
        "{}",
        accepted.text().await.unwrap()
    );
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        monitor.contains(&format!(
            "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Resources/deployments/zone/operationStatuses/"
        )),
        "{monitor}"
    );
    assert_eq!(site.followed(&monitor).await, json!({"status": "Succeeded"}));
    let zone = site.get(&at("zone")).await;
    assert_eq!(zone["location"], "westeurope");
    assert_eq!(zone["id"], format!("/subscriptions/{SUBSCRIPTION}{}", at("zone")));
    let outputs = &zone["properties"]["outputs"];
    assert_eq!(outputs["group"]["value"], "northeurope");
    let account = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-new/providers/Microsoft.Storage/storageAccounts/stwesteurope"
    );
    assert_eq!(outputs["account"]["value"], json!(account));
    assert_eq!(
        outputs["role"]["value"],
        format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/r")
    );
    let made = site
        .get("/resourcegroups/rg-new/providers/Microsoft.Storage/storageAccounts/stwesteurope")
        .await;
    assert_eq!(made["location"], "northeurope");
    assert_eq!(made["tags"]["from"], "kafka");
    assert_eq!(
        site.get("/resourcegroups/rg-other").await["location"],
        "westeurope"
    );
    let operations = site.get(&format!("{}/operations", at("zone"))).await;
    assert_eq!(operations["value"].as_array().unwrap().len(), 7, "{operations}");
    let listed = site.get(DEPLOYMENTS).await;
    let names: Vec<&str> = listed["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}: the one in a group is listed there");
    let kept = site.call(Method::DELETE, "/resourcegroups/rg-new", None).await;
    assert_eq!(code(kept).await, (409, "ScopeLocked".to_owned()));
    let template = site
        .call(Method::POST, &format!("{}/exportTemplate", at("zone")), None)
        .await;
    assert_eq!(
        template.json::<Value>().await.unwrap()["template"],
        landing_zone()
    );
    assert_eq!(
        site.call(Method::PUT, &at("zone"), Some(body)).await.status(),
        StatusCode::OK
    );
    let cancelled = site
        .call(Method::POST, &format!("{}/cancel", at("zone")), None)
        .await;
    assert_eq!(cancelled.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        site.get(&at("zone")).await["properties"]["provisioningState"],
        "Canceled"
    );
    assert_eq!(
        site.call(Method::HEAD, &at("zone"), None).await.status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        site.call(Method::HEAD, &at("none"), None).await.status(),
        StatusCode::NOT_FOUND
    );
    let deleted = site.call(Method::DELETE, &at("zone"), None).await;
    assert_eq!(site.located(deleted).await.status(), StatusCode::OK);
    assert_eq!(
        site.call(Method::HEAD, &at("zone"), None).await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_subscription_deployment_can_be_validated_and_previewed() {
    let site = Site::start(settings()).await;
    let body = located(&landing_zone(), "westeurope");
    let valid = site
        .call(
            Method::POST,
            &format!("{}/validate", at("zone")),
            Some(body.clone()),
        )
        .await;
    assert_eq!(valid.status(), StatusCode::OK);
    let valid: Value = valid.json().await.unwrap();
    let ids = valid["properties"]["validatedResources"].as_array().unwrap();
    assert!(
        ids.iter().any(|one| one["id"]
            .as_str()
            .unwrap()
            .ends_with("/storageAccounts/stwesteurope")),
        "{ids:?}"
    );
    let changes = |result: Value| {
        let changes = result["properties"]["changes"].as_array().unwrap().clone();
        changes
            .into_iter()
            .map(|one| {
                (
                    one["resourceId"]
                        .as_str()
                        .unwrap()
                        .rsplit('/')
                        .next()
                        .unwrap()
                        .to_owned(),
                    one,
                )
            })
            .collect::<BTreeMap<_, _>>()
    };
    let path = format!("{}/whatIf", at("zone"));
    let asked = site.call(Method::POST, &path, Some(body.clone())).await;
    let first = changes(site.located(asked).await.json().await.unwrap());
    assert_eq!(first["rg-new"]["changeType"], "Create");
    assert_eq!(first["stwesteurope"]["changeType"], "Create");
    assert_eq!(
        first["stwesteurope"]["after"]["location"], "northeurope",
        "the group is still to be made"
    );
    let accepted = site.call(Method::PUT, &at("zone"), Some(body.clone())).await;
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    site.followed(&monitor).await;
    let asked = site.call(Method::POST, &path, Some(body.clone())).await;
    let second = changes(site.located(asked).await.json().await.unwrap());
    assert_eq!(second["rg-new"]["changeType"], "NoChange", "{}", second["rg-new"]);
    let mut changed = body;
    changed["properties"]["template"]["resources"][1]["tags"]["team"] = json!("other");
    let asked = site.call(Method::POST, &path, Some(changed)).await;
    let third = changes(site.located(asked).await.json().await.unwrap());
    assert_eq!(third["rg-new"]["changeType"], "Modify");
    assert_eq!(third["rg-new"]["delta"][0]["path"], "tags.team");
}

#[tokio::test]
async fn what_a_scope_does_not_allow_is_refused() {
    let site = Site::with_group(settings()).await;
    let nothing = above(json!([]), json!({}));
    let put = async |body: Value| code(site.call(Method::PUT, &at("d"), Some(body)).await).await;
    assert_eq!(
        put(request(&nothing, json!({}))).await,
        (400, "InvalidDeployment".to_owned())
    );
    let mut complete = located(&nothing, "westeurope");
    complete["properties"]["mode"] = json!("Complete");
    assert_eq!(put(complete).await, (400, "InvalidRequestContent".to_owned()));
    let of_group = located(&template(json!([]), json!({})), "westeurope");
    assert_eq!(put(of_group).await, (400, "InvalidTemplate".to_owned()));
    let asks = above(
        json!([]),
        json!({"outputs": {"o": {"type": "string", "value": "[resourceGroup().id]"}}}),
    );
    assert_eq!(
        put(located(&asks, "westeurope")).await,
        (400, "InvalidTemplate".to_owned())
    );
    let below = site.deploy("d", &nothing, json!({})).await;
    assert_eq!(code(below).await, (400, "InvalidTemplate".to_owned()));
    let body = located(&nothing, "westeurope");
    let there = site.call(Method::PUT, &deployment("d"), Some(body.clone())).await;
    assert_eq!(code(there).await, (400, "InvalidDeployment".to_owned()));
    let accepted = site.call(Method::PUT, &at("d"), Some(body)).await;
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    site.followed(&monitor).await;
    assert_eq!(
        put(located(&nothing, "northeurope")).await,
        (409, "InvalidDeploymentLocation".to_owned())
    );
    let group = template(
        json!([{"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": "g", "location": "westeurope"}]),
        json!({}),
    );
    assert_eq!(
        code(site.deploy("g", &group, json!({})).await).await,
        (400, "InvalidTemplate".to_owned())
    );
}

#[tokio::test]
async fn a_group_that_nobody_makes_is_not_found_when_its_turn_comes() {
    let site = Site::start(settings()).await;
    let lost = above(
        json!([{
            "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inside", "resourceGroup": "rg-none",
            "properties": {"mode": "Incremental", "template": template(json!([]), json!({}))},
        }]),
        json!({}),
    );
    let accepted = site
        .call(Method::PUT, &at("d"), Some(located(&lost, "westeurope")))
        .await;
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    let status = site.followed(&monitor).await;
    assert!(
        status["error"]["details"][0]["message"]
            .as_str()
            .unwrap()
            .contains("ResourceGroupNotFound"),
        "{status}"
    );
}

#[tokio::test]
async fn a_group_deployment_reaches_other_groups_and_the_subscription() {
    let site = Site::with_group(settings()).await;
    site.call(
        Method::PUT,
        "/resourcegroups/rg2",
        Some(json!({"location": "northeurope"})),
    )
    .await;
    let account = |name: &str| {
        json!({"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": name,
               "location": "[resourceGroup().location]", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "dependsOn": []})
    };
    let mut second = account("outerb");
    second["dependsOn"] = json!(["[resourceId('Microsoft.Storage/storageAccounts', 'outera')]"]);
    let nested = |name: &str, inner: &str, template: Value, more: Value| {
        let mut one = json!({
            "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": name,
            "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": inner}, "template": template},
        });
        one.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        one
    };
    let root = template(
        json!([
            nested(
                "outer",
                "outer",
                template(json!([account("outera"), second]), json!({})),
                json!({"resourceGroup": "rg2"})
            ),
            nested(
                "inner",
                "inner",
                template(json!([account("innera")]), json!({})),
                json!({"resourceGroup": "rg2", "dependsOn": ["[resourceId('Microsoft.Resources/deployments', 'outer')]"]})
            ),
            nested(
                "up",
                "inner",
                above(
                    json!([{"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": "rg3", "location": "[deployment().location]"}]),
                    json!({})
                ),
                json!({"subscriptionId": "[subscription().subscriptionId]", "location": "uksouth"})
            ),
        ]),
        json!({}),
    );
    let done = site.deployed("main", &root, json!({})).await;
    assert_eq!(done["properties"]["provisioningState"], "Succeeded", "{done}");
    let location = async |name: &str| {
        site.get(&format!(
            "/resourcegroups/rg2/providers/Microsoft.Storage/storageAccounts/{name}"
        ))
        .await["location"]
            .clone()
    };
    assert_eq!(
        location("outera").await,
        "westeurope",
        "evaluated in the scope of the parent"
    );
    assert_eq!(location("outerb").await, "westeurope");
    assert_eq!(location("innera").await, "northeurope");
    assert_eq!(site.get("/resourcegroups/rg3").await["location"], "uksouth");
    assert_eq!(
        site.get(&at("up")).await["properties"]["provisioningState"],
        "Succeeded"
    );
}
