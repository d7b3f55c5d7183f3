//! What an environment names no more: the stack of an addition goes, and takes nothing along that somebody needs.

use landfall::config::Environment;
use landfall::deploy::{Baseline, ChangeKind, DeployError, DriftState, Plan, Verdict, drift};
use landfall::mock::arm::Clock;
use landfall::run::{Event, Quiet, Sink, Stop};
use serde_json::{Value, json};

use crate::place::{Kind, Place, SUBSCRIPTION, bundle, fault, group, refuse};

const CAPTURE: &str = "addons:\n- capture: { storage-account: stlandfalldev }\n";
const STACK: &str = "landfall-dev-capture";
const STORAGE: &str = "providers/Microsoft.Storage/storageAccounts/stlandfalldev";

/// Deploys with capture, and gives back the environment without it.
async fn once_with_capture(place: &Place, set: &[&str]) -> Environment {
    let with = place.rewritten(|text| format!("{text}{CAPTURE}"), set);
    place.up_quietly(&with).await.unwrap();
    place.rewritten(|text| text.replace(CAPTURE, ""), set)
}

fn of_kind(plan: &Plan, kind: ChangeKind) -> Vec<&str> {
    let changes = plan.changes.iter().filter(|change| change.kind == kind);
    changes.map(|change| change.name.as_str()).collect()
}

async fn has_stack(place: &Place, name: &str) -> bool {
    place.client().stack(&group(), name).await.unwrap().is_some()
}

/// The names of what is in the group.
async fn present(place: &Place) -> Vec<String> {
    let resources = place.client().resources(&group()).await.unwrap();
    resources.iter().map(|resource| resource.id.full_name()).collect()
}

#[tokio::test]
async fn an_addition_goes_with_its_stack_as_the_plan_says() {
    let place = Place::of(Kind::Stack).await;
    let environment = once_with_capture(&place, &[]).await;
    assert!(present(&place).await.contains(&"stlandfalldev".to_owned()));
    let plan = place.plan(&environment).await;
    let gone = of_kind(&plan, ChangeKind::Delete);
    for name in [STACK, "stlandfalldev", "stlandfalldev/default/capture"] {
        assert!(gone.contains(&name), "{name}: {gone:?}");
    }
    assert!(
        !gone.iter().any(|name| name.starts_with("landfall-dev-hubs")),
        "{gone:?}"
    );
    let stack = plan.changes.iter().find(|change| change.name == STACK).unwrap();
    let reason = "the environment does not name `capture` any more";
    assert_eq!(stack.reason.as_deref(), Some(reason));

    place.up_quietly(&environment).await.unwrap();
    assert!(!has_stack(&place, STACK).await && has_stack(&place, "landfall-dev-event-hubs").await);
    let left = present(&place).await;
    assert!(left.contains(&"landfall-dev-hubs".to_owned()) && !left.contains(&"stlandfalldev".to_owned()));
    let records = place.client().deployments(&group()).await.unwrap();
    assert!(
        !records.iter().any(|one| one.name.starts_with(STACK)),
        "{records:#?}"
    );
    let plan = place.plan(&environment).await;
    assert!(plan.is_empty(), "{:#?}", plan.changes);

    // Nothing of it is missed afterwards.
    let baseline = Baseline::read(&Baseline::beside(&place.journal()), &environment, &Quiet);
    let (client, bundle) = (place.client(), bundle(&environment));
    let found = drift(&client, &environment, &bundle, &baseline, &Stop::default()).await;
    let found = found.unwrap();
    assert!(
        !found.resources.iter().any(|one| one.state == DriftState::Missing),
        "{found:#?}"
    );
    assert!(place.down(&environment, &Quiet).await.unwrap().group);
}

#[tokio::test]
async fn what_is_let_go_stays_and_loses_its_stack() {
    let place = Place::of(Kind::Stack).await;
    let detach = "azure.stack.on-unmanage=detach";
    let environment = once_with_capture(&place, &[detach]).await;
    let plan = place.plan(&environment).await;
    assert_eq!(of_kind(&plan, ChangeKind::Delete), [STACK]);
    assert!(of_kind(&plan, ChangeKind::Detach).contains(&"stlandfalldev"));
    place.up_quietly(&environment).await.unwrap();
    assert!(!has_stack(&place, STACK).await);
    assert!(present(&place).await.contains(&"stlandfalldev".to_owned()));
    assert!(place.plan(&environment).await.is_empty());
}

#[tokio::test]
async fn plain_deployments_stay_and_the_plan_says_so() {
    let place = Place::of(Kind::Incremental).await;
    let environment = once_with_capture(&place, &[]).await;
    let plan = place.plan(&environment).await;
    assert!(of_kind(&plan, ChangeKind::Delete).is_empty());
    let told: Vec<&str> = plan
        .checks
        .iter()
        .filter(|check| check.detail.contains("not named any more"))
        .map(|check| check.detail.as_str())
        .collect();
    assert_eq!(
        told,
        ["the add-on `capture` was deployed and is not named any more: what it made stays until `down`"]
    );
    assert!(place.down(&environment, &Quiet).await.unwrap().group);
}

#[tokio::test]
async fn a_lock_blocks_the_plan_before_anything_is_changed() {
    let place = Place::of(Kind::Stack).await;
    let environment = once_with_capture(&place, &[]).await;
    let lock = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dev/{STORAGE}/providers/Microsoft.Authorization/locks/keep"
    );
    let body = json!({"properties": {"level": "CanNotDelete"}});
    place
        .ask("PUT", &format!("{lock}?api-version=2020-05-01"), &body)
        .await;
    let plan = place.plan(&environment).await;
    let blocked = |check: &&landfall::deploy::Check| check.verdict == Verdict::Blocked;
    let blocked: Vec<_> = plan.checks.iter().filter(blocked).collect();
    assert!(
        blocked.len() == 1 && blocked[0].detail.contains("locks/keep"),
        "{blocked:#?}"
    );
    let error = place.up_quietly(&environment).await.unwrap_err();
    assert!(matches!(error, DeployError::NotReady { .. }), "{error:?}");
    assert!(has_stack(&place, STACK).await);
}

#[tokio::test]
async fn a_removal_that_was_cut_short_is_finished_by_the_next_run() {
    let place = Place::with(Kind::Stack, |settings| {
        let forbidden = refuse(403, "AuthorizationFailed", "no right to delete");
        settings.faults = vec![fault("DELETE", "/deploymentstacks/", forbidden)];
    })
    .await;
    let environment = once_with_capture(&place, &[]).await;
    let error = place.up_quietly(&environment).await.unwrap_err();
    assert!(matches!(error, DeployError::Azure { .. }), "{error:?}");
    assert!(!place.plan(&environment).await.is_empty());
    place.up_quietly(&environment).await.unwrap();
    assert!(!has_stack(&place, STACK).await && place.plan(&environment).await.is_empty());
}

#[tokio::test]
async fn what_a_template_names_now_is_kept() {
    let place = Place::of(Kind::Stack).await;
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap();
    // An addition of before, which had one of the hubs and a storage account.
    let resource = |kind: &str, version: &str, name: &str, more: Value| {
        let mut resource = json!({"type": kind, "apiVersion": version, "name": name});
        resource
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        resource
    };
    let hub = resource(
        "Microsoft.EventHub/namespaces/eventhubs",
        "2024-01-01",
        "landfall-dev-hubs/orders",
        json!({"properties": {"partitionCount": 4, "messageRetentionInDays": 1}}),
    );
    let storage = resource(
        "Microsoft.Storage/storageAccounts",
        "2024-01-01",
        "starchivedev",
        json!({"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}),
    );
    let tags = json!({"landfall-environment": "dev", "landfall-addition": "archive"});
    place
        .stack("landfall-dev-archive", &tags, &json!([hub, storage]))
        .await;
    let plan = place.plan(&environment).await;
    assert_eq!(
        of_kind(&plan, ChangeKind::Delete),
        ["landfall-dev-archive", "starchivedev"]
    );
    place.up_quietly(&environment).await.unwrap();
    assert!(!has_stack(&place, "landfall-dev-archive").await);
    assert!(!present(&place).await.contains(&"starchivedev".to_owned()));
    let hub = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dev/providers/Microsoft.EventHub/namespaces/landfall-dev-hubs/\
         eventhubs/orders?api-version=2024-01-01"
    );
    let hub = place.ask("GET", &hub, &Value::Null).await;
    assert_eq!(hub["name"], "orders");
}

#[tokio::test]
async fn a_target_of_before_stays_and_the_plan_says_so() {
    let place = Place::of(Kind::Stack).await;
    place.up_quietly(&place.environment(&[])).await.unwrap();
    let stack = place
        .client()
        .stack(&group(), "landfall-dev-event-hubs")
        .await
        .unwrap()
        .unwrap();
    let another = |text: &str| {
        let kind = "target:\n  kind: confluent\n  parameters: { user: { email: kafka@example.org }, \
                    organization: confluent-dev, cluster: dev, sku: Basic, key-vault: kv-dev }\n";
        let (before, after) = (text.find("target:").unwrap(), text.find("topics:").unwrap());
        format!("{}{kind}{}", &text[..before], &text[after..])
    };
    let plan = place.plan(&place.rewritten(another, &[])).await;
    assert!(
        of_kind(&plan, ChangeKind::Delete).is_empty(),
        "{:#?}",
        plan.changes
    );
    let told = |check: &&landfall::deploy::Check| check.name == format!("deployment {}", stack.name);
    let told = plan.checks.iter().find(told).unwrap();
    assert_eq!(told.verdict, Verdict::Warning);
    assert!(
        told.detail.starts_with("the target `event-hubs` was deployed"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_removal_under_way_is_waited_for() {
    let place = Place::with(Kind::Stack, |settings| {
        settings.clock = Clock::real(20.0);
    })
    .await;
    let environment = once_with_capture(&place, &[]).await;
    let client = place.client();
    client.delete_stack(&group(), STACK, true).await.unwrap();
    let stack = client.stack(&group(), STACK).await.unwrap();
    assert_eq!(stack.unwrap().state, "deleting");
    place.up_quietly(&environment).await.unwrap();
    assert!(!has_stack(&place, STACK).await && place.plan(&environment).await.is_empty());
}

/// Asks to stop as soon as the first stack goes.
struct Hasty(Stop);

impl Sink for Hasty {
    fn emit(&self, event: Event) {
        if matches!(
            &event,
            Event::StepStarted {
                step: "delete-stack",
                ..
            }
        ) {
            self.0.ask();
        }
    }
}

#[tokio::test]
async fn whoever_stops_it_is_told_to_go_on_with_up() {
    let place = Place::of(Kind::Stack).await;
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap();
    for name in ["archive", "lake"] {
        let storage = json!([{
            "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2024-01-01", "name": format!("st{name}dev"),
            "location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2",
        }]);
        let tags = json!({"landfall-environment": "dev", "landfall-addition": name});
        place
            .stack(&format!("landfall-dev-{name}"), &tags, &storage)
            .await;
    }
    let stop = Stop::default();
    let error = place
        .up(&environment, &Hasty(stop.clone()), &stop)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, DeployError::RemovalStopped { deleted: 1, left } if left.len() == 1),
        "{error:?}"
    );
    place.up_quietly(&environment).await.unwrap();
    assert!(place.plan(&environment).await.is_empty());
}
