//! What a stack forbids others, and allows itself.

use super::*;

const NAMESPACE: &str = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/ns-one";

fn denying(resources: Value, settings: Value) -> Value {
    with(wanted(&of(resources)), "/properties/denySettings", settings)
}

async fn refused(response: Response) -> bool {
    let text = response.text().await.unwrap();
    text.contains("DenyAssignmentAuthorizationFailed")
}

impl Site {
    async fn write(&self, id: &str) -> Response {
        let body = json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {}});
        self.call(Method::PUT, id, Some(body)).await
    }
}

#[tokio::test]
async fn nobody_but_the_stack_deletes_what_it_denies() {
    let site = Site::with_group(settings()).await;
    let (_, made) = site
        .stacked(
            "flow",
            denying(
                json!([namespace("ns-one"), hub("ns-one", "a")]),
                json!({"mode": "denyDelete"}),
            ),
        )
        .await;
    assert_eq!(made["properties"]["resources"][0]["denyStatus"], "denyDelete");
    let answer = site.call(Method::DELETE, NAMESPACE, None).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let error: Value = answer.json().await.unwrap();
    assert_eq!(error["error"]["code"], "DenyAssignmentAuthorizationFailed");
    let message = error["error"]["message"].as_str().unwrap();
    for part in [
        "Microsoft.EventHub/namespaces/delete",
        "created by Deployment Stack",
        "deploymentStacks/flow",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(refused(site.call(Method::DELETE, "/resourcegroups/rg", None).await).await);
    // Writes go on, and so does a child that is not managed.
    assert!(site.write(NAMESPACE).await.status().is_success());
    let child = format!("{NAMESPACE}/eventhubs/by-hand");
    site.call(
        Method::PUT,
        &child,
        Some(json!({"properties": {"partitionCount": 1}})),
    )
    .await;
    assert_eq!(
        site.call(Method::DELETE, &child, None).await.status(),
        StatusCode::OK
    );

    let (status, after) = site
        .stacked(
            "flow",
            denying(json!([namespace("ns-one")]), json!({"mode": "denyDelete"})),
        )
        .await;
    assert_eq!(status["status"], "succeeded", "{status}");
    assert_eq!(names(&after, "deletedResources"), ["a"]);
    site.stacked("flow", wanted(&of(json!([namespace("ns-one")]))))
        .await;
    assert_eq!(
        site.call(Method::DELETE, NAMESPACE, None).await.status(),
        StatusCode::ACCEPTED
    );
}

#[tokio::test]
async fn what_may_not_be_written_is_refused_to_other_deployments_too() {
    let site = Site::with_group(settings()).await;
    let settings = json!({"mode": "denyWriteAndDelete", "applyToChildScopes": true, "excludedActions": ["Microsoft.EventHub/namespaces/eventhubs/write"]});
    let body = denying(json!([namespace("ns-one")]), settings);
    site.stacked("flow", body.clone()).await;
    assert!(refused(site.write(NAMESPACE).await).await);
    let keys = format!("{NAMESPACE}/authorizationRules/RootManageSharedAccessKey/listKeys");
    assert!(refused(site.call(Method::POST, &keys, None).await).await);
    let rule = format!("{NAMESPACE}/authorizationRules/mine");
    assert!(refused(site.write(&rule).await).await);
    let hub = format!("{NAMESPACE}/eventhubs/allowed");
    assert!(
        site.call(
            Method::PUT,
            &hub,
            Some(json!({"properties": {"partitionCount": 1}}))
        )
        .await
        .status()
        .is_success()
    );
    assert_eq!(
        site.call(Method::GET, NAMESPACE, None).await.status(),
        StatusCode::OK
    );

    let other = site
        .deployed("other", &of(json!([namespace("ns-one")])), json!({}))
        .await;
    assert_eq!(other["properties"]["provisioningState"], "Failed");
    assert!(
        other.to_string().contains("DenyAssignmentAuthorizationFailed"),
        "{other}"
    );
    let (status, _) = site.stacked("flow", body).await;
    assert_eq!(status["status"], "succeeded", "{status}");
    let (status, _) = site
        .stacked("rival", wanted(&of(json!([namespace("ns-one")]))))
        .await;
    assert_eq!(status["status"], "failed", "{status}");
}

#[tokio::test]
async fn an_excluded_principal_is_not_denied() {
    let site = Site::with_group(settings()).await;
    let (_, made) = site
        .stacked(
            "flow",
            denying(json!([namespace("ns-one")]), json!({"mode": "denyDelete"})),
        )
        .await;
    let me = made["systemData"]["createdBy"].clone();
    let settings = json!({"mode": "denyDelete", "excludedPrincipals": [me]});
    site.stacked("flow", denying(json!([namespace("ns-one")]), settings))
        .await;
    assert_eq!(
        site.call(Method::DELETE, NAMESPACE, None).await.status(),
        StatusCode::ACCEPTED
    );
}

#[tokio::test]
async fn deny_assignments_are_listed_where_they_hold_and_cannot_be_written() {
    let site = Site::with_group(settings()).await;
    let settings = json!({"mode": "denyWriteAndDelete", "excludedActions": ["Acme/read"]});
    site.stacked(
        "flow",
        denying(json!([namespace("ns-one"), namespace("ns-two")]), settings),
    )
    .await;
    let list = "/providers/Microsoft.Authorization/denyAssignments";
    let all = site.get(&format!("/resourcegroups/rg{list}")).await;
    assert_eq!(all["value"].as_array().unwrap().len(), 2);
    assert_eq!(site.get(list).await, all);
    let here = site
        .get(&format!("/resourcegroups/rg{list}?$filter=atScope()"))
        .await;
    assert_eq!(here["value"], json!([]));
    let own = site.get(&format!("{NAMESPACE}{list}")).await;
    let one = &own["value"][0];
    let properties = &one["properties"];
    assert!(
        properties["scope"].as_str().unwrap().ends_with("/ns-one"),
        "{own}"
    );
    assert_eq!(properties["permissions"][0]["actions"], json!(["*"]));
    assert_eq!(
        properties["permissions"][0]["notActions"],
        json!(["Acme/read", "*/read", "Microsoft.Authorization/locks/delete"])
    );
    assert_eq!(
        (
            &properties["isSystemProtected"],
            &properties["doNotApplyToChildScopes"]
        ),
        (&json!(true), &json!(true))
    );
    let path = format!("{NAMESPACE}{list}/{}", one["name"].as_str().unwrap());
    assert_eq!(site.get(&path).await, *one);
    assert_eq!(site.write(&path).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    let permissions = site
        .get("/resourcegroups/rg/providers/Microsoft.Authorization/permissions")
        .await;
    assert_eq!(permissions["value"][0]["actions"], json!(["*"]));
    let nobody = site
        .call(
            Method::GET,
            "/resourcegroups/no/providers/Microsoft.Authorization/permissions",
            None,
        )
        .await;
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
}
