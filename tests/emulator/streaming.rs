//! Stream Analytics jobs: what belongs to one, and how it is started and stopped.

use super::*;

const JOB: &str = "/resourcegroups/rg/providers/Microsoft.StreamAnalytics/streamingjobs/flow";

fn job(delay: i64) -> Value {
    json!({"location": "West Europe", "properties": {"sku": {"name": "Standard"}, "eventsLateArrivalMaxDelayInSeconds": delay}})
}

fn hub(name: &str) -> Value {
    json!({"type": "Microsoft.EventHub/EventHub", "properties": {
        "serviceBusNamespace": "kafka-dev", "eventHubName": name, "sharedAccessPolicyName": "flow", "sharedAccessPolicyKey": "canary",
    }})
}

fn input() -> Value {
    json!({"properties": {"type": "Stream", "datasource": hub("orders"), "serialization": {"type": "Json", "properties": {"encoding": "UTF8"}}}})
}

fn query(text: &str) -> Value {
    json!({"properties": {"streamingUnits": 1, "query": text}})
}

impl Site {
    async fn put(&self, path: &str, body: Value) -> StatusCode {
        self.call(Method::PUT, path, Some(body)).await.status()
    }

    async fn state(&self) -> Value {
        self.get(JOB).await["properties"]["jobState"].clone()
    }

    /// The job by itself, made.
    async fn with_bare_job(&self) {
        let made = self.call(Method::PUT, JOB, Some(job(5))).await;
        assert_eq!(made.status(), StatusCode::CREATED);
        let monitor = made.headers()["azure-asyncoperation"]
            .to_str()
            .unwrap()
            .to_owned();
        self.followed(&monitor).await;
    }

    /// The job with its parts.
    async fn with_job(&self) {
        self.with_bare_job().await;
        self.with_parts().await;
    }

    async fn with_parts(&self) {
        for (part, body) in [
            ("inputs/orders", input()),
            (
                "outputs/payments",
                json!({"properties": {"datasource": hub("payments")}}),
            ),
            (
                "transformations/main",
                query("SELECT * INTO payments FROM orders"),
            ),
        ] {
            assert_eq!(
                self.put(&format!("{JOB}/{part}"), body).await,
                StatusCode::CREATED,
                "{part}"
            );
        }
    }

    /// Starts or stops the job and waits.
    async fn turn(&self, action: &str, between: &str) {
        let accepted = self.call(Method::POST, &format!("{JOB}/{action}"), None).await;
        assert_eq!(accepted.status(), StatusCode::ACCEPTED);
        let monitor = accepted.headers()["azure-asyncoperation"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(self.state().await, between);
        assert_eq!(self.followed(&monitor).await["status"], "Succeeded");
        assert_eq!(self.located(accepted).await.status(), StatusCode::OK);
    }

    async fn refusal(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
        code(self.call(method, path, body).await).await
    }
}

#[tokio::test]
async fn a_job_is_started_and_stopped() {
    let site = Site::with_group(settings()).await;
    site.with_job().await;
    let made = site.get(JOB).await["properties"].clone();
    assert_eq!(
        (&made["jobState"], &made["lastOutputEventTime"]),
        (&json!("Created"), &json!(null))
    );
    assert_eq!(made["jobId"].as_str().unwrap().len(), 36);
    assert!(made["createdDate"].as_str().unwrap().starts_with("2026-01-01T"));
    let conflict = (409, "Conflict".to_owned());
    let (start, stop) = (format!("{JOB}/start"), format!("{JOB}/stop"));
    assert_eq!(
        site.refusal(Method::POST, &stop, None).await,
        conflict,
        "it was never started"
    );
    site.turn("start", "Starting").await;
    assert_eq!(site.state().await, "Running");
    assert_eq!(
        site.get(JOB).await["properties"]["outputStartMode"],
        "JobStartTime"
    );
    assert_eq!(
        site.refusal(Method::POST, &start, None).await,
        conflict,
        "it runs"
    );
    site.turn("stop", "Stopping").await;
    assert_eq!(site.state().await, "Stopped");
    assert_eq!(
        site.refusal(Method::POST, &stop, None).await,
        conflict,
        "it is stopped"
    );
    assert_eq!(site.get(JOB).await["properties"]["jobId"], made["jobId"]);
}

#[tokio::test]
async fn a_job_that_runs_is_not_changed() {
    let site = Site::with_group(settings()).await;
    site.with_job().await;
    site.turn("start", "Starting").await;
    let (main, more) = (
        format!("{JOB}/transformations/main"),
        format!("{JOB}/inputs/more"),
    );
    let conflict = (409, "Conflict".to_owned());
    for (path, body) in [(JOB, job(9)), (&main, query("SELECT 1")), (&more, input())] {
        assert_eq!(
            site.refusal(Method::PUT, path, Some(body)).await,
            conflict,
            "{path}"
        );
    }
    let patched = json!({"properties": {"streamingUnits": 3}});
    assert_eq!(site.refusal(Method::PATCH, &main, Some(patched)).await, conflict);
    assert_eq!(site.put(JOB, job(5)).await, StatusCode::OK, "the same again");
    assert_eq!(
        site.put(&main, query("SELECT * INTO payments FROM orders")).await,
        StatusCode::OK
    );
    assert_eq!(site.state().await, "Running");
    site.turn("stop", "Stopping").await;
    assert_eq!(site.put(&main, query("SELECT 1")).await, StatusCode::OK);
    assert_eq!(site.put(JOB, job(9)).await, StatusCode::OK);
    assert_eq!(site.state().await, "Stopped", "writing it does not start it anew");
}

#[tokio::test]
async fn a_job_is_not_started_without_something_to_do_or_at_no_time() {
    let site = Site::with_group(settings()).await;
    let start = format!("{JOB}/start");
    site.with_bare_job().await;
    assert_eq!(
        site.refusal(Method::POST, &start, None).await,
        (422, "422".to_owned())
    );
    site.with_parts().await;
    for body in [
        json!({"outputStartMode": "CustomTime"}),
        json!({"outputStartMode": "LastOutputEventTime"}),
        json!({"outputStartMode": "Now"}),
    ] {
        assert_eq!(
            site.refusal(Method::POST, &start, Some(body)).await,
            (400, "BadRequest".to_owned())
        );
    }
    let body = json!({"outputStartMode": "CustomTime", "outputStartTime": "2025-12-31T00:00:00Z"});
    let accepted = site.call(Method::POST, &start, Some(body)).await;
    assert_eq!(accepted.status(), StatusCode::ACCEPTED);
    assert_eq!(
        site.get(JOB).await["properties"]["outputStartTime"],
        "2025-12-31T00:00:00Z"
    );
}

#[tokio::test]
async fn the_key_of_an_input_is_never_given_back() {
    let site = Site::with_group(settings()).await;
    site.with_job().await;
    let read = site.get(&format!("{JOB}/inputs/orders")).await;
    let datasource = &read["properties"]["datasource"]["properties"];
    assert_eq!(datasource["eventHubName"], "orders");
    assert!(!read.to_string().contains("canary"), "{read}");
}

#[tokio::test]
async fn the_provider_tells_its_types_with_their_versions() {
    let site = Site::with_group(settings()).await;
    let provider = site.get("/providers/Microsoft.StreamAnalytics").await;
    let types = provider["resourceTypes"].as_array().unwrap();
    for own in [
        "streamingjobs",
        "streamingjobs/inputs",
        "streamingjobs/outputs",
        "streamingjobs/transformations",
        "streamingjobs/functions",
    ] {
        let row = types
            .iter()
            .find(|row| row["resourceType"] == own)
            .unwrap_or_else(|| panic!("{own}"));
        let versions = row["apiVersions"].as_array().unwrap();
        assert!(
            versions.contains(&json!("2020-03-01")) && versions.contains(&json!("2021-10-01-preview")),
            "{own}"
        );
    }
}
