//! The emulator over HTTP, as a client meets it: one virtual clock, no waiting.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
#![allow(
    clippy::needless_pass_by_value,
    reason = "a document written where it is used reads best"
)]

mod clusters;
mod confluent;
mod cosmos;
mod deployments;
mod faults;
mod history;
mod limits;
mod links;
mod locations;
mod observer;
mod policy;
mod previews;
mod protocol;
mod public;
mod requests;
mod resources;
mod scopes;
mod soft_delete;
mod stacks;
mod state;
mod streaming;
mod strict;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use landfall::mock::arm::{Change, Clock, Emulator, Fault, Observer, Refusal, Running, Settings};
use reqwest::{Method, Response, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
const TOKEN: &str = "a-token-for-tests";
const VERSION: &str = "2025-04-01";

/// An emulator and a client that knows its token.
struct Site {
    running: Running,
    client: reqwest::Client,
}

fn settings() -> Settings {
    let mut settings = Settings::new(SecretString::from(TOKEN), SUBSCRIPTION);
    settings.clock = Clock::virtual_from("2026-01-01T00:00:00Z".parse().unwrap());
    settings
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

impl Site {
    async fn start(settings: Settings) -> Self {
        Self {
            running: Emulator::start(settings).await.unwrap(),
            client: client(),
        }
    }

    /// A site with the group `rg`.
    async fn with_group(settings: Settings) -> Self {
        let site = Self::start(settings).await;
        let created = site
            .call(
                Method::PUT,
                "/resourcegroups/rg",
                Some(json!({"location": "westeurope"})),
            )
            .await;
        assert_eq!(created.status(), StatusCode::CREATED);
        site
    }

    async fn send(&self, method: Method, url: &str, body: Option<Value>) -> reqwest::Result<Response> {
        let mut request = self.client.request(method, url).bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await
    }

    fn url(&self, path: &str) -> String {
        let join = if path.contains('?') { '&' } else { '?' };
        format!(
            "{}/subscriptions/{SUBSCRIPTION}{path}{join}api-version={VERSION}",
            self.running.base_url()
        )
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        self.send(method, &self.url(path), body).await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.json().await.unwrap()
    }

    async fn deploy(&self, name: &str, template: &Value, parameters: Value) -> Response {
        self.call(
            Method::PUT,
            &deployment(name),
            Some(request(template, parameters)),
        )
        .await
    }

    /// Deploys and follows the status to its end; gives the deployment.
    async fn deployed(&self, name: &str, template: &Value, parameters: Value) -> Value {
        let accepted = self.deploy(name, template, parameters).await;
        assert!(
            accepted.status().is_success(),
            "{}",
            accepted.text().await.unwrap()
        );
        let monitor = accepted.headers()["azure-asyncoperation"]
            .to_str()
            .unwrap()
            .to_owned();
        self.followed(&monitor).await;
        self.get(&deployment(name)).await
    }

    async fn followed(&self, monitor: &str) -> Value {
        for _ in 0..200 {
            let status: Value = self
                .send(Method::GET, monitor, None)
                .await
                .unwrap()
                .json()
                .await
                .unwrap();
            if ["Succeeded", "Failed", "Canceled"].contains(&status["status"].as_str().unwrap()) {
                return status;
            }
        }
        panic!("{monitor} never ended");
    }

    /// Follows a `Location` to the answer it promises.
    async fn located(&self, accepted: Response) -> Response {
        assert_eq!(
            accepted.status(),
            StatusCode::ACCEPTED,
            "{}",
            accepted.text().await.unwrap()
        );
        let mut location = accepted.headers()["location"].to_str().unwrap().to_owned();
        for _ in 0..200 {
            let answer = self.send(Method::GET, &location, None).await.unwrap();
            if answer.status() != StatusCode::ACCEPTED {
                return answer;
            }
            answer.headers()["location"]
                .to_str()
                .unwrap()
                .clone_into(&mut location);
        }
        panic!("{location} never ended");
    }

    async fn what_if(&self, template: &Value, parameters: Value) -> Vec<Value> {
        let path = format!("{}/whatIf", deployment("preview"));
        let accepted = self
            .call(Method::POST, &path, Some(request(template, parameters)))
            .await;
        let result: Value = self.located(accepted).await.json().await.unwrap();
        result["properties"]["changes"]
            .as_array()
            .unwrap_or_else(|| panic!("{result}"))
            .clone()
    }
}

fn deployment(name: &str) -> String {
    format!("/resourcegroups/rg/providers/Microsoft.Resources/deployments/{name}")
}

fn request(template: &Value, parameters: Value) -> Value {
    json!({"properties": {"mode": "Incremental", "template": template, "parameters": parameters}})
}

fn template(resources: Value, more: Value) -> Value {
    let mut template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": resources,
    });
    template
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    template
}

/// A namespace `kafka-dev` with two hubs, whose namespace comes last in the text.
fn event_hubs() -> Value {
    template(
        json!([
            {
                "type": "Microsoft.EventHub/namespaces/eventhubs", "apiVersion": "2024-01-01",
                "name": "[format('{0}/{1}', parameters('name'), variables('topics')[copyIndex()].name)]",
                "copy": {"name": "topics", "count": "[length(variables('topics'))]"},
                "dependsOn": ["[resourceId('Microsoft.EventHub/namespaces', parameters('name'))]"],
                "properties": {"partitionCount": "[variables('topics')[copyIndex()].partitions]", "retentionDescription": {"cleanupPolicy": "Delete", "retentionTimeInHours": 24}},
            },
            {
                "type": "Microsoft.EventHub/namespaces", "apiVersion": "2024-01-01",
                "name": "[parameters('name')]", "location": "[resourceGroup().location]",
                "sku": {"name": "Standard", "tier": "Standard", "capacity": 1},
                "properties": {"minimumTlsVersion": "1.2"},
            },
        ]),
        json!({
            "parameters": {
                "name": {"type": "string", "defaultValue": "kafka-dev"},
                "orders": {"type": "int", "defaultValue": 4},
                "password": {"type": "securestring", "defaultValue": "unused"},
            },
            "variables": {"topics": [{"name": "orders", "partitions": "[parameters('orders')]"}, {"name": "payments", "partitions": 2}]},
            "outputs": {
                "bootstrapServers": {"type": "string", "value": "[replace(replace(reference(resourceId('Microsoft.EventHub/namespaces', parameters('name'))).serviceBusEndpoint, 'https://', ''), ':443/', ':9093')]"},
                "AZURE_ENV": {"type": "string", "value": "dev"},
            },
        }),
    )
}

async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (
        status,
        body["error"]["code"].as_str().unwrap_or_default().to_owned(),
    )
}

fn faults(list: Value) -> Vec<Fault> {
    serde_json::from_value(list).unwrap()
}

impl Site {
    /// Asks the emulator itself: `GET /landfall/faults` and its like.
    async fn own(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let url = format!("{}/landfall/{path}", self.running.base_url());
        self.send(method, &url, body).await.unwrap()
    }
}
