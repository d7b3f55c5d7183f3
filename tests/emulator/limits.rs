//! How large a request may be, who may send one, and what it can never reach.

use std::time::{Duration, Instant};

use super::*;

async fn refused(answer: Response) -> (u16, String) {
    code(answer).await
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused() {
    let site = Site::with_group(settings()).await;
    let put = |bytes: usize| {
        let request = site.client.put(site.url(&deployment("d"))).bearer_auth(TOKEN);
        request.body("x".repeat(bytes)).send()
    };
    assert_eq!(
        refused(put(6 << 20).await.unwrap()).await,
        (413, "RequestContentTooLarge".into())
    );
    assert_eq!(
        refused(put(4 << 20).await.unwrap()).await,
        (400, "InvalidRequestContent".into())
    );
}

#[tokio::test]
async fn json_that_is_nested_too_deep_is_refused() {
    let site = Site::with_group(settings()).await;
    let deep = |depth: usize| format!("{}0{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let put = |depth: usize| {
        let request = site
            .client
            .put(site.url("/resourcegroups/deep"))
            .bearer_auth(TOKEN);
        request.body(deep(depth)).send()
    };
    let answer = put(100_000).await.unwrap();
    assert_eq!(refused(answer).await, (400, "InvalidRequestContent".into()));
    assert_eq!(
        refused(put(100).await.unwrap()).await,
        (400, "LocationRequired".into())
    );
}

#[tokio::test]
async fn an_address_and_headers_have_a_limit_that_a_signed_address_is_far_from() {
    let site = Site::start(settings()).await;
    let long = |length: usize| format!("{}&x={}", site.url("/resourcegroups"), "y".repeat(length));
    assert_eq!(
        site.send(Method::GET, &long(8_000), None).await.unwrap().status(),
        200
    );
    let answer = site.send(Method::GET, &long(20_000), None).await.unwrap();
    assert_eq!(refused(answer).await, (414, "UriTooLong".into()));
    let heavy = site.client.get(site.url("/resourcegroups")).bearer_auth(TOKEN);
    let heavy = heavy.header("x-heavy", "y".repeat(70_000)).send().await.unwrap();
    assert_eq!(refused(heavy).await, (431, "RequestHeaderFieldsTooLarge".into()));
}

#[tokio::test]
async fn other_machines_are_served_only_where_that_is_allowed_and_with_the_token() {
    let mut settings = settings();
    settings.listen = "0.0.0.0:0".parse().unwrap();
    settings.allow_remote = true;
    let site = Site::start(settings).await;
    let url = site.url("/resourcegroups");
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(site.client.get(&url).send().await.unwrap().status(), 401);
    let created = site
        .call(
            Method::PUT,
            "/resourcegroups/rg",
            Some(json!({"location": "westeurope"})),
        )
        .await;
    assert_eq!(created.status(), 201);
    let asked = site
        .client
        .delete(site.url("/resourcegroups/rg"))
        .bearer_auth(TOKEN);
    let deleted = asked.header("host", "emulator.test:8080").send().await.unwrap();
    let location = deleted.headers()["location"].to_str().unwrap();
    assert!(
        location.starts_with("http://emulator.test:8080/subscriptions/"),
        "{location}"
    );
}

#[tokio::test]
async fn a_name_that_a_client_gives_a_loopback_server_is_not_taken_over() {
    let site = Site::with_group(settings()).await;
    let asked = site
        .client
        .delete(site.url("/resourcegroups/rg"))
        .bearer_auth(TOKEN);
    let deleted = asked.header("host", "elsewhere.test").send().await.unwrap();
    let location = deleted.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(&site.running.base_url()), "{location}");
}

#[tokio::test]
async fn the_emulators_own_addresses_want_the_token_too() {
    let site = Site::start(settings()).await;
    for path in ["addresses", "warnings", "faults", "requests", "metrics"] {
        let url = format!("{}/landfall/{path}", site.running.base_url());
        assert_eq!(
            site.client.get(&url).send().await.unwrap().status(),
            401,
            "{path}"
        );
        assert_eq!(site.own(Method::GET, path, None).await.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn no_request_names_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let inside = |name: &str| camino::Utf8PathBuf::from_path_buf(folder.path().join(name)).unwrap();
    let mut settings = settings();
    settings.state_file = Some(inside("arm.json"));
    settings.request_log = Some(inside("requests.jsonl"));
    let site = Site::with_group(settings).await;
    let canary = inside("canary");
    for path in [
        "/landfall/../../etc/passwd",
        "/landfall/requests/..%2f..%2fcanary",
        "/landfall/state",
    ] {
        let url = format!(
            "{}{path}?api-version={VERSION}&file={canary}&log={canary}",
            site.running.base_url()
        );
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = site
                .send(method, &url, Some(json!({"path": canary, "log": canary})))
                .await
                .unwrap();
            assert_eq!(answer.status(), 404, "{url}");
        }
    }
    let script = json!({"faults": [], "log": canary});
    assert_eq!(site.own(Method::PUT, "faults", Some(script)).await.status(), 400);
    for name in ["..%2f..%2fcanary", "..%5ccanary"] {
        let made = site
            .call(
                Method::PUT,
                &format!("/resourcegroups/{name}"),
                Some(json!({"location": "westeurope"})),
            )
            .await;
        assert!(made.status().is_client_error());
    }
    site.running.stop().await;
    let mut files: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["arm.json", "requests.jsonl"]);
}

#[tokio::test]
async fn every_answer_waits_as_long_as_it_is_told() {
    let mut settings = settings();
    settings.answer_latency = Duration::from_millis(120);
    let site = Site::start(settings).await;
    let began = Instant::now();
    site.get("/resourcegroups").await;
    assert!(began.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn a_type_takes_as_long_as_it_is_told() {
    let template = template(
        json!([{"type": "Microsoft.EventHub/namespaces", "apiVersion": "2024-01-01", "name": "kafka-dev", "location": "westeurope", "properties": {}}]),
        json!({}),
    );
    let mut settings = settings();
    settings
        .latencies
        .insert("microsoft.eventhub/namespaces".into(), Duration::from_mins(25));
    let site = Site::with_group(settings).await;
    let done = site.deployed("d", &template, json!({})).await;
    let duration: jiff::SignedDuration = done["properties"]["duration"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        duration.as_secs(),
        25 * 60 + 1,
        "and one second in which it is only accepted"
    );
}
