use camino::Utf8PathBuf;
use serde_json::json;

use super::hidden::Secrets;
use super::*;
use crate::config::{self, Overrides};
use crate::deploy::changes::PropertyChangeKind;
use crate::deploy::unit::Unit;
use crate::run::Recorder;

const ID: &str = "/subscriptions/s/resourceGroups/g/providers/A.B/cs/d";

fn local() -> Environment {
    let environments = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("environments");
    config::load(&environments, "local", &Overrides::default())
        .unwrap()
        .environment
}

fn delta(path: &str, before: Value) -> PropertyChange {
    PropertyChange {
        path: path.into(),
        kind: PropertyChangeKind::Delete,
        before,
        after: Value::Null,
    }
}

fn change(delta: Vec<PropertyChange>) -> Change {
    Change {
        kind: ChangeKind::Modify,
        resource_type: "A.B/cs".into(),
        name: "d".into(),
        id: Some(ID.to_uppercase()),
        delta,
        reason: None,
    }
}

fn baseline() -> Baseline {
    let mut baseline = Baseline::of(&local());
    let noise = Noise {
        id: ResourceId::new(ID),
        delta: vec![delta("properties.minimumTlsVersion", json!("1.2"))],
    };
    let taken = Taken {
        at: Timestamp::UNIX_EPOCH,
        correlation_id: "c".into(),
        fingerprint: "f".into(),
        noise: vec![noise],
        reads: Vec::new(),
    };
    baseline.deployments.insert("event-hubs".into(), taken);
    baseline
}

#[test]
fn only_what_is_alike_in_path_and_values_is_subtracted() {
    let mut quiet = change(vec![delta("properties.minimumTlsVersion", json!("1.2"))]);
    let taken = baseline().subtract("event-hubs", &mut quiet).unwrap();
    assert_eq!((quiet.kind, quiet.delta.len()), (ChangeKind::NoChange, 0));
    assert_eq!(taken.delta[0].path, "properties.minimumTlsVersion");

    let loud = [
        delta("properties.minimumTlsVersion", json!("1.0")),
        delta("properties.other", json!("1.2")),
    ];
    let mut changed = change(loud.to_vec());
    assert_eq!(baseline().subtract("event-hubs", &mut changed), None);
    assert_eq!((changed.kind, changed.delta), (ChangeKind::Modify, loud.to_vec()));
    let mut other = change(vec![delta("properties.minimumTlsVersion", json!("1.2"))]);
    assert_eq!(
        baseline().subtract("workers", &mut other),
        None,
        "of another deployment"
    );
}

#[test]
fn a_file_that_does_not_serve_is_no_baseline_and_only_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().join("baseline.json")).unwrap();
    let environment = local();
    let mut elsewhere = baseline();
    elsewhere.resource_group = "rg-elsewhere".into();
    let whole = serde_json::to_string(&baseline()).unwrap();
    let cases = [
        (None, 0, 0),
        (Some(whole.clone()), 1, 0),
        (Some(whole[..whole.len() / 2].to_owned()), 0, 1),
        (Some("[]".to_owned()), 0, 1),
        (Some(whole.replace("\"version\":1", "\"version\":9")), 0, 0),
        (Some(serde_json::to_string(&elsewhere).unwrap()), 0, 0),
    ];
    for (text, deployments, warnings) in cases {
        let _ = std::fs::remove_file(&path);
        if let Some(text) = &text {
            std::fs::write(&path, text).unwrap();
        }
        let recorder = Recorder::default();
        let read = Baseline::read(&path, &environment, &recorder);
        let warned = recorder
            .events()
            .into_iter()
            .filter(|event| matches!(event, Event::Warning { .. }));
        assert_eq!(
            (read.deployments.len(), warned.count()),
            (deployments, warnings),
            "{text:?}"
        );
    }
}

#[test]
fn nothing_that_could_be_a_secret_is_kept() {
    let template = json!({ "parameters": {
        "adminWord": { "type": "secureString" },
        "pin": { "type": "SecureObject" },
        "name": { "type": "string" },
    }});
    let unit = Unit {
        environment: "dev",
        name: "t",
        is_target: true,
        template: &template,
        parameters: json!({ "parameters": {
            "adminWord": { "value": "hunter22" }, "pin": { "value": { "pin": "17" } }, "name": { "value": "shown" },
        }}),
        fixed: &[],
        secrets: Vec::new(),
        lacks: None,
        foretold: serde_json::Map::new(),
    };
    let kept = Secrets::of(&unit).without(&json!({
        "tags": { "note": "login hunter22", "pin": "17", "count": "170", "name": "shown" },
        "properties": { "adminPassword": "x", "disablePasswordAuthentication": true, "keys": [{ "primaryKey": "y" }] },
    }));
    let text = kept.to_string();
    for secret in ["hunter22", "\"17\"", "\"x\"", "\"y\""] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(kept["tags"]["count"], "170");
    assert_eq!(kept["tags"]["name"], "shown");
    assert_eq!(kept["properties"]["disablePasswordAuthentication"], true);
    assert!(is_hidden(&kept["properties"]["adminPassword"]));
}
