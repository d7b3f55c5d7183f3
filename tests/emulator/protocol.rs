//! What every request and every answer has.

use super::*;

#[tokio::test]
async fn without_its_token_nobody_is_answered() {
    let site = Site::start(settings()).await;
    let url = site.url("/resourcegroups");
    let none = site.client.get(&url).send().await.unwrap();
    assert!(
        none.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Bearer authorization_uri=")
    );
    assert_eq!(code(none).await.0, 401);
    let wrong = site.client.get(&url).bearer_auth("another").send().await.unwrap();
    assert_eq!(code(wrong).await, (401, "InvalidAuthenticationToken".into()));
    let open = site
        .client
        .get(format!(
            "{}/metadata/endpoints?api-version=2019-05-01",
            site.running.base_url()
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(
        open.json::<Value>().await.unwrap()["suffixes"]["storage"],
        "core.windows.net"
    );
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let mut settings = settings();
    settings.listen = "0.0.0.0:0".parse().unwrap();
    let error = Emulator::start(settings).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the emulator listens on loopback only unless others are allowed, and `0.0.0.0:0` is not"
    );
}

#[tokio::test]
async fn every_request_names_its_api_version() {
    let site = Site::start(settings()).await;
    let bare = format!(
        "{}/subscriptions/{SUBSCRIPTION}/resourcegroups",
        site.running.base_url()
    );
    let answer = site.send(Method::GET, &bare, None).await.unwrap();
    assert_eq!(code(answer).await, (400, "MissingApiVersionParameter".into()));
    let answer = site
        .send(Method::GET, &format!("{bare}?api-version=yesterday"), None)
        .await
        .unwrap();
    assert_eq!(code(answer).await, (400, "InvalidApiVersionParameter".into()));
}

#[tokio::test]
async fn faults_are_scripted_while_it_runs() {
    let site = Site::with_group(settings()).await;
    let script = json!({"value": [
        {"match": {"method": "GET", "path": "/resourcegroups"}, "effect": {"kind": "respond", "status": 429, "code": "TooManyRequests", "retry_after": 3}},
        {"match": {"method": "PUT", "path": "*/resourcegroups/lost"}, "effect": {"kind": "cut", "accepted": false}},
        {"match": {"method": "PUT", "path": "*/resourcegroups/kept"}, "effect": {"kind": "cut", "accepted": true}},
    ]});
    let url = format!("{}/landfall/faults", site.running.base_url());
    assert_eq!(
        site.send(Method::PUT, &url, Some(script)).await.unwrap().status(),
        StatusCode::OK
    );
    let throttled = site.call(Method::GET, "/resourcegroups", None).await;
    assert_eq!(throttled.headers()["retry-after"], "3");
    assert_eq!(throttled.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        site.call(Method::GET, "/resourcegroups", None).await.status(),
        StatusCode::OK
    );
    let body = json!({"location": "westeurope"});
    for (group, exists) in [("lost", 404), ("kept", 204)] {
        let url = site.url(&format!("/resourcegroups/{group}"));
        assert!(
            site.send(Method::PUT, &url, Some(body.clone())).await.is_err(),
            "the connection is cut"
        );
        assert_eq!(
            site.call(Method::HEAD, &format!("/resourcegroups/{group}"), None)
                .await
                .status()
                .as_u16(),
            exists
        );
    }
    let seen: Value = site
        .send(Method::GET, &url, None)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(seen["value"][0]["struck"], 1);
    let wrong = site
        .send(
            Method::PUT,
            &url,
            Some(json!({"value": [{"effect": {"kind": "explode"}}]})),
        )
        .await
        .unwrap();
    assert_eq!(code(wrong).await, (400, "InvalidFaults".into()));
}

#[tokio::test]
async fn counters_fall_with_each_request_and_ids_are_echoed() {
    let mut settings = settings();
    settings.budget.writes = 3;
    let site = Site::start(settings).await;
    let put = |name: &str| {
        let request = site
            .client
            .put(site.url(&format!("/resourcegroups/{name}")))
            .bearer_auth(TOKEN);
        request
            .header(
                "x-ms-correlation-request-id",
                "11111111-2222-3333-4444-555555555555",
            )
            .json(&json!({"location": "westeurope"}))
            .send()
    };
    let first = put("a").await.unwrap();
    assert_eq!(
        first.headers()["x-ms-correlation-request-id"],
        "11111111-2222-3333-4444-555555555555"
    );
    assert_eq!(
        first.headers()["x-ms-ratelimit-remaining-subscription-writes"],
        "2"
    );
    put("b").await.unwrap();
    put("c").await.unwrap();
    let fourth = put("d").await.unwrap();
    assert_eq!(fourth.headers()["retry-after"], "1");
    assert_eq!(code(fourth).await, (429, "SubscriptionRequestsThrottled".into()));
}

#[tokio::test]
async fn the_status_address_is_used_as_given_or_not_at_all() {
    let site = Site::with_group(settings()).await;
    let accepted = site.deploy("d", &event_hubs(), json!({})).await;
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    let rebuilt = monitor.split("&t=").next().unwrap();
    assert_eq!(
        site.send(Method::GET, rebuilt, None).await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        site.send(Method::GET, &monitor, None).await.unwrap().status(),
        StatusCode::OK
    );
}
