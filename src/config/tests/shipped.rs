//! The environments that come with the program, and the schema that editors complete them from.

use serde_json::{Value, json};

use super::*;

const SHIPPED: &str = "environments";

#[test]
fn every_shipped_environment_loads_without_a_warning() {
    let names = list(SHIPPED.into()).unwrap();
    assert!(names.len() >= 2);
    for name in names {
        let loaded =
            load(SHIPPED.into(), name.as_str(), &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(loaded.environment.name, name);
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    }
}

#[test]
fn the_local_environment_is_what_the_demo_runs() {
    let local = load(SHIPPED.into(), "local", &Overrides::default())
        .unwrap()
        .environment;
    insta::assert_json_snapshot!(local, @r#"
    {
      "name": "local",
      "folder": "environments/local",
      "azure": {
        "cloud": "public",
        "subscription": "00000000-0000-0000-0000-000000000000",
        "resource-group": "rg-landfall-local",
        "location": "westeurope",
        "tags": {
          "managed-by": "landfall",
          "owner": "you"
        },
        "credential": "auto",
        "deployment": "stack",
        "stack": {
          "on-unmanage": "delete",
          "deny": "none",
          "deny-child-scopes": false,
          "excluded-principals": [],
          "excluded-actions": []
        }
      },
      "target": {
        "kind": "event-hubs",
        "parameters": {
          "namespace": "landfall-local",
          "sku": "Standard",
          "throughput-units": 2
        },
        "security": null
      },
      "source": {
        "bootstrap": "source.landfall.internal:9092",
        "security": {
          "protocol": "PLAINTEXT"
        }
      },
      "topics": {
        "selection": {
          "include": [
            "flights",
            "airports",
            "flight-status"
          ],
          "exclude": [
            "__*",
            "_confluent*",
            "connect-configs",
            "connect-offsets",
            "connect-status",
            "heartbeats",
            "*.heartbeats",
            "mm2-*.internal",
            "*.checkpoints.internal"
          ]
        },
        "overrides": {
          "airports": {
            "partitions": 1,
            "retention-hours": null,
            "cleanup-policy": "compact"
          },
          "flight-status": {
            "partitions": 6,
            "retention-hours": null,
            "cleanup-policy": "compact"
          },
          "flights": {
            "partitions": 12,
            "retention-hours": 168,
            "cleanup-policy": "delete"
          }
        }
      },
      "groups": {
        "include": [
          "*"
        ],
        "exclude": [
          "console-consumer-*",
          "connect-*",
          "__*",
          "landfall-*"
        ]
      },
      "access": {
        "principals": {}
      },
      "mirror": {
        "engine": "auto",
        "buffer-bytes": 67108864,
        "commit-interval": 1.0,
        "workers": 2,
        "tasks": 4,
        "worker-size": "Standard_D4s_v5",
        "runtime": "vm",
        "parameters": {},
        "connect": {
          "url": null,
          "username": null,
          "password": null,
          "ca-file": null,
          "source-alias": "source",
          "target-alias": "target",
          "offset-syncs": "target",
          "flush-interval": 2.0,
          "checkpoint-interval": 10.0,
          "group-sync-interval": 10.0,
          "topic-refresh": 60.0,
          "group-refresh": 60.0,
          "offset-lag-max": 100,
          "secrets-file": "/etc/landfall/secrets.properties"
        }
      },
      "monitoring": {
        "retention-days": 30,
        "workspace-id": null,
        "alert-email": null
      },
      "migration": {
        "strategy": "producers-first",
        "gates": {
          "max-lag": 0,
          "quiet": 30.0
        },
        "hooks": {}
      },
      "mock": {
        "kafka-image": null,
        "brokers": 1,
        "source-security": "plaintext",
        "target-security": "plaintext",
        "target-limits": "service"
      },
      "addons": []
    }
    "#);
}

#[test]
fn the_schema_file_is_the_schema_of_this_program() {
    let file = format!("{SHIPPED}/environment.schema.json");
    let text = format!("{:#}\n", schema());
    if std::env::var_os("LANDFALL_TEST_BLESS").is_some() {
        fs_err::write(&file, &text).unwrap();
    }
    let written = fs_err::read_to_string(&file).unwrap();
    assert!(
        written == text,
        "{file} is old: run this test once with LANDFALL_TEST_BLESS=1"
    );
}

#[test]
fn the_schema_takes_the_shipped_files_and_refuses_an_unknown_key() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    let mut files = vec![format!("{SHIPPED}/base.yaml")];
    files.extend(
        list(SHIPPED.into())
            .unwrap()
            .iter()
            .map(|name| format!("{SHIPPED}/{name}/environment.yaml")),
    );
    for file in files {
        let text = fs_err::read_to_string(&file).unwrap();
        assert!(text.starts_with("# yaml-language-server: $schema="), "{file}");
        let value: Value = serde_saphyr::from_str(&text).unwrap();
        let problems: Vec<String> = schema
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(problems.is_empty(), "{file}: {problems:?}");
    }
    assert!(!schema.is_valid(&json!({ "azure": { "locaton": "westeurope" } })));
    assert!(!schema.is_valid(&json!({ "source": { "security": { "password": "canary" } } })));
    assert!(!schema.is_valid(&json!({ "mirror": { "buffer": 64 } })));
}

#[test]
fn every_key_of_the_schema_is_described() {
    fn undescribed(schema: &Value, at: &str, found: &mut Vec<String>) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (key, property) in properties {
                let about = property
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                if about.len() < 5 {
                    found.push(format!("{at}/{key}"));
                }
            }
        }
        for (key, inner) in schema.as_object().into_iter().flatten() {
            undescribed(inner, &format!("{at}/{key}"), found);
        }
    }
    let mut found = Vec::new();
    undescribed(&schema(), "", &mut found);
    assert!(found.is_empty(), "{found:?}");
}
