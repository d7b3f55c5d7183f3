//! Every fault that Azure shows gives one clear error or is overcome; the token is in none of the texts.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use landfall::azure::token::Token;
use landfall::azure::{AzureError, Tokens};
use serde_json::json as object;

use crate::stub::{CANARY, Reply, Stub, everything, json, logged, refusal, scope};

const GROUP: &str = r#"{"name":"rg","location":"westeurope","properties":{"provisioningState":"Succeeded"}}"#;

fn group() -> Reply {
    Reply::Answer(200, Vec::new(), GROUP.to_owned())
}

#[tokio::test]
async fn an_expired_token_is_replaced_once() {
    let stub = Stub::start(|_, seen| match seen.header("authorization") {
        "Bearer token-2" => group(),
        _ => refusal(
            401,
            "ExpiredAuthenticationToken",
            "The access token expiry is in the past.",
        ),
    })
    .await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let tokens = Tokens::fetched(Box::new(move |_| {
        let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move {
            Ok(Token {
                token: format!("token-{number}").into(),
                expires: jiff::Timestamp::now() + Duration::from_hours(1),
            })
        })
    }));
    let found = stub.client_with(tokens).group(&scope()).await.unwrap();
    assert_eq!(found.unwrap().location, "westeurope");
    assert_eq!((stub.seen().len(), count.load(Ordering::SeqCst)), (2, 2));
}

#[tokio::test]
async fn a_token_that_stays_refused_is_not_tried_for_ever() {
    let refused = || refusal(401, "InvalidAuthenticationToken", "The access token is invalid.");
    let stub = Stub::start(move |_, _| refused()).await;
    let error = stub.client().group(&scope()).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(stub.seen().len(), 1);
    let fetched = Tokens::fetched(Box::new(|_| {
        let expires = jiff::Timestamp::now() + Duration::from_hours(1);
        Box::pin(async move {
            Ok(Token {
                token: CANARY.into(),
                expires,
            })
        })
    }));
    assert_eq!(
        stub.client_with(fetched)
            .group(&scope())
            .await
            .unwrap_err()
            .status(),
        Some(401)
    );
    assert_eq!(stub.seen().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_told_at_once_with_azures_own_words() {
    let stub = Stub::start(|_, _| {
        let body =
            object!({"error": {"code": "AuthorizationFailed", "message": "no right to read"}}).to_string();
        Reply::Answer(403, vec![("x-ms-request-id", "request-7".into())], body)
    })
    .await;
    let error = stub.client().group(&scope()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "azure refused `GET /subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg` with status 403, request `request-7`"
    );
    assert_eq!(
        error.refusal().unwrap().to_string(),
        "`AuthorizationFailed`: no right to read"
    );
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a_group_that_is_not_there_is_an_answer() {
    let stub = Stub::start(|_, _| refusal(404, "ResourceGroupNotFound", "…")).await;
    assert_eq!(stub.client().group(&scope()).await.unwrap(), None);
    assert!(stub.client().deployments(&scope()).await.unwrap().is_empty());
    stub.client().delete_group(&scope()).await.unwrap();
}

#[tokio::test]
async fn throttling_is_waited_out_as_long_as_azure_says() {
    let stub = Stub::start(|number, _| match number {
        1 => Reply::Answer(429, vec![("retry-after-ms", "150".into())], String::new()),
        2 => refusal(429, "TooManyRequests", "The request is being throttled."),
        _ => group(),
    })
    .await;
    let began = Instant::now();
    stub.client().group(&scope()).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(150));
    let seen = stub.seen();
    let ids: HashSet<&str> = seen
        .iter()
        .map(|seen| seen.header("x-ms-client-request-id"))
        .collect();
    let runs: HashSet<&str> = seen
        .iter()
        .map(|seen| seen.header("x-ms-correlation-request-id"))
        .collect();
    assert_eq!((seen.len(), ids.len(), runs.len()), (3, 3, 1));
}

#[tokio::test]
async fn a_wait_beyond_our_patience_is_told_instead_of_slept() {
    let stub = Stub::start(|_, _| {
        refusal(
            429,
            "SubscriptionRequestsThrottled",
            "Please try again after '372' seconds.",
        )
    })
    .await;
    let began = Instant::now();
    let error = stub.client().group(&scope()).await.unwrap_err();
    assert_eq!(error.to_string(), "gave up after 1 attempt within 2 s");
    assert!(matches!(
        &error,
        AzureError::GaveUp { source, .. }
            if matches!(**source, AzureError::Refused { retry_after: Some(wait), .. } if wait.as_secs() == 372)
    ));
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_passing_outage_is_overcome_and_a_lasting_one_is_told() {
    let passing = Stub::start(|number, _| match number {
        1 => refusal(500, "InternalServerError", "…"),
        2 => Reply::Answer(503, Vec::new(), "<html>busy</html>".into()),
        3 => Reply::Cut,
        4 => Reply::CutInBody(GROUP.into()),
        _ => group(),
    })
    .await;
    passing.client().group(&scope()).await.unwrap();
    assert_eq!(passing.seen().len(), 5);
    let lasting = Stub::start(|_, _| Reply::Answer(502, Vec::new(), "<h1>Bad Gateway</h1>".into())).await;
    let error = lasting.client().group(&scope()).await.unwrap_err();
    assert!(matches!(error, AzureError::GaveUp { attempts, .. } if attempts > 3));
    assert!(everything(&error).contains("`HTTP 502`: Bad Gateway"));
}

#[tokio::test]
async fn nobody_at_the_address_is_told() {
    let stub = Stub::start(|_, _| group()).await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let client = Stub { url, ..stub }.client();
    let error = client.group(&scope()).await.unwrap_err();
    assert!(
        everything(&error).contains("cannot reach azure at `127.0.0.1:"),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_told_as_such() {
    let stub = Stub::start(|_, _| Reply::Answer(200, Vec::new(), r#"{"name": "rg", "loc"#.into())).await;
    let error = stub.client().group(&scope()).await.unwrap_err();
    assert!(
        matches!(error, AzureError::Malformed { status: 200, .. }),
        "{error:?}"
    );
    let stub = Stub::start(|_, _| json(200, &object!({"values": []}))).await;
    let error = stub.client().resources(&scope()).await.unwrap_err();
    assert!(
        matches!(error, AzureError::Incomplete { field: "value", .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn lists_are_read_to_their_last_page_and_never_in_a_circle() {
    let item = |id: &str| object!({"id": id, "type": "A.B/cs", "name": id});
    let stub = Stub::start(move |_, seen| {
        let skip = seen.path.contains("$skiptoken=2");
        let host = seen.header("host").to_owned();
        let next = format!("http://{host}{}&$skiptoken=2", seen.path);
        if skip {
            json(200, &object!({"value": [item("/b")]}))
        } else {
            json(200, &object!({"value": [item("/a")], "nextLink": next}))
        }
    })
    .await;
    assert_eq!(stub.client().resources(&scope()).await.unwrap().len(), 2);
    let circle = Stub::start(move |_, seen| {
        let here = format!("http://{}{}", seen.header("host"), seen.path);
        json(200, &object!({"value": [], "nextLink": here}))
    })
    .await;
    let error = circle.client().resources(&scope()).await.unwrap_err();
    assert!(matches!(error, AzureError::Incomplete { .. }), "{error:?}");
}

#[tokio::test]
async fn the_token_goes_nowhere_else() {
    let elsewhere = Stub::start(|_, _| group()).await;
    let port = elsewhere.url.rsplit(':').next().unwrap().to_owned();
    let other = format!("http://localhost:{port}/next?sig=signature");
    let link = other.clone();
    let stub = Stub::start(move |_, _| json(200, &object!({"value": [], "nextLink": link}))).await;
    let error = stub.client().resources(&scope()).await.unwrap_err();
    assert!(matches!(error, AzureError::Foreign { .. }), "{error:?}");
    let redirecting =
        Stub::start(move |_, _| Reply::Answer(302, vec![("location", other.clone())], String::new())).await;
    assert_eq!(
        redirecting.client().group(&scope()).await.unwrap_err().status(),
        Some(302)
    );
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn a_what_if_that_fails_inside_a_200_is_a_refusal() {
    let stub = Stub::start(|number, seen| match number {
        1 => {
            let result = format!("http://{}/operationresults/1?t=signed", seen.header("host"));
            Reply::Answer(
                202,
                vec![("location", result), ("retry-after", "0".into())],
                String::new(),
            )
        }
        2 => Reply::Answer(202, Vec::new(), String::new()),
        _ => json(
            200,
            &object!({"status": "Failed", "error": {"code": "InvalidTemplate", "message": "circular"}}),
        ),
    })
    .await;
    let body = object!({"properties": {"template": {}}});
    let error = stub.client().what_if(&scope(), "d", &body).await.unwrap_err();
    assert!(error.has_code("InvalidTemplate"), "{error:?}");
    assert_eq!(
        stub.seen()[0].body["properties"]["whatIfSettings"]["resultFormat"],
        "FullResourcePayloads"
    );
}

#[tokio::test]
async fn the_token_and_signed_addresses_are_in_no_error_and_no_log() {
    let stub = Stub::start(|_, seen| match seen.path.as_str() {
        path if path.contains("deployments") => {
            let monitor = format!("http://{}/operations/1?s=signature-canary", seen.header("host"));
            Reply::Answer(202, vec![("location", monitor)], String::new())
        }
        path if path.starts_with("/operations") => Reply::Cut,
        path if path.contains("providers") => Reply::Answer(200, Vec::new(), "{".into()),
        _ => refusal(401, "InvalidAuthenticationToken", "The access token is invalid."),
    })
    .await;
    let client = stub.client();
    let texts = [
        everything(&client.group(&scope()).await.unwrap_err()),
        everything(&client.provider("s", "A.B").await.unwrap_err()),
        everything(&client.validate(&scope(), "d", &object!({})).await.unwrap_err()),
    ];
    let expected = format!("Bearer {CANARY}");
    assert!(
        stub.seen()
            .iter()
            .all(|seen| seen.header("authorization") == expected)
    );
    for text in &texts {
        assert!(!text.contains("canary"), "{text}");
    }
    let log = logged();
    assert!(log.contains("azure call"), "the log was not kept");
    assert!(!log.contains(CANARY));
    let ours: String = log.lines().filter(|line| line.contains("landfall")).collect();
    assert!(!ours.contains("signature-canary"), "{ours}");
}
