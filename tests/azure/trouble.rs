//! Deployments that fail, are interrupted, are forbidden, or belong to somebody else.

use std::sync::atomic::{AtomicBool, Ordering};

use landfall::deploy::{DeployError, cancel, destroy_plan};
use landfall::mock::arm::Effect;
use landfall::run::{Event, Quiet, Recorder, ResourceState, Sink, Stop};

use crate::place::{Kind, Place, fault, group, in_both_ways, refuse};
use crate::stub::everything;

/// Asks to stop when a step begins, as a person who presses Ctrl-C at the worst moment.
struct StopAt(&'static str, Stop, AtomicBool);

impl Sink for StopAt {
    fn emit(&self, event: Event) {
        if matches!(&event, Event::StepStarted { step, .. } if *step == self.0) {
            self.2.store(true, Ordering::SeqCst);
            self.1.ask();
        }
    }
}

async fn stopped_during_the_deployment(place: &Place) -> DeployError {
    let stop = Stop::default();
    let sink = StopAt("deploy", stop.clone(), AtomicBool::new(false));
    place.up(&place.environment(&[]), &sink, &stop).await.unwrap_err()
}

/// Forgets what was written after the PUT, as a kill between the two does.
fn forget_the_acceptance(place: &Place) {
    let text = std::fs::read_to_string(place.journal()).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("deployment-started"))
        .collect();
    assert_eq!(kept.len(), 1, "{text}");
    std::fs::write(place.journal(), format!("{}\n", kept[0])).unwrap();
}

async fn one_left_running_is_taken_up_by_the_next_run(kind: Kind) {
    let place = Place::of(kind).await;
    let error = stopped_during_the_deployment(&place).await;
    let DeployError::Stopped {
        deployment,
        correlation_id,
        ..
    } = error
    else {
        panic!("{error:?}")
    };
    let heard = Recorder::default();
    let made = place
        .up(&place.environment(&[]), &heard, &Stop::default())
        .await
        .unwrap();
    assert_eq!(made.deployment, deployment);
    assert!(
        heard
            .events()
            .iter()
            .any(|event| matches!(event, Event::StepFinished { step: "resume", .. }))
    );
    let all = place.client().deployments(&group()).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].correlation_id, correlation_id);
}

async fn a_kill_right_after_the_put_loses_nothing(kind: Kind) {
    let place = Place::of(kind).await;
    stopped_during_the_deployment(&place).await;
    forget_the_acceptance(&place);
    place.up_quietly(&place.environment(&[])).await.unwrap();
    assert_eq!(place.client().deployments(&group()).await.unwrap().len(), 1);
}

async fn a_kill_right_before_the_put_begins_anew(kind: Kind) {
    let place = Place::of(kind).await;
    stopped_during_the_deployment(&place).await;
    forget_the_acceptance(&place);
    let text = std::fs::read_to_string(place.journal()).unwrap();
    let name = text
        .split("\"deployment\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    std::fs::write(place.journal(), text.replace(name, "landfall-dev-never-sent")).unwrap();
    let made = place
        .up_quietly(&place.environment(&["topics.overrides.orders.partitions=8"]))
        .await
        .unwrap();
    assert_ne!(made.deployment, "landfall-dev-never-sent");
    let again = place
        .up_quietly(&place.environment(&["topics.overrides.orders.partitions=8"]))
        .await
        .unwrap();
    assert_eq!(again, made);
}

async fn an_address_that_has_expired_does_not_end_the_following(kind: Kind) {
    let place = Place::with(kind, |settings| {
        let mut expired = fault(
            "GET",
            kind.monitor(),
            refuse(403, "InvalidOperationToken", "expired"),
        );
        expired.matches.times = Some(1000);
        settings.faults = vec![expired];
    })
    .await;
    place.up_quietly(&place.environment(&[])).await.unwrap();
}

async fn an_answer_that_is_lost_after_azure_accepted_makes_no_second_deployment(kind: Kind) {
    let cut = fault("PUT", kind.path(), Effect::Cut { accepted: true });
    let place = Place::with(kind, |settings| settings.faults = vec![cut]).await;
    place.up_quietly(&place.environment(&[])).await.unwrap();
    assert_eq!(place.client().deployments(&group()).await.unwrap().len(), 1);
}

async fn passing_faults_on_every_way_are_overcome(kind: Kind) {
    let busy = || Effect::Respond {
        status: 429,
        code: None,
        message: None,
        retry_after: None,
    };
    let faults = vec![
        fault("PUT", "/resourcegroups/", refuse(500, "InternalServerError", "…")),
        fault("PUT", kind.path(), Effect::Cut { accepted: false }),
        fault("POST", "/validate", busy()),
        fault("GET", "/operations", Effect::Cut { accepted: true }),
        fault("GET", kind.path(), refuse(503, "ServiceUnavailable", "…")),
        fault("DELETE", "/namespaces/", refuse(500, "InternalServerError", "…")),
    ];
    let place = Place::with(kind, |settings| settings.faults = faults).await;
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap();
    assert!(place.plan(&environment).await.is_empty());
    assert!(place.down(&environment, &Quiet).await.unwrap().group);
}

async fn a_failure_names_the_resource_and_the_innermost_reason(kind: Kind) {
    let failing = Effect::FailOperation {
        code: Some("QuotaExceeded".into()),
        message: Some("no more hubs here".into()),
        at: None,
    };
    let place = Place::with(kind, |settings| {
        settings.faults = vec![fault("PUT", "*/eventhubs/orders", failing)];
    })
    .await;
    let environment = place.environment(&[]);
    let heard = Recorder::default();
    let error = place
        .up(&environment, &heard, &Stop::default())
        .await
        .unwrap_err();
    let DeployError::Failed { failures, state, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(state, "Failed");
    assert_eq!(
        (failures.len(), failures[0].code.as_str()),
        (1, "QuotaExceeded"),
        "{failures:#?}"
    );
    assert!(
        failures[0]
            .resource
            .as_ref()
            .unwrap()
            .ends_with("/eventhubs/orders")
    );
    assert!(
        error.to_string().contains("`QuotaExceeded`: no more hubs here"),
        "{error}"
    );
    let failed = |event: &Event| matches!(event, Event::Resource { state: ResourceState::Failed, message: Some(text), .. } if text.contains("no more hubs"));
    assert!(heard.events().iter().any(failed));
    // The next run begins anew and succeeds; what the failed one made goes with the rest.
    place.up_quietly(&environment).await.unwrap();
    assert!(place.down(&environment, &Quiet).await.unwrap().group);
}

async fn what_a_failed_deployment_made_is_removed_too(kind: Kind) {
    let failing = Effect::FailOperation {
        code: None,
        message: None,
        at: None,
    };
    let place = Place::with(kind, |settings| {
        settings.faults = vec![fault("PUT", "*/eventhubs/orders", failing)];
    })
    .await;
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap_err();
    let gone = place.down(&environment, &Quiet).await.unwrap();
    assert!(
        gone.resources
            .iter()
            .any(|id| id.ends_with("/namespaces/landfall-dev-hubs")),
        "{gone:?}"
    );
    assert!(gone.group);
}

async fn refusals_of_azure_keep_their_meaning(kind: Kind) {
    let active = "previous deployment from '7/1/2026 9:00:00 AM' is still active";
    let cases = [
        (401, "InvalidAuthenticationToken", "…"),
        (403, "AuthorizationFailed", "no right to write"),
        (409, "DeploymentActive", active),
        (400, "InvalidTemplate", "circular"),
    ];
    for (status, code, message) in cases {
        let refused = fault("PUT", kind.path(), refuse(status, code, message));
        let place = Place::with(kind, |settings| settings.faults = vec![refused]).await;
        let error = place.up_quietly(&place.environment(&[])).await.unwrap_err();
        match status {
            409 => assert!(
                matches!(&error, DeployError::Active { since: Some(at), .. } if at == "7/1/2026 9:00:00 AM")
            ),
            400 => assert!(matches!(error, DeployError::Invalid { .. }), "{error:?}"),
            _ => assert!(matches!(error, DeployError::Azure { .. }), "{error:?}"),
        }
        assert!(everything(&error).contains(code), "{error:?}");
        // Nothing is left to take up: the next run simply deploys.
        place.up_quietly(&place.environment(&[])).await.unwrap();
    }
}

async fn nothing_is_deleted_under_a_running_deployment(kind: Kind) {
    let place = Place::with(kind, |settings| {
        settings.faults = vec![fault("PUT", "*/eventhubs/orders", Effect::Stuck {})];
    })
    .await;
    stopped_during_the_deployment(&place).await;
    let error = place.down(&place.environment(&[]), &Quiet).await.unwrap_err();
    assert!(matches!(error, DeployError::Active { .. }), "{error:?}");
}

async fn what_was_left_running_can_be_called_off(kind: Kind) {
    let place = Place::with(kind, |settings| {
        settings.faults = vec![fault("PUT", "*/eventhubs/orders", Effect::Stuck {})];
    })
    .await;
    let environment = place.environment(&[]);
    stopped_during_the_deployment(&place).await;
    let (client, journal) = (place.client(), place.journal());
    let ended = cancel(&client, &environment, &journal, &Quiet).await.unwrap();
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert!(["Canceled", "Failed"].contains(&ended[0].1.as_str()), "{ended:?}");
    assert_eq!(cancel(&client, &environment, &journal, &Quiet).await.unwrap(), []);
    // The next run finds nothing in its way.
    place.set_faults(&[]).await;
    place.up_quietly(&environment).await.unwrap();
    assert!(place.down(&environment, &Quiet).await.unwrap().group);
}

async fn a_lock_is_seen_before_the_first_deletion(kind: Kind) {
    let place = Place::of(kind).await;
    let environment = place.environment(&[]);
    place.up_quietly(&environment).await.unwrap();
    let lock = format!(
        "{}{}/providers/Microsoft.Authorization/locks/keep?api-version=2016-09-01",
        place.emulator.base_url(),
        group().path()
    );
    let body = serde_json::json!({"properties": {"level": "CanNotDelete"}});
    let http = reqwest::Client::new();
    let locked = http
        .put(&lock)
        .bearer_auth("a-token-for-tests")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert!(locked.status().is_success(), "{}", locked.text().await.unwrap());
    assert_eq!(
        destroy_plan(&place.client(), &environment)
            .await
            .unwrap()
            .locks
            .len(),
        1
    );
    let error = place.down(&environment, &Quiet).await.unwrap_err();
    assert!(
        matches!(&error, DeployError::Locked { locks, .. } if locks.len() == 1),
        "{error:?}"
    );
    assert!(place.plan(&environment).await.is_empty());
}

in_both_ways! {
    one_left_running_is_taken_up_by_the_next_run
    a_kill_right_after_the_put_loses_nothing
    a_kill_right_before_the_put_begins_anew
    an_address_that_has_expired_does_not_end_the_following
    an_answer_that_is_lost_after_azure_accepted_makes_no_second_deployment
    passing_faults_on_every_way_are_overcome
    a_failure_names_the_resource_and_the_innermost_reason
    what_a_failed_deployment_made_is_removed_too
    refusals_of_azure_keep_their_meaning
    nothing_is_deleted_under_a_running_deployment
    what_was_left_running_can_be_called_off
    a_lock_is_seen_before_the_first_deletion
}
