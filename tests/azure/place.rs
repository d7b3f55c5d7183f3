//! An emulator, an environment on disk, and a journal: what a deployment needs.

use std::time::Duration;

use camino::Utf8PathBuf;
use landfall::azure::groups::GroupScope;
use landfall::azure::stacks::Stack;
use landfall::azure::{Client, Endpoint, Tokens};
use landfall::config::{self, Environment, Overrides};
use landfall::deploy::{self, DeployError, Destroyed, Outputs, Plan};
use landfall::mock::arm::{Effect, Emulator, Fault, Match, Running, Settings};
use landfall::run::{Quiet, Sink, Stop};
use landfall::template::{Bundle, Catalog};
use serde_json::{Value, json};

pub const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
pub const TOKEN: &str = "a-token-for-tests";

const ENVIRONMENT: &str = "
version: 1
name: dev
azure:
  subscription: 00000000-0000-0000-0000-000000000000
  resource-group: rg-dev
  location: westeurope
  deployment: KIND
target:
  kind: event-hubs
  parameters: { namespace: landfall-dev-hubs, sku: Premium }
topics:
  include: ['*']
  overrides:
    orders: { partitions: 4 }
    payments: { partitions: 2 }
";

/// What an environment's deployments are on Azure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Stack,
    Incremental,
}

impl Kind {
    /// A part of the path of what is deployed.
    pub fn path(self) -> &'static str {
        match self {
            Self::Stack => "/deploymentstacks/",
            Self::Incremental => "/deployments/",
        }
    }

    /// A part of the signed address under which it is followed.
    pub fn monitor(self) -> &'static str {
        match self {
            Self::Stack => "deploymentstackoperationstatus",
            Self::Incremental => "operationstatuses",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Stack => "stack",
            Self::Incremental => "incremental",
        }
    }
}

/// Longer than any of these takes on a busy machine: one that hangs is named instead of holding the suite up.
const PATIENCE: Duration = Duration::from_mins(5);

/// Plays a test to its end, and gives it up when it hangs.
pub async fn within_patience(test: impl Future<Output = ()>) {
    tokio::time::timeout(PATIENCE, test)
        .await
        .unwrap_or_else(|_| panic!("not over after {PATIENCE:?}"));
}

/// Each test with a deployment stack and with plain deployments.
macro_rules! in_both_ways {
    ($($name:ident)*) => {
        mod with_a_stack {
            $(#[tokio::test]
            async fn $name() {
                let test = Box::pin(super::$name(crate::place::Kind::Stack));
                crate::place::within_patience(test).await;
            })*
        }
        mod with_plain_deployments {
            $(#[tokio::test]
            async fn $name() {
                let test = Box::pin(super::$name(crate::place::Kind::Incremental));
                crate::place::within_patience(test).await;
            })*
        }
    };
}
pub(crate) use in_both_ways;

pub struct Place {
    pub emulator: Running,
    folder: tempfile::TempDir,
}

impl Place {
    pub async fn of(kind: Kind) -> Self {
        Self::with(kind, |_| {}).await
    }

    pub async fn with(kind: Kind, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(TOKEN.into(), SUBSCRIPTION);
        change(&mut settings);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("dev")).unwrap();
        std::fs::write(
            folder.path().join("dev/environment.yaml"),
            ENVIRONMENT.replace("KIND", kind.word()),
        )
        .unwrap();
        let emulator = Emulator::start(settings).await.unwrap();
        Self { emulator, folder }
    }

    /// The environment with some values set.
    pub fn environment(&self, set: &[&str]) -> Environment {
        let environments = Utf8PathBuf::from_path_buf(self.folder.path().to_owned()).unwrap();
        let overrides = Overrides {
            set: set.iter().map(ToString::to_string).collect(),
            variables: Vec::new(),
        };
        config::load(&environments, "dev", &overrides)
            .unwrap()
            .environment
    }

    /// The environment with some values set, and from now on without the topic `orders`.
    pub fn without_orders(&self, set: &[&str]) -> Environment {
        let kept = |line: &&str| !line.contains("orders:");
        self.rewritten(
            |text| text.lines().filter(kept).collect::<Vec<_>>().join("\n"),
            set,
        )
    }

    /// The environment with some values set, and from now on with other lines.
    pub fn rewritten(&self, change: impl FnOnce(&str) -> String, set: &[&str]) -> Environment {
        let file = self.folder.path().join("dev/environment.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, change(&text)).unwrap();
        self.environment(set)
    }

    /// A client of another run.
    pub fn client(&self) -> Client {
        let endpoint = Endpoint::at(&self.emulator.base_url()).unwrap();
        Client::new(endpoint, Tokens::fixed(TOKEN.into())).unwrap()
    }

    /// Asks the emulator; a fault that strikes here is one less.
    pub async fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.emulator.base_url());
        for _ in 0..30 {
            let request = reqwest::Client::new().request(method.parse().unwrap(), &url);
            let Ok(answer) = request.bearer_auth(TOKEN).json(body).send().await else {
                continue;
            };
            if !answer.status().is_success() {
                continue;
            }
            if let Ok(body) = answer.json().await {
                return body;
            }
        }
        panic!("the emulator does not take {method} {path}");
    }

    /// Deploys a stack into the group that the environment did not ask for, and waits for its end.
    pub async fn stack(&self, name: &str, tags: &Value, resources: &Value) {
        let body = json!({
            "tags": tags,
            "properties": {
                "actionOnUnmanage": {"resources": "delete"},
                "denySettings": {"mode": "none"},
                "template": {
                    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                    "contentVersion": "1.0.0.0",
                    "resources": resources,
                },
            },
        });
        let (client, group) = (self.client(), group());
        client.put_stack(&group, name, &body).await.unwrap();
        let over = |stack: Option<Stack>| stack.is_some_and(|stack| stack.state == "succeeded");
        while !over(client.stack(&group, name).await.unwrap()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn set_faults(&self, faults: &[Value]) {
        self.ask("PUT", "/landfall/faults", &json!({"value": faults}))
            .await;
    }

    /// How often the faults that are set have struck.
    pub async fn struck(&self) -> u64 {
        let faults = self.ask("GET", "/landfall/faults", &Value::Null).await;
        let faults = faults["value"].as_array().unwrap().iter();
        faults.map(|fault| fault["struck"].as_u64().unwrap()).sum()
    }

    pub fn journal(&self) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.folder.path().join("state/deploy.jsonl")).unwrap()
    }

    pub async fn plan(&self, environment: &Environment) -> Plan {
        let made = deploy::plan(
            &self.client(),
            environment,
            &bundle(environment),
            &Quiet,
            &Stop::default(),
        )
        .await;
        made.unwrap()
    }

    /// Plans and applies as one run does.
    pub async fn up(
        &self,
        environment: &Environment,
        sink: &dyn Sink,
        stop: &Stop,
    ) -> Result<Outputs, DeployError> {
        let (client, bundle) = (self.client(), bundle(environment));
        let plan = deploy::plan(&client, environment, &bundle, sink, &Stop::default()).await?;
        deploy::apply(&client, environment, &bundle, &plan, &self.journal(), sink, stop).await
    }

    pub async fn up_quietly(&self, environment: &Environment) -> Result<Outputs, DeployError> {
        self.up(environment, &Quiet, &Stop::default()).await
    }

    pub async fn down(&self, environment: &Environment, sink: &dyn Sink) -> Result<Destroyed, DeployError> {
        let client = self.client();
        let plan = deploy::destroy_plan(&client, environment).await?;
        deploy::destroy(
            &client,
            environment,
            plan,
            &self.journal(),
            sink,
            &Stop::default(),
        )
        .await
    }
}

/// The group of the environment.
pub fn group() -> GroupScope {
    GroupScope {
        subscription: SUBSCRIPTION.into(),
        group: "rg-dev".into(),
    }
}

pub fn bundle(environment: &Environment) -> Bundle {
    deploy::bundle(environment, &Catalog::open(None, None).unwrap()).unwrap()
}

/// A fault at the first match.
pub fn fault(method: &str, path: &str, effect: Effect) -> Fault {
    Fault {
        matches: Match {
            method: Some(method.into()),
            path: Some(path.into()),
            ..Match::default()
        },
        effect,
        seen: 0,
        struck: 0,
    }
}

/// An error instead of an answer.
pub fn refuse(status: u16, code: &str, message: &str) -> Effect {
    Effect::Respond {
        status,
        code: Some(code.into()),
        message: Some(message.into()),
        retry_after: None,
    }
}
