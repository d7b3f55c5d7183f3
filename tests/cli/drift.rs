//! The baseline that a deployment leaves: quiet plans, and what has changed since.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::Scene;

const BASELINE: &str = ".landfall/environments/local/baseline.json";
const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-landfall-local/providers/Microsoft.EventHub";
const VERSION: &str = "?api-version=2026-01-01";

/// A scene on a site whose what-if is as noisy as Azure's, with the environment deployed.
fn deployed() -> Scene {
    let scene = Scene::new();
    scene.site(false);
    assert_eq!(
        scene.arm("PUT", "/landfall/noise", &json!({ "value": true })),
        200
    );
    scene.done(&["up", "local", "--mock", "--yes"]);
    scene
}

fn plan(scene: &Scene, more: &[&str]) -> Value {
    let all = [&["plan", "local", "--mock", "--output", "json"][..], more].concat();
    scene.done(&all).json()
}

/// Changes a resource behind the back of whoever deployed it.
fn change(scene: &Scene, resource: &str, edit: impl FnOnce(&mut Value)) {
    let path = format!("{GROUP}/{resource}{VERSION}");
    let (status, mut body) = scene.arm_answer("GET", &path, &Value::Null);
    assert_eq!(status, 200, "{body}");
    edit(&mut body);
    let status = scene.arm("PUT", &path, &body);
    assert!((200..300).contains(&status), "{status}");
}

#[test]
fn the_second_plan_is_quiet_thanks_to_the_baseline_alone() {
    let scene = deployed();
    let mode = std::fs::metadata(scene.path(BASELINE))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        !scene
            .read(BASELINE)
            .contains(scene.read(".landfall/mock/token").trim())
    );

    scene.done(&["plan", "local", "--mock", "--exit-code"]);
    let quiet = plan(&scene, &[]);
    let suppressed = quiet["suppressed"].as_u64().unwrap();
    assert!(suppressed >= 3, "a property of each hub at least: {quiet}");
    assert_eq!(
        (&quiet["counts"]["modify"], quiet.get("revealed")),
        (&json!(0), None)
    );
    let text = scene.done(&["plan", "local", "--mock"]).stdout;
    assert!(text.contains(&format!("{suppressed} suppressed")), "{text}");
    assert!(!text.contains("messageRetentionInDays"), "{text}");

    let text = scene.done(&["plan", "local", "--mock", "--reveal"]).stdout;
    assert!(text.contains("- properties.messageRetentionInDays: 7"), "{text}");
    assert_eq!(
        plan(&scene, &["--reveal"])["revealed"].as_array().unwrap().len(),
        4
    );
    let text = scene
        .done(&["plan", "local", "--mock", "--output", "markdown", "--reveal"])
        .stdout;
    assert!(
        text.contains(&format!("{suppressed} suppressed: they were so")),
        "{text}"
    );
    assert!(text.contains("- properties.messageRetentionInDays: 7"), "{text}");

    // Without the baseline every plan is as loud as Azure.
    std::fs::remove_file(scene.path(BASELINE)).unwrap();
    let loud = plan(&scene, &[]);
    assert_eq!(
        (&loud["suppressed"], &loud["counts"]["modify"]),
        (&json!(0), &json!(4))
    );
    assert_eq!(scene.run(&["plan", "local", "--mock", "--exit-code"]).code, 4);
}

#[test]
fn a_change_among_noise_is_shown_alone() {
    let scene = deployed();
    let more = ["--set", "topics.overrides.flights.retention-hours=72"];
    let text = scene
        .done(&[&["plan", "local", "--mock"][..], &more].concat())
        .stdout;
    assert!(text.contains("retentionTimeInHours: 168 -> 72"), "{text}");
    assert!(!text.contains("messageRetentionInDays"), "{text}");
    // What was noise with another value is none.
    change(&scene, "namespaces/landfall-local/eventhubs/airports", |hub| {
        hub["properties"]["messageRetentionInDays"] = json!(3);
    });
    let text = scene.done(&["plan", "local", "--mock"]).stdout;
    assert!(text.contains("messageRetentionInDays: 3"), "{text}");
}

#[test]
fn a_damaged_baseline_is_told_and_none() {
    let scene = deployed();
    scene.write(BASELINE, "{\"version\":1,");
    let ran = scene.done(&["plan", "local", "--mock"]);
    assert!(ran.stderr.contains("baseline.json` is damaged"), "{}", ran.stderr);
    assert!(ran.stdout.contains("messageRetentionInDays"), "{}", ran.stdout);
    scene.write(BASELINE, "{\"version\":99}");
    let ran = scene.done(&["plan", "local", "--mock"]);
    assert!(!ran.stderr.contains("damaged"), "{}", ran.stderr);
}

#[test]
fn drift_names_what_was_changed_and_what_is_missing() {
    let scene = deployed();
    let drift = ["status", "local", "--mock", "--drift"];
    let ran = scene.done(&drift);
    assert!(
        ran.stdout
            .contains("drift       none of 5 resources since the deployment at"),
        "{}",
        ran.stdout
    );

    change(&scene, "namespaces/landfall-local", |namespace| {
        namespace["properties"]["minimumTlsVersion"] = json!("1.0");
        namespace["tags"]["owner"] = json!("nobody");
    });
    let ran = scene.run(&drift);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    for line in [
        "drift       1 changed of 5 resources",
        "~ Microsoft.EventHub/namespaces  landfall-local",
        "    ~ properties.minimumTlsVersion: \"1.2\" -> \"1.0\"",
        "    ~ tags.owner: \"you\" -> \"nobody\"",
    ] {
        assert!(ran.stdout.contains(line), "no `{line}` in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("updatedAt"), "{}", ran.stdout);

    scene.arm(
        "DELETE",
        &format!("{GROUP}/namespaces/landfall-local/eventhubs/airports{VERSION}"),
        &Value::Null,
    );
    let ran = scene.run(&[&drift[..], &["--output", "json"]].concat());
    assert_eq!(ran.code, 4);
    let told = &ran.json()["drift"];
    assert_eq!(
        (&told["against"], &told["compared"]),
        (&json!("baseline"), &json!(5))
    );
    let states: Vec<_> = told["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["name"], &one["state"]))
        .collect();
    assert!(
        states.contains(&(&json!("landfall-local/airports"), &json!("missing"))),
        "{told}"
    );
    assert!(
        states.contains(&(&json!("landfall-local"), &json!("changed"))),
        "{told}"
    );
    let ran = scene.run(&[&drift[..], &["--output", "markdown"]].concat());
    assert!(
        ran.stdout
            .contains("### Drift: 1 changed, 1 missing of 5 resources"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("| properties.minimumTlsVersion | \"1.2\" | \"1.0\" |"),
        "{}",
        ran.stdout
    );
    // It was told, and nothing was mended.
    assert_eq!(scene.run(&drift).code, 4);
}

#[test]
fn without_a_baseline_a_what_if_tells() {
    let scene = Scene::new();
    scene.site(false);
    let drift = ["status", "local", "--mock", "--drift"];
    let ran = scene.done(&drift);
    assert!(
        ran.stdout.contains("drift       nothing is deployed"),
        "{}",
        ran.stdout
    );
    scene.done(&["up", "local", "--mock", "--yes"]);
    std::fs::remove_file(scene.path(BASELINE)).unwrap();
    let ran = scene.done(&drift);
    assert!(
        ran.stdout
            .contains("none of 5 resources by what-if: there is no baseline"),
        "{}",
        ran.stdout
    );
    change(&scene, "namespaces/landfall-local", |namespace| {
        namespace["properties"]["minimumTlsVersion"] = json!("1.0");
    });
    scene.arm(
        "DELETE",
        &format!("{GROUP}/namespaces/landfall-local/eventhubs/airports{VERSION}"),
        &Value::Null,
    );
    let ran = scene.run(&drift);
    assert_eq!(ran.code, 4, "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("~ properties.minimumTlsVersion: \"1.2\" -> \"1.0\""),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("- Microsoft.EventHub/namespaces/eventhubs  landfall-local/airports"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_baseline_ends_with_what_it_is_of() {
    let scene = deployed();
    scene.done(&["down", "local", "--mock", "--yes"]);
    assert!(!scene.path(BASELINE).exists());
    let ran = scene.done(&["status", "local", "--mock", "--drift"]);
    assert!(
        ran.stdout.contains("drift       nothing is deployed"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_refused_what_if_leaves_the_reads() {
    let scene = Scene::new();
    scene.site(false);
    // The plan of nothing asks no what-if, so the first is the baseline's.
    let fault = json!({ "value": [{
        "match": { "method": "POST", "path": "/whatif" },
        "effect": { "kind": "respond", "status": 403, "code": "AuthorizationFailed", "message": "may not look" },
    }]});
    assert_eq!(scene.arm("PUT", "/landfall/faults", &fault), 200);
    let ran = scene.done(&["up", "local", "--mock", "--yes"]);
    assert!(
        ran.stderr
            .contains("the noise of what-if after the deployment of `event-hubs` is not known"),
        "{}",
        ran.stderr
    );
    scene.arm("PUT", "/landfall/faults", &json!({ "value": [] }));
    let ran = scene.done(&["status", "local", "--mock", "--drift"]);
    assert!(ran.stdout.contains("none of 5 resources since"), "{}", ran.stdout);
}

#[test]
fn a_baseline_that_nobody_wants_is_not_taken() {
    let scene = Scene::new();
    scene.site(false);
    let noise = scene.arm("PUT", "/landfall/noise", &json!({ "value": true }));
    assert_eq!(noise, 200);
    let ran = scene.done(&["up", "local", "--mock", "--yes", "--no-baseline"]);
    assert!(!ran.stderr.contains("baseline"), "{}", ran.stderr);
    assert!(!scene.path(BASELINE).exists());
    let text = scene.done(&["plan", "local", "--mock"]).stdout;
    assert!(text.contains("messageRetentionInDays"), "{text}");
}
