//! What the target on machines renders boots: Ubuntu with systemd and cloud-init in containers, from the rendered bytes.

use std::process::Command;

use serde_json::Value;

use crate::engine;
use crate::support::Scene;

/// The versions of Apache Kafka that the target offers.
fn versions() -> Vec<String> {
    let schema = std::fs::read_to_string("templates/targets/vm/parameters.schema.json").unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let versions = schema["properties"]["kafka-version"]["enum"].as_array().unwrap();
    versions
        .iter()
        .map(|version| version.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_rendered_files_boot_a_cluster_that_survives_what_machines_go_through() {
    if !engine::asked() {
        return;
    }
    let scene = Scene::new();
    let environment = include_str!("vm/environment.yaml");
    scene.write("environments/boot/environment.yaml", environment);
    let versions = versions();
    assert!(versions.len() >= 2, "{versions:?}");
    for version in versions {
        let chosen = format!("target.parameters.kafka-version={version}");
        let out = format!("out/{version}");
        scene.done(&[
            "render", "boot", "--format", "all", "--out", &out, "--set", &chosen,
        ]);
        let boot = Command::new("tests/docker/vm/boot")
            .arg(scene.path(&out))
            .arg(&version)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&boot.stdout);
        assert!(
            boot.status.success(),
            "{version}\n{told}\n{}",
            String::from_utf8_lossy(&boot.stderr)
        );
        assert!(told.lines().any(|line| line.starts_with("ok - ")), "{told}");
        println!("{version}\n{told}");
    }
}
