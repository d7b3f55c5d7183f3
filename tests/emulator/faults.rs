//! What a fault script makes of requests, answers and resources.

use std::time::Duration;

use super::*;

/// A site with the group `rg` on which the script, in the compact syntax, is played from now on.
async fn troubled(script: Value) -> Site {
    let site = Site::with_group(settings()).await;
    play(&site, script).await;
    site
}

async fn play(site: &Site, script: Value) {
    let answer = site
        .own(Method::PUT, "faults", Some(json!({"faults": script})))
        .await;
    assert_eq!(
        answer.status(),
        StatusCode::OK,
        "{}",
        answer.text().await.unwrap()
    );
}

async fn error(answer: Response) -> (u16, String, String) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("message"))
}

#[tokio::test]
async fn a_catalogue_code_brings_its_status_and_its_sentence() {
    let site = troubled(json!([
        "GET */namespaces/n: AuthorizationFailed",
        "GET */resourcegroups: SubscriptionRequestsThrottled retry-after=7",
        "GET */resourcegroups: SubscriptionRequestsThrottled",
    ]))
    .await;
    let namespace = "/resourceGroups/rg/providers/Microsoft.EventHub/namespaces/n";
    let (status, code, message) = error(site.call(Method::GET, namespace, None).await).await;
    assert_eq!((status, code.as_str()), (403, "AuthorizationFailed"));
    assert!(
        message.contains("action 'Microsoft.EventHub/namespaces/read' over scope '/subscriptions/"),
        "{message}"
    );
    let throttled = site.call(Method::GET, "/resourcegroups", None).await;
    assert_eq!(
        (throttled.status().as_u16(), &throttled.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    let bare = site.call(Method::GET, "/resourcegroups", None).await;
    assert_eq!(
        (bare.status().as_u16(), bare.headers().get("retry-after")),
        (429, None)
    );
    assert_eq!(
        site.call(Method::GET, "/resourcegroups", None).await.status(),
        200
    );
}

#[tokio::test]
async fn a_token_expires_after_some_calls_and_a_right_takes_some_to_spread() {
    let site = troubled(json!([
        "*: 401 nth=3",
        "PUT */resourcegroups/late: AuthorizationFailed times=2"
    ]))
    .await;
    for status in [200, 200, 401, 200] {
        let answer = site.call(Method::GET, "/resourcegroups", None).await;
        assert_eq!(answer.status().as_u16(), status);
        let challenge = answer.headers().get("www-authenticate");
        assert_eq!(challenge.is_some(), status == 401);
    }
    for status in [403, 403, 201] {
        let body = Some(json!({"location": "westeurope"}));
        let answer = site.call(Method::PUT, "/resourcegroups/late", body).await;
        assert_eq!(answer.status().as_u16(), status);
    }
}

#[tokio::test]
async fn a_hanging_request_ends_with_the_patience_of_the_client_or_with_the_emulator() {
    let site = troubled(json!([
        "PUT */lost: hang",
        "PUT */kept: hang accepted",
        "GET */resourcegroups: hang"
    ]))
    .await;
    for (group, status) in [("lost", 404), ("kept", 204)] {
        let path = format!("/resourcegroups/{group}");
        let request = site.client.put(site.url(&path)).bearer_auth(TOKEN);
        let request = request.json(&json!({"location": "westeurope"}));
        let ended = request
            .timeout(Duration::from_millis(200))
            .send()
            .await
            .unwrap_err();
        assert!(ended.is_timeout(), "{ended:?}");
        assert_eq!(
            site.call(Method::HEAD, &path, None).await.status().as_u16(),
            status
        );
    }
    let waiting = tokio::spawn(
        site.client
            .get(site.url("/resourcegroups"))
            .bearer_auth(TOKEN)
            .send(),
    );
    tokio::time::sleep(Duration::from_millis(100)).await;
    tokio::time::timeout(Duration::from_secs(5), site.running.stop())
        .await
        .unwrap();
    assert!(waiting.await.unwrap().is_err());
}

#[tokio::test]
async fn a_slow_answer_comes_late_and_another_fault_may_strike_on_it() {
    let site = troubled(json!(["*: delay=300ms", "*: 503"])).await;
    let began = std::time::Instant::now();
    let answer = site.call(Method::GET, "/resourcegroups", None).await;
    assert_eq!(answer.status(), 503);
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_body_is_cut_in_the_middle_or_is_not_what_was_promised() {
    let site = troubled(json!([
        "GET */resourcegroups/rg: truncated",
        "GET */resourcegroups/rg: malformed=html",
        "GET */resourcegroups/rg: malformed=text",
        "GET */resourcegroups/rg: malformed=json",
        "GET */resourcegroups/rg: malformed=empty",
    ]))
    .await;
    let path = "/resourcegroups/rg";
    let cut = site.call(Method::GET, path, None).await;
    assert_eq!(cut.status(), 200);
    assert!(cut.bytes().await.is_err(), "the body ends before its length");
    let html = site.call(Method::GET, path, None).await;
    assert_eq!(html.headers()["content-type"], "text/html");
    assert!(html.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    let text = site.call(Method::GET, path, None).await;
    assert!(
        text.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/json")
    );
    assert!(text.json::<Value>().await.is_err());
    assert!(
        site.call(Method::GET, path, None)
            .await
            .json::<Value>()
            .await
            .unwrap()
            .is_array()
    );
    assert_eq!(site.call(Method::GET, path, None).await.text().await.unwrap(), "");
    assert_eq!(site.get(path).await["name"], "rg");
}

#[tokio::test]
async fn reads_may_be_stale_or_find_nothing_for_a_while() {
    let site = troubled(json!([
        "GET */deployments/d: stale times=2",
        "PUT */deployments/d: not-yet=2",
    ]))
    .await;
    let accepted = site.deploy("d", &event_hubs(), json!({})).await;
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    let missing = site.send(Method::GET, &monitor, None).await.unwrap();
    assert_eq!(code(missing).await, (404, "DeploymentNotFound".into()));
    let missing = site.call(Method::GET, &deployment("d"), None).await;
    let (status, code, message) = error(missing).await;
    assert_eq!(
        (status, code.as_str(), message.as_str()),
        (404, "DeploymentNotFound", "Deployment 'd' could not be found.")
    );
    site.followed(&monitor).await;
    for state in ["Running", "Running", "Succeeded"] {
        let seen = site.get(&deployment("d")).await;
        assert_eq!(seen["properties"]["provisioningState"], state);
        assert_eq!(seen["properties"]["outputs"].is_object(), state == "Succeeded");
    }
}

#[tokio::test]
async fn a_resource_fails_half_way_or_is_refused_when_its_turn_comes() {
    let site = troubled(json!([
        "*/virtualMachines/half: fail-operation=AllocationFailed at=50%",
        "*/virtualMachines/none: refuse-operation=SkuNotAvailable",
    ]))
    .await;
    let machine = |name: &str| {
        json!({"type": "Microsoft.Compute/virtualMachines", "apiVersion": "2024-07-01", "name": name, "location": "northeurope",
               "properties": {"hardwareProfile": {"vmSize": "Standard_D4s_v5"}}})
    };
    let whole = template(json!([machine("whole")]), json!({}));
    let half = template(json!([machine("half")]), json!({}));
    let none = template(json!([machine("none")]), json!({}));
    let took = |deployed: &Value| {
        let operation = deployed["properties"]["duration"].as_str().unwrap().to_owned();
        operation.parse::<jiff::SignedDuration>().unwrap().as_secs()
    };
    let (whole, half) = (
        site.deployed("w", &whole, json!({})).await,
        site.deployed("h", &half, json!({})).await,
    );
    assert_eq!(half["properties"]["provisioningState"], "Failed", "{half}");
    assert!(half.to_string().contains("AllocationFailed"), "{half}");
    // One second of both is the time in which a deployment is only accepted.
    assert_eq!((took(&half) - 1) * 2, took(&whole) - 1);
    let none = site.deployed("n", &none, json!({})).await;
    assert_eq!(none["properties"]["provisioningState"], "Failed");
    assert!(
        none.to_string()
            .contains("currently not available in location 'northeurope'"),
        "{none}"
    );
    let gone = site
        .call(
            Method::GET,
            "/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/none",
            None,
        )
        .await;
    assert_eq!(gone.status(), 404, "what is refused is not there");
}

#[tokio::test]
async fn preflight_refuses_a_deployment_and_its_validation() {
    let site = troubled(json!(["*: preflight=QuotaExceeded times=2"])).await;
    let body = || Some(request(&event_hubs(), json!({})));
    let validated = site
        .call(Method::POST, &format!("{}/validate", deployment("d")), body())
        .await;
    let put = site.call(Method::PUT, &deployment("d"), body()).await;
    for refused in [validated, put] {
        assert_eq!(refused.status(), 400);
        let refused: Value = refused.json().await.unwrap();
        assert_eq!(refused["error"]["code"], "InvalidTemplateDeployment");
        assert_eq!(refused["error"]["details"][0]["code"], "QuotaExceeded");
        assert!(
            refused["error"]["details"][0]["message"]
                .as_str()
                .unwrap()
                .contains("Current Limit: 4")
        );
    }
    assert_eq!(site.call(Method::GET, &deployment("d"), None).await.status(), 404);
    assert_eq!(
        site.call(Method::PUT, &deployment("d"), body()).await.status(),
        201
    );
}

#[tokio::test]
async fn a_lock_appears_in_the_middle_of_a_deployment() {
    let site = troubled(json!(["*/namespaces/kafka-dev: lock=ReadOnly"])).await;
    let done = site.deployed("d", &event_hubs(), json!({})).await;
    assert_eq!(done["properties"]["provisioningState"], "Failed", "{done}");
    assert!(done.to_string().contains("ScopeLocked"), "{done}");
    let removed = site.call(Method::DELETE, "/resourcegroups/rg", None).await;
    assert_eq!(code(removed).await, (409, "ScopeLocked".into()));
    let lock = "/resourceGroups/rg/providers/Microsoft.Authorization/locks/made-by-a-fault";
    assert!(site.call(Method::DELETE, lock, None).await.status().is_success());
    let done = site.deployed("d", &event_hubs(), json!({})).await;
    assert_eq!(done["properties"]["provisioningState"], "Succeeded", "{done}");
}

#[tokio::test]
async fn another_caller_is_faster_or_writes_over_it() {
    let site = troubled(json!([
        "PUT */deployments/d: another-put",
        {"match": {"method": "PUT", "path": "*/resourcegroups/both"},
         "effect": {"kind": "another-put", "accepted": true, "body": {"location": "westeurope", "tags": {"owner": "another"}}}},
    ]))
    .await;
    let correlation = "11111111-2222-3333-4444-555555555555";
    let put = site.client.put(site.url(&deployment("d"))).bearer_auth(TOKEN);
    let put = put.header("x-ms-correlation-request-id", correlation);
    let refused = put.json(&request(&event_hubs(), json!({}))).send().await.unwrap();
    assert_eq!(code(refused).await, (409, "DeploymentActive".into()));
    let theirs = site.get(&deployment("d")).await;
    assert_ne!(theirs["properties"]["correlationId"], correlation);
    let body = json!({"location": "westeurope", "tags": {"owner": "me"}});
    let made: Value = site
        .call(Method::PUT, "/resourcegroups/both", Some(body))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(made["tags"]["owner"], "me");
    assert_eq!(site.get("/resourcegroups/both").await["tags"]["owner"], "another");
}

#[tokio::test]
async fn a_stuck_resource_never_ends_and_a_status_address_expires() {
    let site = troubled(json!([
        "*/eventhubs/orders: stuck",
        "GET */operationStatuses/*: InvalidOperationStatusSignature nth=2 times=always",
    ]))
    .await;
    let accepted = site.deploy("d", &event_hubs(), json!({})).await;
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        site.send(Method::GET, &monitor, None).await.unwrap().status(),
        200
    );
    let expired = site.send(Method::GET, &monitor, None).await.unwrap();
    assert_eq!(
        code(expired).await,
        (403, "InvalidOperationStatusSignature".into())
    );
    for _ in 0..30 {
        site.get(&deployment("d")).await;
    }
    assert_eq!(
        site.get(&deployment("d")).await["properties"]["provisioningState"],
        "Running"
    );
}

#[tokio::test]
async fn faults_are_listed_added_and_taken_away_and_never_strike_where_that_is_done() {
    let site = troubled(json!(["*: 503 times=always"])).await;
    assert_eq!(
        site.call(Method::GET, "/resourcegroups", None).await.status(),
        503
    );
    let more = json!({"faults": [{"match": {"path": "x"}, "effect": {"kind": "stuck"}}]});
    site.own(Method::POST, "faults", Some(more)).await;
    let listed: Value = site.own(Method::GET, "faults", None).await.json().await.unwrap();
    assert_eq!(listed["value"][0]["struck"], 1);
    assert_eq!(listed["value"][1]["effect"]["kind"], "stuck");
    site.own(Method::DELETE, "faults", None).await;
    assert_eq!(
        site.call(Method::GET, "/resourcegroups", None).await.status(),
        200
    );
    for wrong in [
        json!({"faults": ["GET *: explode"]}),
        json!({"faults": 7}),
        json!({"seeed": 7, "faults": []}),
    ] {
        let refused = site.own(Method::PUT, "faults", Some(wrong)).await;
        assert_eq!(code(refused).await, (400, "InvalidFaults".into()));
    }
}
