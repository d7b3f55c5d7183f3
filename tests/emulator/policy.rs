//! Policies: what they deny is not written, and whoever asks is told before.

use super::*;

const LOCATIONS: &str =
    "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c";
const TYPES: &str =
    "/providers/Microsoft.Authorization/policyDefinitions/6c112d4e-5bc7-47ae-a041-ea2d9dccd749";
const ASSIGNMENTS: &str = "/providers/Microsoft.Authorization/policyAssignments";
const CHECK: &str = "/providers/Microsoft.PolicyInsights/checkPolicyRestrictions";

impl Site {
    async fn assign(&self, scope: &str, name: &str, definition: &str, parameters: Value) -> Response {
        let body = json!({"properties": {"policyDefinitionId": definition, "parameters": parameters}});
        self.call(Method::PUT, &format!("{scope}{ASSIGNMENTS}/{name}"), Some(body))
            .await
    }

    async fn define(&self, name: &str, rule: Value) -> Response {
        let path = format!("/providers/Microsoft.Authorization/policyDefinitions/{name}");
        let body = json!({"properties": {"mode": "All", "policyRule": rule, "parameters": {"tiers": {"type": "Array", "defaultValue": ["Basic"]}}}});
        self.call(Method::PUT, &path, Some(body)).await
    }

    async fn namespace(&self, name: &str, location: &str, tier: &str) -> Response {
        let path = format!("/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/{name}");
        let body = json!({"location": location, "sku": {"name": tier, "tier": tier}, "tags": {"team": "flow"}, "properties": {"zoneRedundant": true}});
        self.call(Method::PUT, &path, Some(body)).await
    }
}

fn custom(name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/policyDefinitions/{name}")
}

#[tokio::test]
async fn a_location_that_is_not_allowed_is_refused_with_the_policy() {
    let site = Site::with_group(settings()).await;
    let allowed = json!({"listOfAllowedLocations": {"value": ["North Europe"]}});
    let made = site
        .assign("/resourcegroups/rg", "places", LOCATIONS, allowed)
        .await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let answer = site.namespace("ns-one", "westeurope", "Standard").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let error: Value = answer.json().await.unwrap();
    let error = &error["error"];
    assert_eq!(error["code"], "RequestDisallowedByPolicy");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("was disallowed by policy"),
        "{error}"
    );
    let violation = &error["additionalInfo"][0];
    assert_eq!(violation["type"], "PolicyViolation");
    let info = &violation["info"];
    assert!(
        info["policyAssignmentId"]
            .as_str()
            .unwrap()
            .ends_with("/policyAssignments/places"),
        "{info}"
    );
    assert_eq!(info["policyDefinitionDisplayName"], "Allowed locations");
    let told = &info["evaluationDetails"]["evaluatedExpressions"][0];
    assert_eq!(
        (&told["expressionValue"], &told["operator"]),
        (&json!("westeurope"), &json!("NotIn"))
    );
    assert!(
        site.namespace("ns-one", "northeurope", "Standard")
            .await
            .status()
            .is_success()
    );

    let refused = site.deploy("d", &event_hubs(), json!({})).await;
    let text = refused.text().await.unwrap();
    assert!(
        text.contains("InvalidTemplateDeployment") && text.contains("RequestDisallowedByPolicy"),
        "{text}"
    );
    site.call(
        Method::DELETE,
        &format!("/resourcegroups/rg{ASSIGNMENTS}/places"),
        None,
    )
    .await;
    assert!(
        site.deploy("d", &event_hubs(), json!({}))
            .await
            .status()
            .is_success()
    );
}

#[tokio::test]
async fn a_type_may_be_forbidden_in_the_whole_subscription_but_for_a_group() {
    let site = Site::with_group(settings()).await;
    let forbidden = json!({"listOfResourceTypesNotAllowed": {"value": ["microsoft.eventhub/namespaces"]}});
    let answer = site.assign("", "kinds", TYPES, json!({})).await;
    assert_eq!(code(answer).await, (400, "MissingPolicyParameter".to_owned()));
    site.assign("", "kinds", TYPES, forbidden.clone()).await;
    assert_eq!(
        site.namespace("ns-one", "westeurope", "Standard").await.status(),
        StatusCode::FORBIDDEN
    );
    let audited = json!({"listOfResourceTypesNotAllowed": forbidden["listOfResourceTypesNotAllowed"], "effect": {"value": "Audit"}});
    site.assign("", "kinds", TYPES, audited).await;
    assert!(
        site.namespace("ns-one", "westeurope", "Standard")
            .await
            .status()
            .is_success()
    );
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg");
    let body =
        json!({"properties": {"policyDefinitionId": TYPES, "parameters": forbidden, "notScopes": [group]}});
    site.call(Method::PUT, &format!("{ASSIGNMENTS}/kinds"), Some(body.clone()))
        .await;
    assert!(
        site.namespace("ns-two", "westeurope", "Standard")
            .await
            .status()
            .is_success()
    );
    let mut off = body;
    off["properties"]["notScopes"] = json!([]);
    off["properties"]["enforcementMode"] = json!("DoNotEnforce");
    site.call(Method::PUT, &format!("{ASSIGNMENTS}/kinds"), Some(off))
        .await;
    assert!(
        site.namespace("ns-three", "westeurope", "Standard")
            .await
            .status()
            .is_success()
    );
}

#[tokio::test]
async fn a_rule_of_ones_own_is_evaluated_as_it_is_written() {
    let site = Site::with_group(settings()).await;
    let kind = json!({"field": "type", "equals": "Microsoft.EventHub/namespaces"});
    let alias = |name: &str| format!("Microsoft.EventHub/namespaces/{name}");
    // Name, condition, and whether it is met by the namespace that is written.
    let rules = [
        (
            "in",
            json!({"field": alias("sku.name"), "in": "[parameters('tiers')]"}),
            false,
        ),
        (
            "notin",
            json!({"field": alias("sku.name"), "notIn": "[parameters('tiers')]"}),
            true,
        ),
        ("like", json!({"field": "name", "like": "ns-*"}), true),
        ("unlike", json!({"field": "name", "notLike": "kafka-*"}), true),
        ("contains", json!({"field": "name", "contains": "zzz"}), false),
        ("tag", json!({"field": "tags['TEAM']", "equals": "Flow"}), true),
        ("notag", json!({"field": "tags.owner", "exists": "false"}), true),
        (
            "exists",
            json!({"field": alias("minimumTlsVersion"), "exists": true}),
            false,
        ),
        (
            "alias",
            json!({"field": alias("zoneRedundant"), "equals": "true"}),
            true,
        ),
        (
            "not",
            json!({"not": {"field": "location", "equals": "West Europe"}}),
            false,
        ),
        (
            "any",
            json!({"anyOf": [{"field": "name", "equals": "x"}, {"field": "name", "notEquals": "x"}]}),
            true,
        ),
    ];
    for (name, condition, met) in rules {
        let rule = json!({"if": {"allOf": [kind, condition]}, "then": {"effect": "deny"}});
        assert_eq!(
            site.define(name, rule).await.status(),
            StatusCode::CREATED,
            "{name}"
        );
        site.assign("/resourcegroups/rg", name, &custom(name), json!({}))
            .await;
        let status = site
            .namespace(&format!("ns-{name}"), "westeurope", "Standard")
            .await
            .status();
        assert_eq!(status == StatusCode::FORBIDDEN, met, "{name}: {status}");
        site.call(
            Method::DELETE,
            &format!("/resourcegroups/rg{ASSIGNMENTS}/{name}"),
            None,
        )
        .await;
    }
    for rule in [
        json!({"then": {"effect": "deny"}}),
        json!({"if": kind}),
        json!({"if": {"field": "name", "match": "##"}, "then": {"effect": "deny"}}),
        json!({"if": {"field": "name", "equals": "[concat('a', 'b')]"}, "then": {"effect": "deny"}}),
        json!({"if": {"count": {"field": "x[*]"}, "greater": 1}, "then": {"effect": "deny"}}),
    ] {
        let answer = site.define("bad", rule.clone()).await;
        assert_eq!(
            code(answer).await,
            (400, "InvalidPolicyRule".to_owned()),
            "{rule}"
        );
    }
    let answer = site
        .assign("/resourcegroups/rg", "none", &custom("nobody"), json!({}))
        .await;
    assert_eq!(code(answer).await, (404, "PolicyDefinitionNotFound".to_owned()));
}

#[tokio::test]
async fn restrictions_are_told_to_whoever_asks_before() {
    let site = Site::with_group(settings()).await;
    site.assign(
        "",
        "places",
        LOCATIONS,
        json!({"listOfAllowedLocations": {"value": ["northeurope", "westeurope"]}}),
    )
    .await;
    let rule = json!({"if": {"field": "tags.team", "equals": "none"}, "then": {"effect": "audit"}});
    site.define("teams", rule).await;
    site.assign("/resourcegroups/rg", "teams", &custom("teams"), json!({}))
        .await;
    let ask = async |scope: &str, more: Value| {
        let mut body = json!({"resourceDetails": {"resourceContent": {
            "type": "Microsoft.EventHub/namespaces", "location": "eastus", "tags": {"team": "none"},
        }}});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = site
            .call(Method::POST, &format!("{scope}{CHECK}"), Some(body))
            .await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json::<Value>().await.unwrap()
    };
    let told = ask("/resourcegroups/rg", json!({})).await;
    let evaluations = told["contentEvaluationResult"]["policyEvaluations"]
        .as_array()
        .unwrap();
    assert_eq!(evaluations.len(), 1, "{told}");
    assert_eq!(evaluations[0]["evaluationResult"], "NonCompliant");
    assert_eq!(evaluations[0]["policyInfo"]["policyDefinitionId"], LOCATIONS);
    assert_eq!(evaluations[0]["effectDetails"]["policyEffect"], "Deny");
    assert_eq!(told["fieldRestrictions"], json!([]));
    let audited = ask("/resourcegroups/rg", json!({"includeAuditEffect": true})).await;
    assert_eq!(
        audited["contentEvaluationResult"]["policyEvaluations"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        ask("", json!({"includeAuditEffect": true})).await["contentEvaluationResult"]["policyEvaluations"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "the other holds in the group alone"
    );
    let pending = json!({
        "resourceDetails": {"resourceContent": {"type": "Microsoft.EventHub/namespaces"}},
        "pendingFields": [{"field": "location", "values": ["eastus", "westeurope"]}, {"field": "name"}],
    });
    let told = ask("/resourcegroups/rg", pending).await;
    assert_eq!(told["contentEvaluationResult"]["policyEvaluations"], json!([]));
    let restriction = &told["fieldRestrictions"][0];
    assert_eq!(restriction["field"], "location");
    assert_eq!(restriction["restrictions"][0]["result"], "Deny");
    assert_eq!(restriction["restrictions"][0]["values"], json!(["eastus"]));

    let definitions = site
        .get("/providers/Microsoft.Authorization/policyDefinitions")
        .await;
    assert_eq!(definitions["value"].as_array().unwrap().len(), 3);
    let url = format!("{}{LOCATIONS}?api-version={VERSION}", site.running.base_url());
    let built_in: Value = site
        .send(Method::GET, &url, None)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(built_in["properties"]["policyType"], "BuiltIn");
    let assigned = site.get(&format!("/resourcegroups/rg{ASSIGNMENTS}")).await;
    assert_eq!(
        assigned["value"].as_array().unwrap().len(),
        2,
        "the group's own and the subscription's"
    );
}

#[tokio::test]
async fn a_group_that_a_deployment_would_make_is_refused_before_it_begins() {
    let site = Site::start(settings()).await;
    let kinds = json!({"listOfResourceTypesNotAllowed": {"value": ["Microsoft.Resources/subscriptions/resourceGroups"]}});
    site.assign("", "no-groups", TYPES, kinds).await;
    let mut zone = template(
        json!([{"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": "rg-new", "location": "westeurope"}]),
        json!({}),
    );
    zone["$schema"] =
        json!("https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#");
    let mut body = request(&zone, json!({}));
    body["location"] = json!("westeurope");
    let path = "/providers/Microsoft.Resources/deployments/zone";
    let refused = site.call(Method::PUT, path, Some(body)).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let error: Value = refused.json().await.unwrap();
    let cause = &error["error"]["details"][0];
    assert_eq!(cause["code"], "RequestDisallowedByPolicy", "{error}");
    let group = site.call(Method::HEAD, "/resourcegroups/rg-new", None).await;
    assert_eq!(group.status(), StatusCode::NOT_FOUND);
    let direct = json!({"location": "westeurope"});
    let direct = site
        .call(Method::PUT, "/resourcegroups/rg-new", Some(direct))
        .await;
    assert_eq!(direct.status(), StatusCode::FORBIDDEN);
}
