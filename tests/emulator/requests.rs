//! The log of requests and the counters.

use super::*;

async fn logged(site: &Site, query: &str) -> Vec<Value> {
    let answer: Value = site
        .own(Method::GET, &format!("requests{query}"), None)
        .await
        .json()
        .await
        .unwrap();
    answer["value"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"))
        .clone()
}

#[tokio::test]
async fn every_request_is_written_down_without_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("requests.jsonl")).unwrap();
    let with_log = || {
        let mut settings = settings();
        settings.request_log = Some(path.clone());
        settings
    };
    std::fs::write(&path, "{\"time\": \"earlier\"}\n").unwrap();
    let site = Site::with_group(with_log()).await;
    let script = json!({"faults": ["GET */resourcegroups: 429", "PUT */gone: cut"]});
    site.own(Method::PUT, "faults", Some(script)).await;
    let request = site
        .client
        .get(format!("{}&s=canary-signature", site.url("/resourcegroups")))
        .bearer_auth(TOKEN);
    let request = request
        .header("x-ms-client-request-id", "client-1")
        .header("x-ms-correlation-request-id", "run-1");
    let answer = request.send().await.unwrap();
    let body = json!({"location": "westeurope", "tags": {"password": "canary-body"}});
    let gone = site.url("/resourcegroups/gone");
    assert!(site.send(Method::PUT, &gone, Some(body)).await.is_err());
    let echo = site.client.get(site.url("/resourcegroups/rg")).bearer_auth(TOKEN);
    echo.header("x-ms-client-request-id", format!("my token is {TOKEN}"))
        .send()
        .await
        .unwrap();

    let entries = logged(&site, "?path=resourcegroups").await;
    let [made, throttled, cut, echoed] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(
        (&made["method"], &made["status"], &made["fault"]),
        (&json!("PUT"), &json!(201), &Value::Null)
    );
    assert_eq!(
        throttled["path"],
        format!("/subscriptions/{SUBSCRIPTION}/resourcegroups")
    );
    assert_eq!(throttled["apiVersion"], VERSION);
    assert_eq!(
        (&throttled["status"], &throttled["fault"]),
        (&json!(429), &json!("respond"))
    );
    assert_eq!(
        (&throttled["clientRequestId"], &throttled["correlationId"]),
        (&json!("client-1"), &json!("run-1"))
    );
    assert_eq!(
        throttled["requestId"],
        answer.headers()["x-ms-request-id"].to_str().unwrap()
    );
    assert!(throttled["milliseconds"].as_f64().unwrap() > 0.0);
    assert_eq!((&cut["status"], &cut["fault"]), (&Value::Null, &json!("cut")));
    assert_eq!(echoed["clientRequestId"], "my token is ***");

    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["time"], "earlier", "it is appended to");
    assert_eq!(lines.iter().filter(|line| entries.contains(line)).count(), 4);
    for secret in [TOKEN, "canary"] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn the_log_is_searched_by_method_path_and_time() {
    let site = Site::with_group(settings()).await;
    site.get("/resourcegroups").await;
    site.get("/locations").await;
    assert_eq!(logged(&site, "?method=get&path=LOCATIONS").await.len(), 1);
    assert_eq!(
        logged(&site, "?last=1&path=subscriptions").await[0]["method"],
        "GET"
    );
    let last = logged(&site, "?path=locations").await[0]["time"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        logged(&site, &format!("?path=subscriptions&since={last}"))
            .await
            .len(),
        1
    );
    assert!(logged(&site, "?since=2100-01-01T00:00:00Z").await.is_empty());
    let wrong = site.own(Method::GET, "requests?since=yesterday", None).await;
    assert_eq!(code(wrong).await, (400, "InvalidFilter".into()));
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_told_at_once() {
    let mut settings = settings();
    settings.request_log = Some("/dev/null/requests".into());
    let error = Emulator::start(settings).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write the emulator's request log `/dev/null/requests`"
    );
}

#[tokio::test]
async fn the_counters_are_those_of_what_happened() {
    let site = Site::with_group(settings()).await;
    let script = json!({"faults": ["GET */resourcegroups: 429", "GET */resourcegroups: cut", "*/eventhubs/payments: fail-operation"]});
    site.own(Method::PUT, "faults", Some(script)).await;
    assert_eq!(
        site.call(Method::GET, "/resourcegroups", None).await.status(),
        429
    );
    assert!(
        site.send(Method::GET, &site.url("/resourcegroups"), None)
            .await
            .is_err()
    );
    site.deployed("d", &event_hubs(), json!({})).await;
    site.deploy("e", &event_hubs(), json!({})).await;
    let answer = site.own(Method::GET, "metrics", None).await;
    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = answer.text().await.unwrap();
    for line in [
        "# TYPE landfall_arm_requests_total counter",
        "landfall_arm_requests_total{method=\"GET\",status=\"4xx\"} 1",
        "landfall_arm_requests_total{method=\"GET\",status=\"none\"} 1",
        "landfall_arm_requests_total{method=\"PUT\",status=\"2xx\"} 4",
        "landfall_arm_throttled_requests_total 1",
        "landfall_arm_faults_struck_total{effect=\"cut\"} 1",
        "landfall_arm_faults_struck_total{effect=\"fail-operation\"} 1",
        "landfall_arm_faults_struck_total{effect=\"respond\"} 1",
        "landfall_arm_deployments{state=\"Accepted\"} 1",
        "landfall_arm_deployments{state=\"Failed\"} 1",
        "landfall_arm_resources{type=\"Microsoft.EventHub/namespaces\"} 1",
        "landfall_arm_resources{type=\"Microsoft.EventHub/namespaces/eventhubs\"} 2",
    ] {
        assert!(text.lines().any(|found| found == line), "no `{line}` in\n{text}");
    }
}
