//! Deployment stacks: what they make, what they take away, what they refuse.

mod denials;
mod lifecycle;
mod previews;
mod requests;
mod scopes;

use super::*;

/// The api-version of stacks.
const STACKS: &str = "2025-07-01";

fn stack(name: &str) -> String {
    format!("/resourcegroups/rg/providers/Microsoft.Resources/deploymentStacks/{name}")
}

/// A stack's body that deletes what it manages no more.
fn wanted(template: &Value) -> Value {
    json!({"properties": {
        "template": template,
        "actionOnUnmanage": {"resources": "delete"},
        "denySettings": {"mode": "none"},
    }})
}

/// `body` with `value` at `pointer`, whose last member may be new.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[last] = value;
    body
}

fn namespace(name: &str) -> Value {
    json!({
        "type": "Microsoft.EventHub/namespaces", "apiVersion": "2024-01-01", "name": name,
        "location": "westeurope", "sku": {"name": "Standard"}, "properties": {},
    })
}

fn hub(namespace: &str, name: &str) -> Value {
    json!({
        "type": "Microsoft.EventHub/namespaces/eventhubs", "apiVersion": "2024-01-01",
        "name": format!("{namespace}/{name}"),
        "dependsOn": [format!("[resourceId('Microsoft.EventHub/namespaces', '{namespace}')]")],
        "properties": {"partitionCount": 2, "messageRetentionInDays": 1},
    })
}

fn of(resources: Value) -> Value {
    template(resources, json!({}))
}

/// The last names of the resources in `list` of a stack's properties, in order.
fn names(stack: &Value, list: &str) -> Vec<String> {
    let all = stack["properties"][list].as_array();
    all.unwrap_or_else(|| panic!("{stack}"))
        .iter()
        .map(|one| one["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
        .collect()
}

impl Site {
    async fn stacks(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let join = if path.contains('?') { '&' } else { '?' };
        let url = format!(
            "{}/subscriptions/{SUBSCRIPTION}{path}{join}api-version={STACKS}",
            self.running.base_url()
        );
        self.send(method, &url, body).await.unwrap()
    }

    async fn stack(&self, name: &str) -> Value {
        self.stacks(Method::GET, &stack(name), None)
            .await
            .json()
            .await
            .unwrap()
    }

    async fn put_stack(&self, name: &str, body: Value) -> Response {
        self.stacks(Method::PUT, &stack(name), Some(body)).await
    }

    /// Puts a stack, follows its status to the end, and gives the status and the stack.
    async fn stacked(&self, name: &str, body: Value) -> (Value, Value) {
        let accepted = self.put_stack(name, body).await;
        let status = self.ended(accepted).await;
        (status, self.stack(name).await)
    }

    /// Follows `Azure-AsyncOperation` to its end.
    async fn ended(&self, accepted: Response) -> Value {
        assert!(
            accepted.status().is_success(),
            "{}",
            accepted.text().await.unwrap()
        );
        let monitor = accepted.headers()["azure-asyncoperation"]
            .to_str()
            .unwrap()
            .to_owned();
        for _ in 0..200 {
            let status: Value = self
                .send(Method::GET, &monitor, None)
                .await
                .unwrap()
                .json()
                .await
                .unwrap();
            if ["succeeded", "failed"].contains(&status["status"].as_str().unwrap()) {
                return status;
            }
        }
        panic!("{monitor} never ended");
    }
}
