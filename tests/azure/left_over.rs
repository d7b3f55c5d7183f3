//! What a run that was cut short leaves, the next one finds: each case was met by the chaos test first.

use landfall::deploy::{DeployError, destroy_plan, outputs};
use landfall::run::Quiet;
use serde_json::json;

use crate::place::{Kind, Place, bundle, fault, group, in_both_ways, refuse};

/// Makes the group as somebody else does, so that `down` leaves it.
async fn of_somebody_else(place: &Place) {
    let client = place.client();
    let tags = [("owner".to_owned(), "somebody".to_owned())].into();
    client.put_group(&group(), "westeurope", &tags).await.unwrap();
}

async fn records_outlive_a_removal_that_was_cut_short_by_one_run_at_most(kind: Kind) {
    let forbidden = refuse(403, "AuthorizationFailed", "no right to delete");
    let place = Place::with(kind, |settings| {
        settings.faults = vec![fault("DELETE", "/deployments/landfall-", forbidden)];
    })
    .await;
    of_somebody_else(&place).await;
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap();
    let error = place.down(&environment, &Quiet).await.unwrap_err();
    assert!(matches!(error, DeployError::Azure { .. }), "{error:?}");
    let client = place.client();
    assert!(client.resources(&group()).await.unwrap().is_empty());
    assert_eq!(client.deployments(&group()).await.unwrap().len(), 1);
    assert!(!destroy_plan(&client, &environment).await.unwrap().is_empty());
    place.down(&environment, &Quiet).await.unwrap();
    assert!(client.deployments(&group()).await.unwrap().is_empty());
    assert!(destroy_plan(&client, &environment).await.unwrap().is_empty());
}

async fn records_of_an_environment_whose_name_begins_alike_stay(kind: Kind) {
    let place = Place::of(kind).await;
    of_somebody_else(&place).await;
    let tags = json!({"landfall-environment": "dev-two", "landfall-target": "event-hubs"});
    place
        .stack("landfall-dev-two-event-hubs", &tags, &json!([]))
        .await;
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap();
    place.down(&environment, &Quiet).await.unwrap();
    let left = place.client().deployments(&group()).await.unwrap();
    assert_eq!(left.len(), 1, "{left:#?}");
    assert!(
        left[0].name.starts_with("landfall-dev-two-event-hubs-"),
        "{left:#?}"
    );
}

async fn an_address_that_is_not_found_is_no_end_of_a_deletion(kind: Kind) {
    let place = Place::of(kind).await;
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap();
    let client = place.client();
    let forgotten = |path: &str| {
        let mut fault = fault("GET", path, refuse(404, "NotFound", "no such operation"));
        fault.matches.times = Some(2);
        json!(fault)
    };
    let faults = [
        forgotten("deploymentstackoperationstatus"),
        forgotten("operationresults"),
        forgotten("*/operationstatuses/*"),
    ];
    place.set_faults(&faults).await;
    let gone = place.down(&environment, &Quiet).await.unwrap();
    assert!(gone.group, "{gone:#?}");
    assert!(place.struck().await > 0);
    place.set_faults(&[]).await;
    assert!(client.resources(&group()).await.unwrap().is_empty());
    assert_eq!(client.group(&group()).await.unwrap(), None);
}

async fn a_copy_of_before_the_end_is_not_taken_for_the_end(kind: Kind) {
    let place = Place::of(kind).await;
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap();
    let stale = |path: &str| json!({"match": {"method": "GET", "path": path, "times": 2}, "effect": {"kind": "stale"}});
    place
        .set_faults(&[
            stale("*/deploymentstacks/*"),
            stale("*/deployments/landfall-dev-event-hubs-????????????"),
        ])
        .await;
    let known = outputs(&place.client(), &environment, &bundle(&environment)).await;
    assert!(place.struck().await > 0);
    let known = known.unwrap().unwrap();
    assert!(known.get("bootstrapServers").is_some(), "{known:#?}");
}

in_both_ways! {
    a_copy_of_before_the_end_is_not_taken_for_the_end
    an_address_that_is_not_found_is_no_end_of_a_deletion
    records_outlive_a_removal_that_was_cut_short_by_one_run_at_most
    records_of_an_environment_whose_name_begins_alike_stay
}
