//! The whole journey in one command, as the README shows it.

use serde_json::Value;

use crate::support::Scene;

#[test]
fn the_demo_ends_verified_with_evidence() {
    let scene = Scene::new();
    let result = scene.done(&["demo", "--output", "json"]).json();
    assert_eq!(
        (&result["command"], &result["ok"]),
        (&"demo".into(), &true.into()),
        "{result}"
    );
    assert!(result["records"].as_u64().unwrap() >= 50_000, "{result}");
    for count in ["lost", "duplicated", "altered"] {
        assert_eq!(result[count], 0, "{result}");
    }
    assert!(
        result["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["seconds"].is_number() && step["name"].is_string())
    );
    let evidence: Value = serde_json::from_str(&scene.read(result["evidence"].as_str().unwrap())).unwrap();
    assert_eq!(evidence["verdict"]["ok"], true);
    assert_eq!(evidence["verdict"]["records"], result["records"]);
}

#[test]
fn the_demo_needs_no_environments_folder() {
    let scene = Scene::new();
    std::fs::remove_dir_all(scene.path("environments")).unwrap();
    let ran = scene.done(&["demo"]);
    assert!(
        ran.stdout.contains("lost") && ran.stdout.contains("evidence"),
        "{}",
        ran.stdout
    );
}
