//! Stacks that deploy to the subscription: the groups that they make, and what becomes of them.

use super::*;

const WIDE: &str = "/providers/Microsoft.Resources/deploymentStacks/wide";

/// A template for the subscription: each group with a namespace inside it.
fn groups(names: &[&str]) -> Value {
    let mut resources = Vec::new();
    for name in names {
        let id = format!("[subscriptionResourceId('Microsoft.Resources/resourceGroups', '{name}')]");
        resources.push(json!({
            "type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": name,
            "location": "westeurope",
        }));
        resources.push(json!({
            "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": format!("in-{name}"),
            "resourceGroup": name, "dependsOn": [id],
            "properties": {"mode": "Incremental", "template": of(json!([namespace(&format!("ns-{name}"))]))},
        }));
    }
    let outputs = json!({"outputs": {"place": {"type": "string", "value": "[concat(deployment().location, subscription().subscriptionId)]"}}});
    let mut template = template(json!(resources), outputs);
    template["$schema"] =
        json!("https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#");
    template
}

fn located(template: &Value) -> Value {
    let mut body = wanted(template);
    body["location"] = json!("North Europe");
    body
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

impl Site {
    /// Puts the stack of the subscription, follows it to its end, and gives it.
    async fn wide(&self, body: Value) -> Value {
        let accepted = self.stacks(Method::PUT, WIDE, Some(body)).await;
        self.ended(accepted).await;
        self.stacks(Method::GET, WIDE, None).await.json().await.unwrap()
    }

    async fn has_group(&self, name: &str) -> bool {
        let path = format!("/resourcegroups/{name}");
        self.call(Method::HEAD, &path, None).await.status() == StatusCode::NO_CONTENT
    }

    async fn has_namespace(&self, group: &str) -> bool {
        let path = format!("/resourcegroups/{group}/providers/Microsoft.EventHub/namespaces/ns-{group}");
        self.call(Method::GET, &path, None).await.status() == StatusCode::OK
    }
}

#[tokio::test]
async fn a_stack_of_the_subscription_makes_groups_and_manages_them() {
    let site = Site::start(settings()).await;
    let made = site.wide(located(&groups(&["rg-a", "rg-b"]))).await;
    assert_eq!(made["properties"]["provisioningState"], "succeeded", "{made}");
    assert_eq!(
        sorted(names(&made, "resources")),
        ["ns-rg-a", "ns-rg-b", "rg-a", "rg-b"]
    );
    let id = made["properties"]["deploymentId"].as_str().unwrap();
    let own = format!("/subscriptions/{SUBSCRIPTION}");
    assert!(
        id.starts_with(&format!("{own}/providers/Microsoft.Resources/deployments/wide-")),
        "{id}"
    );
    let ran = site.get(id.strip_prefix(&own).unwrap()).await;
    assert_eq!(ran["location"], "northeurope");
    assert_eq!(
        made["properties"]["outputs"]["place"]["value"],
        format!("northeurope{SUBSCRIPTION}")
    );
    let mut body = located(&groups(&["rg-a"]));
    body["properties"]["deploymentScope"] = json!(own.to_uppercase());
    let again = site.wide(body).await;
    assert_eq!(again["properties"]["provisioningState"], "succeeded", "{again}");
}

#[tokio::test]
async fn a_group_that_is_named_no_more_is_let_go_or_deleted() {
    let site = Site::start(settings()).await;
    site.wide(located(&groups(&["rg-a", "rg-b", "rg-c"]))).await;
    let kept = site.wide(located(&groups(&["rg-a", "rg-b"]))).await;
    assert_eq!(names(&kept, "detachedResources"), ["rg-c"]);
    assert_eq!(names(&kept, "deletedResources"), ["ns-rg-c"]);
    assert!(site.has_group("rg-c").await && !site.has_namespace("rg-c").await);

    let body = with(
        located(&groups(&["rg-a"])),
        "/properties/actionOnUnmanage",
        json!({"resources": "detach", "resourceGroups": "delete"}),
    );
    let changed = site.wide(body).await;
    assert_eq!(names(&changed, "deletedResources"), ["rg-b"]);
    assert_eq!(names(&changed, "detachedResources"), ["ns-rg-b"]);
    assert!(!site.has_group("rg-b").await, "what was let go went along");

    let path = format!("{WIDE}?unmanageAction.Resources=delete&unmanageAction.ResourceGroups=delete");
    let accepted = site.stacks(Method::DELETE, &path, None).await;
    assert_eq!(site.ended(accepted).await["status"], "succeeded");
    assert!(!site.has_group("rg-a").await && site.has_group("rg-c").await);
}

#[tokio::test]
async fn a_locked_group_stays_managed_until_it_can_go() {
    let site = Site::start(settings()).await;
    site.wide(located(&groups(&["rg-a", "rg-b"]))).await;
    let lock = "/resourcegroups/rg-b/providers/Microsoft.Authorization/locks/keep";
    let level = json!({"properties": {"level": "CanNotDelete"}});
    site.call(Method::PUT, lock, Some(level)).await;
    let body = with(
        located(&groups(&["rg-a"])),
        "/properties/actionOnUnmanage",
        json!({"resources": "detach", "resourceGroups": "delete"}),
    );
    let failed = site.wide(body.clone()).await;
    assert_eq!(failed["properties"]["provisioningState"], "failed");
    let cause = &failed["properties"]["failedResources"][0];
    assert_eq!(cause["error"]["code"], "ScopeLocked", "{failed}");
    let group = failed["properties"]["resources"].as_array().unwrap();
    let group = group
        .iter()
        .find(|one| one["id"].as_str().unwrap().ends_with("/rg-b"));
    assert_eq!(group.unwrap()["status"], "deleteFailed");
    assert!(site.has_namespace("rg-b").await);
    site.call(Method::DELETE, lock, None).await;
    let gone = site.wide(body).await;
    assert_eq!(names(&gone, "deletedResources"), ["rg-b"], "{gone}");
    assert!(!site.has_group("rg-b").await);
}

#[tokio::test]
async fn a_denied_group_is_deleted_by_its_stack_alone() {
    let site = Site::start(settings()).await;
    let denying = |names: &[&str]| {
        let body = with(
            located(&groups(names)),
            "/properties/denySettings",
            json!({"mode": "denyDelete"}),
        );
        with(
            body,
            "/properties/actionOnUnmanage",
            json!({"resources": "delete", "resourceGroups": "delete"}),
        )
    };
    site.wide(denying(&["rg-a", "rg-b"])).await;
    let group = "/resourcegroups/rg-b";
    let refused = site.call(Method::DELETE, group, None).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let error: Value = refused.json().await.unwrap();
    let message = error["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("'Microsoft.Resources/subscriptions/resourceGroups/delete'"),
        "{message}"
    );
    let gone = site.wide(denying(&["rg-a"])).await;
    assert_eq!(
        sorted(names(&gone, "deletedResources")),
        ["ns-rg-b", "rg-b"],
        "{gone}"
    );
    assert!(!site.has_group("rg-b").await);
}

#[tokio::test]
async fn a_preview_tells_which_groups_come_and_go() {
    let site = Site::start(settings()).await;
    site.wide(located(&groups(&["rg-a", "rg-b"]))).await;
    let body = with(
        located(&groups(&["rg-a", "rg-c"])),
        "/properties/actionOnUnmanage",
        json!({"resources": "delete", "resourceGroups": "delete"}),
    );
    let id = json!(format!("/subscriptions/{SUBSCRIPTION}{WIDE}"));
    let body = with(body, "/properties/deploymentStackResourceId", id);
    let body = with(body, "/properties/retentionInterval", json!("P1D"));
    let path = "/providers/Microsoft.Resources/deploymentStacksWhatIfResults/preview";
    let accepted = site.stacks(Method::PUT, path, Some(body)).await;
    assert_eq!(site.ended(accepted).await["status"], "succeeded");
    let accepted = site.stacks(Method::POST, &format!("{path}/whatIf"), None).await;
    let told: Value = site.located(accepted).await.json().await.unwrap();
    let changes = told["properties"]["changes"]["resourceChanges"]
        .as_array()
        .unwrap();
    for (name, kind) in [("rg-a", "noChange"), ("rg-b", "delete"), ("rg-c", "create")] {
        let ends = |change: &&Value| change["id"].as_str().unwrap().ends_with(&format!("/{name}"));
        let change = changes.iter().find(ends).unwrap();
        assert_eq!(change["changeType"], kind, "{change}");
        assert_eq!(change["type"], "Microsoft.Resources/resourceGroups");
        let before = &change["resourceConfigurationChanges"]["before"];
        assert_eq!(before["name"].is_string(), kind != "create", "{change}");
    }
}
