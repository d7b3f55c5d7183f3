//! Layers as a user meets them: files, variables, `--set`.

use serde_json::Value;

use crate::support::{Scene, ran};

fn location(scene: &Scene, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = scene.command(&["plan", "local", "--mock", "--output", "json"]);
    command.args(arguments).envs(variables.iter().copied());
    let plan: Value = ran(&mut command).json();
    plan["location"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn set_wins_over_a_variable_and_a_variable_over_the_files() {
    let scene = Scene::new();
    let variable = [("LANDFALL_SET_AZURE__LOCATION", "northeurope")];
    assert_eq!(location(&scene, &[], &[]), "westeurope");
    assert_eq!(location(&scene, &[], &variable), "northeurope");
    assert_eq!(
        location(&scene, &["--set", "azure.location=eastus"], &variable),
        "eastus"
    );
}

#[test]
fn every_shipped_environment_renders() {
    let scene = Scene::new();
    for entry in std::fs::read_dir(scene.path("environments")).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            scene.done(&["render", &name, "--format", "all", "--out", "out"]);
        }
    }
}

/// A copy of a shipped target under a name of one's own, and the environment moved to it.
fn own_target(scene: &Scene) {
    std::fs::create_dir_all(scene.path("mine/targets")).unwrap();
    let status = std::process::Command::new("cp")
        .args(["-r", "templates/targets/event-hubs"])
        .arg(scene.path("mine/targets/our-hubs"))
        .status()
        .unwrap();
    assert!(status.success());
    scene.edit(
        "environments/local/environment.yaml",
        "kind: event-hubs",
        "kind: our-hubs",
    );
}

#[test]
fn outputs_are_read_back_in_the_spelling_of_the_target() {
    let scene = Scene::new();
    own_target(&scene);
    for file in ["main.json.hbs", "target.yaml", "client.properties.hbs"] {
        let file = format!("mine/targets/our-hubs/{file}");
        let text = scene.read(&file);
        let text = text
            .replace("outputs.bootstrapServers", "outputs.BOOTSTRAP_SERVERS")
            .replace(
                r#""bootstrapServers": { "type""#,
                r#""BOOTSTRAP_SERVERS": { "type""#,
            );
        assert!(text.contains("BOOTSTRAP_SERVERS"), "{file}");
        scene.write(&file, &text);
    }
    scene.site(true);
    scene.done(&["up", "local", "--mock", "--yes", "--templates", "mine"]);
    let status = scene.done(&[
        "status",
        "local",
        "--mock",
        "--templates",
        "mine",
        "--output",
        "json",
    ]);
    let status = status.json();
    assert_eq!(
        status["outputs"]["outputs"][0]["name"], "BOOTSTRAP_SERVERS",
        "{status}"
    );
    assert_eq!(
        status["connect"]["bootstrap"],
        "landfall-local.servicebus.windows.net:9093"
    );
    scene.done(&["mirror", "local", "status", "--mock", "--templates", "mine"]);
}

#[test]
fn an_add_on_that_does_not_exist_is_refused_with_the_nearest() {
    let scene = Scene::new();
    scene
        .run(&["render", "local", "--set", "addons=[captur]"])
        .fails(3, &["there is no add-on `captur`", "did you mean `capture`?"]);
}
