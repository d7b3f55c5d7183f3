//! What is tried again, how slowly, and what is not: the table of the Resource Manager contract, section 11.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use landfall::azure::token::Token;
use landfall::azure::{AzureError, Client, Endpoint, Rhythm, Tokens};
use landfall::deploy;
use landfall::run::{Quiet, Stop};
use serde_json::json as object;

use crate::place::{Kind, Place, TOKEN, bundle, fault, in_both_ways, refuse};
use crate::stub::{Reply, Seen, Stub, everything, json, refusal, scope};

const GROUP: &str = r#"{"name":"rg","location":"westeurope","properties":{"provisioningState":"Succeeded"}}"#;

fn accepted(seen: &Seen) -> Reply {
    let correlation_id = seen.header("x-ms-correlation-request-id");
    let properties = object!({"provisioningState": "Accepted", "correlationId": correlation_id});
    json(201, &object!({"id": "/d", "name": "d", "properties": properties}))
}

fn is_put(seen: &Seen) -> bool {
    seen.method == "PUT"
}

#[tokio::test]
async fn what_is_busy_is_asked_again_slowly() {
    for code in [
        "AnotherOperationInProgress",
        "ResourceGroupBeingDeleted",
        "ConcurrentUpdateError",
        "RetryableErrorDueToAnotherOperation",
    ] {
        let stub = Stub::start(move |number, _| match number {
            1 | 2 => refusal(409, code, "not now"),
            _ => Reply::Answer(201, Vec::new(), GROUP.to_owned()),
        })
        .await;
        let began = Instant::now();
        let made = stub
            .client()
            .put_group(&scope(), "westeurope", &std::collections::BTreeMap::new())
            .await;
        made.unwrap();
        // Twenty times the first wait of 5 ms, 20 % less at the most; an outage would have been over after 15 ms.
        assert!(began.elapsed() >= Duration::from_millis(160), "{code}");
        let ids: HashSet<String> = stub
            .seen()
            .iter()
            .map(|seen| seen.header("x-ms-client-request-id").to_owned())
            .collect();
        assert_eq!(ids.len(), 3, "{code}");
    }
}

#[tokio::test]
async fn a_deployment_that_finds_its_group_busy_is_sent_again_for_it_was_not_accepted() {
    let stub = Stub::start(|number, seen| match number {
        1 => refusal(409, "AnotherOperationInProgress", "not now"),
        _ => accepted(seen),
    })
    .await;
    let put = stub.client().put_deployment(&scope(), "d", &object!({})).await;
    put.unwrap();
    assert_eq!(stub.methods(), ["PUT", "PUT"]);
}

#[tokio::test]
async fn what_is_refused_for_good_is_asked_once() {
    // The templates set `principalType`, so that a principal that the directory does not show yet is no error; the
    // client itself assigns no role for which it would have to wait.
    for (status, code) in [
        (400, "PrincipalNotFound"),
        (400, "InvalidTemplate"),
        (403, "AuthorizationFailed"),
        (404, "SubscriptionNotFound"),
        (409, "InvalidResourceGroupLocation"),
        (409, "MissingSubscriptionRegistration"),
    ] {
        let stub = Stub::start(move |_, _| refusal(status, code, "no")).await;
        let put = stub.client().put_deployment(&scope(), "d", &object!({})).await;
        let error = put.err().unwrap();
        assert!(error.has_code(code), "{error:?}");
        assert_eq!(stub.methods(), ["PUT"], "{code}");
    }
}

#[tokio::test]
async fn a_stored_refusal_for_want_of_registration_is_not_asked_for_again() {
    // Azure gives its first outcome again to whoever comes with the same request id.
    let refused = Mutex::new(HashSet::new());
    let registered = Arc::new(AtomicUsize::new(0));
    let known = Arc::clone(&registered);
    let stub = Stub::start(move |_, seen| {
        let missing = || {
            refusal(
                409,
                "MissingSubscriptionRegistration",
                "not registered to use namespace 'A.B'",
            )
        };
        if !is_put(seen) {
            known.store(1, Ordering::SeqCst);
            return json(
                200,
                &object!({"namespace": "A.B", "registrationState": "Registered"}),
            );
        }
        let id = seen.header("x-ms-client-request-id").to_owned();
        let mut refused = refused.lock().unwrap();
        if known.load(Ordering::SeqCst) == 0 {
            refused.insert(id);
            return missing();
        }
        if refused.contains(&id) {
            missing()
        } else {
            accepted(seen)
        }
    })
    .await;
    let client = stub.client();
    let put = client.put_deployment(&scope(), "d", &object!({})).await;
    assert!(put.err().unwrap().has_code("MissingSubscriptionRegistration"));
    client.register("s", "A.B").await.unwrap();
    client.put_deployment(&scope(), "d", &object!({})).await.unwrap();
    let ids: HashSet<String> = stub
        .seen()
        .iter()
        .filter(|seen| is_put(seen))
        .map(|seen| seen.header("x-ms-client-request-id").to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(registered.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_host_that_nobody_knows_is_named() {
    let endpoint = Endpoint::at("https://no-such-host.invalid").unwrap();
    let patience = Duration::from_millis(50);
    let client = Client::new(endpoint, Tokens::fixed(TOKEN.into()))
        .unwrap()
        .with_rhythm(Rhythm {
            patience,
            ..Rhythm::LOOPBACK
        });
    let error = client.group(&scope()).await.unwrap_err();
    let AzureError::GaveUp { source, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(matches!(**source, AzureError::Unreachable { .. }), "{error:?}");
    let text = everything(&error);
    let told = "cannot reach azure at `no-such-host.invalid` for `GET /subscriptions/";
    assert!(text.contains(told), "{text}");
    assert!(text.contains("dns error"), "{text}");
}

/// Tokens that are fetched anew whenever one was refused; how often is counted.
fn counted(count: &Arc<AtomicUsize>) -> Tokens {
    let count = Arc::clone(count);
    Tokens::fetched(Box::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            Ok(Token {
                token: TOKEN.into(),
                expires: jiff::Timestamp::now() + Duration::from_hours(1),
            })
        })
    }))
}

async fn a_token_that_expires_while_a_deployment_runs_is_fetched_anew(kind: Kind) {
    let expired = || {
        refuse(
            401,
            "ExpiredAuthenticationToken",
            "The access token expiry is in the past.",
        )
    };
    let place = Place::with(kind, |settings| {
        settings.faults = vec![
            fault("GET", kind.monitor(), expired()),
            fault("GET", "*/operations", expired()),
        ];
    })
    .await;
    let environment = place.environment(&[]);
    let count = Arc::new(AtomicUsize::new(0));
    let endpoint = Endpoint::at(&place.emulator.base_url()).unwrap();
    let client = Client::new(endpoint, counted(&count)).unwrap();
    let (bundle, stop) = (bundle(&environment), Stop::default());
    let plan = deploy::plan(&client, &environment, &bundle, &Quiet, &stop)
        .await
        .unwrap();
    let before = count.load(Ordering::SeqCst);
    let journal = place.journal();
    deploy::apply(&client, &environment, &bundle, &plan, &journal, &Quiet, &stop)
        .await
        .unwrap();
    assert_eq!((before, count.load(Ordering::SeqCst)), (1, 3));
    assert_eq!(place.struck().await, 2);
    assert!(place.plan(&environment).await.is_empty());
}

in_both_ways! {
    a_token_that_expires_while_a_deployment_runs_is_fetched_anew
}
