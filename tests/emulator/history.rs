//! What a group remembers of its deployments, what it goes back to, and what is handed on without being kept.

use super::*;

fn nothing() -> Value {
    template(json!([]), json!({}))
}

async fn count(site: &Site) -> usize {
    let mut path = site.url(deployment("").trim_end_matches('/'));
    let mut count = 0;
    loop {
        let page: Value = site
            .send(Method::GET, &path, None)
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        count += page["value"].as_array().unwrap().len();
        match page["nextLink"].as_str() {
            Some(next) => next.clone_into(&mut path),
            None => return count,
        }
    }
}

#[tokio::test]
async fn the_oldest_deployments_are_forgotten_unless_a_lock_keeps_them() {
    let mut wide = settings();
    wide.budget.writes = 5000;
    wide.budget.reads = 5000;
    wide.page = 800;
    let site = Site::with_group(wide).await;
    for number in 0..774 {
        site.deploy(&format!("d{number}"), &nothing(), json!({})).await;
    }
    // Time moves on, and with it all of them.
    site.deployed("last", &nothing(), json!({})).await;
    assert_eq!(count(&site).await, 775);
    site.deployed("next", &nothing(), json!({})).await;
    assert_eq!(count(&site).await, 750);
    let gone = site.call(Method::HEAD, &deployment("d0"), None).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND, "the oldest goes first");
    let lock = json!({"properties": {"level": "CanNotDelete"}});
    site.call(
        Method::PUT,
        "/resourcegroups/rg/providers/Microsoft.Authorization/locks/keep",
        Some(lock),
    )
    .await;
    for number in 0..50 {
        site.deployed(&format!("l{number}"), &nothing(), json!({})).await;
    }
    assert_eq!(count(&site).await, 800);
    let over = site.deploy("over", &nothing(), json!({})).await;
    assert_eq!(code(over).await, (409, "DeploymentQuotaExceeded".to_owned()));
    let again = site.deploy("l0", &nothing(), json!({})).await;
    assert_eq!(again.status(), StatusCode::OK, "an old name is no new deployment");
}

fn failing() -> Value {
    template(
        json!([{"type": "Microsoft.EventHub/namespaces/eventhubs", "apiVersion": "2024-01-01", "name": "none/hub", "properties": {"partitionCount": 1}}]),
        json!({}),
    )
}

#[tokio::test]
async fn a_failure_runs_the_last_good_deployment_again_when_it_was_asked_to() {
    let site = Site::with_group(settings()).await;
    let good = template(
        json!([]),
        json!({"parameters": {"p": {"type": "string"}}, "outputs": {"o": {"type": "string", "value": "[parameters('p')]"}}}),
    );
    let first = site
        .deployed("good", &good, json!({"p": {"value": "kept"}}))
        .await;
    let mut body = request(&failing(), json!({}));
    body["properties"]["validationLevel"] = json!("Template");
    body["properties"]["onErrorDeployment"] = json!({"type": "LastSuccessful"});
    let accepted = site
        .call(Method::PUT, &deployment("bad"), Some(body.clone()))
        .await;
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
    assert_eq!(site.followed(&monitor).await["status"], "Failed");
    let bad = site.get(&deployment("bad")).await;
    assert_eq!(
        bad["properties"]["onErrorDeployment"]["deploymentName"], "good",
        "{bad}"
    );
    let mut again = site.get(&deployment("good")).await;
    for _ in 0..5 {
        again = site.get(&deployment("good")).await;
    }
    assert_eq!(again["properties"]["provisioningState"], "Succeeded");
    assert_eq!(again["properties"]["outputs"], first["properties"]["outputs"]);
    assert_eq!(
        again["properties"]["correlationId"],
        bad["properties"]["correlationId"]
    );
    body["properties"]["onErrorDeployment"] =
        json!({"type": "SpecificDeployment", "deploymentName": "never"});
    let refused = site
        .call(Method::PUT, &deployment("bad"), Some(body.clone()))
        .await;
    assert_eq!(code(refused).await, (404, "DeploymentNotFound".to_owned()));
    body["properties"]["validationLevel"] = json!("Everything");
    let refused = site.call(Method::PUT, &deployment("bad"), Some(body)).await;
    assert_eq!(code(refused).await, (400, "InvalidRequestContent".to_owned()));
}

#[tokio::test]
async fn secure_outputs_and_vault_secrets_are_handed_on_and_never_shown() {
    let mut vaulted = settings();
    vaulted
        .vault
        .insert("kv/password".to_owned(), SecretString::from("hunter2!"));
    let folder = tempfile::tempdir().unwrap();
    let file = camino::Utf8PathBuf::from_path_buf(folder.path().join("arm.json")).unwrap();
    vaulted.state_file = Some(file.clone());
    let site = Site::with_group(vaulted).await;
    let module = json!({
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner",
        "properties": {
            "mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"},
            "parameters": {"s": {"reference": {"keyVault": {"id": "/subscriptions/x/resourceGroups/y/providers/Microsoft.KeyVault/vaults/kv"}, "secretName": "password"}}},
            "template": template(json!([]), json!({
                "parameters": {"s": {"type": "securestring"}},
                "outputs": {"secret": {"type": "securestring", "value": "[concat(parameters('s'), '?')]"}, "size": {"type": "int", "value": 8}},
            })),
        },
    });
    let account = json!({
        "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "[format('st{0}', length(listOutputsWithSecureValues('inner', '2022-09-01').secret))]",
        "location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2",
    });
    let refused = site
        .deploy(
            "early",
            &template(json!([module.clone(), account]), json!({})),
            json!({}),
        )
        .await;
    assert_eq!(code(refused).await.0, 400, "a name must be known before the run");
    let root = template(
        json!([module]),
        json!({"outputs": {"match": {"type": "bool", "value": "[equals(length(listOutputsWithSecureValues('inner', '2022-09-01').secret), 9)]"}}}),
    );
    let done = site.deployed("d", &root, json!({})).await;
    assert_eq!(done["properties"]["provisioningState"], "Succeeded", "{done}");
    let inner = site.get(&deployment("inner")).await;
    assert_eq!(
        inner["properties"]["outputs"]["secret"],
        json!({"type": "SecureString"})
    );
    let listed = site
        .call(
            Method::POST,
            &format!("{}/listOutputsWithSecureValues", deployment("inner")),
            None,
        )
        .await;
    assert_eq!(
        listed.json::<Value>().await.unwrap(),
        json!({"secret": "hunter2!?", "size": 8})
    );
    site.running.stop().await;
    assert!(!std::fs::read_to_string(&file).unwrap().contains("hunter2"));
}

#[tokio::test]
async fn a_deployment_script_succeeds_without_being_run() {
    let site = Site::with_group(settings()).await;
    let script = template(
        json!([{"type": "Microsoft.Resources/deploymentScripts", "apiVersion": "2023-08-01", "name": "s", "location": "westeurope", "kind": "AzureCLI",
                "properties": {"azCliVersion": "2.9.1", "scriptContent": "exit 1", "retentionInterval": "P1D"}}]),
        json!({"outputs": {"o": {"type": "object", "value": "[reference('s').outputs]"}}}),
    );
    let done = site.deployed("d", &script, json!({})).await;
    assert_eq!(done["properties"]["outputs"]["o"]["value"], json!({}), "{done}");
}

#[tokio::test]
async fn management_groups_and_the_tenant_are_deployed_to() {
    let site = Site::start(settings()).await;
    let url = |path: &str| format!("{}{path}?api-version={VERSION}", site.running.base_url());
    for (scope, schema) in [
        (
            "/providers/Microsoft.Management/managementGroups/mg",
            "managementGroup",
        ),
        ("", "tenant"),
    ] {
        let mut policies = template(
            json!([{"type": "Microsoft.Authorization/policyDefinitions", "apiVersion": "2023-04-01", "name": "p",
                    "properties": {"policyType": "Custom", "policyRule": {"if": {"field": "location", "equals": "eastasia"}, "then": {"effect": "audit"}}}}]),
            json!({}),
        );
        policies["$schema"] = json!(format!(
            "https://schema.management.azure.com/schemas/2019-08-01/{schema}DeploymentTemplate.json#"
        ));
        let mut body = request(&policies, json!({}));
        body["location"] = json!("westeurope");
        let path = format!("{scope}/providers/Microsoft.Resources/deployments/d");
        let accepted = site.send(Method::PUT, &url(&path), Some(body)).await.unwrap();
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
        assert_eq!(site.followed(&monitor).await, json!({"status": "Succeeded"}));
        let policy = format!("{scope}/providers/Microsoft.Authorization/policyDefinitions/p");
        let made = site.send(Method::GET, &url(&policy), None).await.unwrap();
        assert_eq!(made.json::<Value>().await.unwrap()["id"], policy);
    }
}
