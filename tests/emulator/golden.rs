//! What the targets render deploys.

use super::*;

/// Every `azuredeploy.json` that a target's folder keeps as golden, with its parameters.
fn golden() -> Vec<(camino::Utf8PathBuf, Value, Value)> {
    fn walk(folder: &camino::Utf8Path, found: &mut Vec<camino::Utf8PathBuf>) {
        for entry in folder.read_dir_utf8().unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                walk(entry.path(), found);
            } else if entry.file_name() == "azuredeploy.json" {
                found.push(entry.path().to_owned());
            }
        }
    }
    let read =
        |path: &camino::Utf8Path| -> Value { serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() };
    let mut found = Vec::new();
    walk("templates/targets".into(), &mut found);
    found.sort();
    let whole = |path: camino::Utf8PathBuf| {
        let parameters = read(&path.with_file_name("azuredeploy.parameters.json"));
        (path.clone(), read(&path), parameters["parameters"].clone())
    };
    found.into_iter().map(whole).collect()
}

#[tokio::test]
async fn the_golden_templates_of_every_target_deploy_and_then_change_nothing() {
    let golden = golden();
    assert!(!golden.is_empty(), "no target keeps a golden template");
    for (path, template, parameters) in golden {
        let mut settings = settings();
        // What we render names nothing that Azure does not offer.
        settings.strict = true;
        let site = Site::with_group(settings).await;
        let done = site.deployed("d", &template, parameters.clone()).await;
        assert_eq!(
            done["properties"]["provisioningState"], "Succeeded",
            "{path}: {done:#}"
        );
        assert_eq!(
            done["properties"].get("diagnostics"),
            None,
            "{path} uses a type that the emulator does not know"
        );
        let changes = site.what_if(&template, parameters).await;
        let other: Vec<&Value> = changes
            .iter()
            .filter(|change| change["changeType"] != "NoChange")
            .collect();
        assert!(other.is_empty(), "{path}: {other:#?}");
    }
}
