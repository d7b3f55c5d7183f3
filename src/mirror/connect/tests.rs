//! Faults that a real worker cannot be made to show on demand, on a stub that speaks its contract; what a real one does is
//! tried in `tests/docker`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::preflight::{CHECKPOINT, HEARTBEAT, SOURCE};
use super::*;
use crate::model::connect_topics::{ConnectTopics, OffsetSyncs};
use crate::run::{Event, Quiet, Recorder, Sink, Stop};

/// A request that a fault may answer instead of the stub: how often it came, method, path.
type Fault = Box<dyn Fn(usize, &Method, &str) -> Option<Response> + Send + Sync>;

/// A worker in memory.
struct Stub {
    connectors: Mutex<BTreeMap<String, (Value, &'static str)>>,
    calls: Mutex<Vec<String>>,
    fault: Fault,
    version: &'static str,
    tasks: usize,
}

impl Stub {
    fn new(fault: impl Fn(usize, &Method, &str) -> Option<Response> + Send + Sync + 'static) -> Self {
        Self {
            connectors: Mutex::default(),
            calls: Mutex::default(),
            fault: Box::new(fault),
            version: "4.3.1",
            tasks: 1,
        }
    }

    async fn serve(self) -> (Arc<Self>, Worker) {
        let stub = Arc::new(self);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(Arc::clone(&stub));
        tokio::spawn(async move { axum::serve(listener, app).await });
        (stub, worker(&format!("http://{address}")))
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// The calls that change something.
    fn changes(&self) -> Vec<String> {
        let reads = |call: &String| call.starts_with("GET") || call.contains("/validate");
        self.calls().into_iter().filter(|call| !reads(call)).collect()
    }

    fn state(&self, name: &str) -> Value {
        let connectors = self.connectors.lock().unwrap();
        let (_, state) = connectors[name];
        let tasks = if state == "STOPPED" { 0 } else { self.tasks };
        let trace = "java.lang.RuntimeException: outer\nCaused by: org.x.InnerException: no bread\n\tat a.b";
        let tasks: Vec<Value> = (0..tasks)
            .map(|id| json!({ "id": id, "state": state, "worker_id": "w:1", "trace": (state == "FAILED").then_some(trace) }))
            .collect();
        let own = if state == "FAILED" { "RUNNING" } else { state };
        json!({ "name": name, "connector": { "state": own, "worker_id": "w:1" }, "tasks": tasks, "type": "source" })
    }

    fn own(&self, method: &Method, path: &str, body: &[u8]) -> Response {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method.as_str(), parts.as_slice()) {
            ("GET", [""]) => {
                axum::Json(json!({ "version": self.version, "kafka_cluster_id": "c" })).into_response()
            }
            ("GET", ["connector-plugins"]) => {
                let plugin = |class| json!({ "class": class, "type": "source", "version": self.version });
                axum::Json(json!([SOURCE, CHECKPOINT, HEARTBEAT].map(plugin))).into_response()
            }
            ("PUT", ["connector-plugins", _, "config", "validate"]) => {
                axum::Json(json!({ "error_count": 0, "configs": [] })).into_response()
            }
            ("GET", ["connectors"]) => {
                let names: Vec<String> = self.connectors.lock().unwrap().keys().cloned().collect();
                let each = |name: &String| {
                    let config = self.connectors.lock().unwrap()[name].0.clone();
                    (
                        name.clone(),
                        json!({ "info": { "config": config }, "status": self.state(name) }),
                    )
                };
                axum::Json(names.iter().map(each).collect::<BTreeMap<_, _>>()).into_response()
            }
            ("PUT", ["connectors", name, "config"]) => {
                let config = serde_json::from_slice(body).unwrap();
                let mut connectors = self.connectors.lock().unwrap();
                let state = connectors.get(*name).map_or("RUNNING", |found| found.1);
                let old = connectors.insert((*name).to_owned(), (config, state));
                let status = if old.is_none() {
                    StatusCode::CREATED
                } else {
                    StatusCode::OK
                };
                (status, axum::Json(json!({}))).into_response()
            }
            ("GET", ["connectors", name, "status"]) => axum::Json(self.state(name)).into_response(),
            ("GET", ["connectors", name, "tasks"]) => {
                let config = self.connectors.lock().unwrap()[*name].0.clone();
                axum::Json(json!([{ "id": { "connector": name, "task": 0 }, "config": config }]))
                    .into_response()
            }
            ("GET", ["connectors", _, "offsets"]) => axum::Json(json!({ "offsets": [] })).into_response(),
            ("PUT" | "POST", ["connectors", name, what]) => {
                let state = match *what {
                    "pause" => "PAUSED",
                    "stop" => "STOPPED",
                    _ => "RUNNING",
                };
                self.connectors.lock().unwrap().get_mut(*name).unwrap().1 = state;
                StatusCode::ACCEPTED.into_response()
            }
            _ => (
                StatusCode::NOT_FOUND,
                axum::Json(json!({ "error_code": 404, "message": "HTTP 404 Not Found" })),
            )
                .into_response(),
        }
    }
}

async fn answer(
    Shared(stub): Shared<Arc<Stub>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = format!("{method} {}", uri.path());
    let signed = headers.get("authorization").map_or("", |_| " signed");
    let count = {
        let mut calls = stub.calls.lock().unwrap();
        calls.push(format!("{call}{signed}"));
        calls.iter().filter(|made| made.starts_with(&call)).count()
    };
    (stub.fault)(count, &method, uri.path()).unwrap_or_else(|| stub.own(&method, uri.path(), &body))
}

fn worker(url: &str) -> Worker {
    let patience = Patience {
        connect: Duration::from_secs(2),
        answer: Duration::from_millis(500),
        rebalance: Duration::from_millis(150),
        settle: Duration::from_millis(400),
        poll: Duration::from_millis(5),
    };
    let sign_in = SignIn {
        username: "landfall".to_owned(),
        password: "canary-password".into(),
    };
    Worker::with_patience(url, None, Some(sign_in), patience).unwrap()
}

fn connector(name: &str, class: &str, more: &[(&str, &str)]) -> Connector {
    let mut config: BTreeMap<String, String> = [
        ("name", name),
        ("connector.class", class),
        ("source.cluster.alias", "source"),
        ("target.cluster.alias", "target"),
        ("source.cluster.bootstrap.servers", "a:1,b:1"),
        ("target.cluster.bootstrap.servers", "c:1"),
        ("topics", "orders"),
        (
            "source.cluster.sasl.jaas.config",
            "x password=\"${file:/s:source.password}\";",
        ),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    config.extend(
        more.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    Connector {
        name: name.to_owned(),
        config,
    }
}

fn wired(environment: &str, more: &[(&str, &str)]) -> Wiring {
    let [source, checkpoint, heartbeat] = names(environment);
    Wiring {
        worker: BTreeMap::new(),
        source: connector(&source, SOURCE, more),
        checkpoint: connector(&checkpoint, CHECKPOINT, more),
        heartbeat: connector(&heartbeat, HEARTBEAT, more),
        secrets: Vec::new(),
        files: Vec::new(),
        system_properties: BTreeMap::new(),
        topics: ConnectTopics::of("source", "target", OffsetSyncs::Target),
    }
}

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

fn error_body(status: u16, message: &str) -> Response {
    let code = StatusCode::from_u16(status).unwrap();
    (
        code,
        axum::Json(json!({ "error_code": status, "message": message })),
    )
        .into_response()
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
