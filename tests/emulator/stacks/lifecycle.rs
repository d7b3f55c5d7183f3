//! A stack from its first run to its deletion.

use super::*;

/// Writes down what goes, in order.
#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn created<'a>(&'a self, _: &'a Change) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }

    fn deleted<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.0.lock().unwrap().push(change.names.join("/")) })
    }

    fn addresses(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
}

#[tokio::test]
async fn a_stack_runs_a_deployment_and_shows_what_it_manages() {
    let site = Site::with_group(settings()).await;
    let mut body = with(
        wanted(&event_hubs()),
        "/properties/description",
        json!("the flow"),
    );
    body["tags"] = json!({"team": "flow"});
    body["properties"]["parameters"] = json!({"orders": {"value": 3}, "password": {"value": "canary"}});
    let accepted = site.put_stack("flow", body).await;
    assert_eq!(accepted.status(), StatusCode::CREATED);
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        monitor
            .contains("/providers/Microsoft.Resources/locations/westeurope/deploymentStackOperationStatus/"),
        "{monitor}"
    );
    let first: Value = accepted.json().await.unwrap();
    assert_eq!(first["properties"]["provisioningState"], "creating");
    let mut seen = Vec::new();
    let status = loop {
        let status: Value = site
            .send(Method::GET, &monitor, None)
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let word = status["status"].as_str().unwrap().to_owned();
        if seen.last() != Some(&word) {
            seen.push(word);
        }
        if seen.last().unwrap() == "succeeded" {
            break status;
        }
    };
    assert_eq!(seen, ["creating", "deploying", "succeeded"]);
    assert!(monitor.contains(status["id"].as_str().unwrap()), "{status}");
    assert!(
        status["id"]
            .as_str()
            .unwrap()
            .ends_with(status["name"].as_str().unwrap())
    );

    let made = site.stack("flow").await;
    let properties = &made["properties"];
    assert_eq!(made["type"], "Microsoft.Resources/deploymentStacks");
    assert_eq!(made["tags"], json!({"team": "flow"}));
    assert!(made["systemData"]["createdBy"].is_string() && made["location"].is_null());
    assert_eq!(properties["description"], "the flow");
    assert_eq!(
        properties["parameters"]["orders"],
        json!({"type": "int", "value": 3})
    );
    assert_eq!(
        properties["parameters"]["password"],
        json!({"type": "secureString"})
    );
    assert_eq!(
        properties["outputs"]["bootstrapServers"]["value"],
        "kafka-dev.servicebus.windows.net:9093"
    );
    assert_eq!(properties["outputs"]["azurE_ENV"]["value"], "dev");
    assert_eq!(names(&made, "resources"), ["orders", "payments", "kafka-dev"]);
    assert_eq!(properties["resources"][0]["status"], "managed");
    assert_eq!(properties["resources"][0]["denyStatus"], "none");
    assert_eq!(properties["actionOnUnmanage"]["resources"], "delete");
    assert_eq!(properties["actionOnUnmanage"]["resourceGroups"], "detach");
    assert!(
        properties["duration"].as_str().unwrap().starts_with("PT"),
        "{properties}"
    );
    assert!(properties["error"].is_null());

    let id = properties["deploymentId"].as_str().unwrap();
    let name = id.rsplit('/').next().unwrap();
    let inner = site.get(&deployment(name)).await;
    assert_eq!(inner["properties"]["provisioningState"], "Succeeded");
    assert_eq!(inner["properties"]["correlationId"], properties["correlationId"]);
    let operations = site
        .get(&format!("/resourcegroups/rg/deployments/{name}/operations"))
        .await;
    assert_eq!(operations["value"].as_array().unwrap().len(), 4);

    let listed = site
        .stacks(Method::GET, stack("").trim_end_matches('/'), None)
        .await;
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed["value"], json!([made]));
    let exported = site
        .stacks(Method::POST, &format!("{}/exportTemplate", stack("flow")), None)
        .await;
    let exported: Value = exported.json().await.unwrap();
    assert_eq!(exported["template"]["resources"].as_array().unwrap().len(), 2);
    assert_eq!(
        site.stacks(Method::HEAD, &stack("FLOW"), None).await.status(),
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn an_update_deletes_what_the_template_names_no_more_and_nothing_else() {
    let diary = Arc::new(Diary::default());
    let mut settings = settings();
    settings.observer = Arc::clone(&diary) as Arc<dyn Observer>;
    let site = Site::with_group(settings).await;
    let all = json!([
        namespace("ns-one"),
        hub("ns-one", "a"),
        hub("ns-one", "b"),
        namespace("ns-two")
    ]);
    site.stacked("flow", wanted(&of(all))).await;
    let foreign = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/ns-two/eventhubs/by-hand";
    site.call(
        Method::PUT,
        foreign,
        Some(json!({"properties": {"partitionCount": 1}})),
    )
    .await;

    let accepted = site
        .put_stack("flow", wanted(&of(json!([namespace("ns-two")]))))
        .await;
    assert_eq!(accepted.status(), StatusCode::OK);
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    let mut seen = Vec::new();
    while seen.last().is_none_or(|word| word != "succeeded") {
        let status: Value = site
            .send(Method::GET, &monitor, None)
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        seen.push(status["status"].as_str().unwrap().to_owned());
    }
    seen.dedup();
    assert_eq!(
        seen,
        ["initializing", "deploying", "deletingResources", "succeeded"]
    );
    let after = site.stack("flow").await;
    assert_eq!(names(&after, "resources"), ["ns-two"]);
    assert_eq!(names(&after, "deletedResources"), ["a", "b", "ns-one"]);
    assert_eq!(names(&after, "detachedResources"), [""; 0]);
    let gone = diary.0.lock().unwrap().clone();
    assert_eq!(gone.last().map(String::as_str), Some("ns-one"), "{gone:?}");
    assert!(
        gone.contains(&"ns-one/a".to_owned()) && !gone.contains(&"ns-two/by-hand".to_owned()),
        "{gone:?}"
    );
    assert_eq!(
        site.call(Method::GET, foreign, None).await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn what_is_detached_stays_and_is_told_once() {
    let site = Site::with_group(settings()).await;
    let detaching = |resources: Value| {
        with(
            wanted(&of(resources)),
            "/properties/actionOnUnmanage",
            json!({"resources": "Detach"}),
        )
    };
    site.stacked(
        "flow",
        detaching(json!([namespace("ns-one"), namespace("ns-two")])),
    )
    .await;
    let (_, after) = site
        .stacked("flow", detaching(json!([namespace("ns-two")])))
        .await;
    assert_eq!(names(&after, "detachedResources"), ["ns-one"]);
    assert_eq!(names(&after, "resources"), ["ns-two"]);
    let kept = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/ns-one";
    assert_eq!(site.call(Method::GET, kept, None).await.status(), StatusCode::OK);
    let (_, again) = site
        .stacked("flow", detaching(json!([namespace("ns-two")])))
        .await;
    assert_eq!(names(&again, "detachedResources"), [""; 0]);
}

#[tokio::test]
async fn a_run_that_fails_takes_nothing_away() {
    let mut settings = settings();
    settings.faults = faults(json!([
        {"match": {"path": "/eventhubs/bad"}, "effect": {"kind": "fail-operation", "code": "Broken", "message": "no"}}
    ]));
    let site = Site::with_group(settings).await;
    site.stacked(
        "flow",
        wanted(&of(json!([namespace("ns-one"), hub("ns-one", "a")]))),
    )
    .await;
    let next = json!([namespace("ns-one"), hub("ns-one", "bad"), namespace("ns-new")]);
    let (status, after) = site.stacked("flow", wanted(&of(next))).await;
    assert_eq!(status["status"], "failed", "{status}");
    assert_eq!(status["error"]["code"], "DeploymentStackDeploymentFailed");
    assert_eq!(status["error"]["details"][0]["code"], "DeploymentFailed");
    let properties = &after["properties"];
    assert_eq!(properties["provisioningState"], "failed");
    assert_eq!(properties["error"], status["error"]);
    let mut managed = names(&after, "resources");
    managed.sort();
    assert_eq!(managed, ["a", "bad", "ns-new", "ns-one"]);
    assert_eq!(names(&after, "failedResources"), ["bad"]);
    assert_eq!(properties["failedResources"][0]["error"]["code"], "Broken");
    assert_eq!(names(&after, "deletedResources"), [""; 0]);
    let hub = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/ns-one/eventhubs/a";
    assert_eq!(site.call(Method::GET, hub, None).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_stack_that_runs_takes_no_other_request() {
    let site = Site::with_group(settings()).await;
    let body = wanted(&of(json!([namespace("ns-one")])));
    let accepted = site.put_stack("flow", body.clone()).await;
    let (status, code) = code(site.put_stack("flow", body.clone()).await).await;
    assert_eq!(
        (status, code.as_str()),
        (409, "DeploymentStackInNonTerminalState")
    );
    let (status, code) = super::super::code(site.stacks(Method::DELETE, &stack("flow"), None).await).await;
    assert_eq!(
        (status, code.as_str()),
        (409, "DeploymentStackInNonTerminalState")
    );
    site.ended(accepted).await;
    assert_eq!(site.put_stack("flow", body).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_deleted_stack_lets_go_of_its_resources_unless_told_to_delete_them() {
    let site = Site::with_group(settings()).await;
    let body = wanted(&of(json!([namespace("ns-one"), hub("ns-one", "a")])));
    let resource = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/ns-one";
    site.stacked("flow", body.clone()).await;
    let accepted = site.stacks(Method::DELETE, &stack("flow"), None).await;
    assert_eq!(accepted.status(), StatusCode::ACCEPTED);
    let result = accepted.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(site.ended(accepted).await["status"], "succeeded");
    let answer = site.send(Method::GET, &result, None).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let (status, code) = code(site.stacks(Method::GET, &stack("flow"), None).await).await;
    assert_eq!((status, code.as_str()), (404, "DeploymentStackNotFound"));
    assert_eq!(
        site.call(Method::GET, resource, None).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        site.stacks(Method::DELETE, &stack("flow"), None).await.status(),
        StatusCode::NO_CONTENT
    );

    site.stacked("flow", body).await;
    let path = format!("{}?unmanageAction.Resources=delete", stack("flow"));
    let accepted = site.stacks(Method::DELETE, &path, None).await;
    assert_eq!(site.ended(accepted).await["status"], "succeeded");
    assert_eq!(
        site.call(Method::GET, resource, None).await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn what_a_lock_holds_stays_managed_and_is_told_as_failed() {
    let site = Site::with_group(settings()).await;
    site.stacked(
        "flow",
        wanted(&of(json!([namespace("ns-one"), namespace("ns-two")]))),
    )
    .await;
    let resource = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/ns-one";
    let lock = format!("{resource}/providers/Microsoft.Authorization/locks/keep");
    site.call(
        Method::PUT,
        &lock,
        Some(json!({"properties": {"level": "CanNotDelete"}})),
    )
    .await;
    let path = format!("{}?unmanageAction.Resources=delete", stack("flow"));
    let accepted = site.stacks(Method::DELETE, &path, None).await;
    let status = site.ended(accepted).await;
    assert_eq!(status["error"]["code"], "DeploymentStackDeleteFailed", "{status}");
    assert_eq!(
        status["error"]["details"][0]["code"],
        "DeploymentStackDeleteResourcesFailed"
    );
    let after = site.stack("flow").await;
    assert_eq!(names(&after, "resources"), ["ns-one"]);
    assert_eq!(after["properties"]["resources"][0]["status"], "deleteFailed");
    assert_eq!(
        after["properties"]["failedResources"][0]["error"]["code"],
        "ScopeLocked"
    );
    assert_eq!(names(&after, "deletedResources"), ["ns-two"]);

    site.call(Method::DELETE, &lock, None).await;
    let accepted = site.stacks(Method::DELETE, &path, None).await;
    assert_eq!(site.ended(accepted).await["status"], "succeeded");
    assert_eq!(
        site.call(Method::GET, resource, None).await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_stack_goes_on_after_a_restart_and_goes_with_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("arm.json")).unwrap();
    let with_file = || {
        let mut settings = settings();
        settings.state_file = Some(path.clone());
        settings
    };
    let site = Site::with_group(with_file()).await;
    let mut secret = wanted(&event_hubs());
    secret["properties"]["parameters"] =
        json!({"name": {"value": "kafka-old"}, "password": {"value": "canary-of-stacks"}});
    site.stacked("old", secret).await;
    let body = wanted(&of(json!([namespace("ns-one"), hub("ns-one", "a")])));
    let accepted = site.put_stack("flow", body).await;
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    site.send(Method::GET, &monitor, None).await.unwrap();
    let address = site.running.base_url();
    site.running.stop().await;
    assert!(
        !std::fs::read_to_string(&path)
            .unwrap()
            .contains("canary-of-stacks")
    );
    let site = Site::start(with_file()).await;
    let monitor = monitor.replace(&address, &site.running.base_url());
    let mut last = String::new();
    for _ in 0..50 {
        let status: Value = site
            .send(Method::GET, &monitor, None)
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        status["status"].as_str().unwrap().clone_into(&mut last);
    }
    assert_eq!(last, "succeeded");
    assert_eq!(names(&site.stack("flow").await, "resources"), ["ns-one", "a"]);
    assert_eq!(names(&site.stack("old").await, "resources").len(), 3);
    let accepted = site.call(Method::DELETE, "/resourcegroups/rg", None).await;
    site.located(accepted).await;
    site.call(
        Method::PUT,
        "/resourcegroups/rg",
        Some(json!({"location": "westeurope"})),
    )
    .await;
    let found = site.stacks(Method::GET, &stack("flow"), None).await;
    assert_eq!(found.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_azure_cannot_delete_is_let_go_or_told() {
    let site = Site::with_group(settings()).await;
    let vault = json!({
        "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv-flow", "location": "westeurope",
        "properties": {"tenantId": "11111111-1111-1111-1111-111111111111", "sku": {"family": "A", "name": "standard"}, "accessPolicies": []},
    });
    let secret = json!({
        "type": "Microsoft.KeyVault/vaults/secrets", "apiVersion": "2023-07-01", "name": "kv-flow/one",
        "dependsOn": ["[resourceId('Microsoft.KeyVault/vaults', 'kv-flow')]"], "properties": {"value": "canary"},
    });
    let both = wanted(&of(json!([vault, secret])));
    site.stacked("flow", both.clone()).await;
    let (status, after) = site.stacked("flow", wanted(&of(json!([vault])))).await;
    assert_eq!(
        status["error"]["code"], "DeploymentStackDeleteResourcesFailed",
        "{status}"
    );
    assert_eq!(names(&after, "resources"), ["kv-flow", "one"]);
    let detaching = json!({"resources": "delete", "resourcesWithoutDeleteSupport": "detach"});
    let (status, after) = site
        .stacked(
            "flow",
            with(
                wanted(&of(json!([vault]))),
                "/properties/actionOnUnmanage",
                detaching,
            ),
        )
        .await;
    assert_eq!(status["status"], "succeeded", "{status}");
    assert_eq!(names(&after, "detachedResources"), ["one"]);
}
