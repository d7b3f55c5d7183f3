//! A deployment whose answer was lost is neither lost nor sent twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use landfall::azure::AzureError;
use serde_json::{Value, json as object};

use crate::stub::{Reply, Seen, Stub, json, refusal, scope};

fn deployment(seen: &Seen, correlation_id: &str) -> Value {
    let _ = seen;
    object!({
        "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Resources/deployments/d",
        "name": "d",
        "properties": {"provisioningState": "Running", "correlationId": correlation_id},
    })
}

#[tokio::test]
async fn one_that_was_accepted_before_the_cut_is_recognised_by_its_correlation_id() {
    let stub = Stub::start(|_, seen| match seen.method.as_str() {
        "PUT" => Reply::Cut,
        _ => json(200, &deployment(seen, seen.header("x-ms-correlation-request-id"))),
    })
    .await;
    let accepted = stub
        .client()
        .put_deployment(&scope(), "d", &object!({}))
        .await
        .unwrap();
    assert_eq!(accepted.deployment.name, "d");
    assert_eq!(stub.methods(), ["PUT", "GET"]);
}

#[tokio::test]
async fn one_that_never_arrived_is_sent_again() {
    let stub = Stub::start(|number, seen| match (number, seen.method.as_str()) {
        (1, _) => refusal(504, "GatewayTimeout", "…"),
        (_, "GET") => refusal(404, "DeploymentNotFound", "…"),
        _ => json(201, &deployment(seen, seen.header("x-ms-correlation-request-id"))),
    })
    .await;
    stub.client()
        .put_deployment(&scope(), "d", &object!({}))
        .await
        .unwrap();
    assert_eq!(stub.methods(), ["PUT", "GET", "GET", "GET", "PUT"]);
}

#[tokio::test]
async fn one_that_shows_late_is_not_taken_for_somebody_elses() {
    let looks = Arc::new(AtomicUsize::new(0));
    let stub = Stub::start(move |_, seen| {
        let ours = seen.header("x-ms-correlation-request-id");
        match (seen.method.as_str(), looks.load(Ordering::SeqCst) > 2) {
            ("PUT", false) => Reply::Cut,
            ("PUT", true) => refusal(
                409,
                "DeploymentActive",
                "previous deployment from 'now' is still active",
            ),
            (_, false) => {
                looks.fetch_add(1, Ordering::SeqCst);
                refusal(404, "DeploymentNotFound", "…")
            }
            (_, true) => json(200, &deployment(seen, ours)),
        }
    })
    .await;
    stub.client()
        .put_deployment(&scope(), "d", &object!({}))
        .await
        .unwrap();
    assert_eq!(stub.methods(), ["PUT", "GET", "GET", "GET", "PUT", "GET"]);
}

#[tokio::test]
async fn one_of_somebody_else_is_left_alone() {
    let stub = Stub::start(|_, seen| match seen.method.as_str() {
        "PUT" => refusal(
            409,
            "DeploymentActive",
            "previous deployment from '7/1/2026' is still active",
        ),
        _ => json(200, &deployment(seen, "00000000-0000-0000-0000-00000000beef")),
    })
    .await;
    let error = stub
        .client()
        .put_deployment(&scope(), "d", &object!({}))
        .await
        .err()
        .unwrap();
    assert!(error.has_code("DeploymentActive"));
    assert_eq!(stub.methods(), ["PUT", "GET"]);
}

#[tokio::test]
async fn throttling_means_that_it_was_not_accepted() {
    let stub = Stub::start(|number, seen| match number {
        1 => Reply::Answer(429, vec![("retry-after-ms", "1".into())], String::new()),
        _ => json(201, &deployment(seen, seen.header("x-ms-correlation-request-id"))),
    })
    .await;
    stub.client()
        .put_deployment(&scope(), "d", &object!({}))
        .await
        .unwrap();
    assert_eq!(stub.methods(), ["PUT", "PUT"]);
}

#[tokio::test]
async fn an_acceptance_that_cannot_be_read_is_an_acceptance() {
    let stub = Stub::start(|_, seen| match seen.method.as_str() {
        "PUT" => Reply::Answer(201, Vec::new(), "{\"id\": \"/sub".into()),
        _ => json(200, &deployment(seen, seen.header("x-ms-correlation-request-id"))),
    })
    .await;
    stub.client()
        .put_deployment(&scope(), "d", &object!({}))
        .await
        .unwrap();
    assert_eq!(stub.methods(), ["PUT", "GET"]);
}

#[tokio::test]
async fn an_outage_that_lasts_is_told_and_never_guessed() {
    let stub = Stub::start(|_, seen| match seen.method.as_str() {
        "PUT" => Reply::Cut,
        _ => refusal(404, "DeploymentNotFound", "…"),
    })
    .await;
    let error = stub
        .client()
        .put_deployment(&scope(), "d", &object!({}))
        .await
        .err()
        .unwrap();
    assert!(matches!(error, AzureError::Cut { .. }), "{error:?}");
    assert!(error.outcome_is_unknown());
}
