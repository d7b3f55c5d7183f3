//! Faults that a real worker cannot be made to show on demand, on a stub that speaks its contract; what a real one does is
//! tried in `tests/docker`.

use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use serde_json::json;

use super::preflight::{CHECKPOINT, HEARTBEAT, SOURCE};
use super::*;
use crate::model::connect_topics::{ConnectTopics, OffsetSyncs};
use crate::run::{Event, Quiet, Recorder, Sink, Stop};
use stub::{Stub, error_body, wired, worker};

mod stub;

async fn start(
    worker: &Worker,
    wiring: &Wiring,
    sink: &dyn Sink,
    stop: &Stop,
) -> Result<Started, ConnectError> {
    check(worker, wiring, sink)
        .await?
        .start(worker, wiring, sink, stop)
        .await
}

fn is_start(call: &str) -> bool {
    call.ends_with("/config")
}

#[tokio::test]
async fn a_worker_that_is_still_reading_is_waited_for_and_not_believed() {
    let (stub, worker) = Stub::new(|count, method, path| match (method.as_str(), path) {
        ("GET", "/connectors" | "/connectors/landfall-shop-source/offsets") if count == 1 => {
            let nothing = axum::Json(json!({})).into_response();
            Some(if path == "/connectors" {
                nothing
            } else {
                error_body(404, "no such connector")
            })
        }
        ("GET", "/health" | "/") if count == 1 => Some(error_body(404, "HTTP 404 Not Found")),
        ("GET", "/health") if count == 2 => Some(error_body(503, "Worker is still starting up.")),
        ("GET", "/health") => Some(axum::Json(json!({ "status": "healthy" })).into_response()),
        _ => None,
    })
    .serve()
    .await;
    for connector in wired("shop", &[]).connectors() {
        worker.put_config(connector).await.unwrap();
    }
    let names = names("shop");
    assert_eq!(states(&worker, &names).await.unwrap().len(), 3);
    assert_eq!(
        stub.calls()
            .iter()
            .filter(|call| call.starts_with("GET /health"))
            .count(),
        3
    );
    let selection = crate::model::selection::Selection::of("*");
    let found = positions(&worker, &names[0], "source", &selection).await;
    assert!(found.is_ok_and(|positions| positions.is_empty()));
    let other = super::names("other");
    let error = states(&worker, &other).await.unwrap_err();
    assert!(matches!(error, ConnectError::NotStarted { .. }), "{error}");
}

#[tokio::test]
async fn a_second_start_changes_nothing() {
    let (stub, worker) = Stub::new(|_, _, _| None).serve().await;
    let wiring = wired("shop", &[]);
    let first = start(&worker, &wiring, &Quiet, &Stop::default()).await.unwrap();
    assert!(first.changed);
    let puts: Vec<String> = stub.changes();
    assert_eq!(
        puts,
        ["source", "checkpoint", "heartbeat"]
            .map(|role| format!("PUT /connectors/landfall-shop-{role}/config signed"))
    );
    let second = start(&worker, &wiring, &Quiet, &Stop::default()).await.unwrap();
    assert!(
        !second.changed
            && second
                .connectors
                .iter()
                .all(|change| change.outcome == Outcome::Unchanged)
    );
    assert_eq!(stub.changes().len(), 3);
}

#[tokio::test]
async fn what_changed_is_told_by_key_and_never_by_value() {
    let (_, worker) = Stub::new(|_, _, _| None).serve().await;
    let inline = wired("shop", &[("consumer.secret", "canary"), ("tasks.max", "1")]);
    start(&worker, &inline, &Quiet, &Stop::default()).await.unwrap();
    let now = wired("shop", &[("tasks.max", "8"), ("offset.lag.max", "5")]);
    let started = start(&worker, &now, &Quiet, &Stop::default()).await.unwrap();
    let keys: Vec<(&str, &str)> = started.connectors[0]
        .keys
        .iter()
        .map(|key| (key.change, key.key.as_str()))
        .collect();
    assert_eq!(
        keys,
        [
            ("removed", "consumer.secret"),
            ("added", "offset.lag.max"),
            ("changed", "tasks.max")
        ]
    );
    assert!(!serde_json::to_string(&started).unwrap().contains("canary"));
}

#[tokio::test]
async fn a_rebalance_is_waited_for_and_not_for_ever() {
    let short =
        |count, _: &Method, path: &str| (is_start(path) && count <= 2).then(|| error_body(409, "rebalance"));
    let (_, worker) = Stub::new(short).serve().await;
    start(&worker, &wired("shop", &[]), &Quiet, &Stop::default())
        .await
        .unwrap();
    let endless =
        |_, _: &Method, path: &str| is_start(path).then(|| error_body(409, "a rebalance is under way"));
    let (_, worker) = Stub::new(endless).serve().await;
    let error = start(&worker, &wired("shop", &[]), &Quiet, &Stop::default())
        .await
        .unwrap_err();
    assert!(matches!(&error, ConnectError::Busy { .. }), "{error:?}");
    assert!(error.to_string().contains("a rebalance is under way"), "{error}");
}

#[tokio::test]
async fn refusals_keep_connects_own_words() {
    let body = |status: u16, body: &'static str| {
        let fault = move |_, _: &Method, path: &str| {
            (path == "/").then(|| (StatusCode::from_u16(status).unwrap(), body).into_response())
        };
        async move {
            let (_, worker) = Stub::new(fault).serve().await;
            worker.info().await.unwrap_err().to_string()
        }
    };
    insta::assert_snapshot!(
        body(500, r#"{"error_code":500,"message":"Request timed out"}"#).await,
        @"kafka connect refused `GET /` with status 500: Request timed out"
    );
    insta::assert_snapshot!(
        body(404, r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#).await,
        @"kafka connect does not know `GET /`: HTTP 404 Not Found"
    );
    insta::assert_snapshot!(
        body(502, "<html>\n <b>Bad Gateway</b>\n</html>").await,
        @"kafka connect refused `GET /` with status 502: <html> <b>Bad Gateway</b> </html>"
    );
    insta::assert_snapshot!(body(500, "").await, @"kafka connect refused `GET /` with status 500: internal server error");
    insta::assert_snapshot!(
        body(200, r#"{"version": 7}"#).await,
        @"the answer to `GET /` cannot be understood: invalid type: integer `7`, expected a string"
    );
    assert!(
        body(200, "<html>")
            .await
            .starts_with("the answer to `GET /` cannot be understood")
    );
    assert!(body(401, "").await.contains("refused the sign-in (status 401)"));
    assert!(body(302, "").await.contains("redirect (status 302)"));
}

#[tokio::test]
async fn nobody_there_and_nobody_answering_are_told_apart_without_the_password() {
    let nobody = worker("http://127.0.0.1:1");
    let error = nobody.info().await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = worker(&format!("http://{}", listener.local_addr().unwrap()));
    let error = silent.info().await.unwrap_err();
    assert!(matches!(error, ConnectError::Cut { .. }), "{error:?}");
    assert!(!format!("{error:?} {silent:?}").contains("canary"));
}

#[tokio::test]
async fn aliases_and_names_are_immutable() {
    let (stub, worker) = Stub::new(|_, _, _| None).serve().await;
    start(&worker, &wired("shop", &[]), &Quiet, &Stop::default())
        .await
        .unwrap();
    let other = wired("shop", &[("source.cluster.alias", "old")]);
    let error = start(&worker, &other, &Quiet, &Stop::default())
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"the connector `landfall-shop-source` runs with `source.cluster.alias` `source` and would run with `old`: its position is kept under the old one, so everything would be copied again");
    // The same brokers in another order are the same cluster.
    let renamed = wired("store", &[("source.cluster.bootstrap.servers", "b:1,a:1")]);
    let error = start(&worker, &renamed, &Quiet, &Stop::default())
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"the worker runs `landfall-shop-source`, which copies the same topics between the same clusters: the position is kept under that name, so `landfall-store-source` would copy everything again");
    assert_eq!(stub.changes().len(), 3, "nothing was changed by what was refused");
    let wave = wired("wave2", &[("topics", "payments")]);
    assert!(start(&worker, &wave, &Quiet, &Stop::default()).await.is_ok());
}

#[tokio::test]
async fn a_key_that_holds_a_reference_is_refused_without_its_value() {
    let refuse = |_, _: &Method, path: &str| {
        let told = |key: &str| json!({ "value": { "name": key, "errors": ["Invalid value canary for it"] } });
        path.ends_with("validate").then(|| {
            let configs = ["source.cluster.sasl.jaas.config", "offset.lag.max"].map(told);
            axum::Json(json!({ "error_count": 2, "configs": configs })).into_response()
        })
    };
    let (stub, worker) = Stub::new(refuse).serve().await;
    let problems = worker.validate(&wired("shop", &[]).source).await.unwrap();
    let told: Vec<(&str, &str)> = problems
        .iter()
        .map(|problem| (problem.key.as_str(), problem.problem.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("source.cluster.sasl.jaas.config", "the value is refused"),
            ("offset.lag.max", "Invalid value canary for it")
        ]
    );
    let error = start(&worker, &wired("shop", &[]), &Quiet, &Stop::default())
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::Invalid { problems } if problems.len() == 6));
    assert!(stub.changes().is_empty());
}

#[tokio::test]
async fn an_old_worker_and_one_without_mirror_maker_are_refused() {
    let mut stub = Stub::new(|_, _, _| None);
    stub.version = "3.6.1";
    let (_, worker) = stub.serve().await;
    let error = preflight(&worker, &wired("shop", &[])).await.unwrap_err();
    insta::assert_snapshot!(error, @"the worker runs MirrorMaker 2 3.6.1, below the least of 3.6.2: earlier versions translate offsets of groups wrongly or never reach the end of a topic");
    let none = |_, _: &Method, path: &str| {
        (path == "/connector-plugins").then(|| axum::Json(json!([])).into_response())
    };
    let (_, worker) = Stub::new(none).serve().await;
    let error = preflight(&worker, &wired("shop", &[])).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("has no plugin `org.apache.kafka.connect.mirror.MirrorSourceConnector`")
    );
}

#[tokio::test]
async fn a_failed_task_is_shown_with_its_innermost_cause_and_restarted_on_request() {
    let (stub, worker) = Stub::new(|_, _, _| None).serve().await;
    let wiring = wired("shop", &[]);
    start(&worker, &wiring, &Quiet, &Stop::default()).await.unwrap();
    stub.connectors
        .lock()
        .unwrap()
        .get_mut("landfall-shop-source")
        .unwrap()
        .1 = "FAILED";
    let error = start(&worker, &wiring, &Quiet, &Stop::default())
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"task 0 of `landfall-shop-source` failed: InnerException: no bread");
    let restarted = restart(&worker, &names("shop"), &Quiet, &Stop::default())
        .await
        .unwrap();
    assert_eq!(restarted.restarted, ["landfall-shop-source"]);
    let again = restart(&worker, &names("shop"), &Quiet, &Stop::default())
        .await
        .unwrap();
    assert!(again.restarted.is_empty());
}

#[tokio::test]
async fn a_stopped_mirror_is_resumed_by_a_start() {
    let (stub, worker) = Stub::new(|_, _, _| None).serve().await;
    let wiring = wired("shop", &[]);
    start(&worker, &wiring, &Quiet, &Stop::default()).await.unwrap();
    let stopped = stop(&worker, &names("shop"), &Quiet, &Stop::default())
        .await
        .unwrap();
    assert!(stopped.changed && stopped.connectors.iter().all(|state| state.is(State::Stopped)));
    let again = stop(&worker, &names("shop"), &Quiet, &Stop::default())
        .await
        .unwrap();
    assert!(!again.changed);
    let before = stub.changes().len();
    let started = start(&worker, &wiring, &Quiet, &Stop::default()).await.unwrap();
    assert!(
        started.changed
            && started
                .connectors
                .iter()
                .all(|change| change.resumed && change.keys.is_empty())
    );
    assert_eq!(stub.changes().len() - before, 3);
}

#[tokio::test]
async fn a_mirror_that_was_never_started_has_nothing_to_pause() {
    let (_, worker) = Stub::new(|_, _, _| None).serve().await;
    let error = pause(&worker, &names("shop"), &Quiet, &Stop::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().ends_with("the mirror was not started"),
        "{error}"
    );
}

#[tokio::test]
async fn a_connector_that_stays_in_between_is_named_with_what_it_is() {
    let stuck = |_, _: &Method, path: &str| {
        path.ends_with("/status").then(|| {
            let state =
                json!({ "name": "x", "connector": { "state": "UNASSIGNED", "worker_id": "" }, "tasks": [] });
            axum::Json(state).into_response()
        })
    };
    let (_, worker) = Stub::new(stuck).serve().await;
    let heard = Recorder::default();
    let error = start(&worker, &wired("shop", &[]), &heard, &Stop::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().ends_with("it is unassigned, 0 of 0 tasks"),
        "{error}"
    );
    let failed = |event: &Event| {
        matches!(
            event,
            Event::StepFailed {
                step: "connector",
                ..
            }
        )
    };
    assert!(heard.events().iter().any(failed));
}

#[tokio::test]
async fn a_source_without_topics_starts_with_a_warning() {
    let mut stub = Stub::new(|_, _, _| None);
    stub.tasks = 0;
    let (_, worker) = stub.serve().await;
    let heard = Recorder::default();
    let started = start(&worker, &wired("shop", &[]), &heard, &Stop::default())
        .await
        .unwrap();
    assert_eq!(started.connectors[0].tasks, 0);
    let warned = |event: &Event| matches!(event, Event::Warning { text } if text.contains("has no task yet"));
    assert!(heard.events().iter().any(warned));
}

#[tokio::test]
async fn a_wish_to_stop_ends_the_waiting() {
    let starting = |_, _: &Method, path: &str| {
        path.ends_with("/status").then(|| {
            let state = json!({ "name": "x", "connector": { "state": "UNASSIGNED" }, "tasks": [] });
            axum::Json(state).into_response()
        })
    };
    let (stub, worker) = Stub::new(starting).serve().await;
    let asked = Stop::default();
    asked.ask();
    let error = start(&worker, &wired("shop", &[]), &Quiet, &asked)
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::Stopped));
    assert!(stub.changes().is_empty());
}
