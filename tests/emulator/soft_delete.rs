//! What is deleted and still has its name.

use super::*;

const VAULT: &str = "/resourcegroups/rg/providers/Microsoft.KeyVault/vaults/kv-flow";
const DELETED: &str = "/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-flow";

fn vault() -> Value {
    json!({"location": "westeurope", "tags": {"team": "flow"}, "properties": {
        "tenantId": "11111111-1111-1111-1111-111111111111",
        "sku": {"family": "A", "name": "standard"}, "accessPolicies": [],
    }})
}

impl Site {
    async fn remove(&self, id: &str) {
        let accepted = self.call(Method::DELETE, id, None).await;
        self.located(accepted).await;
    }

    async fn write_vault(&self, body: Value) -> Response {
        self.call(Method::PUT, VAULT, Some(body)).await
    }
}

#[tokio::test]
async fn a_deleted_vault_keeps_its_name_until_it_is_purged() {
    let site = Site::with_group(settings()).await;
    site.write_vault(vault()).await;
    assert_eq!(
        site.call(Method::GET, DELETED, None).await.status(),
        StatusCode::NOT_FOUND
    );
    site.remove(VAULT).await;
    let deleted = site.get(DELETED).await;
    assert!(
        deleted["properties"]["vaultId"]
            .as_str()
            .unwrap()
            .ends_with("/vaults/kv-flow"),
        "{deleted}"
    );
    assert_eq!(deleted["properties"]["tags"], json!({"team": "flow"}));
    assert!(
        deleted["properties"]["deletionDate"].as_str() < deleted["properties"]["scheduledPurgeDate"].as_str()
    );
    assert_eq!(
        site.get("/providers/Microsoft.KeyVault/deletedVaults").await["value"],
        json!([deleted])
    );

    assert_eq!(
        code(site.write_vault(vault()).await).await,
        (409, "ConflictError".to_owned())
    );
    let mut resource = vault();
    let more = json!({"type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv-flow"});
    resource
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let text = site
        .deploy("d", &template(json!([resource]), json!({})), json!({}))
        .await
        .text()
        .await
        .unwrap();
    assert!(text.contains("ConflictError"), "{text}");
    let question = json!({"name": "kv-flow", "type": "Microsoft.KeyVault/vaults"});
    let check = "/providers/Microsoft.KeyVault/checkNameAvailability";
    let free: Value = site
        .call(Method::POST, check, Some(question.clone()))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&free["nameAvailable"], &free["reason"]),
        (&json!(false), &json!("AlreadyExists"))
    );

    let accepted = site.call(Method::POST, &format!("{DELETED}/purge"), None).await;
    site.located(accepted).await;
    assert_eq!(
        site.call(Method::GET, DELETED, None).await.status(),
        StatusCode::NOT_FOUND
    );
    let free: Value = site
        .call(Method::POST, check, Some(question))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(free["nameAvailable"], true);
    assert_eq!(site.write_vault(vault()).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_recovered_vault_has_its_secrets_again() {
    let site = Site::with_group(settings()).await;
    let recovery = json!({"location": "westeurope", "properties": {"createMode": "recover"}});
    assert_eq!(
        code(site.write_vault(recovery.clone()).await).await,
        (404, "VaultNotFound".to_owned())
    );
    site.write_vault(vault()).await;
    let secret = format!("{VAULT}/secrets/one");
    site.call(
        Method::PUT,
        &secret,
        Some(json!({"properties": {"value": "canary"}})),
    )
    .await;
    let accepted = site.call(Method::DELETE, "/resourcegroups/rg", None).await;
    site.located(accepted).await;
    site.call(
        Method::PUT,
        "/resourcegroups/rg",
        Some(json!({"location": "westeurope"})),
    )
    .await;
    assert_eq!(
        site.call(Method::GET, &secret, None).await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(site.write_vault(recovery).await.status(), StatusCode::OK);
    assert_eq!(site.get(VAULT).await["tags"], json!({"team": "flow"}));
    assert_eq!(
        site.call(Method::GET, &secret, None).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        site.call(Method::GET, DELETED, None).await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_protected_vault_goes_only_when_its_time_is_over() {
    let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let clock = Clock::virtual_from(start);
    let mut settings = settings();
    settings.clock = clock.clone();
    let site = Site::with_group(settings).await;
    let mut body = vault();
    body["properties"]["enablePurgeProtection"] = json!(true);
    body["properties"]["softDeleteRetentionInDays"] = json!(7);
    site.write_vault(body).await;
    site.remove(VAULT).await;
    assert_eq!(
        site.get(DELETED).await["properties"]["purgeProtectionEnabled"],
        true
    );
    let answer = site.call(Method::POST, &format!("{DELETED}/purge"), None).await;
    assert_eq!(code(answer).await, (400, "MethodNotAllowed".to_owned()));
    clock.jump(start + jiff::SignedDuration::from_hours(24 * 7 + 1));
    assert_eq!(
        site.call(Method::GET, DELETED, None).await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(site.write_vault(vault()).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_deleted_workspace_is_listed_and_comes_back_with_its_tables() {
    let site = Site::with_group(settings()).await;
    let workspace = "/resourcegroups/rg/providers/Microsoft.OperationalInsights/workspaces/log";
    let body = json!({"location": "westeurope", "properties": {}});
    site.call(Method::PUT, workspace, Some(body.clone())).await;
    let table = format!("{workspace}/tables/kept");
    site.call(Method::PUT, &table, Some(json!({"properties": {}})))
        .await;
    let customer = site.get(workspace).await["properties"]["customerId"].clone();
    site.remove(workspace).await;
    for scope in ["", "/resourcegroups/rg"] {
        let list = site
            .get(&format!(
                "{scope}/providers/Microsoft.OperationalInsights/deletedWorkspaces"
            ))
            .await;
        assert_eq!(list["value"][0]["name"], "log", "{list}");
    }
    assert_eq!(
        site.call(Method::GET, workspace, None).await.status(),
        StatusCode::NOT_FOUND
    );
    assert!(
        site.call(Method::PUT, workspace, Some(body))
            .await
            .status()
            .is_success()
    );
    assert_eq!(site.get(workspace).await["properties"]["customerId"], customer);
    assert_eq!(
        site.call(Method::GET, &table, None).await.status(),
        StatusCode::OK
    );
    let list = site
        .get("/providers/Microsoft.OperationalInsights/deletedWorkspaces")
        .await;
    assert_eq!(list["value"], json!([]));
}
