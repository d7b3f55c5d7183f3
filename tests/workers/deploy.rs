//! The workers deployed to the emulator after their target, and taken down again.

use landfall::azure::groups::GroupScope;
use landfall::azure::{Client, Endpoint, Tokens};
use landfall::config::{self, Environment, Overrides};
use landfall::deploy::{self, Outputs, Plan, Preview};
use landfall::mock::arm::{Emulator, Running, Settings};
use landfall::run::{Quiet, Stop};
use landfall::template::{Bundle, Catalog};
use serde_json::{Map, Value, json};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
const TOKEN: &str = "a-token-for-tests";

const ENVIRONMENT: &str = "
version: 1
name: dev
azure:
  subscription: 00000000-0000-0000-0000-000000000000
  resource-group: rg-dev
  location: westeurope
target:
  kind: event-hubs
  parameters: { namespace: landfall-dev-hubs, sku: Premium }
topics: { include: ['*'] }
mirror: { engine: connect }
";

struct Place {
    emulator: Running,
    folder: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("dev")).unwrap();
        std::fs::write(folder.path().join("dev/environment.yaml"), ENVIRONMENT).unwrap();
        let emulator = Emulator::start(Settings::new(TOKEN.into(), SUBSCRIPTION))
            .await
            .unwrap();
        Self { emulator, folder }
    }

    fn path(&self, name: &str) -> camino::Utf8PathBuf {
        camino::Utf8PathBuf::from_path_buf(self.folder.path().join(name)).unwrap()
    }

    fn environment(&self) -> Environment {
        let loaded = config::load(&self.path(""), "dev", &Overrides::default());
        loaded.unwrap().environment
    }

    fn client(&self) -> Client {
        let endpoint = Endpoint::at(&self.emulator.base_url()).unwrap();
        Client::new(endpoint, Tokens::fixed(TOKEN.into())).unwrap()
    }

    async fn plan(&self, bundle: &Bundle) -> Plan {
        let (client, environment) = (self.client(), self.environment());
        let made = deploy::plan(&client, &environment, bundle, &Quiet, &Stop::default()).await;
        made.unwrap()
    }

    async fn up(&self, bundle: &Bundle) -> Outputs {
        let plan = self.plan(bundle).await;
        let (client, environment, journal) = (self.client(), self.environment(), self.path("deploy.jsonl"));
        let stop = Stop::default();
        let made = deploy::apply(&client, &environment, bundle, &plan, &journal, &Quiet, &stop).await;
        made.unwrap()
    }

    /// The deployments of the group, the newest first, by what they deployed.
    async fn deployed(&self) -> Vec<String> {
        let deployments = self.client().deployments(&group("rg-dev")).await.unwrap();
        // What deploys the workers has small deployments of its own.
        let what = |name: &str| {
            let known = ["mirror", "event-hubs"].into_iter();
            known
                .map(str::to_owned)
                .find(|unit| name.starts_with(&format!("landfall-dev-{unit}-")))
        };
        deployments
            .iter()
            .filter_map(|deployment| what(&deployment.name))
            .collect()
    }
}

fn group(name: &str) -> GroupScope {
    GroupScope {
        subscription: SUBSCRIPTION.into(),
        group: name.into(),
    }
}

/// The target with the workers of an example, `change` made to what the example gives.
fn bundle(
    environment: &Environment,
    example: Option<&str>,
    change: impl FnOnce(&mut Map<String, Value>),
) -> Bundle {
    let catalog = Catalog::open(None, None).unwrap();
    let mut bundle = deploy::bundle(environment, &catalog).unwrap();
    let mirror = catalog.addition("mirror").unwrap();
    let examples = mirror.examples().unwrap();
    let mut example = examples
        .into_iter()
        .find(|one| one.name.as_deref() == example)
        .unwrap();
    change(&mut example.context.given);
    let context = landfall::template::Context {
        given: example.context.given,
        ..deploy::context(environment, example.context.parameters)
    };
    bundle.additions.push(mirror.render(&context).unwrap());
    bundle
}

/// What a machine of the deployed scale set would boot from: the expression of its custom data, computed here.
fn custom_data(bundle: &Bundle, outputs: &Outputs) -> String {
    let parameters = &bundle.additions[0].parameters["parameters"];
    let text = parameters["cloudInit"]["value"].as_str().unwrap();
    let bootstrap = bundle.connect.bootstrap(&outputs.values()).unwrap();
    text.replace("@TARGET_BOOTSTRAP@", &bootstrap)
}

#[tokio::test]
async fn the_workers_follow_their_target_and_know_where_it_is() {
    let place = Place::new().await;
    let environment = place.environment();
    for example in [None, Some("plain"), Some("private")] {
        let bundle = bundle(&environment, example, |_| {});
        let plan = place.plan(&bundle).await;
        let name = if example == Some("private") {
            "vmss-mirror-shop"
        } else {
            "vmss-mirror"
        };
        assert!(
            plan.changes.iter().any(|change| change.name == name),
            "{:#?}",
            plan.changes
        );
        let warned: Vec<_> = plan
            .checks
            .iter()
            .filter(|check| check.verdict != deploy::Verdict::Passed)
            .collect();
        assert!(warned.is_empty(), "{warned:#?}");
        let outputs = place.up(&bundle).await;
        let url = outputs.get("connectUrl").unwrap().as_str().unwrap();
        assert!(url.starts_with("http://10.") && url.ends_with(":8083"), "{url}");
        assert_eq!(outputs.get("namespaceName"), Some(&json!("landfall-dev-hubs")));
        assert!(
            custom_data(&bundle, &outputs)
                .contains("bootstrap.servers=landfall-dev-hubs.servicebus.windows.net:9093\n")
        );
        assert_eq!(
            place.deployed().await,
            ["mirror", "event-hubs"],
            "the order of deployment"
        );

        let again = place.plan(&bundle).await;
        assert!(again.is_empty(), "{:#?}", again.changes);
        assert_eq!(again.preview, Preview::Azure);
        assert_eq!(
            again.counts.ignore, 0,
            "each left the other's resources alone: {:#?}",
            again.changes
        );
        assert_eq!(place.up(&bundle).await, outputs);
        assert_eq!(place.deployed().await.len(), 2, "nothing was deployed again");
        let known = deploy::outputs(&place.client(), &environment, &bundle)
            .await
            .unwrap();
        assert_eq!(known.unwrap().values(), outputs.values());
        let status = deploy::status(&place.client(), &environment, &bundle)
            .await
            .unwrap();
        for name in ["landfall-dev-hubs", name] {
            assert!(
                status.resources.iter().any(|resource| resource.name == name),
                "{name}"
            );
        }

        let plan = deploy::destroy_plan(&place.client(), &environment).await.unwrap();
        let stop = Stop::default();
        let journal = place.path("deploy.jsonl");
        let gone = deploy::destroy(&place.client(), &environment, plan, &journal, &Quiet, &stop)
            .await
            .unwrap();
        assert!(gone.group, "{gone:#?}");
        assert_eq!(place.client().group(&group("rg-dev")).await.unwrap(), None);
    }
    let mut assumed = place.emulator.warnings().await;
    assumed.retain(|warning| !warning.ends_with("is not known to the emulator and taken as existing"));
    assert_eq!(assumed, Vec::<String>::new(), "a type that nobody knows");
}

#[tokio::test]
async fn a_change_of_the_workers_deploys_the_workers_alone() {
    let place = Place::new().await;
    let environment = place.environment();
    place.up(&bundle(&environment, None, |_| {})).await;
    let changed = bundle(&environment, None, |given| {
        given["worker-properties"] = json!("bootstrap.servers=@TARGET_BOOTSTRAP@\ngroup.id=other\n");
    });
    let plan = place.plan(&changed).await;
    assert_eq!(
        (plan.counts.create, plan.counts.modify, plan.counts.delete),
        (0, 1, 0),
        "{:#?}",
        plan.changes
    );
    let change = plan
        .changes
        .iter()
        .find(|change| change.name == "vmss-mirror")
        .unwrap();
    let paths: Vec<&str> = change.delta.iter().map(|delta| delta.path.as_str()).collect();
    assert_eq!(
        paths,
        ["tags.landfall-files"],
        "custom data shows through its fingerprint alone"
    );
    place.up(&changed).await;
    assert_eq!(place.deployed().await, ["mirror", "mirror", "event-hubs"]);
    assert!(place.plan(&changed).await.is_empty());
}

#[tokio::test]
async fn workers_added_later_leave_the_target_as_it_is() {
    let place = Place::new().await;
    let environment = place.environment();
    let mut alone = bundle(&environment, None, |_| {});
    let workers = alone.additions.remove(0);
    place.up(&alone).await;
    alone.additions.push(workers);
    let plan = place.plan(&alone).await;
    assert_eq!(
        (plan.counts.modify, plan.counts.delete),
        (0, 0),
        "{:#?}",
        plan.changes
    );
    assert!(plan.counts.create > 5 && plan.preview == Preview::Azure);
    let outputs = place.up(&alone).await;
    assert!(outputs.get("workersId").is_some());
    assert_eq!(place.deployed().await, ["mirror", "event-hubs"]);
}
