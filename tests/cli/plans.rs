//! What a plan looks like, and plans that are saved to be applied later.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::Scene;

const SKU: [&str; 2] = ["--set", "target.parameters.throughput-units=3"];

/// A scene with the environment deployed, on a site that stays.
fn deployed() -> Scene {
    let scene = Scene::new();
    scene.site(false);
    scene.done(&["up", "local", "--mock", "--yes"]);
    scene
}

/// The plan without checks that depend on what the emulator offers.
fn without_unknowns(text: &str) -> String {
    let kept = |line: &&str| !line.contains("could not be checked");
    let text = text.lines().filter(kept).collect::<Vec<_>>().join("\n");
    text.replace("| Check | Verdict | |\n| --- | --- | --- |\n\n", "")
}

#[test]
fn a_plan_is_a_diff_that_fits_a_terminal() {
    let scene = deployed();
    let long = format!("target.parameters.tags.note={}", "word ".repeat(30));
    let ran = scene.done(&[&["plan", "local", "--mock"][..], &SKU].concat());
    assert!(ran.stdout.contains("~ sku.capacity: 2 -> 3"), "{}", ran.stdout);
    let ran = scene.done(&[
        "plan",
        "local",
        "--mock",
        "--set",
        &long.replace("target.parameters", "azure"),
    ]);
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(ran.stdout.contains('…'), "{}", ran.stdout);
}

#[test]
fn a_pull_request_gets_a_summary_in_markdown() {
    let scene = deployed();
    let all = [&["plan", "local", "--mock", "--output", "markdown"][..], &SKU].concat();
    let ran = scene.done(&all);
    insta::assert_snapshot!(without_unknowns(&ran.stdout));
    let status = scene.done(&["status", "local", "--mock", "--output", "markdown"]);
    assert!(
        status.stdout.starts_with("## Status of `local`\n"),
        "{}",
        status.stdout
    );
    assert!(
        status
            .stdout
            .contains("| Microsoft.EventHub/namespaces | landfall-local | Succeeded |"),
        "{}",
        status.stdout
    );
}

#[test]
fn blocked_changes_stand_in_the_summary_too() {
    let scene = deployed();
    let more = ["--set", "topics.overrides.flights.partitions=24"];
    let ran = scene.done(&[&["plan", "local", "--mock", "--output", "markdown"][..], &more].concat());
    insta::assert_snapshot!(without_unknowns(&ran.stdout));
}

#[test]
fn markdown_is_for_plan_and_status_alone() {
    let scene = Scene::new();
    for arguments in [
        &["schema"][..],
        &["up", "local", "--mock", "--yes"],
        &["doctor", "--mock"],
    ] {
        let all = [arguments, &["--output", "markdown"]].concat();
        scene.run(&all).fails(2, &["has no `--output markdown`"]);
    }
}

#[test]
fn a_saved_plan_is_applied_without_another_question() {
    let scene = Scene::new();
    scene.site(false);
    scene.done(&["plan", "local", "--mock", "--out", "plans/local.json"]);
    let mode = std::fs::metadata(scene.path("plans/local.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let saved: Value = serde_json::from_str(&scene.read("plans/local.json")).unwrap();
    assert_eq!(
        (&saved["version"], &saved["environment"]),
        (&1.into(), &"local".into())
    );
    let token = scene.read(".landfall/mock/token");
    assert!(!scene.read("plans/local.json").contains(token.trim()));
    // There is no terminal here, and no `--yes`.
    scene.done(&["up", "local", "--mock", "--plan", "plans/local.json"]);
    scene.done(&["plan", "local", "--mock", "--exit-code"]);
    // What it would do is done: it says so and does nothing.
    scene
        .run(&["up", "local", "--mock", "--plan", "plans/local.json"])
        .fails(7, &["would be created, and no longer does", "landfall-local"]);
}

#[test]
fn a_saved_plan_is_refused_when_the_world_has_moved() {
    let scene = deployed();
    scene.done(&[&["plan", "local", "--mock", "--out", "plan.json"][..], &SKU].concat());
    let apply = [&["up", "local", "--mock", "--plan", "plan.json"][..], &SKU].concat();
    // Other files.
    scene
        .run(&["up", "local", "--mock", "--plan", "plan.json"])
        .fails(7, &["made of other files", "`event-hubs`", "plan ENV --out FILE"]);
    // Another world.
    scene.done(&["down", "local", "--mock", "--yes"]);
    scene.run(&apply).fails(
        7,
        &[
            "the world has moved",
            "`Microsoft.EventHub/namespaces` landfall-local would change, and would be created now",
        ],
    );
    let plan = scene
        .done(&["plan", "local", "--mock", "--output", "json"])
        .json();
    assert_eq!(plan["group_exists"], false, "nothing was made: {plan}");
}

#[test]
fn a_file_that_is_not_the_plan_that_was_saved_is_refused() {
    let scene = Scene::new();
    scene.site(false);
    scene.done(&["plan", "local", "--mock", "--out", "plan.json"]);
    let whole = scene.read("plan.json");
    let cases = [
        (whole[..whole.len() / 2].to_owned(), "only a part of one"),
        (
            whole.replace("\"create\"", "\"modify\""),
            "was changed after it was saved",
        ),
        (whole.replace("\"version\": 1", "\"version\": 9"), "has version 9"),
        ("{}".to_owned(), "is not a saved plan"),
        ("[1]".to_owned(), "is not a saved plan"),
    ];
    for (text, said) in cases {
        assert_ne!(text, whole);
        scene.write("other.json", &text);
        scene
            .run(&["up", "local", "--mock", "--plan", "other.json"])
            .fails(2, &[said]);
    }
    scene
        .run(&["up", "local", "--mock", "--plan", "nowhere.json"])
        .fails(2, &["cannot read the plan `nowhere.json`"]);
    let elsewhere = ["--set", "azure.resource-group=rg-elsewhere"];
    scene
        .run(&[&["up", "local", "--mock", "--plan", "plan.json"][..], &elsewhere].concat())
        .fails(2, &["is of environment `local`", "not of", "rg-elsewhere"]);
    scene
        .run(&["plan", "local", "--mock", "--out", "environments"])
        .fails(2, &["cannot write the plan `environments`"]);
}
