//! An Azure that answers with trouble: what the person sees, and what exit code a pipeline gets.

use serde_json::{Value, json};

use crate::support::Scene;

/// A scene with a site whose emulator plays `faults`.
fn troubled(faults: &Value) -> Scene {
    let scene = Scene::new();
    scene.site(false);
    assert_eq!(
        scene.arm("PUT", "/landfall/faults", &json!({ "value": faults })),
        200
    );
    scene
}

#[test]
fn a_401_says_how_to_sign_in() {
    let scene = Scene::new();
    scene.site(false);
    scene.write(".landfall/mock/token", "not-the-token");
    scene
        .run(&["plan", "local", "--mock"])
        .fails(5, &["InvalidAuthenticationToken"]);
}

#[test]
fn a_403_names_the_action_that_is_missing() {
    let scene = troubled(&json!([{
        "match": { "method": "PUT", "path": "resourcegroups", "times": 9 },
        "effect": { "kind": "respond", "status": 403, "code": "AuthorizationFailed",
            "message": "The client 'me' with object id '1' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourcegroups/write' over scope '/subscriptions/s' or the scope is invalid." }
    }]));
    scene
        .run(&["up", "local", "--mock", "--yes"])
        .fails(5, &["AuthorizationFailed", "resourcegroups/write", "hint:"]);
}

#[test]
fn a_404_of_the_subscription_is_told() {
    let scene = troubled(&json!([{
        "match": { "method": "GET", "path": "subscriptions", "times": 9 },
        "effect": { "kind": "respond", "status": 404, "code": "SubscriptionNotFound", "message": "The subscription could not be found." }
    }]));
    let ran = scene.run(&["plan", "local", "--mock"]);
    ran.fails(5, &[]);
    assert!(ran.stdout.contains("failed   subscription: "), "{}", ran.stdout);
}

#[test]
fn a_429_is_waited_for_and_the_deployment_succeeds() {
    let scene = troubled(&json!([
        { "match": { "method": "PUT", "path": "deployments", "times": 2 },
          "effect": { "kind": "respond", "status": 429, "code": "TooManyRequests", "message": "slow down", "retry_after": 1 } },
        { "match": { "method": "GET", "path": "deployments", "times": 2 },
          "effect": { "kind": "respond", "status": 500, "code": "InternalServerError", "message": "again" } }
    ]));
    scene.done(&["up", "local", "--mock", "--yes"]);
    scene.done(&["plan", "local", "--mock", "--exit-code"]);
}

#[test]
fn a_connection_cut_before_or_after_azure_accepted_is_not_deployed_twice() {
    for accepted in [false, true] {
        let scene = troubled(&json!([
            { "match": { "method": "PUT", "path": "/deploymentstacks/" }, "effect": { "kind": "cut", "accepted": accepted } }
        ]));
        scene.done(&["up", "local", "--mock", "--yes"]);
        let status = scene
            .done(&["status", "local", "--mock", "--output", "json"])
            .json();
        assert_eq!(status["deployment"]["state"], "Succeeded", "{status}");
    }
}

#[test]
fn a_failed_resource_shows_the_innermost_error() {
    let scene = troubled(&json!([
        { "match": { "path": "eventhubs/airports", "times": 9 },
          "effect": { "kind": "fail-operation", "code": "QuotaExceeded", "message": "no more hubs" } }
    ]));
    let ran = scene.run(&["up", "local", "--mock", "--yes"]);
    ran.fails(5, &["QuotaExceeded", "no more hubs", "airports", "hint:"]);
    // Once the trouble is over, the same command finishes the work.
    assert_eq!(scene.arm("PUT", "/landfall/faults", &json!({ "value": [] })), 200);
    scene.done(&["up", "local", "--mock", "--yes"]);
}

#[test]
fn a_409_of_a_running_deployment_is_told() {
    let scene = troubled(&json!([
        { "match": { "method": "PUT", "path": "/deploymentstacks/", "times": 9 },
          "effect": { "kind": "respond", "status": 409, "code": "DeploymentActive",
            "message": "Unable to edit or replace deployment 'd': previous deployment from '7/1/2026 9:00:00 AM' is still active (expiration time is '7/8/2026 9:00:00 AM')." } }
    ]));
    scene
        .run(&["up", "local", "--mock", "--yes"])
        .fails(5, &["still", "7/1/2026 9:00:00 AM", "hint:"]);
}
