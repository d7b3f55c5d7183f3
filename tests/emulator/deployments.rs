//! Deployments: order, names, failures, cancellation.

use super::*;

#[tokio::test]
async fn resources_are_made_in_the_order_of_their_dependencies() {
    let site = Site::with_group(settings()).await;
    let accepted = site.deploy("d", &event_hubs(), json!({})).await;
    assert_eq!(accepted.status(), StatusCode::CREATED);
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        accepted.json::<Value>().await.unwrap()["properties"]["provisioningState"],
        "Accepted"
    );
    assert_eq!(site.followed(&monitor).await, json!({"status": "Succeeded"}));
    let operations = site.get("/resourcegroups/rg/deployments/d/operations").await;
    let rows = operations["value"].as_array().unwrap();
    let started = |name: &str| {
        let row = rows
            .iter()
            .find(|row| row["properties"]["targetResource"]["resourceName"] == name)
            .unwrap();
        let properties = &row["properties"];
        (
            properties["timestamp"].as_str().unwrap().to_owned(),
            properties["duration"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(rows.len(), 4, "three resources and the outputs: {operations}");
    assert!(started("kafka-dev").0 <= started("kafka-dev/orders").0);
    assert_eq!(started("kafka-dev").1, "PT45.0000000S");
    assert_eq!(
        rows.last().unwrap()["properties"]["provisioningOperation"],
        "EvaluateDeploymentOutput"
    );
    let deployment = site.get(&deployment("d")).await;
    let dependencies = deployment["properties"]["dependencies"].as_array().unwrap();
    assert_eq!(dependencies.len(), 2);
    assert_eq!(dependencies[0]["dependsOn"][0]["resourceName"], "kafka-dev");
    assert_eq!(
        deployment["properties"]["outputResources"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn outputs_come_back_under_the_names_that_azure_makes_of_them() {
    let site = Site::with_group(settings()).await;
    let deployment = site.deployed("d", &event_hubs(), json!({})).await;
    assert_eq!(
        deployment["properties"]["outputs"],
        json!({
            "bootstrapServers": {"type": "String", "value": "kafka-dev.servicebus.windows.net:9093"},
            "azurE_ENV": {"type": "String", "value": "dev"},
        })
    );
}

#[tokio::test]
async fn a_running_deployment_keeps_its_name_and_a_finished_one_gives_it_up() {
    let site = Site::with_group(settings()).await;
    site.deploy("d", &event_hubs(), json!({})).await;
    let second = site.deploy("D", &event_hubs(), json!({})).await;
    let text = second.text().await.unwrap();
    assert!(
        text.contains("DeploymentActive") && text.contains("2026-01-08T00:00:00.0000000Z"),
        "{text}"
    );
    let cancelled = site
        .call(Method::POST, &format!("{}/cancel", deployment("d")), None)
        .await;
    assert_eq!(cancelled.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        site.get(&deployment("d")).await["properties"]["provisioningState"],
        "Canceled"
    );
    let late = site
        .call(Method::POST, &format!("{}/cancel", deployment("d")), None)
        .await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    assert_eq!(
        site.deploy("d", &event_hubs(), json!({})).await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn cancelling_leaves_what_was_begun_and_starts_nothing_more() {
    let site = Site::with_group(settings()).await;
    site.deploy("d", &event_hubs(), json!({})).await;
    assert_eq!(
        site.get(&deployment("d")).await["properties"]["provisioningState"],
        "Accepted"
    );
    let cancelled = site
        .call(Method::POST, &format!("{}/cancel", deployment("d")), None)
        .await;
    assert_eq!(cancelled.status(), StatusCode::NO_CONTENT);
    for _ in 0..5 {
        site.get("/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-dev")
            .await;
    }
    let namespace = site
        .get("/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-dev")
        .await;
    assert_eq!(namespace["properties"]["provisioningState"], "Succeeded");
    let hubs = site
        .get("/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-dev/eventhubs")
        .await;
    assert_eq!(hubs["value"], json!([]));
}

#[tokio::test]
async fn a_redeployment_of_the_same_template_changes_nothing() {
    let site = Site::with_group(settings()).await;
    let before = site.what_if(&event_hubs(), json!({})).await;
    assert!(before.iter().all(|change| change["changeType"] == "Create"));
    site.deployed("d", &event_hubs(), json!({})).await;
    let changes = site.what_if(&event_hubs(), json!({})).await;
    assert_eq!(changes.len(), 3);
    assert!(
        changes.iter().all(|change| change["changeType"] == "NoChange"),
        "{changes:#?}"
    );
}

#[tokio::test]
async fn a_failure_is_told_as_json_in_a_string_and_stops_only_what_depends_on_it() {
    let mut settings = settings();
    settings.faults = faults(
        json!([{"match": {"path": "/namespaces/kafka-dev"}, "effect": {"kind": "fail-operation", "code": "Quota", "message": "no more"}}]),
    );
    let site = Site::with_group(settings).await;
    let done = site.deployed("d", &event_hubs(), json!({})).await;
    let properties = &done["properties"];
    assert_eq!(properties["provisioningState"], "Failed");
    assert!(properties.get("outputResources").is_none() && properties.get("outputs").is_none());
    assert_eq!(properties["error"]["code"], "DeploymentFailed");
    let inner: Value =
        serde_json::from_str(properties["error"]["details"][0]["message"].as_str().unwrap()).unwrap();
    assert_eq!(inner["error"]["code"], "ResourceDeploymentFailure");
    assert_eq!(
        inner["error"]["details"][0],
        json!({"code": "Quota", "message": "no more"})
    );
    let operations = site.get("/resourcegroups/rg/deployments/d/operations").await;
    assert_eq!(
        operations["value"][0]["properties"]["provisioningState"],
        "Failed"
    );
    assert_eq!(
        operations["value"].as_array().unwrap().len(),
        2,
        "the hubs never began"
    );
}

#[tokio::test]
async fn a_nested_failure_is_wrapped_once_more() {
    let inner = template(
        json!([{"type": "Microsoft.EventHub/namespaces/eventhubs", "apiVersion": "2024-01-01", "name": "[format('{0}/orders', parameters('namespace'))]", "properties": {"partitionCount": 2}}]),
        json!({"parameters": {"namespace": {"type": "string"}}, "outputs": {"hub": {"type": "string", "value": "orders"}}}),
    );
    let outer = |namespace: &str| {
        template(
            json!([
                {"type": "Microsoft.EventHub/namespaces", "apiVersion": "2024-01-01", "name": "kafka-dev", "location": "westeurope", "properties": {}},
                {"type": "Microsoft.Resources/deployments", "apiVersion": "2025-04-01", "name": "inner",
                 "dependsOn": ["kafka-dev"],
                 "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": inner, "parameters": {"namespace": {"value": namespace}}}},
            ]),
            json!({"outputs": {"hub": {"type": "string", "value": "[reference('inner').outputs.hub.value]"}}}),
        )
    };
    let site = Site::with_group(settings()).await;
    let done = site.deployed("d", &outer("kafka-dev"), json!({})).await;
    assert_eq!(done["properties"]["outputs"]["hub"]["value"], "orders", "{done}");
    let changes = site.what_if(&outer("kafka-dev"), json!({})).await;
    assert_eq!(changes.len(), 2, "the nested resource is in the one list");
    let done = site.deployed("e", &outer("no-such-namespace"), json!({})).await;
    let nested: Value = serde_json::from_str(
        done["properties"]["error"]["details"][0]["message"]
            .as_str()
            .unwrap(),
    )
    .unwrap();
    assert_eq!(nested["error"]["code"], "DeploymentFailed");
    assert!(nested.to_string().contains("ParentResourceNotFound"));
}

#[tokio::test]
async fn bad_templates_are_refused_and_leave_no_record() {
    let site = Site::with_group(settings()).await;
    let circle = template(
        json!([
            {"type": "A.B/c", "apiVersion": "2024-01-01", "name": "one", "dependsOn": ["two"], "properties": {}},
            {"type": "A.B/c", "apiVersion": "2024-01-01", "name": "two", "properties": {"x": "[reference('one').y]"}},
        ]),
        json!({}),
    );
    let refused = site.deploy("d", &circle, json!({})).await;
    let text = refused.text().await.unwrap();
    assert!(
        text.contains("InvalidTemplate") && text.contains("Circular dependency"),
        "{text}"
    );
    let unknown = site
        .deploy("d", &event_hubs(), json!({"colour": {"value": "red"}}))
        .await;
    assert_eq!(code(unknown).await, (400, "InvalidTemplate".into()));
    let typed = site
        .deploy("d", &event_hubs(), json!({"orders": {"value": "four"}}))
        .await;
    assert_eq!(code(typed).await, (400, "InvalidTemplate".into()));
    assert_eq!(
        code(site.call(Method::GET, &deployment("d"), None).await).await,
        (404, "DeploymentNotFound".into())
    );
}

#[tokio::test]
async fn in_fast_time_a_deployment_ends_by_itself() {
    let mut settings = settings();
    settings.clock = Clock::fast();
    let site = Site::with_group(settings).await;
    let accepted = site.deploy("d", &event_hubs(), json!({})).await;
    assert_eq!(accepted.headers()["x-ms-retry-after-ms"], "50");
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    let first: Value = site
        .send(Method::GET, &monitor, None)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_ne!(first["status"], "Succeeded", "one poll at least finds it running");
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let then: Value = site
        .send(Method::GET, &monitor, None)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(then["status"], "Succeeded");
}

#[tokio::test]
async fn complete_mode_deletes_what_no_template_names_and_says_what_a_lock_keeps() {
    let site = Site::with_group(settings()).await;
    let vault = |name: &str| {
        format!("/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}")
    };
    for name in ["loose", "locked"] {
        let body = json!({"location": "westeurope"});
        assert_eq!(
            site.call(Method::PUT, &vault(name), Some(body)).await.status(),
            StatusCode::CREATED
        );
    }
    let lock = format!("{}/providers/Microsoft.Authorization/locks/keep", vault("locked"));
    let body = json!({"properties": {"level": "CanNotDelete"}});
    assert!(
        site.call(Method::PUT, &lock, Some(body))
            .await
            .status()
            .is_success()
    );
    let mut complete = request(&event_hubs(), json!({}));
    complete["properties"]["mode"] = "Complete".into();
    let deploy = async || {
        let accepted = site
            .call(Method::PUT, &deployment("whole"), Some(complete.clone()))
            .await;
        let monitor = accepted.headers()["azure-asyncoperation"]
            .to_str()
            .unwrap()
            .to_owned();
        site.followed(&monitor).await;
        site.get(&deployment("whole")).await["properties"].clone()
    };
    let kept = deploy().await;
    assert_eq!(kept["provisioningState"], "Failed");
    assert_eq!(kept["error"]["code"], "DeploymentFailedCleanUp", "{kept}");
    assert_eq!(kept["error"]["details"][0]["code"], "ScopeLocked");
    let status = async |name: &str| site.call(Method::GET, &vault(name), None).await.status();
    assert_eq!(
        (status("loose").await, status("locked").await),
        (StatusCode::NOT_FOUND, StatusCode::OK)
    );
    assert!(site.call(Method::DELETE, &lock, None).await.status().is_success());
    assert_eq!(deploy().await["provisioningState"], "Succeeded");
    assert_eq!(status("locked").await, StatusCode::NOT_FOUND);
    let left = site.get("/resourcegroups/rg/resources").await;
    assert_eq!(left["value"].as_array().unwrap().len(), 1, "{left}");
}
