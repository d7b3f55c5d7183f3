//! What a deployment stack adds: what the template loses goes, what is denied is denied, one process at a time deploys.

use landfall::deploy::{ChangeKind, DeployError};
use landfall::mock::arm::Effect;
use landfall::model::resource_id::ResourceId;
use landfall::run::{Event, Quiet, Recorder, Stop};

use crate::place::{Kind, Place, SUBSCRIPTION, fault, group};

const STACK: &str = "landfall-dev-event-hubs";

fn hub(name: &str) -> ResourceId {
    let namespace = "providers/Microsoft.EventHub/namespaces/landfall-dev-hubs";
    ResourceId::new(format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dev/{namespace}/eventhubs/{name}"
    ))
}

/// Whether the stack of the place manages a hub.
async fn manages(place: &Place, name: &str) -> bool {
    let stack = place.client().stack(&group(), STACK).await.unwrap().unwrap();
    stack.resources.contains(&hub(name))
}

async fn is_there(place: &Place, name: &str) -> bool {
    let url = format!(
        "{}{}?api-version=2024-01-01",
        place.emulator.base_url(),
        hub(name)
    );
    let answer = reqwest::Client::new().get(url).bearer_auth("a-token-for-tests");
    answer.send().await.unwrap().status().is_success()
}

#[tokio::test]
async fn what_the_template_names_no_more_is_planned_and_deleted() {
    let place = Place::of(Kind::Stack).await;
    place.up_quietly(&place.environment(&[])).await.unwrap();
    assert!(manages(&place, "orders").await);
    let environment = place.without_orders(&[]);
    let plan = place.plan(&environment).await;
    let gone: Vec<_> = plan
        .changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Delete)
        .collect();
    assert_eq!((gone.len(), plan.counts.delete), (1, 1), "{:#?}", plan.changes);
    assert_eq!(gone[0].name, "landfall-dev-hubs/orders");
    place.up_quietly(&environment).await.unwrap();
    assert!(!is_there(&place, "orders").await && is_there(&place, "payments").await);
    assert!(place.plan(&environment).await.is_empty());
}

#[tokio::test]
async fn what_is_let_go_stays_where_the_environment_says_so() {
    let place = Place::of(Kind::Stack).await;
    let detach = "azure.stack.on-unmanage=detach";
    place.up_quietly(&place.environment(&[detach])).await.unwrap();
    let environment = place.without_orders(&[detach]);
    let plan = place.plan(&environment).await;
    assert_eq!(
        (plan.counts.detach, plan.counts.delete),
        (1, 0),
        "{:#?}",
        plan.changes
    );
    place.up_quietly(&environment).await.unwrap();
    assert!(is_there(&place, "orders").await && !manages(&place, "orders").await);
    assert!(place.plan(&environment).await.is_empty());
}

#[tokio::test]
async fn a_changed_rule_is_planned_and_put() {
    let place = Place::of(Kind::Stack).await;
    place.up_quietly(&place.environment(&[])).await.unwrap();
    let environment = place.environment(&["azure.stack.deny=delete"]);
    let plan = place.plan(&environment).await;
    let changed: Vec<_> = plan
        .changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Modify)
        .collect();
    assert_eq!(changed.len(), 1, "{:#?}", plan.changes);
    assert_eq!(changed[0].name, STACK);
    assert_eq!(changed[0].delta[0].path, "properties.denySettings.mode");
    place.up_quietly(&environment).await.unwrap();
    assert!(place.plan(&environment).await.is_empty());
}

#[tokio::test]
async fn plain_deployments_become_a_stack_that_goes_whole() {
    let place = Place::of(Kind::Incremental).await;
    place.up_quietly(&place.environment(&[])).await.unwrap();
    let environment = place.environment(&["azure.deployment=stack"]);
    let plan = place.plan(&environment).await;
    assert_eq!(
        (plan.counts.create, plan.counts.modify),
        (1, 0),
        "{:#?}",
        plan.changes
    );
    place.up_quietly(&environment).await.unwrap();
    assert!(manages(&place, "orders").await);
    let gone = place.down(&environment, &Quiet).await.unwrap();
    assert!(gone.group, "{gone:#?}");
}

#[tokio::test]
async fn two_runs_from_one_machine_do_not_meet() {
    let place = Place::with(Kind::Stack, |settings| {
        settings.faults = vec![fault("PUT", "*/eventhubs/orders", Effect::Stuck {})];
    })
    .await;
    let environment = place.environment(&[]);
    let (heard, stop) = (Recorder::default(), Stop::default());
    let deploys = |event: &Event| matches!(event, Event::StepStarted { step: "deploy", .. });
    let second = async {
        while !heard.events().iter().any(deploys) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        for error in [
            place.up_quietly(&environment).await.unwrap_err(),
            place.down(&environment, &Quiet).await.unwrap_err(),
        ] {
            let DeployError::Busy { by, since } = &error else {
                panic!("{error:?}")
            };
            assert!(by.contains("process") && since.is_some(), "{error}");
        }
        stop.ask();
    };
    let (first, ()) = tokio::join!(place.up(&environment, &heard, &stop), second);
    assert!(matches!(first, Err(DeployError::Stopped { .. })));
}

#[tokio::test]
async fn a_run_on_another_machine_is_named() {
    let place = Place::with(Kind::Stack, |settings| {
        settings.faults = vec![fault("PUT", "*/eventhubs/orders", Effect::Stuck {})];
    })
    .await;
    let stop = Stop::default();
    let (client, environment) = (place.client(), place.environment(&[]));
    let elsewhere = place.up(&environment, &Quiet, &stop);
    let asking = async {
        while client.stack(&group(), STACK).await.unwrap().is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        stop.ask();
    };
    let (ended, ()) = tokio::join!(elsewhere, asking);
    ended.unwrap_err();
    // Another machine has another journal, which knows of nothing to take up.
    std::fs::remove_file(place.journal()).unwrap();
    let plan = place.plan(&environment).await;
    let named = |check: &landfall::deploy::Check| check.name == format!("deployment {STACK}");
    assert!(plan.checks.iter().any(named), "{:#?}", plan.checks);
    let error = place.up_quietly(&environment).await.unwrap_err();
    assert!(
        matches!(&error, DeployError::Active { deployment, since: Some(_), .. } if deployment == STACK),
        "{error:?}"
    );
}
