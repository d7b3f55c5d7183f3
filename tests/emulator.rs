//! The emulator over HTTP, as a client meets it: one virtual clock, no waiting.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
#![allow(
    clippy::needless_pass_by_value,
    reason = "a document written where it is used reads best"
)]

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

#[tokio::test]
async fn a_group_is_created_shown_in_any_case_and_deleted_with_its_resources() {
    let site = Site::with_group(settings()).await;
    assert_eq!(
        site.call(Method::HEAD, "/resourceGroups/RG", None).await.status(),
        StatusCode::NO_CONTENT
    );
    let again = site
        .call(
            Method::PUT,
            "/resourcegroups/RG",
            Some(json!({"location": "West Europe"})),
        )
        .await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<Value>().await.unwrap()["name"], "rg");
    let moved = site
        .call(
            Method::PUT,
            "/resourcegroups/rg",
            Some(json!({"location": "eastus"})),
        )
        .await;
    assert_eq!(code(moved).await, (409, "InvalidResourceGroupLocation".into()));
    site.deployed("d", &event_hubs(), json!({})).await;
    let accepted = site.call(Method::DELETE, "/resourcegroups/rg", None).await;
    assert_eq!(
        site.get("/resourcegroups/rg").await["properties"]["provisioningState"],
        "Deleting"
    );
    let done = site.located(accepted).await;
    assert_eq!(
        (done.status().as_u16(), done.text().await.unwrap().as_str()),
        (200, "")
    );
    assert_eq!(
        code(site.call(Method::GET, "/resourcegroups/rg", None).await).await,
        (404, "ResourceGroupNotFound".into())
    );
    assert_eq!(site.get("/resources").await["value"], json!([]));
}

#[tokio::test]
async fn resources_are_made_in_the_order_of_their_dependencies() {
    let site = Site::with_group(settings()).await;
    let accepted = site.deploy("d", &event_hubs(), json!({})).await;
    assert_eq!(accepted.status(), StatusCode::CREATED);
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        accepted.json::<Value>().await.unwrap()["properties"]["provisioningState"],
        "Accepted"
    );
    assert_eq!(site.followed(&monitor).await, json!({"status": "Succeeded"}));
    let operations = site.get("/resourcegroups/rg/deployments/d/operations").await;
    let rows = operations["value"].as_array().unwrap();
    let started = |name: &str| {
        let row = rows
            .iter()
            .find(|row| row["properties"]["targetResource"]["resourceName"] == name)
            .unwrap();
        let properties = &row["properties"];
        (
            properties["timestamp"].as_str().unwrap().to_owned(),
            properties["duration"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(rows.len(), 4, "three resources and the outputs: {operations}");
    assert!(started("kafka-dev").0 <= started("kafka-dev/orders").0);
    assert_eq!(started("kafka-dev").1, "PT45.0000000S");
    assert_eq!(
        rows.last().unwrap()["properties"]["provisioningOperation"],
        "EvaluateDeploymentOutput"
    );
    let deployment = site.get(&deployment("d")).await;
    let dependencies = deployment["properties"]["dependencies"].as_array().unwrap();
    assert_eq!(dependencies.len(), 2);
    assert_eq!(dependencies[0]["dependsOn"][0]["resourceName"], "kafka-dev");
    assert_eq!(
        deployment["properties"]["outputResources"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn outputs_come_back_under_the_names_that_azure_makes_of_them() {
    let site = Site::with_group(settings()).await;
    let deployment = site.deployed("d", &event_hubs(), json!({})).await;
    assert_eq!(
        deployment["properties"]["outputs"],
        json!({
            "bootstrapServers": {"type": "String", "value": "kafka-dev.servicebus.windows.net:9093"},
            "azurE_ENV": {"type": "String", "value": "dev"},
        })
    );
}

#[tokio::test]
async fn a_running_deployment_keeps_its_name_and_a_finished_one_gives_it_up() {
    let site = Site::with_group(settings()).await;
    site.deploy("d", &event_hubs(), json!({})).await;
    let second = site.deploy("D", &event_hubs(), json!({})).await;
    let text = second.text().await.unwrap();
    assert!(
        text.contains("DeploymentActive") && text.contains("2026-01-08T00:00:00.0000000Z"),
        "{text}"
    );
    let cancelled = site
        .call(Method::POST, &format!("{}/cancel", deployment("d")), None)
        .await;
    assert_eq!(cancelled.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        site.get(&deployment("d")).await["properties"]["provisioningState"],
        "Canceled"
    );
    let late = site
        .call(Method::POST, &format!("{}/cancel", deployment("d")), None)
        .await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    assert_eq!(
        site.deploy("d", &event_hubs(), json!({})).await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn cancelling_leaves_what_was_begun_and_starts_nothing_more() {
    let site = Site::with_group(settings()).await;
    site.deploy("d", &event_hubs(), json!({})).await;
    assert_eq!(
        site.get(&deployment("d")).await["properties"]["provisioningState"],
        "Accepted"
    );
    let cancelled = site
        .call(Method::POST, &format!("{}/cancel", deployment("d")), None)
        .await;
    assert_eq!(cancelled.status(), StatusCode::NO_CONTENT);
    for _ in 0..5 {
        site.get("/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-dev")
            .await;
    }
    let namespace = site
        .get("/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-dev")
        .await;
    assert_eq!(namespace["properties"]["provisioningState"], "Succeeded");
    let hubs = site
        .get("/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-dev/eventhubs")
        .await;
    assert_eq!(hubs["value"], json!([]));
}

#[tokio::test]
async fn a_redeployment_of_the_same_template_changes_nothing() {
    let site = Site::with_group(settings()).await;
    let before = site.what_if(&event_hubs(), json!({})).await;
    assert!(before.iter().all(|change| change["changeType"] == "Create"));
    site.deployed("d", &event_hubs(), json!({})).await;
    let changes = site.what_if(&event_hubs(), json!({})).await;
    assert_eq!(changes.len(), 3);
    assert!(
        changes.iter().all(|change| change["changeType"] == "NoChange"),
        "{changes:#?}"
    );
}

#[tokio::test]
async fn a_changed_partition_count_is_the_only_change_shown() {
    let site = Site::with_group(settings()).await;
    site.deployed("d", &event_hubs(), json!({})).await;
    let changes = site.what_if(&event_hubs(), json!({"orders": {"value": 8}})).await;
    let different: Vec<&Value> = changes
        .iter()
        .filter(|change| change["changeType"] != "NoChange")
        .collect();
    assert_eq!(different.len(), 1);
    assert_eq!(different[0]["changeType"], "Modify");
    assert_eq!(
        different[0]["delta"],
        json!([{"path": "properties.partitionCount", "propertyChangeType": "Modify", "before": 4, "after": 8, "children": null}])
    );
}

#[tokio::test]
async fn a_resource_outside_the_template_is_ignored_and_a_removed_property_is_shown() {
    let site = Site::with_group(settings()).await;
    let network = |prefixes: Value, tags: Value| {
        template(
            json!([{"type": "Microsoft.Network/virtualNetworks", "apiVersion": "2025-05-01", "name": "net", "location": "westeurope", "tags": tags,
            "properties": {"addressSpace": {"addressPrefixes": prefixes}}}]),
            json!({}),
        )
    };
    site.deployed(
        "n",
        &network(json!(["10.0.0.0/16", "10.1.0.0/16"]), json!({"a": "1"})),
        json!({}),
    )
    .await;
    let changes = site.what_if(&event_hubs(), json!({})).await;
    assert_eq!(
        changes
            .iter()
            .filter(|change| change["changeType"] == "Ignore")
            .count(),
        1
    );
    let changes = site
        .what_if(
            &network(json!(["10.0.0.0/16", "10.2.0.0/16"]), json!({})),
            json!({}),
        )
        .await;
    let delta = changes[0]["delta"].as_array().unwrap();
    assert_eq!(delta.len(), 2, "{delta:#?}");
    assert_eq!(
        (&delta[0]["path"], &delta[0]["propertyChangeType"]),
        (&json!("tags.a"), &json!("Delete"))
    );
    assert_eq!(delta[1]["propertyChangeType"], "Array");
    assert_eq!(delta[1]["children"][0]["path"], "1");
}

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
        "the emulator listens on loopback only, and `0.0.0.0:0` is not"
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
async fn state_outlives_the_process_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("state/arm.json")).unwrap();
    let with_file = || {
        let mut settings = settings();
        settings.state_file = Some(path.clone());
        settings
    };
    let template = template(
        json!([
            {"type": "Microsoft.EventHub/namespaces", "apiVersion": "2024-01-01", "name": "kafka-dev", "location": "westeurope", "properties": {}},
            {"type": "Acme.Vaults/boxes", "apiVersion": "2024-01-01", "name": "box", "location": "westeurope",
             "properties": {"plain": "[parameters('secret')]", "hidden": "[base64(concat('x', variables('copy')))]", "open": "yes"}},
        ]),
        json!({
            "parameters": {"secret": {"type": "secureString"}, "other": {"type": "securestring", "defaultValue": "canary-default"}},
            "variables": {"copy": "[parameters('secret')]"},
            "outputs": {
                "keys": {"type": "object", "value": "[listKeys(resourceId('Microsoft.EventHub/namespaces/authorizationRules', 'kafka-dev', 'RootManageSharedAccessKey'), '2024-01-01')]"},
                "leaked": {"type": "string", "value": "[parameters('secret')]"},
            },
        }),
    );
    let site = Site::with_group(with_file()).await;
    let parameters = json!({"secret": {"value": "canary-parameter"}});
    let made = site.deployed("d", &template, parameters.clone()).await;
    assert_eq!(made["properties"]["provisioningState"], "Succeeded", "{made}");
    assert_eq!(
        made["properties"]["parameters"]["secret"],
        json!({"type": "SecureString"})
    );
    assert_eq!(made["properties"]["outputs"]["leaked"], json!({"type": "String"}));
    let rule = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-dev/authorizationRules/RootManageSharedAccessKey/listKeys";
    let keys: Value = site.call(Method::POST, rule, None).await.json().await.unwrap();
    assert!(
        site.what_if(&template, parameters)
            .await
            .iter()
            .all(|change| change["changeType"] == "NoChange")
    );
    site.running.stop().await;
    let text = std::fs::read_to_string(&path).unwrap();
    let key = keys["primaryKey"].as_str().unwrap();
    for secret in [
        "canary-parameter",
        "canary-default",
        "eGNhbmFyeS1wYXJhbWV0ZXI=",
        key,
        TOKEN,
    ] {
        assert!(!text.contains(secret), "{secret} is in the state file");
    }
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions()) & 0o777,
        0o600
    );
    let site = Site::start(with_file()).await;
    assert_eq!(
        site.get(&deployment("d")).await["properties"]["provisioningState"],
        "Succeeded"
    );
    let again: Value = site.call(Method::POST, rule, None).await.json().await.unwrap();
    assert_eq!(again, keys);
}

#[tokio::test]
async fn a_deployment_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("arm.json")).unwrap();
    let with_file = || {
        let mut settings = settings();
        settings.state_file = Some(path.clone());
        settings
    };
    let site = Site::with_group(with_file()).await;
    site.deploy("d", &event_hubs(), json!({"password": {"value": "p"}}))
        .await;
    site.get(&deployment("d")).await;
    site.running.stop().await;
    let site = Site::start(with_file()).await;
    for _ in 0..20 {
        site.get(&deployment("d")).await;
    }
    let done = site.get(&deployment("d")).await;
    assert_eq!(
        done["properties"]["provisioningState"], "Failed",
        "its password was held in memory only"
    );
    assert!(done.to_string().contains("DeploymentInterrupted"));
}

#[tokio::test]
async fn a_failure_is_told_as_json_in_a_string_and_stops_only_what_depends_on_it() {
    let mut settings = settings();
    settings.faults = faults(
        json!([{"match": {"path": "/namespaces/kafka-dev"}, "effect": {"kind": "fail-operation", "code": "Quota", "message": "no more"}}]),
    );
    let site = Site::with_group(settings).await;
    let done = site.deployed("d", &event_hubs(), json!({})).await;
    let properties = &done["properties"];
    assert_eq!(properties["provisioningState"], "Failed");
    assert!(properties.get("outputResources").is_none() && properties.get("outputs").is_none());
    assert_eq!(properties["error"]["code"], "DeploymentFailed");
    let inner: Value =
        serde_json::from_str(properties["error"]["details"][0]["message"].as_str().unwrap()).unwrap();
    assert_eq!(inner["error"]["code"], "ResourceDeploymentFailure");
    assert_eq!(
        inner["error"]["details"][0],
        json!({"code": "Quota", "message": "no more"})
    );
    let operations = site.get("/resourcegroups/rg/deployments/d/operations").await;
    assert_eq!(
        operations["value"][0]["properties"]["provisioningState"],
        "Failed"
    );
    assert_eq!(
        operations["value"].as_array().unwrap().len(),
        2,
        "the hubs never began"
    );
}

#[tokio::test]
async fn a_nested_failure_is_wrapped_once_more() {
    let inner = template(
        json!([{"type": "Microsoft.EventHub/namespaces/eventhubs", "apiVersion": "2024-01-01", "name": "[format('{0}/orders', parameters('namespace'))]", "properties": {"partitionCount": 2}}]),
        json!({"parameters": {"namespace": {"type": "string"}}, "outputs": {"hub": {"type": "string", "value": "orders"}}}),
    );
    let outer = |namespace: &str| {
        template(
            json!([
                {"type": "Microsoft.EventHub/namespaces", "apiVersion": "2024-01-01", "name": "kafka-dev", "location": "westeurope", "properties": {}},
                {"type": "Microsoft.Resources/deployments", "apiVersion": "2025-04-01", "name": "inner",
                 "dependsOn": ["kafka-dev"],
                 "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": inner, "parameters": {"namespace": {"value": namespace}}}},
            ]),
            json!({"outputs": {"hub": {"type": "string", "value": "[reference('inner').outputs.hub.value]"}}}),
        )
    };
    let site = Site::with_group(settings()).await;
    let done = site.deployed("d", &outer("kafka-dev"), json!({})).await;
    assert_eq!(done["properties"]["outputs"]["hub"]["value"], "orders", "{done}");
    let changes = site.what_if(&outer("kafka-dev"), json!({})).await;
    assert_eq!(changes.len(), 2, "the nested resource is in the one list");
    let done = site.deployed("e", &outer("no-such-namespace"), json!({})).await;
    let nested: Value = serde_json::from_str(
        done["properties"]["error"]["details"][0]["message"]
            .as_str()
            .unwrap(),
    )
    .unwrap();
    assert_eq!(nested["error"]["code"], "DeploymentFailed");
    assert!(nested.to_string().contains("ParentResourceNotFound"));
}

#[tokio::test]
async fn bad_templates_are_refused_and_leave_no_record() {
    let site = Site::with_group(settings()).await;
    let circle = template(
        json!([
            {"type": "A.B/c", "apiVersion": "2024-01-01", "name": "one", "dependsOn": ["two"], "properties": {}},
            {"type": "A.B/c", "apiVersion": "2024-01-01", "name": "two", "properties": {"x": "[reference('one').y]"}},
        ]),
        json!({}),
    );
    let refused = site.deploy("d", &circle, json!({})).await;
    let text = refused.text().await.unwrap();
    assert!(
        text.contains("InvalidTemplate") && text.contains("Circular dependency"),
        "{text}"
    );
    let unknown = site
        .deploy("d", &event_hubs(), json!({"colour": {"value": "red"}}))
        .await;
    assert_eq!(code(unknown).await, (400, "InvalidTemplate".into()));
    let typed = site
        .deploy("d", &event_hubs(), json!({"orders": {"value": "four"}}))
        .await;
    assert_eq!(code(typed).await, (400, "InvalidTemplate".into()));
    assert_eq!(
        code(site.call(Method::GET, &deployment("d"), None).await).await,
        (404, "DeploymentNotFound".into())
    );
}

#[tokio::test]
async fn validation_answers_400_as_a_result_and_lists_what_would_be_made() {
    let site = Site::with_group(settings()).await;
    let path = format!("{}/validate", deployment("v"));
    let good = site
        .call(Method::POST, &path, Some(request(&event_hubs(), json!({}))))
        .await;
    assert_eq!(good.status(), StatusCode::OK);
    let good: Value = good.json().await.unwrap();
    assert_eq!(
        good["properties"]["validatedResources"].as_array().unwrap().len(),
        3
    );
    let bad = site
        .call(
            Method::POST,
            &path,
            Some(request(&event_hubs(), json!({"orders": {"value": 48}}))),
        )
        .await;
    let text = bad.text().await.unwrap();
    assert!(
        text.contains("InvalidTemplateDeployment") && text.contains("1 to 32"),
        "{text}"
    );
}

#[tokio::test]
async fn partitions_of_a_standard_namespace_cannot_change() {
    let site = Site::with_group(settings()).await;
    site.deployed("d", &event_hubs(), json!({})).await;
    let done = site
        .deployed("d", &event_hubs(), json!({"orders": {"value": 8}}))
        .await;
    assert!(
        done.to_string().contains("cannot be changed from 4 to 8"),
        "{done}"
    );
}

#[tokio::test]
async fn lists_come_in_pages_and_ids_in_any_case() {
    let mut settings = settings();
    settings.page = 2;
    let site = Site::with_group(settings).await;
    let copies = template(
        json!([{"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2024-11-30", "name": "[concat('id', copyIndex())]",
            "location": "westeurope", "copy": {"name": "ids", "count": 5}}]),
        json!({}),
    );
    site.deployed("d", &copies, json!({})).await;
    let mut seen = Vec::new();
    let mut next = Some(site.url("/resourceGroups/RG/resources"));
    let mut pages = 0;
    while let Some(url) = next {
        let page: Value = site
            .send(Method::GET, &url, None)
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        seen.extend(
            page["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["name"].as_str().unwrap().to_owned()),
        );
        next = page["nextLink"].as_str().map(ToOwned::to_owned);
        pages += 1;
    }
    assert_eq!((pages, seen.join(" ").as_str()), (3, "id0 id1 id2 id3 id4"));
    let one = site
        .get("/RESOURCEGROUPS/Rg/PROVIDERS/microsoft.managedidentity/USERASSIGNEDIDENTITIES/ID3")
        .await;
    assert_eq!(one["name"], "id3");
    assert_eq!(one["properties"]["principalId"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn generic_resources_are_written_patched_and_removed() {
    let site = Site::with_group(settings()).await;
    let id = "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/kafka-two";
    let put = site
        .call(
            Method::PUT,
            id,
            Some(json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {}})),
        )
        .await;
    assert_eq!(put.status(), StatusCode::CREATED);
    let monitor = put.headers()["azure-asyncoperation"].to_str().unwrap().to_owned();
    assert_eq!(
        put.json::<Value>().await.unwrap()["properties"]["provisioningState"],
        "Creating"
    );
    site.followed(&monitor).await;
    let free = site
        .call(
            Method::POST,
            "/providers/Microsoft.EventHub/checkNameAvailability",
            Some(json!({"name": "KAFKA-two"})),
        )
        .await;
    assert_eq!(free.json::<Value>().await.unwrap()["reason"], "NameInUse");
    let patched = site
        .call(Method::PATCH, id, Some(json!({"tags": {"a": "b"}})))
        .await;
    assert_eq!(patched.json::<Value>().await.unwrap()["tags"], json!({"a": "b"}));
    let gone = site.call(Method::DELETE, id, None).await;
    assert_eq!(site.located(gone).await.status(), StatusCode::OK);
    assert_eq!(
        code(site.call(Method::GET, id, None).await).await,
        (404, "ResourceNotFound".into())
    );
    assert_eq!(
        site.call(Method::DELETE, id, None).await.status(),
        StatusCode::NO_CONTENT
    );
    let orphan = site
        .call(
            Method::PUT,
            &format!("{id}/eventhubs/x"),
            Some(json!({"properties": {}})),
        )
        .await;
    assert_eq!(code(orphan).await, (404, "ParentResourceNotFound".into()));
    let bad = site
        .call(
            Method::PUT,
            "/resourcegroups/rg/providers/Microsoft.EventHub/namespaces/9x",
            Some(json!({"location": "westeurope"})),
        )
        .await;
    assert_eq!(bad.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_namespace_that_is_not_registered_is_refused_until_it_is() {
    let mut settings = settings();
    settings.unregistered = vec!["Microsoft.EventHub".into()];
    let site = Site::with_group(settings).await;
    assert_eq!(
        code(site.deploy("d", &event_hubs(), json!({})).await).await,
        (409, "MissingSubscriptionRegistration".into())
    );
    let registering: Value = site
        .call(Method::POST, "/providers/microsoft.eventhub/register", None)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(registering["registrationState"], "Registering");
    assert_eq!(
        site.get("/providers/Microsoft.EventHub").await["registrationState"],
        "Registering"
    );
    assert_eq!(
        site.get("/providers/Microsoft.EventHub").await["registrationState"],
        "Registered"
    );
    assert_eq!(
        site.deployed("d", &event_hubs(), json!({})).await["properties"]["provisioningState"],
        "Succeeded"
    );
}

fn faults(list: Value) -> Vec<Fault> {
    serde_json::from_value(list).unwrap()
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

#[tokio::test]
async fn an_unknown_type_is_kept_and_said_to_be_unknown() {
    let site = Site::with_group(settings()).await;
    let strange = template(
        json!([{"type": "Acme.Widgets/things", "apiVersion": "2024-01-01", "name": "t", "location": "westeurope", "properties": {"a": 1}}]),
        json!({}),
    );
    let done = site.deployed("d", &strange, json!({})).await;
    assert_eq!(done["properties"]["provisioningState"], "Succeeded");
    assert_eq!(
        done["properties"]["diagnostics"][0]["code"],
        "UnknownResourceType"
    );
    assert_eq!(
        site.running.warnings().await,
        ["the type Acme.Widgets/things is not known to the emulator and kept as it is"]
    );
    assert_eq!(
        site.get("/resourcegroups/rg/providers/Acme.Widgets/things/t")
            .await["properties"]["a"],
        1
    );
}

/// Writes down what it is told, and refuses hubs called `bad`.
#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn created<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            if change.names.last().is_some_and(|name| name == "bad") {
                return Err(Refusal {
                    status: 400,
                    code: "BadRequest".into(),
                    message: "no such topic".into(),
                });
            }
            let partitions = change.properties["partitionCount"].as_i64().unwrap_or_default();
            self.0
                .lock()
                .unwrap()
                .push(format!("+{}:{partitions}", change.names.join("/")));
            Ok(())
        })
    }

    fn deleted<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.0
                .lock()
                .unwrap()
                .push(format!("-{}", change.names.join("/")));
        })
    }

    fn addresses(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(
            "kafka-dev.servicebus.windows.net:9093".into(),
            "127.0.0.1:9".into(),
        )])
    }
}

#[tokio::test]
async fn an_observer_is_told_of_hubs_as_they_come_and_go() {
    let diary = Arc::new(Diary::default());
    let mut settings = settings();
    settings.observer = Arc::clone(&diary) as Arc<dyn Observer>;
    let site = Site::with_group(settings).await;
    site.deployed("d", &event_hubs(), json!({})).await;
    assert_eq!(
        *diary.0.lock().unwrap(),
        ["+kafka-dev:0", "+kafka-dev/orders:4", "+kafka-dev/payments:2"]
    );
    diary.0.lock().unwrap().clear();
    let accepted = site.call(Method::DELETE, "/resourcegroups/rg", None).await;
    site.located(accepted).await;
    let told = diary.0.lock().unwrap().clone();
    assert!(
        told.contains(&"-kafka-dev/orders".to_owned())
            && told.last().is_some_and(|last| last == "-kafka-dev"),
        "{told:?}"
    );
    let url = format!("{}/landfall/addresses", site.running.base_url());
    let addresses: Value = site
        .send(Method::GET, &url, None)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(addresses["kafka-dev.servicebus.windows.net:9093"], "127.0.0.1:9");
}

#[tokio::test]
async fn in_fast_time_a_deployment_ends_by_itself() {
    let mut settings = settings();
    settings.clock = Clock::fast();
    let site = Site::with_group(settings).await;
    let accepted = site.deploy("d", &event_hubs(), json!({})).await;
    assert_eq!(accepted.headers()["x-ms-retry-after-ms"], "50");
    let monitor = accepted.headers()["azure-asyncoperation"]
        .to_str()
        .unwrap()
        .to_owned();
    let first: Value = site
        .send(Method::GET, &monitor, None)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_ne!(first["status"], "Succeeded", "one poll at least finds it running");
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let then: Value = site
        .send(Method::GET, &monitor, None)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(then["status"], "Succeeded");
}

/// Every `azuredeploy.json` that a target's folder keeps as golden, with its parameters.
fn golden() -> Vec<(camino::Utf8PathBuf, Value, Value)> {
    fn walk(folder: &camino::Utf8Path, found: &mut Vec<camino::Utf8PathBuf>) {
        for entry in folder.read_dir_utf8().unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                walk(entry.path(), found);
            } else if entry.file_name() == "azuredeploy.json" {
                found.push(entry.path().to_owned());
            }
        }
    }
    let read =
        |path: &camino::Utf8Path| -> Value { serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() };
    let mut found = Vec::new();
    walk("templates/targets".into(), &mut found);
    found.sort();
    let whole = |path: camino::Utf8PathBuf| {
        let parameters = read(&path.with_file_name("azuredeploy.parameters.json"));
        (path.clone(), read(&path), parameters["parameters"].clone())
    };
    found.into_iter().map(whole).collect()
}

#[tokio::test]
async fn the_golden_templates_of_every_target_deploy_and_then_change_nothing() {
    let golden = golden();
    assert!(!golden.is_empty(), "no target keeps a golden template");
    for (path, template, parameters) in golden {
        let site = Site::with_group(settings()).await;
        let done = site.deployed("d", &template, parameters.clone()).await;
        assert_eq!(
            done["properties"]["provisioningState"], "Succeeded",
            "{path}: {done:#}"
        );
        assert_eq!(
            done["properties"].get("diagnostics"),
            None,
            "{path} uses a type that the emulator does not know"
        );
        let changes = site.what_if(&template, parameters).await;
        let other: Vec<&Value> = changes
            .iter()
            .filter(|change| change["changeType"] != "NoChange")
            .collect();
        assert!(other.is_empty(), "{path}: {other:#?}");
    }
}

#[tokio::test]
async fn a_thousand_resources_are_listed_at_once() {
    let mut settings = settings();
    settings.page = 2000;
    let site = Site::with_group(settings).await;
    for half in 0..2 {
        let copies = template(
            json!([{"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2024-11-30",
                "name": format!("[concat('id-{half}-', copyIndex())]"), "location": "westeurope", "copy": {"name": "ids", "count": 500}}]),
            json!({}),
        );
        site.deployed("d", &copies, json!({})).await;
    }
    assert_eq!(
        site.get("/resourcegroups/rg/resources").await["value"]
            .as_array()
            .unwrap()
            .len(),
        1000
    );
}
