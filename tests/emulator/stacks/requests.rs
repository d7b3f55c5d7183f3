//! What a stack's request must say, and what is answered when it does not.

use super::*;

#[tokio::test]
async fn validate_tells_what_would_be_made_and_makes_nothing() {
    let site = Site::with_group(settings()).await;
    let path = format!("{}/validate", stack("flow"));
    let accepted = site
        .stacks(Method::POST, &path, Some(wanted(&event_hubs())))
        .await;
    let location = accepted.headers()["location"].to_str().unwrap();
    assert!(
        location.contains("/locations/westeurope/deploymentStackOperationResults/"),
        "{location}"
    );
    let result: Value = site.located(accepted).await.json().await.unwrap();
    assert_eq!(
        result["properties"]["validatedResources"]
            .as_array()
            .unwrap()
            .len(),
        3,
        "{result}"
    );
    assert_eq!(result["properties"]["parameters"]["orders"]["type"], "int");
    assert_eq!(
        site.stacks(Method::GET, &stack("flow"), None).await.status(),
        StatusCode::NOT_FOUND
    );

    let broken = wanted(&of(json!([hub("ns-one", "[parameters('nobody')]")])));
    let (status, code) = code(site.stacks(Method::POST, &path, Some(broken)).await).await;
    assert_eq!((status, code.as_str()), (400, "InvalidTemplate"));
    let wide = with(
        wanted(&event_hubs()),
        "/properties/parameters",
        json!({"orders": {"value": 64}}),
    );
    let (status, code) = super::super::code(site.stacks(Method::POST, &path, Some(wide)).await).await;
    assert_eq!((status, code.as_str()), (400, "InvalidTemplateDeployment"));
}

#[tokio::test]
async fn a_preflight_that_refuses_ends_the_run_as_failed() {
    let site = Site::with_group(settings()).await;
    let wide = with(
        wanted(&event_hubs()),
        "/properties/parameters",
        json!({"orders": {"value": 64}}),
    );
    let (status, after) = site.stacked("flow", wide).await;
    assert_eq!(
        status["error"]["code"], "DeploymentStackDeploymentFailed",
        "{status}"
    );
    assert_eq!(status["error"]["details"][0]["code"], "InvalidTemplateDeployment");
    assert_eq!(after["properties"]["provisioningState"], "failed");
    assert!(after["properties"]["deploymentId"].is_null());
    let (status, _) = site.stacked("flow", wanted(&event_hubs())).await;
    assert_eq!(status["status"], "succeeded", "{status}");
}

#[tokio::test]
async fn a_request_that_lacks_something_is_refused_with_the_member() {
    let site = Site::with_group(settings()).await;
    let good = wanted(&of(json!([])));
    let guid = "00000000-0000-0000-0000-00000000000";
    let many: Vec<String> = (0..6).map(|number| format!("{guid}{number}")).collect();
    let actions: Vec<String> = (0..201).map(|number| format!("Acme/{number}")).collect();
    let bad = [
        (
            with(good.clone(), "/properties/actionOnUnmanage", Value::Null),
            "actionOnUnmanage",
        ),
        (
            with(
                good.clone(),
                "/properties/actionOnUnmanage/resources",
                json!("keep"),
            ),
            "actionOnUnmanage.resources",
        ),
        (
            with(good.clone(), "/properties/denySettings", Value::Null),
            "denySettings",
        ),
        (
            with(good.clone(), "/properties/denySettings/mode", json!("denyAll")),
            "denySettings.mode",
        ),
        (
            with(
                good.clone(),
                "/properties/denySettings/excludedPrincipals",
                json!(many),
            ),
            "limit of 5",
        ),
        (
            with(
                good.clone(),
                "/properties/denySettings/excludedActions",
                json!(actions),
            ),
            "limit of 200",
        ),
        (
            with(
                good.clone(),
                "/properties/denySettings",
                json!({"mode": "denyDelete", "excludedPrincipals": ["me"]}),
            ),
            "not a GUID",
        ),
        (
            with(good.clone(), "/properties/description", json!("x".repeat(4097))),
            "limit of 4096",
        ),
        (json!({}), "properties"),
    ];
    for (body, word) in bad {
        let answer = site.put_stack("flow", body.clone()).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{body}");
        let text = answer.text().await.unwrap();
        assert!(
            text.contains("InvalidRequestContent") && text.contains(word),
            "{word}: {text}"
        );
    }
    let (status, code) = code(site.put_stack(&"x".repeat(91), good.clone()).await).await;
    assert_eq!((status, code.as_str()), (400, "InvalidDeploymentStackName"));
    let url = site.url(&stack("flow"));
    let old = site.send(Method::PUT, &url, Some(good)).await.unwrap();
    assert_eq!(
        super::super::code(old).await,
        (400, "InvalidResourceType".to_owned())
    );
    let path = format!("{}?unmanageAction.Resources=keep", stack("flow"));
    let (status, _) = super::super::code(site.stacks(Method::DELETE, &path, None).await).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_stack_of_the_subscription_deploys_to_a_group() {
    let site = Site::with_group(settings()).await;
    let path = "/providers/Microsoft.Resources/deploymentStacks/wide";
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg");
    let mut body = with(
        wanted(&of(json!([namespace("ns-one")]))),
        "/properties/deploymentScope",
        json!(group),
    );
    let (status, code) = code(site.stacks(Method::PUT, path, Some(body.clone())).await).await;
    assert_eq!((status, code.as_str()), (400, "LocationRequired"));
    body["location"] = json!("North Europe");
    let accepted = site.stacks(Method::PUT, path, Some(body.clone())).await;
    let monitor = accepted.headers()["azure-asyncoperation"].to_str().unwrap();
    assert!(monitor.contains("/locations/northeurope/"), "{monitor}");
    assert_eq!(site.ended(accepted).await["status"], "succeeded");
    let made: Value = site.stacks(Method::GET, path, None).await.json().await.unwrap();
    assert_eq!(made["location"], "northeurope");
    assert_eq!(made["properties"]["deploymentScope"], group);
    assert_eq!(names(&made, "resources"), ["ns-one"]);
    assert!(
        made["properties"]["deploymentId"]
            .as_str()
            .unwrap()
            .starts_with(&group)
    );
    let listed: Value = site
        .stacks(
            Method::GET,
            "/providers/Microsoft.Resources/deploymentStacks",
            None,
        )
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(listed["value"][0]["id"], made["id"]);

    body["location"] = json!("westeurope");
    let (status, code) = super::super::code(site.stacks(Method::PUT, path, Some(body.clone())).await).await;
    assert_eq!((status, code.as_str()), (409, "InvalidDeploymentStackLocation"));
    body["location"] = json!("northeurope");
    body["properties"]["deploymentScope"] =
        json!(format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/nobody"));
    let (status, code) = super::super::code(site.stacks(Method::PUT, path, Some(body)).await).await;
    assert_eq!((status, code.as_str()), (404, "ResourceGroupNotFound"));
}
