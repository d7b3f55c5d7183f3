//! What a stack would change, told before it does.

use super::*;

fn result(name: &str) -> String {
    format!("/resourcegroups/rg/providers/Microsoft.Resources/deploymentStacksWhatIfResults/{name}")
}

fn preview(body: Value) -> Value {
    let id = format!("/subscriptions/{SUBSCRIPTION}{}", stack("flow"));
    let body = with(body, "/properties/deploymentStackResourceId", json!(id));
    with(body, "/properties/retentionInterval", json!("P1D"))
}

/// The kind of change of each resource, by its last name.
fn kinds(result: &Value) -> BTreeMap<String, String> {
    let all = result["properties"]["changes"]["resourceChanges"].as_array();
    let all = all.unwrap_or_else(|| panic!("{result}"));
    all.iter()
        .map(|change| {
            let name = change["id"].as_str().unwrap().rsplit('/').next().unwrap();
            (name.to_owned(), change["changeType"].as_str().unwrap().to_owned())
        })
        .collect()
}

impl Site {
    /// Makes a preview and gives it with what changes inside each resource.
    async fn previewed(&self, body: Value) -> Value {
        let accepted = self
            .stacks(Method::PUT, &result("preview"), Some(preview(body)))
            .await;
        assert_eq!(self.ended(accepted).await["status"], "succeeded");
        let accepted = self
            .stacks(Method::POST, &format!("{}/whatIf", result("preview")), None)
            .await;
        self.located(accepted).await.json().await.unwrap()
    }
}

fn change<'r>(result: &'r Value, name: &str) -> &'r Value {
    let all = result["properties"]["changes"]["resourceChanges"]
        .as_array()
        .unwrap();
    let ends = |change: &&Value| change["id"].as_str().unwrap().ends_with(&format!("/{name}"));
    all.iter().find(ends).unwrap()
}

#[tokio::test]
async fn before_the_first_run_everything_is_new() {
    let site = Site::with_group(settings()).await;
    let body = with(
        wanted(&event_hubs()),
        "/properties/denySettings",
        json!({"mode": "denyDelete", "excludedActions": ["a"]}),
    );
    let accepted = site
        .stacks(Method::PUT, &result("preview"), Some(preview(body.clone())))
        .await;
    assert_eq!(accepted.status(), StatusCode::CREATED);
    let again = site
        .stacks(Method::PUT, &result("preview"), Some(preview(body.clone())))
        .await;
    assert_eq!(
        code(again).await,
        (409, "DeploymentStackInNonTerminalState".to_owned())
    );
    site.ended(accepted).await;
    let read: Value = site
        .stacks(Method::GET, &result("preview"), None)
        .await
        .json()
        .await
        .unwrap();
    let properties = &read["properties"];
    assert_eq!(properties["provisioningState"], "succeeded");
    assert_eq!(
        properties["deploymentStackLastModified"],
        "0001-01-01T00:00:00+00:00"
    );
    assert_eq!(kinds(&read).into_values().collect::<Vec<_>>(), ["create"; 3]);
    assert!(change(&read, "orders")["resourceConfigurationChanges"].is_null());
    let denied = &properties["changes"]["denySettingsChange"];
    assert!(denied["before"].is_null());
    assert_eq!(
        denied["delta"][0],
        json!({"path": "Mode", "changeType": "create", "after": "DenyDelete"})
    );
    assert_eq!(
        denied["delta"][2]["children"][0],
        json!({"path": "0", "changeType": "create", "after": "a"})
    );
    let whole = site.previewed(body).await;
    let orders = change(&whole, "orders");
    assert_eq!(orders["changeCertainty"], "definite");
    assert_eq!(
        orders["managementStatusChange"],
        json!({"before": "unmanaged", "after": "managed"})
    );
    assert_eq!(
        orders["denyStatusChange"],
        json!({"before": "none", "after": "denyDelete"})
    );
    assert_eq!(
        orders["resourceConfigurationChanges"]["after"]["properties"]["partitionCount"],
        4
    );
    assert_eq!(
        site.stacks(Method::GET, &stack("flow"), None).await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_change_says_what_is_modified_deleted_and_detached() {
    let site = Site::with_group(settings()).await;
    let wide = |partitions: i64| {
        let mut hub = hub("ns-one", "a");
        hub["properties"]["partitionCount"] = json!(partitions);
        hub
    };
    site.stacked(
        "flow",
        wanted(&of(json!([namespace("ns-one"), wide(2), hub("ns-one", "b")]))),
    )
    .await;
    site.call(
        Method::PUT,
        "/resourcegroups/rg/providers/Microsoft.Network/publicIPAddresses/foreign",
        Some(json!({"location": "westeurope", "properties": {}})),
    )
    .await;
    let next = wanted(&of(json!([namespace("ns-one"), wide(4)])));
    let told = site.previewed(next.clone()).await;
    let expected = [("a", "modify"), ("b", "delete"), ("ns-one", "noChange")];
    let expected = expected.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    assert_eq!(kinds(&told), BTreeMap::from(expected));
    assert_eq!(
        change(&told, "a")["resourceConfigurationChanges"]["delta"],
        json!([{"path": "properties.partitionCount", "changeType": "modify", "before": 2, "after": 4}])
    );
    assert_eq!(
        change(&told, "b")["managementStatusChange"],
        json!({"before": "managed", "after": "unmanaged"})
    );
    let changed = site.stack("flow").await["systemData"]["lastModifiedAt"].clone();
    assert_eq!(told["properties"]["deploymentStackLastModified"], changed);
    let detaching = with(
        next,
        "/properties/actionOnUnmanage",
        json!({"resources": "detach"}),
    );
    assert_eq!(kinds(&site.previewed(detaching).await)["b"], "detach");
}

#[tokio::test]
async fn what_a_provider_always_makes_different_is_no_change_after_the_first_run() {
    let site = Site::with_group(settings()).await;
    let account = json!({
        "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "flowaccount",
        "location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2",
        "properties": {"statusOfPrimary": "unavailable", "minimumTlsVersion": "TLS1_2"},
    });
    let body = wanted(&of(json!([account])));
    site.stacked("flow", body.clone()).await;
    let plain = site.what_if(&of(json!([account])), json!({})).await;
    assert_eq!(plain[0]["changeType"], "Modify", "{plain:?}");
    assert_eq!(
        kinds(&site.previewed(body.clone()).await)["flowaccount"],
        "noChange"
    );
    let mut other = account.clone();
    other["properties"]["minimumTlsVersion"] = json!("TLS1_3");
    let told = site.previewed(wanted(&of(json!([other])))).await;
    let delta = &change(&told, "flowaccount")["resourceConfigurationChanges"]["delta"];
    assert_eq!(delta.as_array().unwrap().len(), 1, "{delta}");
    assert_eq!(delta[0]["path"], "properties.minimumTlsVersion");
}

#[tokio::test]
async fn a_result_is_listed_until_it_is_deleted_or_its_time_is_over() {
    let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut settings = settings();
    let clock = Clock::virtual_from(start);
    settings.clock = clock.clone();
    let site = Site::with_group(settings).await;
    let body = wanted(&of(json!([namespace("ns-one")])));
    site.previewed(body.clone()).await;
    let list = result("").trim_end_matches('/').to_owned();
    let count = |list: Value| list["value"].as_array().unwrap().len();
    assert_eq!(
        count(site.stacks(Method::GET, &list, None).await.json().await.unwrap()),
        1
    );
    assert_eq!(
        site.stacks(Method::DELETE, &result("preview"), None)
            .await
            .status(),
        StatusCode::OK
    );
    assert_eq!(
        site.stacks(Method::DELETE, &result("preview"), None)
            .await
            .status(),
        StatusCode::NO_CONTENT
    );
    site.previewed(body.clone()).await;
    clock.jump(start + jiff::SignedDuration::from_hours(23));
    assert_eq!(
        site.stacks(Method::GET, &result("preview"), None).await.status(),
        StatusCode::OK
    );
    clock.jump(start + jiff::SignedDuration::from_hours(25));
    assert_eq!(
        site.stacks(Method::GET, &result("preview"), None).await.status(),
        StatusCode::NOT_FOUND
    );

    for (pointer, value) in [
        ("/properties/retentionInterval", json!("P31D")),
        ("/properties/retentionInterval", json!("a day")),
        ("/properties/deploymentStackResourceId", json!("/subscriptions/x")),
    ] {
        let bad = with(preview(body.clone()), pointer, value);
        let answer = site.stacks(Method::PUT, &result("preview"), Some(bad)).await;
        assert_eq!(code(answer).await, (400, "InvalidRequestContent".to_owned()));
    }
}
