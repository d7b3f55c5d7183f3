//! A worker in memory that speaks the contract of Kafka Connect's REST interface, faults included.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::*;

/// A request that a fault may answer instead of the stub: how often it came, method, path.
pub type Fault = Box<dyn Fn(usize, &Method, &str) -> Option<Response> + Send + Sync>;

/// A worker in memory.
pub struct Stub {
    pub connectors: Mutex<BTreeMap<String, (Value, &'static str)>>,
    pub calls: Mutex<Vec<String>>,
    pub fault: Fault,
    pub version: &'static str,
    pub tasks: usize,
}

impl Stub {
    pub fn new(fault: impl Fn(usize, &Method, &str) -> Option<Response> + Send + Sync + 'static) -> Self {
        Self {
            connectors: Mutex::default(),
            calls: Mutex::default(),
            fault: Box::new(fault),
            version: "4.3.1",
            tasks: 1,
        }
    }

    pub async fn serve(self) -> (Arc<Self>, Worker) {
        let stub = Arc::new(self);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(Arc::clone(&stub));
        tokio::spawn(async move { axum::serve(listener, app).await });
        (stub, worker(&format!("http://{address}")))
    }

    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// The calls that change something.
    pub fn changes(&self) -> Vec<String> {
        let reads = |call: &String| call.starts_with("GET") || call.contains("/validate");
        self.calls().into_iter().filter(|call| !reads(call)).collect()
    }

    pub fn state(&self, name: &str) -> Value {
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

    pub fn own(&self, method: &Method, path: &str, body: &[u8]) -> Response {
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

pub fn worker(url: &str) -> Worker {
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

pub fn connector(name: &str, class: &str, more: &[(&str, &str)]) -> Connector {
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

pub fn wired(environment: &str, more: &[(&str, &str)]) -> Wiring {
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

pub fn error_body(status: u16, message: &str) -> Response {
    let code = StatusCode::from_u16(status).unwrap();
    (
        code,
        axum::Json(json!({ "error_code": status, "message": message })),
    )
        .into_response()
}
