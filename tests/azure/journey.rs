//! From nothing to a deployed environment and back, against the emulator.

use std::collections::BTreeMap;

use landfall::azure::groups::GroupScope;
use landfall::deploy::{ChangeKind, DeployError, Preview, Verdict, destroy_plan, outputs, status};
use landfall::run::{Event, Quiet, Recorder, ResourceState, Stop};
use serde_json::json;

use crate::place::{Kind, Place, SUBSCRIPTION, in_both_ways};

fn group(name: &str) -> GroupScope {
    GroupScope {
        subscription: SUBSCRIPTION.into(),
        group: name.into(),
    }
}

async fn without_a_group_the_plan_names_what_the_template_makes(kind: Kind) {
    let place = Place::of(kind).await;
    let plan = place.plan(&place.environment(&[])).await;
    assert_eq!((plan.group_exists, plan.preview), (false, Preview::Template));
    assert!(
        plan.checks.iter().all(|check| check.verdict == Verdict::Passed),
        "{:#?}",
        plan.checks
    );
    assert!(
        plan.checks
            .iter()
            .any(|check| check.name == "name landfall-dev-hubs"),
        "{:#?}",
        plan.checks
    );
    let created: Vec<&str> = plan.changes.iter().map(|change| change.name.as_str()).collect();
    for name in [
        "rg-dev",
        "landfall-dev-hubs",
        "landfall-dev-hubs/orders",
        "landfall-dev-hubs/payments",
    ] {
        assert!(created.contains(&name), "{created:?} lacks {name}");
    }
    assert_eq!(plan.counts.create, created.len());
}

async fn after_up_nothing_changes_and_a_second_up_deploys_nothing(kind: Kind) {
    let place = Place::of(kind).await;
    let environment = place.environment(&[]);
    let heard = Recorder::default();
    let made = place.up(&environment, &heard, &Stop::default()).await.unwrap();
    assert_eq!(
        made.get("bootstrapServers"),
        Some(&json!("landfall-dev-hubs.servicebus.windows.net:9093"))
    );
    let succeeded = |event: &Event| matches!(event, Event::Resource { state: ResourceState::Succeeded, name, .. } if name == "landfall-dev-hubs/orders");
    assert_eq!(
        heard.events().iter().filter(|event| succeeded(event)).count(),
        1,
        "{:#?}",
        heard.events()
    );

    let plan = place.plan(&environment).await;
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert_eq!(plan.preview, Preview::Azure);
    assert!(plan.counts.no_change >= 3);
    let again = place.up_quietly(&environment).await.unwrap();
    assert_eq!(again, made);
    assert_eq!(
        place.client().deployments(&group("rg-dev")).await.unwrap().len(),
        1
    );
    assert_eq!(
        outputs(&place.client(), &environment, &crate::place::bundle(&environment))
            .await
            .unwrap()
            .unwrap()
            .values(),
        made.values()
    );

    let bundle = crate::place::bundle(&environment);
    let status = status(&place.client(), &environment, &bundle).await.unwrap();
    assert_eq!(status.deployment.unwrap().state, "Succeeded");
    assert!(
        status
            .resources
            .iter()
            .any(|resource| resource.name == "landfall-dev-hubs")
    );
}

async fn a_changed_partition_count_is_the_one_thing_that_the_plan_shows(kind: Kind) {
    let place = Place::of(kind).await;
    place.up_quietly(&place.environment(&[])).await.unwrap();
    let environment = place.environment(&["topics.overrides.orders.partitions=8"]);
    let plan = place.plan(&environment).await;
    let changed: Vec<_> = plan
        .changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Modify)
        .collect();
    assert_eq!(
        (plan.counts.create, plan.counts.modify, plan.counts.delete),
        (0, 1, 0),
        "{:#?}",
        plan.changes
    );
    assert_eq!(changed[0].name, "landfall-dev-hubs/orders");
    let delta = &changed[0].delta;
    assert_eq!(delta.len(), 1, "{delta:#?}");
    assert_eq!(delta[0].path, "properties.partitionCount");
    assert_eq!((&delta[0].before, &delta[0].after), (&json!(4), &json!(8)));
    place.up_quietly(&environment).await.unwrap();
    assert!(place.plan(&environment).await.is_empty());
}

async fn down_leaves_nothing_and_needs_nothing(kind: Kind) {
    let place = Place::of(kind).await;
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap();
    let heard = Recorder::default();
    let gone = place.down(&environment, &heard).await.unwrap();
    assert!(gone.group);
    assert!(
        gone.resources.iter().any(|id| id.ends_with("/eventhubs/orders")),
        "{gone:?}"
    );
    let deleted = |event: &&Event| {
        matches!(
            event,
            Event::Resource {
                state: ResourceState::Deleted,
                ..
            }
        )
    };
    assert_eq!(
        heard.events().iter().filter(deleted).count(),
        gone.resources.len()
    );
    assert_eq!(place.client().group(&group("rg-dev")).await.unwrap(), None);
    assert!(
        destroy_plan(&place.client(), &environment)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        place.down(&environment, &Quiet).await.unwrap().resources,
        Vec::<String>::new()
    );
}

async fn what_others_put_into_the_group_stays_and_so_does_their_group(kind: Kind) {
    let place = Place::of(kind).await;
    let client = place.client();
    client
        .put_group(&group("rg-dev"), "westeurope", &BTreeMap::new())
        .await
        .unwrap();
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [{
            "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31",
            "name": "theirs", "location": "westeurope",
        }],
    });
    let body = json!({"properties": {"mode": "Incremental", "template": template}});
    client
        .put_deployment(&group("rg-dev"), "theirs", &body)
        .await
        .unwrap();
    while !client
        .deployment(&group("rg-dev"), "theirs")
        .await
        .unwrap()
        .unwrap()
        .is_finished()
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap();
    assert!(!place.down(&environment, &Quiet).await.unwrap().group);
    let left: Vec<String> = client
        .resources(&group("rg-dev"))
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.name)
        .collect();
    assert_eq!(left, ["theirs"]);
    let records: Vec<String> = client
        .deployments(&group("rg-dev"))
        .await
        .unwrap()
        .into_iter()
        .map(|d| d.name)
        .collect();
    assert_eq!(records, ["theirs"]);
}

async fn a_name_that_is_taken_stops_the_plan_before_anything_is_made(kind: Kind) {
    let place = Place::of(kind).await;
    place.up_quietly(&place.environment(&[])).await.unwrap();
    let other = place.environment(&["azure.resource-group=rg-other"]);
    let plan = place.plan(&other).await;
    assert_eq!(plan.failed().len(), 1, "{:#?}", plan.checks);
    assert!(
        plan.failed()[0]
            .detail
            .starts_with("the name `landfall-dev-hubs` cannot be used")
    );
    let error = place.up_quietly(&other).await.unwrap_err();
    assert!(matches!(error, DeployError::NotReady { .. }), "{error:?}");
    assert_eq!(place.client().group(&group("rg-other")).await.unwrap(), None);
}

async fn a_provider_is_registered_with_consent_alone(kind: Kind) {
    let place = Place::with(kind, |settings| {
        settings.unregistered = vec!["Microsoft.EventHub".into()];
    })
    .await;
    let environment = place.environment(&[]);
    let plan = place.plan(&environment).await;
    assert_eq!(plan.unregistered, ["Microsoft.EventHub"]);
    let error = place.up_quietly(&environment).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the subscription is not registered to use `Microsoft.EventHub`"
    );
    let (client, bundle) = (place.client(), crate::place::bundle(&environment));
    let plan = plan.with_registration();
    let journal = place.journal();
    landfall::deploy::apply(
        &client,
        &environment,
        &bundle,
        &plan,
        &journal,
        &Quiet,
        &Stop::default(),
    )
    .await
    .unwrap();
    assert!(place.plan(&environment).await.unregistered.is_empty());
}

async fn the_template_spells_its_outputs_however_azure_spells_them(kind: Kind) {
    let place = Place::of(kind).await;
    let environment = place.environment(&[]);
    let (client, mut bundle) = (place.client(), crate::place::bundle(&environment));
    bundle.template["outputs"]["AZURE_KAFKA_HOST"] = json!({"type": "string", "value": "host"});
    let plan = place.plan(&environment).await;
    let journal = place.journal();
    let made = landfall::deploy::apply(
        &client,
        &environment,
        &bundle,
        &plan,
        &journal,
        &Quiet,
        &Stop::default(),
    )
    .await;
    let made = made.unwrap();
    assert_eq!(made.values().get("AZURE_KAFKA_HOST"), Some(&json!("host")));
    let read_back = outputs(&client, &environment, &bundle).await.unwrap().unwrap();
    assert_eq!(read_back.values().get("AZURE_KAFKA_HOST"), Some(&json!("host")));
}

in_both_ways! {
    without_a_group_the_plan_names_what_the_template_makes
    after_up_nothing_changes_and_a_second_up_deploys_nothing
    a_changed_partition_count_is_the_one_thing_that_the_plan_shows
    down_leaves_nothing_and_needs_nothing
    what_others_put_into_the_group_stays_and_so_does_their_group
    a_name_that_is_taken_stops_the_plan_before_anything_is_made
    a_provider_is_registered_with_consent_alone
    the_template_spells_its_outputs_however_azure_spells_them
}
