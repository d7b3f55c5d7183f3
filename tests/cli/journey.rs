//! From an environment's folder to a verified mirror and back to nothing, command by command.

use serde_json::Value;

use crate::support::Scene;

#[test]
fn the_whole_way_with_a_site_that_is_kept_up() {
    let scene = Scene::new();
    scene.site(true);

    let plan = scene.done(&["plan", "local", "--mock"]);
    assert!(plan.stdout.contains("to create"), "{}", plan.stdout);
    assert_eq!(scene.run(&["plan", "local", "--mock", "--exit-code"]).code, 4);

    let up = scene
        .done(&["up", "local", "--mock", "--yes", "--output", "json"])
        .json();
    assert_eq!(
        up["outputs"]["bootstrapServers"],
        "landfall-local.servicebus.windows.net:9093"
    );

    scene.done(&["plan", "local", "--mock", "--exit-code"]);
    let again = scene.done(&["up", "local", "--mock", "--yes"]);
    assert!(
        again.stdout.contains("nothing to change") || again.stderr.contains("nothing to change"),
        "{}",
        again.stderr
    );

    let mirror = scene
        .done(&[
            "mirror",
            "local",
            "run",
            "--until",
            "caught-up",
            "--mock",
            "--output",
            "json",
        ])
        .json();
    assert!(mirror["records"].as_u64().unwrap() > 75_000, "{mirror}");

    let status = scene
        .done(&["mirror", "local", "status", "--mock", "--output", "json"])
        .json();
    assert_eq!(status["lag"], 0, "{status}");
    let status = scene.done(&["status", "local", "--mock"]);
    assert!(status.stdout.contains("Succeeded"), "{}", status.stdout);

    let verdict = scene
        .done(&["verify", "local", "--mock", "--output", "json"])
        .json();
    assert_eq!(verdict["ok"], true);
    assert_eq!(verdict["records"], mirror["records"]);

    scene.done(&["down", "local", "--mock", "--yes"]);
    let nothing = scene.done(&["down", "local", "--mock", "--yes"]);
    assert!(nothing.stdout.contains("nothing to remove"), "{}", nothing.stdout);
    let plan = scene
        .done(&["plan", "local", "--mock", "--output", "json"])
        .json();
    assert_eq!(plan["group_exists"], false, "{plan}");
}

#[test]
fn a_plan_shows_exactly_the_property_that_changes() {
    let scene = Scene::new();
    scene.edit(
        "environments/local/environment.yaml",
        "sku: Standard",
        "sku: Premium",
    );
    scene.edit(
        "environments/local/environment.yaml",
        "throughput-units: 2",
        "processing-units: 1",
    );
    scene.done(&["up", "local", "--mock", "--yes"]);
    scene.done(&["plan", "local", "--mock", "--exit-code"]);

    scene.edit(
        "environments/local/environment.yaml",
        "partitions: 12",
        "partitions: 24",
    );
    let ran = scene.run(&["plan", "local", "--mock", "--exit-code", "--output", "json"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let plan = ran.json();
    let changed: Vec<&Value> = plan["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["kind"] != "no-change" && change["kind"] != "ignore")
        .collect();
    assert_eq!(changed.len(), 1, "{plan}");
    assert_eq!(changed[0]["kind"], "modify");
    assert!(changed[0]["name"].as_str().unwrap().ends_with("flights"));
    let delta = changed[0]["delta"].as_array().unwrap();
    assert_eq!(delta.len(), 1, "{delta:?}");
    assert_eq!(delta[0]["path"], "properties.partitionCount");
    assert_eq!(
        (&delta[0]["before"], &delta[0]["after"]),
        (&12.into(), &24.into())
    );
}

#[test]
fn a_change_that_azure_cannot_make_in_place_is_shown_and_not_tried() {
    let scene = Scene::new();
    scene.done(&["up", "local", "--mock", "--yes"]);
    let more = ["--set", "topics.overrides.flights.partitions=24"];
    let plan = scene.run(&[&["plan", "local", "--mock", "--exit-code"][..], &more].concat());
    assert_eq!(plan.code, 4, "{}", plan.stderr);
    assert!(
        plan.stdout.contains("~ properties.partitionCount: 12 -> 24"),
        "{}",
        plan.stdout
    );
    assert!(
        plan.stdout.contains("blocked  fixed landfall-local/flights"),
        "{}",
        plan.stdout
    );
    let up = scene.run(&[&["up", "local", "--mock", "--yes"][..], &more].concat());
    up.fails(5, &["cannot change from 12 to 24", "Premium"]);
    scene.done(&["plan", "local", "--mock", "--exit-code"]);
}

#[test]
fn a_rendered_folder_holds_arm_parameters_and_bicep() {
    let scene = Scene::new();
    scene.done(&["render", "local", "--format", "all", "--out", "out"]);
    let template: Value = serde_json::from_str(&scene.read("out/azuredeploy.json")).unwrap();
    assert!(
        template["$schema"]
            .as_str()
            .unwrap()
            .contains("deploymentTemplate.json")
    );
    let parameters: Value = serde_json::from_str(&scene.read("out/azuredeploy.parameters.json")).unwrap();
    assert!(parameters["parameters"].is_object());
    assert!(
        scene
            .read("out/main.bicep")
            .contains("Microsoft.EventHub/namespaces@")
    );
    // Rendering again gives the same bytes.
    let before = scene.read("out/azuredeploy.json");
    scene.done(&["render", "local", "--format", "all", "--out", "out"]);
    assert_eq!(before, scene.read("out/azuredeploy.json"));
}

#[test]
fn what_was_deployed_outlives_the_site() {
    let scene = Scene::new();
    scene.done(&["up", "local", "--mock", "--yes"]);
    scene.site(true);
    scene.done(&["plan", "local", "--mock", "--exit-code"]);
    // The topics are on the new site's target as well.
    scene.done(&["mirror", "local", "run", "--until", "caught-up", "--mock"]);
    scene.done(&["verify", "local", "--mock"]);
}

#[test]
fn a_lock_stands_in_the_way_of_down_until_a_person_removes_it() {
    let scene = Scene::new();
    // The site serves the subscription that it is told of; this environment is another company's.
    let mock = [
        "--mock",
        "--set",
        "azure.subscription=00000000-0000-0000-0000-000000000000",
    ];
    let with = |arguments: &[&'static str]| [arguments, &mock].concat();
    scene.site(false);
    scene.done(&with(&["up", "example-event-hubs", "--yes"]));
    scene.done(&with(&["plan", "example-event-hubs", "--exit-code"]));
    let ran = scene.run(&with(&["down", "example-event-hubs", "--yes"]));
    ran.fails(5, &["locks/keep", "hint:", "remove the lock first"]);

    let lock = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-kafka-shop-prod/providers/Microsoft.EventHub/namespaces/kafka-shop-prod-weu/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01";
    let status = scene.arm("DELETE", lock, &Value::Null);
    assert!((200..300).contains(&status), "{status}");
    scene.done(&with(&["down", "example-event-hubs", "--yes"]));
}
